"""Cameras as they are shown: a silent worker never looks as if it ran."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline import keys
from tests.hypervisor.builders import NOON, Site, zone
from tests.hypervisor.conftest import Clock


def shown(api: TestClient, camera: str = "nord") -> dict[str, Any]:
    """Return a camera as the list shows it, after checking that its own route agrees."""
    listed = {item["id"]: item for item in api.get("/v1/cameras").json()["items"]}
    assert api.get(f"/v1/cameras/{camera}").json() == listed[camera]
    found: dict[str, Any] = listed[camera]
    return found


def test_a_camera_shows_what_its_worker_told(api: TestClient, site: Site) -> None:
    site.camera(location=(48.84, 2.55))
    site.state(fallback_reason="no CUDA device", dropped=3)
    found = shown(api)
    assert found["state"] == "running"
    assert found["fallback_reason"] == "no CUDA device"
    assert (found["dropped"], found["fps_in"], found["device"]) == (3, 10.0, "cpu")
    assert found["location"] == [48.84, 2.55]
    assert found["last_frame_at"] == "2026-03-02T12:00:00Z"


def test_a_camera_that_does_not_see_well_runs_but_is_not_up(api: TestClient, site: Site) -> None:
    site.camera()
    site.state(condition="moved", condition_since="2026-03-02T11:58:00Z")
    found = shown(api)
    assert (found["state"], found["condition"], found["condition_since"]) == (
        "running", "moved", "2026-03-02T11:58:00Z",
    )  # fmt: skip
    text = api.get("/metrics").text
    assert 'parvis_camera_up{camera="nord"} 0.0' in text
    assert 'parvis_camera_condition{camera="nord",condition="moved"} 1.0' in text
    assert 'parvis_camera_condition{camera="nord",condition="ok"} 0.0' in text


def test_cameras_come_ordered_by_id(api: TestClient, site: Site) -> None:
    for camera in ("sud", "est", "nord"):
        site.camera(camera)
    page = api.get("/v1/cameras").json()
    assert [item["id"] for item in page["items"]] == ["est", "nord", "sud"]
    assert page["next"] is None


@pytest.mark.parametrize(
    ("told", "silent_s", "state"),
    [
        ("running", 9, "running"),
        ("running", 11, "failed"),
        ("reconnecting", 11, "failed"),
        ("stalled", 9, "stalled"),
        ("ended", 3600, "ended"),
    ],
)
def test_a_silent_worker_is_shown_as_failed(
    api: TestClient, site: Site, clock: Clock, told: str, silent_s: int, state: str
) -> None:
    site.camera()
    site.state(state=told)
    clock.now_s = NOON + silent_s
    found = shown(api)
    assert found["state"] == state
    if state == "failed":
        assert found["error"] == "no sign of life from its worker for 11 s"
        assert found["fps_in"] == 0
        assert found["since"] == "2026-03-02T12:00:00Z"


def test_a_camera_that_never_reported_does_not_look_alive(api: TestClient, site: Site) -> None:
    site.camera()
    assert shown(api)["state"] == "failed"


def test_a_state_of_another_version_is_left_out_not_fatal(api: TestClient, site: Site) -> None:
    site.camera()
    site.redis.set(keys.state("nord"), '{"id":"nord","mood":"fine"}')
    site.redis.hset(keys.CAMERAS, "broken", "{}")
    assert [item["id"] for item in api.get("/v1/cameras").json()["items"]] == ["nord"]
    assert shown(api)["state"] == "failed"


def test_lines_and_zones_are_as_configured(api: TestClient, site: Site) -> None:
    site.camera(zones=(zone(),))
    (found,) = api.get("/v1/cameras/nord/lines").json()["items"]
    expected = {
        "id": "entree",
        "name": "",
        "from": [0.5, 0.0],
        "to": [0.5, 1.0],
        "classes": ["person"],
        "directions": {"forward": "vers l'ouest", "backward": "vers l'est"},
    }
    assert {key: found[key] for key in expected} == expected
    (found,) = api.get("/v1/cameras/nord/zones").json()["items"]
    assert (found["id"], found["measures"]) == ("esplanade", ["occupancy", "dwell"])


def test_metrics_tell_the_states(api: TestClient, site: Site) -> None:
    site.camera()
    site.state(frames=600, dropped=2, events_lost=1, fallback_reason='no "cuda"', variant="int8")
    site.camera("sud")
    text = api.get("/metrics").text
    for row in (
        'parvis_camera_up{camera="nord"} 1.0',
        'parvis_camera_up{camera="sud"} 0.0',
        'parvis_camera_frames_total{camera="nord"} 600.0',
        'parvis_camera_dropped_total{camera="nord"} 2.0',
        'parvis_camera_events_lost_total{camera="nord"} 1.0',
        'parvis_camera_fps_in{camera="nord"} 10.0',
        'parvis_camera_fps_detected{camera="nord"} 10.0',
        f'parvis_camera_last_frame_timestamp_seconds{{camera="nord"}} {NOON / 1e9}e+09',
        "parvis_sse_clients 0.0",
        "parvis_redis_up 1.0",
    ):
        assert row in text
    assert 'fallback="no \\"cuda\\""' in text
    assert 'variant="int8"' in text


def test_metrics_count_requests_by_route_not_by_path(api: TestClient, site: Site) -> None:
    site.camera()
    for path in ("/v1/cameras/nord", "/v1/cameras/unknown", "/nowhere"):
        api.get(path)
    text = api.get("/metrics").text
    name = "parvis_http_request_duration_seconds_count"
    assert f'{name}{{method="GET",route="/v1/cameras/{{camera}}",status="200"}} 1.0' in text
    assert f'{name}{{method="GET",route="/v1/cameras/{{camera}}",status="404"}} 1.0' in text
    assert f'{name}{{method="GET",route="unmatched",status="404"}} 1.0' in text
