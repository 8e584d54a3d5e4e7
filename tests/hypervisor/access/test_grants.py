"""A key that is granted one camera never sees another one; one that is granted some kinds hears of no others."""

from tests.hypervisor.access.house import House
from tests.hypervisor.builders import NOON, QUALITY, Site, zone
from tests.hypervisor.test_problems import checked

PATHS = (
    "/v1/cameras",
    "/v1/cameras/nord",
    "/v1/series?measure=crossings&bucket=1m",
    "/v1/events",
    "/v1/deposits?state=all",
    "/v1/cleanliness",
    "/metrics",
)
SUD = (
    "/v1/cameras/sud",
    "/v1/cameras/sud/lines",
    "/v1/cameras/sud/zones",
    "/v1/cameras/sud/snapshot",
    "/v1/cameras/sud/still",
    "/v1/cameras/sud/live",
    "/v1/series?measure=crossings&camera=sud",
    "/v1/heatmap?camera=sud&zone=esplanade",
    "/v1/events?camera=sud",
    "/v1/deposits?camera=sud",
    "/v1/cleanliness?camera=sud",
    "/v1/stream?camera=sud",
)


def two_cameras(site: Site) -> None:
    for camera in ("nord", "sud"):
        site.camera(camera, zones=(zone("esplanade", "occupancy", "heatmap"),))
        site.state(camera)
        site.bucket(NOON - 60, camera=camera, forward=3)
        site.tell(camera=camera)


def test_what_is_not_granted_does_not_exist(house: House, site: Site) -> None:
    two_cameras(site)
    key = house.key("flows:read", "metrics:read", "evidence:read", "config:write", cameras=frozenset({"nord"}))
    with house.client(key) as client:
        for path in PATHS:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.text)
            assert "sud" not in answer.text.lower(), path
        assert [one["id"] for one in client.get("/v1/cameras").json()["items"]] == ["nord"]
        assert {one["camera_id"] for one in client.get("/v1/events").json()["items"]} == {"nord"}
        for path in SUD:
            assert checked(client.get(path), "not-found").detail.endswith("there are: nord"), path


def test_without_a_limit_both_are_there(house: House, site: Site) -> None:
    two_cameras(site)
    with house.client(house.key("flows:read")) as client:
        assert [one["id"] for one in client.get("/v1/cameras").json()["items"]] == ["nord", "sud"]
        assert len(client.get("/v1/events").json()["items"]) == 2
        assert client.get("/v1/cameras/sud").status_code == 200


def test_a_key_of_no_camera_sees_none(house: House, site: Site) -> None:
    two_cameras(site)
    with house.client(house.key("flows:read", cameras=frozenset())) as client:
        assert client.get("/v1/cameras").json()["items"] == []
        assert client.get("/v1/events").json()["items"] == []
        assert client.get("/v1/series?measure=crossings").json()["series"] == []


def test_deposits_and_their_pictures_follow_the_grant(house: House, site: Site) -> None:
    two_cameras(site)
    with house.client(house.key("flows:read", "evidence:read", cameras=frozenset({"nord"}))) as client:
        for rest in ("", "/outline", "/evidence/before"):
            checked(client.get(f"/v1/deposits/sud-esplanade-1f3a9c0e{rest}"), "not-found")


def test_a_key_hears_only_of_granted_kinds(house: House, site: Site) -> None:
    site.camera()
    site.tell("crossing")
    site.tell("camera.state", quality=QUALITY, detail={"state": "running"})
    with house.client(house.key("flows:read", kinds=frozenset({"camera"}))) as client:
        assert [one["kind"] for one in client.get("/v1/events").json()["items"]] == ["camera.state"]
        assert client.get("/v1/events?kind=crossing").json()["items"] == []
        for path in ("/v1/deposits", "/v1/cleanliness"):
            checked(client.get(path), "not-allowed")
