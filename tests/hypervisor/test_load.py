"""What the services see of load shedding, and of a configuration that cannot be followed."""

from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from pipeline import keys
from pipeline.observation import ConfigurationState
from tests.hypervisor.builders import NOON, Site
from tests.hypervisor.test_cameras import shown
from tests.hypervisor.test_series import iso, points


def follows(site: Site, fault: str | None = None) -> None:
    """Let a pipeline tell which configuration it follows."""
    now = datetime(2026, 3, 2, 11, tzinfo=UTC)
    state = ConfigurationState(revision="0f3ac1e09b7d", since=now, updated_at=now, fault=fault)
    site.redis.set(keys.CONFIGURATION, state.model_dump_json())


def test_a_fault_in_the_file_shows_and_the_service_stays_ready(api: TestClient, site: Site) -> None:
    follows(site, "site.yaml:6: cameras[0].lines[0].form: unknown key; expected one of from, to")
    answer = api.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["configuration"]["fault"].startswith("site.yaml:6: ")
    assert "parvis_configuration_valid 0.0" in api.get("/metrics").text


def test_a_configuration_that_is_followed_has_no_fault(api: TestClient, site: Site) -> None:
    follows(site)
    assert api.get("/readyz").json()["configuration"] == {
        "revision": "0f3ac1e09b7d",
        "since": "2026-03-02T11:00:00Z",
        "updated_at": "2026-03-02T11:00:00Z",
    }
    assert "parvis_configuration_valid 1.0" in api.get("/metrics").text


def test_without_a_pipeline_nothing_is_said_of_a_configuration(api: TestClient) -> None:
    assert api.get("/readyz").json() == {"status": "ready"}
    assert "parvis_configuration_valid" not in api.get("/metrics").text


def test_a_camera_shows_how_far_it_is_reduced_and_why(api: TestClient, site: Site) -> None:
    site.camera()
    site.state(state="paused", shed=4, shed_reason="40% of the looks of 5 s missed, CPU 100% of 1 core")
    found = shown(api)
    assert (found["state"], found["shed"]) == ("paused", 4)
    assert found["shed_reason"].startswith("40% of the looks")
    text = api.get("/metrics").text
    assert 'parvis_camera_shed{camera="nord"} 4.0' in text
    assert 'parvis_camera_up{camera="nord"} 0.0' in text


def test_a_series_shows_the_highest_step_of_each_bucket(api: TestClient, site: Site) -> None:
    site.camera()
    site.bucket(NOON, more={"q|shed": 2})
    site.bucket(NOON + 60, more={"q|shed": 1})
    site.bucket(NOON + 120)
    found = points(api, direction="forward", from_=iso(NOON), to=iso(NOON + 180))
    assert [point["quality"]["shed"] for point in found] == [2, 1, 0]


def test_buckets_read_together_show_the_highest_step_of_all(api: TestClient, site: Site) -> None:
    site.camera()
    for n in range(24):
        site.bucket(NOON - 12 * 3600 + n * 3600, step_s=3600, more={"q|shed": 3 if n == 5 else 1})
    found = points(api, direction="forward", bucket="1d", from_=iso(NOON - 13 * 3600), to=iso(NOON))
    assert max(point["quality"]["shed"] for point in found) == 3


@pytest.mark.parametrize("purpose", ["operations", "statistics"])
def test_a_bucket_in_which_the_camera_was_paused_is_not_observed_and_says_why(
    api: TestClient, site: Site, purpose: str
) -> None:
    site.camera(purpose=purpose, min_step_s=900)
    site.redis.hset(keys.bucket("nord", 900, int(NOON)), "q|shed", 4)
    site.redis.zadd(keys.bucket_index("nord", 900), {str(int(NOON)): NOON + 9999})
    (found,) = points(api, direction="forward", bucket="15m", from_=iso(NOON), to=iso(NOON + 900))
    assert (found["status"], found["value"], found["quality"]["shed"]) == ("not_observed", None, 4)


@pytest.mark.parametrize("purpose", ["operations", "statistics"])
def test_every_step_is_an_event_that_all_may_see(api: TestClient, site: Site, purpose: str) -> None:
    site.camera(purpose=purpose)
    detail = {"step": "half-rate", "before": "none", "reason": "12% of the looks of 5 s missed"}
    site.tell("camera.load", subject="", value=1.0, unit="step", detail=detail)
    (event,) = api.get("/v1/events?kind=camera.load").json()["items"]
    assert (event["value"], event["unit"], event["detail"]) == (1.0, "step", detail)
