"""/v1/cleanliness: figures with what they rest on, and none where too little was watched."""

from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from hypervisor.cleanliness import texts
from pipeline.cleanliness.seen import NAMED
from pipeline.deposits import DepositState, DepositType, ZoneReason, ZoneState
from tests.hypervisor.builders import NOON
from tests.hypervisor.cleanliness.asked import DAY_S, MIDNIGHT, figures, rows
from tests.hypervisor.cleanliness.builders import HOUR_S, Street, pavement
from tests.recorded_deposits import iso


def test_time_to_clean_counts_what_still_lies_there(api: TestClient, sunday: Street) -> None:
    begin = MIDNIGHT - DAY_S
    for n, hours in enumerate((1, 2, 3)):
        sunday.lies(f"gone{n}", begin + n, cleared_s=begin + n + hours * HOUR_S)
    sunday.lies("still", begin + 10)
    taken = figures(api, service_level_h=2.5)["time_to_clean"]
    assert (taken["cleaned"], taken["censored"]) == (3, 1)
    assert taken["median_s"]["value"] == 2 * HOUR_S
    assert taken["p90_s"]["value"] is None
    assert taken["within_service_level"]["value"] == 0.5


def test_the_configured_service_level_is_the_default(api: TestClient, sunday: Street) -> None:
    assert figures(api)["time_to_clean"]["service_level_h"] == 24.0


def test_the_clock_begins_when_a_schedule_is_over(api: TestClient, sunday: Street) -> None:
    begin = MIDNIGHT - DAY_S
    noon = begin + 12 * HOUR_S
    sunday.lies("bag", begin + 6 * HOUR_S, cleared_s=noon + HOUR_S, counted_from_s=noon)
    found = figures(api)
    assert found["time_to_clean"]["median_s"]["value"] == HOUR_S
    assert found["arrivals"]["by_hour"][12] == {"slot": 12, "arrivals": 1, "observed_h": 1.0}


def test_what_went_while_out_of_sight_counts_until_it_was_last_seen(api: TestClient, sunday: Street) -> None:
    begin = MIDNIGHT - DAY_S
    sunday.lies("d", begin)
    sunday.told("d", "occluded", begin + 2 * HOUR_S, begin)
    sunday.told("d", "suspended", begin + 2.5 * HOUR_S, begin)
    sunday.told("d", "cleared", begin + 9 * HOUR_S, begin, cleared_s=begin + 8.9 * HOUR_S)
    taken = figures(api, service_level_h=3)["time_to_clean"]
    assert (taken["cleaned"], taken["censored"]) == (0, 1)
    assert figures(api, service_level_h=2)["time_to_clean"]["within_service_level"]["value"] == 0.0
    assert taken["within_service_level"]["value"] is None, "seen for two hours only"


def test_what_was_seen_again_before_it_went_counts_whole(api: TestClient, sunday: Street) -> None:
    begin = MIDNIGHT - DAY_S
    sunday.lies("d", begin)
    sunday.told("d", "suspended", begin + 2 * HOUR_S, begin)
    sunday.told("d", "resumed", begin + 3 * HOUR_S, begin)
    sunday.told("d", "cleared", begin + 5 * HOUR_S + 60, begin, cleared_s=begin + 5 * HOUR_S)
    assert figures(api)["time_to_clean"]["median_s"]["value"] == 5 * HOUR_S


def test_a_figure_of_the_past_does_not_change_afterwards(api: TestClient, sunday: Street) -> None:
    sunday.lies("d", MIDNIGHT - HOUR_S)
    before = figures(api)
    sunday.told("d", "cleared", MIDNIGHT + HOUR_S, MIDNIGHT - HOUR_S, cleared_s=MIDNIGHT + HOUR_S - 60)
    assert figures(api) == before
    assert before["time_to_clean"]["censored"] == 1


def test_what_an_operator_called_normal_is_in_no_figure(api: TestClient, sunday: Street) -> None:
    begin = MIDNIGHT - DAY_S
    sunday.lies("stall", begin)
    sunday.told("stall", "absorbed", begin + HOUR_S, begin)
    (row,) = rows(api)
    assert (row["open"], row["figures"]["arrivals"]["total"]) == (0, 0)
    assert row["figures"]["grades"]["shares"]["A"] == 1.0


