"""People sign in with a page that needs no script, stay for a while, and go."""

import pytest

from hypervisor.access.secrets import digest
from hypervisor.access.sessions import LOCKED_S, SESSION_S
from tests.hypervisor.access.house import PASSWORD, House, sign_in
from tests.hypervisor.conftest import Clock
from tests.hypervisor.test_problems import checked


def test_a_member_signs_in_sees_the_page_and_signs_out(house: House) -> None:
    house.member("anne")
    with house.client() as client:
        led = client.get("/?lang=fr", headers={"Accept": "text/html"})
        assert (led.status_code, led.headers["location"]) == (303, "/sign-in?next=/%3Flang%3Dfr")
        came = sign_in(client, following="/?lang=fr")
        assert (came.status_code, came.headers["location"]) == (303, "/?lang=fr")
        page = client.get("/?lang=fr").text
        assert "Se déconnecter" in page
        assert client.get("/v1/cameras").status_code == 200
        csrf = page.split('name="csrf" value="')[1].split('"')[0]
        assert client.post("/sign-out", data={"csrf": csrf}).headers["location"] == "/sign-in"
        checked(client.get("/v1/cameras"), "not-authenticated")


def test_the_session_ends_at_the_server_too(house: House) -> None:
    house.member("anne")
    with house.client() as client:
        sign_in(client)
        cookie = client.cookies["parvis_session"]
        csrf = client.get("/v1/me").json()["csrf_token"]
        client.post("/sign-out", data={"csrf": csrf})
        checked(client.get("/v1/cameras", headers={"Cookie": f"parvis_session={cookie}"}), "not-authenticated")


def test_the_cookie_is_unreadable_same_site_and_kept_as_a_hash(house: House) -> None:
    house.member("anne")
    with house.client() as client:
        said = sign_in(client).headers["set-cookie"]
        assert all(word in said for word in ("HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={SESSION_S}"))
        assert "Secure" not in said  # plain HTTP on this machine
        cookie = client.cookies["parvis_session"]
    assert house.told(lambda who: who.store.get("sessions", digest(cookie))) is not None
    assert house.told(lambda who: who.store.get("sessions", cookie)) is None


def test_behind_tls_the_cookie_is_sent_over_tls_only(house: House) -> None:
    house.member("anne")
    with house.client() as client:
        client.base_url = client.base_url.copy_with(scheme="https")
        assert "Secure" in sign_in(client).headers["set-cookie"]


@pytest.mark.parametrize(("name", "password"), [("anne", "wrong"), ("nobody", PASSWORD), ("", ""), ("ANNE", PASSWORD)])
def test_a_wrong_password_and_an_unknown_name_read_the_same(house: House, name: str, password: str) -> None:
    house.member("anne")
    with house.client() as client:
        answer = sign_in(client, name, password)
        assert answer.status_code == 401
        assert "Name or password are wrong" in answer.text
        assert "parvis_session" not in client.cookies


def test_after_five_wrong_passwords_the_name_is_locked_for_a_while(house: House, clock: Clock) -> None:
    house.member("anne")
    with house.client() as client:
        for _ in range(4):
            assert sign_in(client, password="wrong").status_code == 401
        assert sign_in(client).status_code == 303  # still right, and forgotten
        for _ in range(5):
            sign_in(client, password="wrong")
        assert sign_in(client).status_code == 401
        clock.now_s += LOCKED_S + 1
        assert sign_in(client).status_code == 303
    assert '"action":"member.lock"' in house.audited()[-2].text


def test_a_session_ends_with_its_time_and_with_any_change_of_the_member(house: House, clock: Clock) -> None:
    house.member("anne", "admin")
    with house.client() as client:
        sign_in(client)
        me = client.get("/v1/me").json()
        body = {"name": "Anne", "service": "mobility", "scopes": ["flows:read"]}
        token = {"X-CSRF-Token": me["csrf_token"], "If-Match": '"1"'}
        assert client.put("/v1/members/anne", json=body, headers=token).status_code == 200
        checked(client.get("/v1/me"), "not-authenticated")
        sign_in(client)
        clock.now_s += SESSION_S
        checked(client.get("/v1/me"), "not-authenticated")


def test_a_change_in_a_session_needs_its_token(house: House) -> None:
    house.member("anne", "admin")
    with house.client() as client:
        sign_in(client)
        for headers in ({}, {"X-CSRF-Token": "0" * 64}):
            problem = checked(client.post("/v1/tickets", headers=headers), "not-allowed")
            assert "X-CSRF-Token" in problem.detail
        token = client.get("/v1/me").json()["csrf_token"]
        assert client.post("/v1/tickets", headers={"X-CSRF-Token": token}).status_code == 201
        checked(client.post("/sign-out", data={"csrf": "0" * 64}), "not-allowed")


def test_a_form_that_another_page_sends_signs_nobody_in(house: House) -> None:
    house.member("anne")
    with house.client() as client:
        fields = {"name": "anne", "password": PASSWORD}
        assert client.post("/sign-in", data=fields).status_code == 400
        client.get("/sign-in")
        assert client.post("/sign-in", data=fields | {"token": "A" * 43}).status_code == 400
        assert client.post("/sign-in", content=b"x" * 100_000).status_code == 400
        assert "parvis_session" not in client.cookies


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\\\\evil", "/\n/x"],
)
def test_signing_in_leads_nowhere_else(house: House, elsewhere: str) -> None:
    house.member("anne")
    with house.client() as client:
        page = client.get("/sign-in", params={"next": elsewhere}).text
        assert "evil" not in page
        token = page.split('name="token" value="')[1].split('"')[0]
        fields = {"token": token, "next": elsewhere, "name": "anne", "password": PASSWORD}
        assert client.post("/sign-in", data=fields).headers["location"] == "/"


def test_what_was_typed_comes_back_as_text(house: House) -> None:
    with house.client() as client:
        page = sign_in(client, name='"><script>alert(1)</script>').text
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def test_the_page_speaks_french_and_english(house: House) -> None:
    with house.client() as client:
        assert "Mot de passe" in client.get("/sign-in", headers={"Accept-Language": "fr"}).text
        assert "Password" in client.get("/sign-in?lang=en", headers={"Accept-Language": "fr"}).text


def test_an_inactive_member_stays_out(house: House) -> None:
    house.member("anne", active=False)
    with house.client() as client:
        assert sign_in(client).status_code == 401


def test_behind_a_prefix_everything_stays_below_it(valkey_url: str, clock: Clock) -> None:
    house = House(valkey_url, clock, root_path="/parvis")
    house.member("anne")
    with house.client() as client:
        led = client.get("/parvis/", headers={"Accept": "text/html"})
        assert led.headers["location"] == "/parvis/sign-in?next=/"
        page = client.get("/parvis/sign-in").text
        assert 'action="/parvis/sign-in' in page
        assert 'href="/parvis/static/base.css"' in page
        token = page.split('name="token" value="')[1].split('"')[0]
        came = client.post("/parvis/sign-in", data={"token": token, "name": "anne", "password": PASSWORD})
        assert came.headers["location"] == "/parvis/"
        assert "Path=/parvis" in came.headers["set-cookie"]
        shown = client.get("/parvis/").text
        assert 'data-root="/parvis"' in shown
        assert client.get("/parvis/static/overview/overview.js").status_code == 200
        assert client.get("/parvis/v1/cameras").status_code == 200
