"""From events to entries: which bucket, what number, when it is told and when it is sealed."""

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.config import CameraConfig
from pipeline.events import Crossing, Dwell, Event, Observed, Occupancy
from pipeline.observation import Quality
from pipeline.publish import Entry, ListSink
from pipeline.publisher import LATENESS_S, Publisher
from tests.builders import camera, tracks

T0 = 1_772_449_200
"""A full hour, epoch seconds: the events' time 0."""
QUALITY = Quality(device="cpu", model="scripted", revision="0f3ac1e09b7d")
FORWARD = "c|middle|person|forward"


class Told:
    """A publisher, and what it told its sink."""

    def __init__(self, origin_s: float = T0, config: CameraConfig | None = None) -> None:
        self.sink = ListSink()
        self.publisher = Publisher(config or camera(), "e", origin_s, self.sink, lambda: QUALITY)

    def take(self, *events: Event) -> "Told":
        for event in events:
            self.publisher(event)
        return self

    def watch(self, until_s: int, from_s: int = 0) -> "Told":
        """Watch second after second."""
        return self.take(*(observed(second, second + 1) for second in range(from_s, until_s)))

    def field(self, name: str, start: float = T0, step_s: int = 60) -> int:
        """What a field of a bucket would hold."""
        values = [
            change.value
            for entry in self.sink.entries
            for change in entry.increments
            if change.field == name and step_s in entry.steps_s and int(entry.at_s // step_s) * step_s == start
        ]
        return max(values, default=0) if name.endswith("|max") or name == "q|sealed" else sum(values)

    def sealed(self) -> list[tuple[int, int]]:
        """(step, start) of the buckets that were sealed, in order."""
        return [
            (e.steps_s[0], int(e.at_s)) for e in self.sink.entries if any(i.field == "q|sealed" for i in e.increments)
        ]

    def kinds(self) -> Counter[str]:
        return Counter(observation.kind for observation in self.sink.observations())


def crossing(time_s: float, direction: Any = "forward") -> Crossing:
    return Crossing("middle", 7, "person", direction, round(time_s * 10), time_s)


def observed(start_s: float, end_s: float) -> Observed:
    return Observed(start_s, end_s, 10, 9, "cpu", "scripted")


def statistics(**fields: Any) -> CameraConfig:
    return camera(purpose="statistics", legal_basis=None, **fields)


def test_a_crossing_counts_in_the_buckets_of_its_own_moment() -> None:
    told = Told().take(crossing(59.9), crossing(60.0), crossing(3600.0))
    assert [told.field(FORWARD, T0), told.field(FORWARD, T0 + 60), told.field(FORWARD, T0 + 3600)] == [1, 1, 1]
    assert [told.field(FORWARD, T0, 900), told.field(FORWARD, T0, 3600)] == [2, 2]


def test_a_crossing_is_told_at_once_without_its_track() -> None:
    told = Told().take(crossing(1.25, "backward"))
    (observation,) = told.sink.observations()
    assert observation.id == "cam:e:1"
    assert (observation.kind, observation.subject, observation.value) == ("crossing", "middle", 1.0)
    assert observation.observed_at.timestamp() == T0 + 1.25
    assert observation.detail == {"class": "person", "direction": "backward"}
    assert observation.quality == QUALITY


def test_a_stay_counts_in_the_bin_of_its_length_when_it_ends() -> None:
    told = Told().take(Dwell("left", "person", 61.0, 12.0))
    (observation,) = told.sink.observations()
    assert (observation.value, observation.unit) == (12.0, "s")
    fields = {change.field for change in told.sink.entries[0].increments}
    assert fields == {"d|left|person|51"}  # 0.1 s × 1.1^50 = 11.7 s
    assert told.sink.entries[0].at_s == T0 + 61.0


def test_occupancy_is_cut_at_the_minute() -> None:
    told = Told().take(Occupancy("left", "person", 58.5, 61.0, 2), observed(58.5, 61.0))
    assert (told.field("o|left|person|ms", T0), told.field("o|left|person|ms", T0 + 60)) == (3000, 2000)
    assert (told.field("o|left|person|max", T0), told.field("o|left|person|max", T0 + 60)) == (2, 2)


def test_an_empty_zone_is_told_as_empty() -> None:
    told = Told().take(Occupancy("left", "person", 0.0, 1.0, 0), observed(0.0, 1.0))
    names = {change.field for entry in told.sink.entries for change in entry.increments}
    assert "o|left|person|max" in names
    assert "o|left|person|ms" not in names


def test_time_watched_adds_up_to_the_millisecond() -> None:
    looks = [n / 30 for n in range(30 * 90 + 1)]
    told = Told().take(*(observed(a, b) for a, b in itertools.pairwise(looks)))
    told.publisher.close()
    assert (told.field("q|covered_ms", T0), told.field("q|covered_ms", T0 + 60)) == (60_000, 30_000)
    assert told.field("q|covered_ms", T0, 900) == 90_000


def test_every_bucket_has_its_quality() -> None:
    told = Told().watch(1)
    fields = {name: told.field(name) for name in ("q|expected", "q|processed", "q|device|cpu", "q|model|scripted")}
    assert fields == {"q|expected": 10, "q|processed": 9, "q|device|cpu": 9, "q|model|scripted": 9}
    assert told.field("q|revision|0f3ac1e09b7d") == 9


def test_changes_are_told_once_a_second() -> None:
    told = Told().take(*(observed(n / 10, (n + 1) / 10) for n in range(35)))
    assert len(told.sink.entries) <= 5


def test_a_bucket_is_sealed_when_its_time_and_that_of_late_claims_is_over() -> None:
    told = Told().watch(60 + int(LATENESS_S) - 1)
    assert told.sealed() == []
    told.watch(60 + int(LATENESS_S), 60 + int(LATENESS_S) - 1)
    assert told.sealed() == [(60, T0)]
    assert told.kinds()["bucket.sealed"] == 1


def test_sealing_comes_after_all_that_the_bucket_holds() -> None:
    told = Told().take(crossing(5.0)).watch(70)
    last = max(n for n, entry in enumerate(told.sink.entries) if entry.at_s == T0 and entry.observation is None)
    seal = next(n for n, entry in enumerate(told.sink.entries) if entry.increments[0].field == "q|sealed")
    minute = [n for n, e in enumerate(told.sink.entries) if T0 <= e.at_s < T0 + 60]
    assert seal == minute[-1] > last


def test_all_steps_are_sealed_in_the_order_of_their_ends() -> None:
    told = Told().watch(3600 + int(LATENESS_S))
    sealed = told.sealed()
    assert len(sealed) == 60 + 4 + 1
    assert sealed[-3:] == [(60, T0 + 3540), (900, T0 + 2700), (3600, T0)]
    ends = [step_s + start for step_s, start in sealed]
    assert ends == sorted(ends)


def test_a_claim_within_the_lateness_counts_before_sealing() -> None:
    told = Told().watch(65).take(crossing(58.0)).watch(71, 65)
    at = [n for n, entry in enumerate(told.sink.entries) if entry.increments[0].field in (FORWARD, "q|sealed")]
    assert [told.sink.entries[n].increments[0].field for n in at] == [FORWARD, "q|sealed"]


def test_a_claim_after_sealing_still_counts_in_its_own_bucket() -> None:
    told = Told().watch(75).take(crossing(58.0))
    assert told.field(FORWARD, T0) == 1


def test_closing_tells_and_seals_all() -> None:
    told = Told().take(crossing(0.2), observed(0.0, 0.4))
    told.publisher.close()
    assert told.field("q|covered_ms") == 400
    assert told.sealed() == [(60, T0), (900, T0), (3600, T0)]


def test_closing_a_run_that_is_played_again_tells_nothing_more() -> None:
    told = Told().take(crossing(0.2), observed(0.0, 0.4))
    before = list(told.sink.entries)
    told.publisher.close(over=False)
    assert told.sink.entries == before
    assert told.sealed() == []


def events_of_a_minute() -> Sequence[tuple[int, Event]]:
    """Frame numbers and what they prove."""
    found: list[tuple[int, Event]] = []
    for frame in range(0, 900):
        time_s = frame / 10
        found += [(frame, crossing(time_s - 0.05))] * (3 if frame % 250 == 100 else 0)
        found += [(frame, Occupancy("left", "person", time_s - 0.1, time_s, frame % 3))]
        found += [(frame, observed(time_s - 0.1, time_s))]
    return found


def replay(config: CameraConfig | None = None) -> list[Entry]:
    told = Told(config=config)
    for frame, event in events_of_a_minute():
        told.publisher.look(tracks(frame / 10, {}))
        told.take(event)
    told.publisher.close()
    return told.sink.entries


@pytest.mark.parametrize("config", [camera(), statistics()], ids=["operations", "statistics"])
def test_the_same_recording_gives_the_same_entries(config: CameraConfig) -> None:
    assert replay(config) == replay(config)


@pytest.mark.parametrize("config", [camera(), statistics()], ids=["operations", "statistics"])
def test_numbers_rise(config: CameraConfig) -> None:
    numbers = [entry.seq for entry in replay(config)]
    assert numbers == sorted(set(numbers))


def test_a_crossing_is_numbered_by_its_frame() -> None:
    told = Told()
    told.publisher.look(tracks(12.3, {}))
    told.take(crossing(12.2), crossing(12.25))
    assert [entry.seq for entry in told.sink.entries] == [1_230_001, 1_230_002]


def test_under_statistics_nothing_is_told_before_the_bucket_is_over() -> None:
    told = (
        Told(config=statistics())
        .take(crossing(3.0), Dwell("left", "person", 4.0, 2.0))
        .watch(900 + int(LATENESS_S) - 1)
    )
    assert told.sink.entries == []
    told.watch(900 + int(LATENESS_S), 900 + int(LATENESS_S) - 1)
    totals, seal = told.sink.entries
    assert {change.field for change in totals.increments} >= {FORWARD, "d|left|person|32", "q|covered_ms"}
    assert totals.observation is None
    assert (seal.observation and seal.observation.kind, seal.steps_s) == ("bucket.sealed", (900,))


def test_under_statistics_no_bucket_is_finer_than_its_step() -> None:
    for step_s, expected in ((900, {900, 3600}), (3600, {3600})):
        told = Told(config=statistics(min_step_s=step_s)).take(crossing(3.0)).watch(3700)
        assert {step for entry in told.sink.entries for step in entry.steps_s} == expected
        assert told.kinds().keys() == {"bucket.sealed"}
        assert told.field(FORWARD, T0, 3600) == 1


def test_under_statistics_totals_are_those_of_operations() -> None:
    open_, closed = Told(), Told(config=statistics())
    for told in (open_, closed):
        for frame, event in events_of_a_minute():
            told.publisher.look(tracks(frame / 10, {}))
            told.take(event)
        told.publisher.close()
    for name in (FORWARD, "o|left|person|ms", "o|left|person|max", "q|covered_ms", "q|processed"):
        assert closed.field(name, T0, 900) == open_.field(name, T0, 900)
        assert closed.field(name, T0, 3600) == open_.field(name, T0, 3600)


def test_a_live_camera_counts_from_the_moment_of_arrival() -> None:
    told = Told(origin_s=0.0).take(crossing(T0 + 61.5), observed(T0 + 61.0, T0 + 62.0))
    assert told.field(FORWARD, T0 + 60) == 1