def test_arrivals_by_hour_and_weekday_are_local(api: TestClient, sunday: Street) -> None:
    sunday.lies("a", MIDNIGHT - DAY_S + 0.5 * HOUR_S)  # 00:30 in Paris, still Saturday in UTC
    sunday.lies("b", MIDNIGHT - DAY_S + 14.5 * HOUR_S, type="bulky")
    found = figures(api)["arrivals"]
    assert (found["total"], found["by_type"]) == (2, {"bags": 1, "bulky": 1})
    assert [slot["slot"] for slot in found["by_hour"] if slot["arrivals"]] == [0, 14]
    assert found["by_weekday"][6] == {"slot": 6, "arrivals": 2, "observed_h": 24.0}


def test_open_deposits_are_those_at_the_end_of_the_period(api: TestClient, sunday: Street) -> None:
    sunday.lies("before", MIDNIGHT - 2 * DAY_S)
    sunday.lies("gone", MIDNIGHT - HOUR_S * 5, cleared_s=MIDNIGHT - HOUR_S)
    sunday.lies("later", MIDNIGHT + HOUR_S)
    (row,) = rows(api)
    assert row["open"] == 1
    assert row["figures"]["arrivals"]["total"] == 1


def test_dirt_over_time(api: TestClient, street: Street) -> None:
    street.camera()
    street.watched(MIDNIGHT - DAY_S, MIDNIGHT, dirty=0.5)  # half a percent of the zone
    found = figures(api)
    assert (found["dirty_percent_h"], found["dirty_m2_h"]) == (12.0, 12.0)


@pytest.mark.parametrize(("share", "has_figures"), [(0.61, True), (0.59, False)])
def test_below_60_percent_watched_there_are_no_figures(
    api: TestClient, street: Street, share: float, has_figures: bool
) -> None:
    street.camera()
    street.watched(MIDNIGHT - DAY_S, MIDNIGHT, share=share)
    street.lies("d", MIDNIGHT - DAY_S)
    (row,) = rows(api)
    assert (row["figures"] is not None) == has_figures
    assert row["coverage"] == pytest.approx(share)
    assert ("low_coverage" in [note["code"] for note in row["notes"]]) != has_figures
    assert row["open"] == 1, "what lies there is told all the same"


def test_a_zone_that_nobody_watched_is_not_clean(api: TestClient, street: Street) -> None:
    street.camera()
    (row,) = rows(api)
    assert (row["figures"], row["coverage"], row["followed_until"], row["watch"]) == (None, 0.0, None, None)


def test_a_stalled_camera_does_not_make_the_rest_of_a_day_clean(api: TestClient, street: Street) -> None:
    street.camera()
    street.watched(MIDNIGHT - DAY_S, MIDNIGHT - DAY_S + 16 * HOUR_S)
    street.lies("d", MIDNIGHT - DAY_S + 15 * HOUR_S)
    (row,) = rows(api)
    assert row["followed_until"] == iso(MIDNIGHT - DAY_S + 16 * HOUR_S)
    assert row["figures"]["grades"]["shares"]["F"] == pytest.approx(1 / 16)
    assert row["figures"]["time_to_clean"]["within_service_level"]["value"] is None


def test_a_bucket_that_is_not_over_is_followed_up_to_now_only(api: TestClient, street: Street) -> None:
    street.camera()
    street.watched(MIDNIGHT - DAY_S, MIDNIGHT - 900)
    street.watched(MIDNIGHT - 900, MIDNIGHT, share=0.2, sealed=False)  # three of its 15 minutes have gone by
    street.lies("d", MIDNIGHT - 1800)
    (row,) = rows(api, service_level_h=0.4)
    assert row["followed_until"] == iso(MIDNIGHT - 720)
    within = row["figures"]["time_to_clean"]["within_service_level"]
    assert within["value"] is None, "it was followed for 18 minutes, not for 24"
    assert row["open"] == 1


def test_the_smallest_thing_that_was_visible_all_the_time_is_told(api: TestClient, street: Street) -> None:
    street.camera()
    street.watched(MIDNIGHT - DAY_S, MIDNIGHT - HOUR_S, smallest_cm=22)
    street.watched(MIDNIGHT - HOUR_S, MIDNIGHT, smallest_cm=31.5)
    (row,) = rows(api)
    assert row["smallest_cm"] == 31.5


def test_how_a_zone_is_watched_is_told_in_both_languages(api: TestClient, street: Street) -> None:
    street.camera()
    street.watch(NOON - 60, state="learning", reason="no_clean_view")
    (row,) = rows(api)
    assert (row["watch"]["state"], row["watch"]["since"]) == ("learning", iso(NOON - 60))
    assert row["watch"]["text"] == {
        "fr": "apprentissage de l’état propre : aucune vue dégagée",
        "en": "learning what clean looks like: no free view yet",
    }


