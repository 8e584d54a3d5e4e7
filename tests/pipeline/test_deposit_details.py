"""What is told of deposits: under every purpose, with all its members, and without a person in it."""

from dataclasses import replace

import pytest

from pipeline.analysis import Analysis
from pipeline.events import Deposit, Observed, ZoneWatch
from pipeline.observation import Quality
from pipeline.publish import ListSink
from pipeline.publisher import Publisher
from tests.builders import camera, tracks

BAG = Deposit(
    "left", "cam-left-1", "opened", "bags", 150.0, 20.0, 140.0, None, 20.0, (0.1, 0.2, 0.05, 0.04), 900, None, 2, 0.815
)


def publisher(purpose: str) -> tuple[Publisher, ListSink]:
    kept = ListSink()
    quality = Quality(device="cpu", model="scripted", revision="0" * 12)
    return Publisher(camera(purpose=purpose), "epoch", 1_000_000.0, kept, lambda: quality), kept


@pytest.mark.parametrize("purpose", ["statistics", "operations"])
def test_a_deposit_is_told_at_once_whatever_the_purpose(purpose: str) -> None:
    tell, kept = publisher(purpose)
    tell(BAG)
    told = list(kept.observations())
    assert [one.kind for one in told] == ["deposit"]
    detail = told[0].detail
    assert (detail["deposit"], detail["state"], detail["type"]) == ("cam-left-1", "opened", "bags")
    assert (detail["first_seen"], detail["cleared_at"]) == ("1970-01-12T13:47:00Z", None)
    assert (detail["area_m2"], detail["confidence"], detail["evidence"]) == (None, 0.81, None)
    assert told[0].observed_at.isoformat() == "1970-01-12T13:49:10+00:00"


def test_a_zone_tells_how_well_it_is_watched() -> None:
    tell, kept = publisher("statistics")
    tell(ZoneWatch("left", "learning", "no_clean_view", 3600.0, 16.0, None))
    told = list(kept.observations())
    assert (told[0].kind, told[0].value) == ("deposit.watch", 0.0)
    assert told[0].detail["reason"] == "no_clean_view"


def test_the_result_has_deposits_in_pixels_among_the_events() -> None:
    analysis = Analysis(camera())
    analysis.see(tracks(0.0, {}, size=(1000, 500)))
    analysis(replace(BAG, state="cleared", time_s=300.0, cleared_s=240.0))
    analysis(BAG)
    analysis(Observed(0.0, 1.0, 1, 1, "cpu", "scripted"))
    rows = analysis.events()
    assert [(row["state"], row["time_s"]) for row in rows] == [("opened", 150.0), ("cleared", 300.0)]
    assert rows[0]["bbox"] == [100.0, 100.0, 150.0, 120.0]
    assert rows[1]["cleared_s"] == 240.0
