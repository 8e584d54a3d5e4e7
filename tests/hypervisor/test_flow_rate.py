"""The flow rate: crossings for each hour watched, whatever the length of the bucket."""

import pytest
from starlette.testclient import TestClient

from tests.hypervisor.builders import NOON, Site


def rates(api: TestClient, **more: str) -> list[float | None]:
    params = {"measure": "flow_rate", "from": "2026-03-02T12:00:00Z", "to": "2026-03-02T12:02:00Z", "bucket": "1m"}
    answer = api.get("/v1/series", params=params | {"direction": "forward"} | more)
    assert answer.status_code == 200, answer.text
    assert answer.json()["unit"] == "crossing/h"
    return [point["value"] for point in answer.json()["series"][0]["points"]]


def test_four_in_a_minute_are_240_an_hour(api: TestClient, site: Site) -> None:
    site.camera()
    site.bucket(NOON, forward=4)
    site.bucket(NOON + 60)
    assert rates(api) == [240.0, 0.0]


def test_only_time_watched_counts(api: TestClient, site: Site) -> None:
    site.camera()
    site.bucket(NOON, forward=4, covered=0.5)
    assert rates(api) == [480.0, None], "the second minute was not observed"


@pytest.mark.parametrize(("way", "expected"), [("forward", 20.0), ("backward", 8.0)])
def test_an_hour_of_it_is_its_count(api: TestClient, site: Site, way: str, expected: float) -> None:
    site.camera()
    site.bucket(NOON, step_s=3600, forward=20, backward=8)
    assert rates(api, bucket="1h", to="2026-03-02T13:00:00Z", direction=way) == [expected]
