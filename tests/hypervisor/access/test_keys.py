"""Keys: made once, shown once, two at a time, revoked for good."""

from redis import Redis

from hypervisor.access.secrets import key_text
from tests.hypervisor.access.house import House
from tests.hypervisor.conftest import Clock
from tests.hypervisor.test_problems import checked

KEY = {"service": "mobility", "scopes": ["flows:read"]}


def test_a_key_is_told_once_and_only_its_hash_is_kept(house: House, valkey_url: str) -> None:
    with house.client(house.key("admin", purpose="boss")) as client:
        made = client.post("/v1/keys", json=KEY)
        assert made.status_code == 201
        assert made.headers["etag"] == '"1"'
        text = made.json()["key"]
        parts = key_text(text)
        assert parts is not None
        assert len(parts.secret) * 6 >= 128
        again = client.get(f"/v1/keys/{parts.id}")
        listed = client.get("/v1/keys")
        assert client.get("/v1/me", headers={"Authorization": f"Bearer {text}"}).json()["service"] == "mobility"
    assert "key" not in again.json()
    assert parts.secret not in listed.text + again.text + _everything(valkey_url)


def test_two_keys_of_a_purpose_may_be_valid_and_a_third_not(house: House) -> None:
    with house.client(house.key("admin", purpose="boss")) as client:
        first, second = (client.post("/v1/keys", json=KEY).json() for _ in range(2))
        problem = checked(client.post("/v1/keys", json=KEY), "state-conflict")
        assert first["id"] in problem.detail
        assert client.post("/v1/keys", json=KEY | {"purpose": "other"}).status_code == 201
        revoked = client.delete(f"/v1/keys/{first['id']}", headers={"If-Match": '"1"'})
        assert revoked.json()["state"] == "revoked"
        assert client.post("/v1/keys", json=KEY).status_code == 201  # it has made room
        for key, status in ((first, 401), (second, 200)):
            assert client.get("/v1/me", headers={"Authorization": f"Bearer {key['key']}"}).status_code == status


def test_an_expired_key_makes_room_and_opens_nothing(house: House, clock: Clock) -> None:
    with house.client(house.key("admin", purpose="boss")) as client:
        body = KEY | {"expires_at": "2026-03-02T13:00:00Z"}
        keys = [client.post("/v1/keys", json=body).json() for _ in range(2)]
        clock.now_s += 3600
        assert client.get(f"/v1/keys/{keys[0]['id']}").json()["state"] == "expired"
        assert client.get("/v1/me", headers={"Authorization": f"Bearer {keys[0]['key']}"}).status_code == 401
        assert client.post("/v1/keys", json=KEY).status_code == 201
        checked(client.post("/v1/keys", json=body), "invalid-request")  # lies in the past by now


def test_a_change_needs_the_version_that_it_is_about(house: House) -> None:
    with house.client(house.key("admin", purpose="boss")) as client:
        path = f"/v1/keys/{client.post('/v1/keys', json=KEY).json()['id']}"
        checked(client.delete(path), "match-required")
        checked(client.delete(path, headers={"If-Match": '"7"'}), "changed-since")
        checked(client.delete(path, headers={"If-Match": "seven"}), "changed-since")
        assert client.delete(path, headers={"If-Match": '"1"'}).status_code == 200


def test_bodies_are_strict(house: House) -> None:
    with house.client(house.key("admin", purpose="boss")) as client:
        wrongs: tuple[object, ...] = (
            KEY | {"colour": "red"},
            KEY | {"scopes": []},
            KEY | {"scopes": ["flow:read"]},
            KEY | {"scopes": "flows:read"},
            KEY | {"service": 7},
            KEY | {"cameras": ["Not An Id"]},
            KEY | {"expires_at": "tomorrow"},
            KEY | {"expires_at": "2027-01-01T00:00:00"},
            {"service": "mobility"},
            [],
        )
        for wrong in wrongs:
            checked(client.post("/v1/keys", json=wrong), "invalid-request")
        checked(client.post("/v1/keys", content=b"{"), "invalid-request")
        checked(client.post("/v1/keys", json=KEY | {"service": "nobody"}), "not-found")


def test_services_live_as_long_as_somebody_belongs_to_them(house: House) -> None:
    with house.client(house.key("admin", purpose="boss")) as client:
        made = client.post("/v1/services", json={"id": "propreté".replace("é", "e"), "name": "Propreté"})
        assert (made.status_code, made.json()["name"]) == (201, "Propreté")
        checked(client.post("/v1/services", json={"id": "proprete", "name": "Again"}), "state-conflict")
        path, version = "/v1/services/proprete", made.headers["etag"]
        changed = client.put(path, json={"name": "Propreté urbaine"}, headers={"If-Match": version})
        assert changed.headers["etag"] == '"2"'
        checked(client.put(path, json={"name": "Late"}, headers={"If-Match": version}), "changed-since")
        key = client.post("/v1/keys", json=KEY | {"service": "proprete"}).json()
        checked(client.delete(path, headers={"If-Match": '"2"'}), "state-conflict")
        client.delete(f"/v1/keys/{key['id']}", headers={"If-Match": '"1"'})
        assert client.delete(path, headers={"If-Match": '"2"'}).status_code == 204
        checked(client.get(path), "not-found")


def test_lists_come_in_pages(house: House, clock: Clock) -> None:
    for number in range(5):
        clock.now_s += 1
        house.service(f"s{number}")
    with house.client(house.key("flows:read")) as client:
        page, names = client.get("/v1/services?limit=2"), []
        while True:
            names += [one["id"] for one in page.json()["items"]]
            if page.json()["next"] is None:
                break
            page = client.get(page.headers["link"].split(">")[0][1:])
        assert names == ["s4", "s3", "s2", "s1", "s0", "mobility"]
        checked(client.get("/v1/services?cursor=7"), "invalid-request")
        checked(client.get("/v1/services?limit=0"), "invalid-request")


def test_every_change_is_in_the_audit_log_without_a_secret(house: House) -> None:
    with house.client(house.key("admin", purpose="boss")) as client:
        key = client.post("/v1/keys", json=KEY).json()
        client.delete(f"/v1/keys/{key['id']}", headers={"If-Match": '"1"'})
    lines = "\n".join(line.text for line in house.audited())
    for action in ("service.create", "key.create", "key.revoke"):
        assert f'"action":"{action}"' in lines
    assert key["key"].split("_", 2)[2] not in lines


def _everything(url: str) -> str:
    with Redis.from_url(url, decode_responses=True) as redis:
        read = {"hash": redis.hgetall, "string": redis.get, "stream": redis.xrange}
        other = lambda key: redis.zrange(key, 0, -1)  # noqa: E731
        return str([(key, read.get(str(redis.type(key)), other)(key)) for key in redis.scan_iter()])
