"""The first member is made on a page, with a code that opens once, and only while nobody can sign in."""

import json
from typing import Any

import httpx2
import pytest

from hypervisor.access.first import MOST_WRONG, digest_of, new_code
from hypervisor.access.passwords import SHORTEST
from hypervisor.access.principal import LOCAL
from tests.hypervisor.access.house import PASSWORD, House
from tests.hypervisor.conftest import Clock

CODE = "K7QF-9M2X"


@pytest.fixture
def house(valkey_url: str, clock: Clock) -> House:
    return House(valkey_url, clock, sign_ins_per_min=1000.0, first_digest=digest_of(CODE))


def typed(client: httpx2.Client, **fields: str) -> Any:
    """Fill the form in, and send it."""
    token = client.get("/first").text.split('name="token" value="')[1].split('"')[0]
    given = {"token": token, "code": CODE, "name": "anne", "password": PASSWORD, "service": "Mobilité", **fields}
    return client.post("/first?lang=en", data=given)


def test_a_newcomer_is_led_from_the_overview_to_the_first_camera(house: House) -> None:
    with house.client() as client:
        led = client.get("/", headers={"Accept": "text/html"})
        assert client.get(led.headers["location"]).headers["location"] == "/first"
        made = typed(client, code=" k7qf9m2x ", name="Anne")
        assert (made.status_code, made.headers["location"]) == (303, "/cameras/new")
        who = client.get("/v1/me").json()
        assert (who["actor"], who["service"], who["scopes"]) == ("member:anne", "city", ["admin"])
        assert client.get("/v1/services/city").json()["name"] == "Mobilité"
    assert [json.loads(row.text)["action"] for row in house.audited()][-3:] == [
        "service.create",
        "member.create",
        "member.sign_in",
    ]


def test_the_code_opens_once(house: House) -> None:
    with house.client() as client:
        assert typed(client).status_code == 303
        client.cookies.clear()
        assert client.get("/first").headers["location"] == "/sign-in"
        assert client.get("/sign-in").status_code == 200


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"code": "K7QF-9M2Y"}, 403, "That is not the code"),
        ({"code": ""}, 403, "That is not the code"),
        ({"name": "Anne Martin"}, 400, "That name cannot be used"),
        ({"password": "x" * (SHORTEST - 1)}, 400, "12 characters at least"),
        ({"token": "0" * 43}, 400, "too old"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    house: House, fields: dict[str, str], status: int, said: str
) -> None:
    with house.client() as client:
        answer = typed(client, **fields)
        assert answer.status_code == status
        assert said in answer.text
        assert PASSWORD not in answer.text
        assert house.told(lambda who: who.is_empty())


def test_whoever_guesses_too_often_needs_another_code(house: House) -> None:
    with house.client() as client:
        for _ in range(MOST_WRONG - 1):
            assert typed(client, code="AAAA-AAAA").status_code == 403
        token = client.get("/first").text.split('name="token" value="')[1].split('"')[0]
        fields = {"token": token, "code": "AAAA-AAAA", "name": "anne", "password": PASSWORD}
        assert client.post("/first", data=fields).status_code == 403
        assert client.get("/first").headers["location"] == "/sign-in"
    assert house.told(lambda who: who.is_empty())


def test_without_a_code_or_with_a_member_there_is_no_such_page(house: House) -> None:
    house.member("anne")
    with house.client() as client:
        assert client.get("/first").headers["location"] == "/sign-in"
        house.told(lambda who: who.remove_member(LOCAL, "anne"))
        assert client.get("/first").headers["location"] == "/sign-in", "once somebody could come in, never again"
    house.settings = house.settings.model_copy(update={"first_digest": None})
    with house.client() as client:
        assert client.get("/first").headers["location"] == "/sign-in"


def test_codes_are_read_without_doubt() -> None:
    code = new_code()
    assert len(code) == 9
    assert not set(code) & set("01OIL")
    assert new_code() != code