def test_under_statistics_only_sealed_buckets_count(api: TestClient, street: Street) -> None:
    street.camera("nord", statistics=True)
    street.watched(MIDNIGHT - DAY_S, MIDNIGHT - 12 * HOUR_S)
    street.watched(MIDNIGHT - 12 * HOUR_S, MIDNIGHT, sealed=False)
    (row,) = rows(api)
    assert row["coverage"] == 0.5


def test_a_day_on_which_clocks_change_has_23_hours(api: TestClient, street: Street, clock: Any) -> None:
    sunday = 1774738800  # 2026-03-29 00:00 in Paris
    clock.now_s = sunday + 30 * HOUR_S
    street.camera()
    street.watched(sunday, sunday + 23 * HOUR_S)
    (row,) = rows(api, sunday, sunday + 23 * HOUR_S)
    slots = row["figures"]["arrivals"]["by_hour"]
    assert (slots[1]["observed_h"], slots[2]["observed_h"], slots[3]["observed_h"]) == (1.0, 0.0, 1.0)
    assert row["figures"]["arrivals"]["by_weekday"][6]["observed_h"] == 23.0


def test_two_cameras_on_one_place_name_each_other_and_one_counts(api: TestClient, street: Street) -> None:
    shared = {"place": "parvis", "primary": "nord/trottoir"}
    street.camera("nord", pavement(**shared))
    street.camera("sud", pavement(**shared))
    nord, sud = rows(api)
    assert (nord["primary"], nord["also_seen_by"]) == (True, ["sud/trottoir"])
    assert (sud["primary"], sud["also_seen_by"]) == (False, ["nord/trottoir"])
    assert "not_primary" in [note["code"] for note in sud["notes"]]
    assert [row["camera"] for row in rows(api, camera="sud")] == ["sud"]


def test_without_a_period_it_is_the_last_seven_days(api: TestClient, street: Street) -> None:
    street.camera()
    answer = api.get("/v1/cleanliness").json()
    assert (answer["from"], answer["to"]) == (iso(NOON - 7 * DAY_S), iso(NOON))


def test_a_recording_of_long_ago_has_its_own_period(api: TestClient, street: Street) -> None:
    street.camera()
    street.watched(NOON - 90 * DAY_S, NOON - 90 * DAY_S + 4 * HOUR_S, step_s=3600)
    answer = api.get("/v1/cleanliness").json()
    assert answer["to"] == iso(NOON - 90 * DAY_S + 4 * HOUR_S)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"camera": "x"}, 404),
        ({"zone": "x"}, 404),
        ({"from": iso(NOON), "to": iso(NOON - 60)}, 422),
        ({"from": iso(NOON - 400 * DAY_S)}, 422),
        ({"from": "yesterday"}, 422),
        ({"service_level_h": "0"}, 422),
        ({"grade": "A"}, 422),
    ],
)
def test_what_makes_no_sense_is_refused(api: TestClient, street: Street, query: dict[str, str], status: int) -> None:
    street.camera()
    assert api.get("/v1/cleanliness", params=query).status_code == status


def test_a_site_without_watched_zones_has_no_rows(api: TestClient, street: Street) -> None:
    street.site.camera()
    assert rows(api) == []


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (texts.TYPES, get_args(DepositType)),
        (texts.STATES, get_args(DepositState)),
        (texts.WATCH, get_args(ZoneState)),
        (texts.REASONS, get_args(ZoneReason)),
        (texts.NAMES, tuple(NAMED)),
    ],
)
def test_every_kind_and_state_has_a_text_in_both_languages(table: dict[str, Any], names: tuple[str, ...]) -> None:
    assert set(table) == set(names)
    for words in [*table.values(), *texts.NOTES.values()]:
        assert set(words) == {"fr", "en"}
        assert all(words.values())


def test_what_the_detector_calls_it_is_said_in_both_languages() -> None:
    detail = {"type": "bulky", "state": "opened", "name": "couch"}
    assert texts.sentence(detail) == {"fr": "encombrant (canapé), constaté", "en": "bulky waste (sofa), found"}


def test_a_word_of_a_newer_pipeline_stays_as_it_is() -> None:
    assert texts.sentence({"type": "snow", "state": "opened", "name": None})["fr"] == "snow, constaté"
