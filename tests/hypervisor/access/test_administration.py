"""What an administrator is told: health, models, the register, the log; and one's own password."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hypervisor.administration.health import disk_of, server_of
from hypervisor.administration.register import LOOKS
from hypervisor.store.values import Act, Commit
from pipeline import keys
from pipeline.observation import ModelsTold, ModelTold
from tests.hypervisor.access.house import PASSWORD, House, sign_in
from tests.hypervisor.builders import Site
from tests.hypervisor.conftest import Clock

CONFIGS = Path(__file__).parents[3] / "configs"
NEW = "une phrase assez longue"


def told(*cameras: str, licence: str = "AGPL-3.0") -> ModelsTold:
    model = ModelTold(
        name="yolov8n",
        licence=licence,
        source="here",
        sha256="0" * 64,
        input_px=640,
        classes=80,
        parity={"box_px": 0.0015},
        look_cpu_ms=dict.fromkeys(cameras, 41.5),
    )
    return ModelsTold(updated_at=datetime(2026, 3, 2, 12, tzinfo=UTC), models=(model,))


def test_models_are_told_with_where_they_run_and_what_a_look_costs(house: House, site: Site, clock: Clock) -> None:
    site.camera("nord")
    site.state("nord", at_s=clock.now_s)
    site.redis.set(keys.MODELS, told("nord", "gone").model_dump_json())
    with house.client(house.key("admin")) as client:
        document = client.get("/v1/models").json()
        (model,) = document["items"]
        assert (model["licence"], model["classes"], model["parity"]) == ("AGPL-3.0", 80, {"box_px": 0.0015})
        (use,) = model["cameras"]  # a camera that is not described any more is not shown
        assert (use["camera"], use["device"], use["look_cpu_ms"]) == ("nord", "cpu", 41.5)


def test_without_a_pipeline_a_model_is_known_by_its_name_only(house: House, site: Site, clock: Clock) -> None:
    site.camera("nord")
    site.state("nord", at_s=clock.now_s, model="yolov8n")
    with house.client(house.key("admin")) as client:
        document = client.get("/v1/models").json()
        assert document["told_at"] is None
        assert [(one["name"], one["licence"], one["sha256"]) for one in document["items"]] == [("yolov8n", None, None)]


def test_health_tells_of_the_server_and_of_who_is_active(house: House, tmp_path: Path) -> None:
    house.settings = house.settings.model_copy(update={"evidence_dir": tmp_path / "not yet" / "there"})
    house.told(lambda who: who.store.lease("rules", "rules-7", 5.0))
    with house.client(house.key("admin")) as client:
        health = client.get("/v1/health").json()
    assert health["processes"] == [
        {"name": "rules", "holder": "rules-7", "behind_s": None},
        {"name": "deliver", "holder": None, "behind_s": None},
    ]
    assert health["redis"]["latency_ms"] > 0
    assert health["redis"]["used_bytes"] > 100_000
    assert health["redis"]["persistence"] == "none"  # the tests' server writes nothing to disk
    assert health["disk"]["free_bytes"] <= health["disk"]["total_bytes"]
    assert (health["configuration"], health["deliveries"]["dead"]) == (None, 0)


def test_a_server_that_drops_counts_or_fails_to_write_is_told_so() -> None:
    info = {"redis_version": "7.2.4", "used_memory": 5, "maxmemory": 9, "maxmemory_policy": "allkeys-lru"}
    found = server_of(info | {"aof_enabled": 1, "aof_last_write_status": "err"}, 1.0)
    assert (found.most_bytes, found.policy) == (9, "allkeys-lru")
    assert (found.persistence, found.saved_well) == ("aof", False)
    saved = {"server_time_usec": 2_000_000_000, "uptime_in_seconds": 1000, "rdb_last_save_time": 1900}
    assert server_of(info | saved, 1.0).persistence == "rdb"
    assert server_of(info | saved | {"rdb_last_save_time": 1000}, 1.0).persistence == "none"


def test_nothing_is_kept_on_a_disk_that_is_not_known() -> None:
    assert disk_of(None) is None


def test_the_register_tells_ground_and_retention_of_each_camera(house: House, site: Site) -> None:
    house.settings = house.settings.model_copy(update={"config_file": CONFIGS / "demo.yaml"})
    with house.client(house.key("admin")) as client:
        register = client.get("/v1/privacy").json()
        (item,) = register["items"]
        assert item["legal_basis"]["reference"] == "demonstration on public footage"
        kept = {one["what"]: (one["where"], one["seconds"]) for one in item["kept"]}
        assert kept == {
            "minutes": ("server", 48 * 3600),
            "quarters": ("server", 35 * 86400),
            "hours": ("server", 400 * 86400),
            "events": ("server", 48 * 3600),
        }
        document = client.get("/v1/privacy/register.md")
        assert document.headers["content-type"] == "text/markdown; charset=utf-8"
        assert "demonstration on public footage" in document.text
        assert client.get("/v1/privacy/notice-en.md").text.startswith("# Counting by camera")
        assert client.get("/v1/privacy/other.md").status_code == 422


def test_without_a_configuration_the_register_says_that_it_does_not_know(house: House, site: Site) -> None:
    site.camera("nord", statistics=True)
    with house.client(house.key("admin")) as client:
        register = client.get("/v1/privacy").json()
        assert (register["configured"], register["items"][0]["kept"]) == (False, None)
        assert register["items"][0]["min_step_s"] == 900
        assert client.get("/v1/privacy/register.md").status_code == 404


def test_a_configuration_with_a_fault_is_named(house: House, tmp_path: Path) -> None:
    (tmp_path / "city.yaml").write_text("parvis: 1\n", encoding="utf-8")
    house.settings = house.settings.model_copy(update={"config_file": tmp_path / "city.yaml"})
    with house.client(house.key("admin")) as client:
        assert "city.yaml:" in client.get("/v1/privacy").json()["fault"]
        assert client.get("/v1/privacy/register.md").status_code == 409


def test_who_looked_at_pictures_is_told_newest_first(house: House) -> None:
    acts = [
        Act("member:anne", "mobility", "evidence.view", "deposits/d1/before", 10.0),
        Act("member:lea", "mobility", "rule.change", "rules/one", 11.0),
        Act("member:lea", "mobility", "camera.still", "cameras/nord", 12.0),
    ]
    house.told(lambda who: who.store.commit(Commit(acts=acts)))
    with house.client(house.key("admin")) as client:
        looks = client.get("/v1/privacy").json()["looks"]
    assert [(one["actor"], one["action"]) for one in looks] == [
        ("member:lea", "camera.still"),
        ("member:anne", "evidence.view"),
    ]


@pytest.mark.parametrize(
    ("action", "shows"),
    [("live.begin", True), ("camera.snapshot", True), ("source.probe", True), ("delivery.replay", False)],
)
def test_acts_that_show_pictures_are_known_by_their_names(action: str, shows: bool) -> None:
    assert bool(LOOKS.search(action)) == shows


def test_the_log_is_read_from_its_end(house: House) -> None:
    key = house.key("admin")
    house.service("cleanliness")
    with house.client(key) as client:
        first = client.get("/v1/audit", params={"order": "newest", "limit": 1}).json()
        assert first["items"][0]["action"] == "key.use"
        rest, cursor = [], first["next"]
        while cursor:
            page = client.get("/v1/audit", params={"order": "newest", "limit": 1, "cursor": cursor}).json()
            rest += page["items"]
            cursor = page["next"]
        oldest = client.get("/v1/audit").json()["items"]
    assert [one["id"] for one in first["items"] + rest] == [one["id"] for one in reversed(oldest)]


def test_a_log_that_was_changed_is_found_out(house: House, site: Site) -> None:
    with house.client(house.key("admin")) as client:
        whole = client.get("/v1/audit/verification").json()
        assert (whole["fault"], whole["known"]) == (None, True)
        assert whole["lines"] >= 2
        lost = client.get("/v1/audit/verification", params={"tip": "0" * 64}).json()
        assert lost["known"] is False
        site.redis.xadd("parvis1:{hypervisor}:audit", {"a": "{}", "h": "0" * 64})
        assert client.get("/v1/audit/verification").json()["fault"] is not None


def test_an_own_password_is_changed_by_who_knows_the_old_one(house: House) -> None:
    house.member()
    with house.client() as client, house.client() as elsewhere:
        for one in (client, elsewhere):
            assert sign_in(one).status_code == 303
        token = client.get("/v1/me").json()["csrf_token"]
        change = {"old": PASSWORD, "new": NEW}
        assert client.put("/v1/me/password", json=change).status_code == 403  # without the session's token
        headers = {"X-CSRF-Token": token}
        wrong = client.put("/v1/me/password", json=change | {"old": "wrong"}, headers=headers)
        assert (wrong.status_code, wrong.json()["errors"][0]["name"]) == (422, "old")
        assert client.put("/v1/me/password", json=change | {"new": "short"}, headers=headers).status_code == 422
        assert client.put("/v1/me/password", json=change, headers=headers).status_code == 204
        assert client.get("/v1/me").json()["csrf_token"] not in (None, token)
        assert elsewhere.get("/v1/me").status_code == 401
        assert sign_in(elsewhere, password=PASSWORD).status_code == 401
        assert sign_in(elsewhere, password=NEW).status_code == 303
    acts = " ".join(line.text for line in house.audited())
    assert '"action":"member.change","actor":"member:anne"' in acts
    assert NEW not in acts


def test_wrong_old_passwords_lock_as_wrong_ones_at_the_sign_in_do(house: House) -> None:
    house.member()
    with house.client() as client:
        sign_in(client)
        headers = {"X-CSRF-Token": client.get("/v1/me").json()["csrf_token"]}
        for _ in range(5):
            client.put("/v1/me/password", json={"old": "wrong", "new": NEW}, headers=headers)
        right = client.put("/v1/me/password", json={"old": PASSWORD, "new": NEW}, headers=headers)
        assert right.status_code == 422


def test_who_signs_in_elsewhere_or_with_a_key_has_no_password_here(house: House) -> None:
    with house.client(house.key("flows:read")) as client:
        assert client.put("/v1/me/password", json={"old": "x", "new": NEW}).status_code == 403
