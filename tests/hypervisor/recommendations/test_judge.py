"""How a site is judged: once a day by one process, over all questions at once, and never by less than was watched."""

import asyncio
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hypervisor.experiments.protocol import Protocol
from hypervisor.history.past import Asked, TableOfHours
from hypervisor.recommendations import acts
from hypervisor.recommendations.daily import DailyJudge, judge_daily
from hypervisor.recommendations.draft import draft_of
from hypervisor.recommendations.judge import Judgement, judged
from hypervisor.recommendations.keeping import every, recommendations_of
from hypervisor.recommendations.local import Local
from hypervisor.recommendations.question import Answer, Question, answered
from hypervisor.recommendations.rule import CatalogueError, catalogue, read, said
from hypervisor.recommendations.view import Window, clock_of, window_before
from hypervisor.redis_feed import RedisFeed
from hypervisor.routes.experiments import NewExperiment
from hypervisor.statistics.noise import Floats
from hypervisor.store.redis_store import RedisStore
from parvis.simulated_city import remembering
from tests.hypervisor.recommendations.builders import DAYS, FIRST, NOW_S, TODAY, at, counts_of, hours_of, past, series

UTC = ZoneInfo("UTC")
WINDOW = Window(FIRST, DAYS)
LITTERED = past(series(at("deposits_opened"), counts_of(0.1)))


def answer_of(values: Floats, **more: Any) -> Answer:
    found = answered(Question(values, "1", **more), WINDOW, np.random.default_rng(1))
    assert isinstance(found, Answer)
    return found


@cache
def littered() -> Judgement:
    """Return what is found there; judged once for all who only read it."""
    return asyncio.run(judged(LITTERED, Local(UTC, NOW_S)))


def test_the_window_is_whole_weeks_and_the_same_from_monday_to_sunday() -> None:
    windows = {window_before(date(2026, 3, day)) for day in range(23, 30)}
    assert windows == {Window(date(2025, 12, 29), 84)}
    assert window_before(TODAY) == WINDOW


def test_a_clock_change_leaves_a_gap_in_spring_and_two_hours_in_one_in_autumn() -> None:
    paris = ZoneInfo("Europe/Paris")
    spring, autumn = (clock_of(Window(first, 7), paris) for first in (date(2026, 3, 23), date(2026, 10, 19)))
    assert (len(spring.day), len(autumn.day)) == (167, 169)
    assert ((autumn.day == 6) & (autumn.hour == 2)).sum() == 2
    assert ((spring.day == 6) & (spring.hour == 2)).sum() == 0


def test_days_that_resemble_each_other_prove_less() -> None:
    rng = np.random.default_rng(5)
    noise = remembering(rng, (1, DAYS), 0.0, 1.0)[0]
    lasting = remembering(rng, (1, DAYS), 0.9, 1.0)[0]
    alone, together = (answer_of(0.5 + one - one.mean()) for one in (noise, lasting))
    assert alone.p < 0.01 < together.p
    assert together.memory > 0.4 > alone.memory


def test_all_that_is_asked_must_be_true() -> None:
    clear, unclear = (np.random.default_rng(n).normal(mean, 1.0, DAYS) for n, mean in ((1, 1.0), (2, 0.1)))
    weak = answer_of(unclear).p
    assert answer_of(clear).p < 1e-4 < weak
    assert answer_of(clear, also=(Question(unclear, "1"),)).p == pytest.approx(weak)


def test_a_number_that_never_changes_is_a_coin_a_week() -> None:
    assert answer_of(np.full(DAYS, 2.0)).p == pytest.approx(0.5**12)
    assert answer_of(np.full(DAYS, -2.0)).p == 1.0


def test_the_more_is_asked_the_surer_an_answer_must_be() -> None:
    alone = asyncio.run(judged(LITTERED, Local(UTC, NOW_S)))
    quiet = [series(at("deposits_opened", camera=f"quiet-{n}"), counts_of(0.02, n)) for n in range(30)]
    many = asyncio.run(judged(past(*LITTERED.rows, *quiet), Local(UTC, NOW_S)))
    assert many.asked > 10 * alone.asked
    one, same = (next(found for found in each.found if found.kind == "add-bin") for each in (alone, many))
    assert one.evidence.p == same.evidence.p
    assert one.evidence.q < same.evidence.q


def test_the_same_data_give_the_same_answer() -> None:
    first, second = (asyncio.run(judged(LITTERED, Local(UTC, NOW_S))) for _ in range(2))
    assert first == second


def test_once_a_day_one_process_judges(valkey_url: str) -> None:
    async def turns(past: TableOfHours, store: RedisStore, feed: RedisFeed) -> list[int | None]:
        now = [NOW_S]
        one, other = (DailyJudge(past, feed, store, name, lambda: now[0], "UTC") for name in ("one", "other"))
        now[0] = NOW_S - 4 * 3600
        found = [await one.turn()]  # at two in the morning nothing is due
        now[0] = NOW_S
        await store.lease("recommendations", "somebody", 60)
        found.append(await one.turn())
        await store.release("recommendations", "somebody")
        found += [await one.turn(), await other.turn()]
        now[0] += 86_400
        return [*found, await other.turn()]

    async def run() -> tuple[list[int | None], list[str]]:
        store, feed = RedisStore(valkey_url), RedisFeed(valkey_url)
        try:
            found = await turns(LITTERED, store, feed)
            return found, sorted(one.value.kind for one in (await every(recommendations_of(store))).values())
        finally:
            await store.close()
            await feed.close()

    counts, kept = asyncio.run(run())
    assert counts == [None, None, 1, None, 0]
    assert kept == ["add-bin"]


