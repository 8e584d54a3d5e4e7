"""The configuration of zones that are watched for deposits: schedules, shared places, limits of grades."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.build import description_of
from pipeline.config_faults import ConfigError
from pipeline.config_file import warnings
from tests.builders import on_square
from tests.sites import camera, load

SQUARE = [[0.1, 0.1], [0.6, 0.1], [0.6, 0.6], [0.1, 0.6]]
COLLECTION = {"id": "collecte", "reason": "collection", "weekly": [{"days": ["mon"], "from": "05:00", "to": "12:00"}]}


def watched(zone: str = "trottoir", **deposits: Any) -> dict[str, Any]:
    """Return a zone that is watched for deposits."""
    return {"id": zone, "points": SQUARE, "measures": ["deposits"], "deposits": deposits}


def test_a_schedule_is_read_with_its_times(tmp_path: Path) -> None:
    site = load(tmp_path, camera(zones=[watched()], schedules=[COLLECTION])).site
    (schedule,) = site.cameras[0].schedules
    assert (schedule.weekly[0].from_.isoformat(), schedule.weekly[0].to.isoformat()) == ("05:00:00", "12:00:00")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"zones": ["place"]}, "schedules[0].zones: 'place' is not watched; expected a zone that measures deposits"),
        ({"weekly": []}, "schedules[0].weekly: is missing, and ical too; expected one of them at least"),
        (
            {"weekly": [{"days": ["mon"], "from": "5h", "to": "12:00"}]},
            "schedules[0].weekly[0].from: got '5h'; expected a time of day such as '05:30'",
        ),
        ({"reason": "holiday"}, "schedules[0].reason: got 'holiday'; expected"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused_with_its_place(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, camera(zones=[watched()], schedules=[COLLECTION | change]))
    assert said in str(refused.value)


def test_two_cameras_on_one_place_are_told_so_both(tmp_path: Path) -> None:
    cameras = [camera(name, lines=[], zones=[watched(place="parvis")]) for name in ("nord", "sud")]
    loaded = load(tmp_path, *cameras)
    said = [str(one).partition("warning: ")[2] for one in warnings(loaded)]
    assert said == [
        "cameras[0].zones[0]: place 'parvis' is also seen by sud/trottoir; "
        "the figures that count are those of nord/trottoir",
        "cameras[1].zones[0]: place 'parvis' is also seen by nord/trottoir; "
        "the figures that count are those of nord/trottoir",
    ]
    described = [description_of(loaded, one).zones[0].deposits for one in loaded.site.cameras]
    assert [(one.place, one.primary) for one in described if one] == [("parvis", "nord/trottoir")] * 2


def test_the_zone_that_is_marked_is_the_primary_one(tmp_path: Path) -> None:
    loaded = load(
        tmp_path, camera("nord", zones=[watched(place="p")]), camera("sud", zones=[watched(place="p", primary=True)])
    )
    told = description_of(loaded, loaded.site.cameras[0]).zones[0].deposits
    assert told is not None
    assert told.primary == "sud/trottoir"


def test_two_primary_zones_of_one_place_are_refused(tmp_path: Path) -> None:
    cameras = [camera(name, zones=[watched(place="p", primary=True)]) for name in ("nord", "sud")]
    with pytest.raises(ConfigError, match="place 'p' has nord/trottoir and sud/trottoir as primary; expected one"):
        load(tmp_path, *cameras)


def test_a_primary_zone_without_a_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"zones\[0\].deposits.place: is missing; expected the name"):
        load(tmp_path, camera(zones=[watched(primary=True)]))


def test_what_figures_need_is_described(tmp_path: Path) -> None:
    given = camera(zones=[watched(service_level_h=12), {**watched("autre"), "measures": ["occupancy"]}])
    given["zones"][1].pop("deposits")
    loaded = load(tmp_path, given | {"calibration": _square(10.0)}, grades={"c_to": 12, "d_to": 30})
    told = description_of(loaded, loaded.site.cameras[0])
    first, other = (zone.deposits for zone in told.zones)
    assert other is None
    assert first is not None
    assert (first.surface, first.service_level_h, first.primary) == ("pavement", 12.0, None)
    assert first.area_m2 == pytest.approx(25.0, abs=0.1)  # half a side each way of 10 m × 10 m
    assert (told.grades.c_to, told.grades.d_to) == (12, 30)


def test_limits_of_grades_must_rise(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected rising limits"):
        load(tmp_path, grades={"c_to": 50})


def _square(metres: float) -> dict[str, Any]:
    """Return a calibration as a file has it."""
    return {"points": [{name: list(at) for name, at in point.items()} for point in on_square(metres)["points"]]}
