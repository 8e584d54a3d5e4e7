"""The gate: what was seen while the camera was not well becomes no figure, and that time was not watched."""

import pytest

from pipeline.events import Counted, Crossing, Dwell, Event, Observed, Occupancy, Suspended
from pipeline.gate import Gate
from pipeline.observation import Condition
from pipeline.sanity.watch import Verdict


class Site:
    """A gate whose verdicts the test gives."""

    def __init__(self) -> None:
        self.verdict = Verdict(0.0)
        self.passed: list[Event] = []
        self.gate = Gate(lambda: self.verdict, self.passed.append)

    def looks(
        self, at_s: float, condition: Condition = "ok", since_s: float = -1.0, suspected_s: float | None = None
    ) -> None:
        """Look at the picture: a verdict, then the span since the last look."""
        self.verdict = Verdict(at_s, condition, since_s, suspected_s)
        self.gate(Observed(at_s - 1, at_s, 1, 1, "cpu", "scripted"))

    def covered(self) -> list[tuple[str, float, float]]:
        """Return the spans that came through."""
        spans = [event for event in self.passed if isinstance(event, Observed | Suspended)]
        return [(type(span).__name__, span.start_s, span.end_s) for span in spans]


def crossing(time_s: float) -> Crossing:
    return Crossing("middle", 1, "person", "forward", 0, time_s)


def test_what_a_good_look_proves_passes_with_that_look() -> None:
    site = Site()
    site.looks(1)
    site.gate(crossing(0.7))
    assert site.covered() == [("Observed", 0, 1)]
    assert site.passed[-1] == crossing(0.7)


def test_what_came_after_the_last_good_look_waits_for_the_next_one() -> None:
    site = Site()
    site.looks(1)
    for event in (crossing(1.0), crossing(1.2), crossing(0.9)):
        site.gate(event)
    assert site.covered() == [("Observed", 0, 1)]
    assert not {crossing(1.0), crossing(1.2), crossing(0.9)} & set(site.passed), "events keep their order"
    site.looks(2)
    assert site.passed[1:4] == [crossing(1.0), crossing(1.2), crossing(0.9)]


def test_what_waits_is_left_out_when_the_next_look_is_not_good() -> None:
    site = Site()
    site.looks(1)
    site.gate(crossing(1.2))
    site.looks(2, suspected_s=1.0)
    site.looks(3, "masked", since_s=1.0)
    site.gate.close()
    assert not [event for event in site.passed if isinstance(event, Crossing)]


def test_a_doubt_that_passes_costs_nothing() -> None:
    site = Site()
    site.looks(1)
    site.looks(2, suspected_s=1.0)
    site.gate(crossing(1.5))
    site.looks(3, suspected_s=1.0)
    assert site.covered() == [("Observed", 0, 1)]
    assert crossing(1.5) not in site.passed
    site.looks(4)
    site.gate.close()
    assert site.covered() == [("Observed", n, n + 1) for n in range(4)]
    assert crossing(1.5) in site.passed


def test_trouble_takes_away_everything_since_the_last_good_look_and_nothing_before() -> None:
    site = Site()
    site.looks(1)
    site.looks(2, suspected_s=1.0)
    site.gate(crossing(1.5))
    site.gate(crossing(0.9))  # claimed late, seen before
    site.looks(3, "moved", since_s=1.0)
    site.gate(crossing(3.5))
    site.looks(4, "moved", since_s=1.0)
    site.gate.close()
    assert [event for event in site.passed if isinstance(event, Crossing)] == [crossing(0.9)]
    assert site.covered() == [("Observed", 0, 1), *(("Suspended", n, n + 1) for n in range(1, 4))]


@pytest.mark.parametrize(
    ("event", "passes"),
    [
        (crossing(9.9), False),  # interpolated from a sample before the end of the trouble
        (crossing(10.1), True),
        (Dwell("left", "person", 12.0, 5.0), False),
        (Dwell("left", "person", 12.0, 1.5), True),
        (Occupancy("left", "person", 9.5, 10.5, 2), False),
        (Counted("entries", "left", "person", 10.5), True),
    ],
)
def test_after_trouble_counts_what_began_after_it(event: Event, passes: bool) -> None:
    site = Site()
    site.verdict = Verdict(5.0, "masked", 2.0)
    site.looks(10, since_s=10.0)
    site.gate(event)
    site.looks(13, since_s=10.0)
    assert (event in site.passed) is passes


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.gate.MOST_HELD", 10)
    site = Site()
    site.verdict = Verdict(0.0, suspected_s=-1.0)
    for n in range(25):
        site.gate(crossing(n))
    assert site.passed == [crossing(n) for n in range(15)]