@pytest.mark.parametrize("trouble", ["hangs", "is damaged"])
def test_what_cannot_be_judged_does_not_keep_a_process_from_ending(valkey_url: str, trouble: str) -> None:
    class Troubled(TableOfHours):
        async def known(self) -> list[Asked]:
            if trouble == "hangs":
                await asyncio.sleep(3600)
            raise ValueError("a figure is no number")

    async def run() -> bool:
        store, feed, stopped = RedisStore(valkey_url), RedisFeed(valkey_url), asyncio.Event()
        judge = DailyJudge(Troubled(()), feed, store, "one", lambda: NOW_S, "UTC")
        running = asyncio.ensure_future(judge_daily(judge, stopped))
        await asyncio.sleep(0.3)
        alive = not running.done()
        stopped.set()
        await asyncio.wait_for(running, 5)
        await store.close()
        await feed.close()
        return alive

    assert asyncio.run(run())


@pytest.mark.parametrize("kind", [one.id for one in catalogue().values()])
def test_the_draft_of_every_kind_is_a_protocol(kind: str) -> None:
    (some,) = (one for one in littered().found if one.kind == "add-bin")
    rule = catalogue()[kind]
    place = {"camera": "", "subject": "", "sensor": "bin-1"} if rule.of == "sensor" else {}
    draft = draft_of(some.model_copy(update={"kind": kind, "title": rule.title} | place), TODAY)
    if rule.trial is None:
        assert draft is None
        return
    assert draft is not None
    protocol: Protocol = NewExperiment.model_validate(draft).protocol
    assert protocol.baseline.first > TODAY


def test_a_control_is_another_camera_with_the_same_series() -> None:
    (some,) = (one for one in littered().found if one.kind == "add-bin")
    known = [at("deposits_opened", "a"), at("deposits_opened", "b", camera="other"), at("density", "c", camera="third")]
    draft = draft_of(some, TODAY, known)
    assert draft is not None
    assert draft["protocol"]["controls"] == [{"camera": "other", "subject": "b"}]


def test_a_judgement_never_undoes_what_people_decided() -> None:
    (some,) = (one for one in littered().found if one.kind == "add-bin")
    kept = acts.merged(None, some, TODAY)
    refused = kept.model_copy(update={"state": "refused", "until": date(2026, 9, 1)})
    assert acts.merged(refused, some, TODAY).state == "refused"
    assert acts.merged(refused, some, date(2026, 9, 1)).state == "new"
    assert acts.merged(kept.model_copy(update={"state": "accepted"}), some, date(2027, 1, 1)).state == "accepted"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("deposits_opened]", "depots]"), "series 'depots' is unknown"),
        (("cost: medium", "cost: gratis"), "cost"),
        (("conflicts: [collection-round, empty-later]", "conflicts: [nothing]"), "'nothing' is unknown"),
        (("- id: clear-sooner", "- id: add-bin"), "add-bin: is there twice"),
    ],
)
def test_a_catalogue_that_nobody_understands_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    folder = Path(str(read.__globals__["FOLDER"]))
    text = (folder / "cleanliness.yaml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "cleanliness.yaml").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(CatalogueError, match=message):
        read(tmp_path)


@pytest.mark.parametrize(
    ("value", "lang", "text"),
    [(1234.5, "en", "1234"), (12.345, "fr", "12,3"), (0.5, "fr", "0,5"), ((22, 23), "en", "22:00 to 00:00")],
)
def test_words_are_read_in_their_language(value: float | tuple[int, ...], lang: str, text: str) -> None:
    assert said("{x}", {"x": value}, lang) == text


def test_levels_are_not_divided_by_how_long_was_watched() -> None:
    window = Window(FIRST, DAYS)
    half = series(at("density", "zone", "pedestrian"), hours_of(1.0), 0.6)
    table = clock_of(window, UTC).table(half, level=True)
    assert np.nanmean(table.values) == pytest.approx(1.0, rel=0.1)
    counted = clock_of(window, UTC).table(half, level=False)
    assert np.nanmean(counted.values) == pytest.approx(1 / 0.6, rel=0.1)


@pytest.mark.parametrize("kind", catalogue())
def test_the_page_says_where_every_bound_comes_from(kind: str) -> None:
    page = (Path(__file__).parents[3] / "docs" / "recommendations.md").read_text(encoding="utf-8")
    rule = catalogue()[kind]
    (row,) = (line for line in page.splitlines() if line.startswith(f"| `{kind}` |"))
    needs = ", ".join(f"`{one}`" for one in rule.needs) or "any"
    assert row == f"| `{kind}` | {rule.title.en} | {rule.service} | {rule.cost} | {needs} | {rule.source} |"
