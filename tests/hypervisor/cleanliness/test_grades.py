"""Grades A to F over the time watched, and what is counted on 100 m²."""

import pytest
from fastapi.testclient import TestClient

from pipeline.grades import GradeLimits
from tests.hypervisor.cleanliness.asked import DAY_S, MIDNIGHT, figures, rows
from tests.hypervisor.cleanliness.builders import HOUR_S, Street, pavement


def shares(api: TestClient) -> dict[str, float]:
    """Return the shares of grades that are not 0."""
    return {name: share for name, share in figures(api)["grades"]["shares"].items() if share}


def test_a_bag_is_fly_tipping_while_it_lies_there(api: TestClient, sunday: Street) -> None:
    begin = MIDNIGHT - DAY_S
    sunday.lies("bag", begin + 6 * HOUR_S, cleared_s=begin + 12 * HOUR_S)
    found = figures(api)["grades"]
    assert shares(api) == {"A": 0.75, "F": 0.25}
    assert (found["acceptable"], found["ni195_like"]) == (0.75, 25.0)


@pytest.mark.parametrize(
    ("components", "area_m2", "expected"),
    [
        (1, 0.02, "B"),
        (3, 0.06, "B-"),  # 3 large things on 100 m²
        (6, 0.12, "C"),
        (20, 0.4, "D"),
        (41, 0.8, "E"),
        (12, 0.012, "B"),  # 12 small things weigh as two large ones
    ],
)
def test_litter_is_graded_by_things_on_100_m2(
    api: TestClient, sunday: Street, components: int, area_m2: float, expected: str
) -> None:
    sunday.lies("litter", MIDNIGHT - DAY_S, type="litter", components=components, area_m2=area_m2)
    assert shares(api) == {expected: 1.0}
    assert figures(api)["ims_video_macro"] == components


def test_the_share_below_b_counts_b_minus_half(api: TestClient, sunday: Street) -> None:
    begin = MIDNIGHT - DAY_S
    sunday.lies("some", begin, cleared_s=begin + 12 * HOUR_S, type="litter", components=3, area_m2=0.06)
    sunday.lies("much", begin + 12 * HOUR_S, type="litter", components=9, area_m2=0.2)
    found = figures(api)["grades"]
    assert (found["ni195_like"], found["acceptable"]) == (75.0, 0.5)


@pytest.mark.parametrize(("area_m2", "expected"), [(0.05, "B"), (0.2, "F")])
def test_an_unclassified_deposit_is_fly_tipping_if_it_is_as_large_as_a_bag(
    api: TestClient, sunday: Street, area_m2: float, expected: str
) -> None:
    sunday.lies("d", MIDNIGHT - DAY_S, type="unclassified", area_m2=area_m2)
    assert shares(api) == {expected: 1.0}


def test_a_deposit_that_worsens_weighs_more_from_then_on(api: TestClient, sunday: Street) -> None:
    begin = MIDNIGHT - DAY_S
    sunday.lies("d", begin, type="litter", components=1, area_m2=0.02)
    sunday.told("d", "worsened", begin + 12 * HOUR_S, begin, type="litter", components=6, area_m2=0.12)
    assert shares(api) == {"B": 0.5, "C": 0.5}
    assert figures(api)["ims_video_macro"] == 3.5


def test_limits_are_the_sites_own_and_assumptions_are_marked(api: TestClient, street: Street) -> None:
    street.camera(grades=GradeLimits(c_to=6, d_to=8))
    street.watched(MIDNIGHT - DAY_S, MIDNIGHT)
    street.lies("d", MIDNIGHT - DAY_S, type="litter", components=9, area_m2=0.2)
    assert shares(api) == {"E": 1.0}
    found = figures(api)["grades"]
    assert found["limits"]["d_to"] == 8
    assert set(found["assumptions"]) == {"b_minus_from", "c_to", "d_to", "fly_tipping_m2"}


def test_without_calibration_there_is_nothing_per_area(api: TestClient, street: Street) -> None:
    street.camera("nord", pavement(area_m2=None))
    street.watched(MIDNIGHT - DAY_S, MIDNIGHT, smallest_cm=None)
    begin = MIDNIGHT - DAY_S
    street.lies("bag", begin, cleared_s=begin + 6 * HOUR_S, area_m2=None)
    street.lies("litter", begin + 6 * HOUR_S, cleared_s=begin + 12 * HOUR_S, area_m2=None, type="litter")
    (row,) = rows(api)
    found = row["figures"]
    assert (row["smallest_cm"], found["ims_video_macro"], found["dirty_m2_h"]) == (None, None, None)
    assert found["grades"]["graded"] == 0.75, "litter on ground of unknown size has no grade"
    assert found["grades"]["acceptable"] == pytest.approx(2 / 3, abs=1e-4)
    assert "uncalibrated" in [note["code"] for note in row["notes"]]
    assert found["time_to_clean"]["cleaned"] == 2
