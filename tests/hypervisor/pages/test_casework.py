"""Cases, rules and subscriptions in a real browser, with the evaluation, the delivery and a receiver that are real."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hypervisor.builders import Site
from tests.hypervisor.delivery.receiver import Receiver, receiving
from tests.hypervisor.pages.conftest import Watched, barriers_in_both
from tests.hypervisor.pages.town import Town, built, delivering, signed_in
from tests.hypervisor.rules.builders import flow
from tests.hypervisor.running import until

WAIT_MS = 15_000


@pytest.fixture
def town(valkey_url: str, site: Site) -> Iterator[Town]:
    """Yield a town that is served."""
    with built(valkey_url, site) as one:
        yield one


@pytest.fixture
def key(town: Town) -> str:
    """Return a key of the service `safety`: what a program or a colleague does."""
    return town.key("safety")


@pytest.fixture
def page(browser: Any, watched: Watched, town: Town) -> Iterator[Any]:
    """Yield the browser of somebody of `safety`, who has signed in."""
    own = browser.new_context(locale="en", timezone_id="Europe/Paris")
    page = own.new_page()
    watched.follow(page)
    page.set_default_timeout(WAIT_MS)
    signed_in(page, town.port, "ana", "/docs")
    yield page
    own.close()


def at(page: Any, town: Town, path: str) -> Any:
    """Go to a page."""
    page.goto(f"http://127.0.0.1:{town.port}{path}")
    return page


def newest(town: Town, key: str) -> Any:
    """Return the newest case."""
    return town.ask(key, "GET", "/v1/cases?state=open&state=acknowledged&state=resolved")["items"][0]


def test_a_case_is_announced_taken_up_and_resolved_beside_a_colleague(
    page: Any, town: Town, key: str, watched: Watched
) -> None:
    watched.expected = ("412",)
    town.ask(key, "POST", "/v1/rules", {**flow(), "due_s": 3600, "shared_with": ["mobility"]})
    town.judge()
    at(page, town, "/cases")
    page.wait_for_selector("#inbox .empty")
    page.wait_for_selector("#link[data-state=live]")
    town.minutes(9)
    town.judge()
    page.wait_for_selector("#fresh button:text('1 new case')")
    assert page.locator(".row").count() == 0  # nothing moves before somebody asks for it
    page.wait_for_selector("[data-count=open]:text-is('1')")
    page.click("#fresh button")
    page.wait_for_selector(".row")
    assert "to be resolved in 1 hr" in page.inner_text(".row")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#timeline li")
    assert "mean occupancy 9" in page.inner_text("#alerts")

    case = newest(town, key)["id"]
    page.fill("#say textarea", "What I am about to say")
    page.click("[data-deed=assign]")
    page.select_option("dialog [name=member]", "zoe")
    page.fill("dialog textarea", "Please look at the north side")
    town.ask(key, "POST", f"/v1/cases/{case}/acknowledge", {}, **{"If-Match": '"1"'})  # a colleague is faster
    page.click("dialog .main")
    page.wait_for_selector("dialog .fault:text('Somebody else has changed this')")
    assert page.input_value("dialog textarea") == "Please look at the north side"
    page.click("dialog .main")
    page.wait_for_selector("dialog", state="detached")
    page.wait_for_selector("[data-fact=assigned] dd:text-is('Zoe')")
    assert "Please look at the north side" in page.inner_text("#timeline")
    assert page.input_value("#say textarea") == "What I am about to say"

    page.click("#say button")
    page.wait_for_selector("#timeline blockquote:text('What I am about to say')")
    assert page.input_value("#say textarea") == ""
    page.click("[data-deed=resolve]")
    page.select_option("dialog [name=reason]", "False alarm")
    page.click("dialog .main")
    page.wait_for_selector("[data-deed=reopen]")
    kept = newest(town, key)
    assert (kept["state"], kept["timeline"][-1]["comment"]) == ("resolved", "False alarm")
    at(page, town, "/cases?state=resolved&view=own")
    page.wait_for_selector(".row")
    assert page.is_checked("[name=view][value=own]")


def test_whoever_a_case_is_shared_with_comments_and_changes_nothing(
    page: Any, town: Town, key: str, watched: Watched
) -> None:
    other = town.key("mobility")
    body = {"title": "<b>Lights out</b>", "camera": "nord", "topic": "works", "severity": "critical"}
    case = town.ask(other, "POST", "/v1/cases", body)["id"]
    town.ask(other, "POST", f"/v1/cases/{case}/share", {"service": "safety"}, **{"If-Match": '"1"'})
    at(page, town, "/cases?view=shared")
    page.click(".row a")
    page.wait_for_selector("#acts p")
    assert "shared by Mobility" in page.inner_text("#acts")
    assert page.inner_text("#name") == "<b>Lights out</b>"
    assert page.locator("[data-deed]").count() == 0
    watched.expected = ("404",)
    town.ask(other, "POST", f"/v1/cases/{case}/unshare", {"service": "safety"}, **{"If-Match": '"2"'})
    page.wait_for_selector("#empty:text('not shared with your service')")


def test_a_rule_is_written_as_a_sentence_tried_and_saved(page: Any, town: Town, key: str, watched: Watched) -> None:
    watched.expected = ("422", "412")
    town.quarters([3, 3, 30, 3, 3, 40, 41, 3])
    at(page, town, "/rules/new")
    page.wait_for_selector("[name='watch.line'] option[value=entree]", state="attached")
    page.fill("#rule [name=name]", "Rush at the entrance")
    page.select_option("[data-for=flow] [name='watch.measure']", "crossings")
    page.select_option("[data-for=flow] [name='watch.*']", "camera/nord")
    page.select_option("[data-for=flow] [name='watch.line']", "entree")
    page.select_option("[name='watch.class']", "person")
    page.fill("[name='condition.threshold']", "20")
    page.click("#try")
    page.wait_for_selector("#found h2:text-is('2 alerts in that week.')")
    assert page.locator("#found .alerted").count() == 2
    page.click("#rule button.main")
    page.wait_for_selector(".row")
    assert "crossings, people, Parvis nord, entree: above 20 (1 × 15 min)" in page.inner_text(".row")
    (rule,) = town.ask(key, "GET", "/v1/rules")["items"]
    assert rule["watch"]["class"] == "person"
    assert rule["condition"]["threshold"] == 20

    page.click(".row a")
    page.wait_for_selector("#delete")
    until(lambda: page.input_value("[data-for=flow] [name='watch.line']") == "entree", WAIT_MS / 1000)
    page.fill("[name='condition.threshold']", "25")
    written = {name: rule[name] for name in ("name", "watch", "condition")}
    town.ask(key, "PUT", f"/v1/rules/{rule['id']}", written | {"severity": "low"}, **{"If-Match": '"1"'})
    page.click("#rule button.main")
    page.wait_for_selector("#fault:text('Somebody else has changed this')")
    assert page.input_value("[name='condition.threshold']") == "25"
    page.reload()
    until(lambda: page.input_value("[name=severity]") == "low", WAIT_MS / 1000)
    page.click("#expert summary")
    asked = json.loads(page.input_value("#json"))
    asked["watch"]["line"] = "nowhere"
    page.fill("#json", json.dumps(asked))
    page.locator("#json").blur()
    page.wait_for_selector("#fault:text('expert view')")
    page.click("#rule button.main")
    page.wait_for_selector("#fault:text('nowhere')")
    asked["watch"]["line"] = "entree"
    asked["schedule"] = {"hours": [{"days": ["mon"]}, {"days": ["tue"]}]}  # more than the form has room for
    page.fill("#json", json.dumps(asked))
    page.locator("#json").blur()
    page.wait_for_selector("#fault:text('expert view')")
    page.click("#rule button.main")
    page.wait_for_selector(".notice:text('Saved')")
    assert len(town.ask(key, "GET", f"/v1/rules/{rule['id']}")["schedule"]["hours"]) == 2
    page.click("#delete")
    page.click("dialog .danger")
    page.wait_for_selector("#rules .empty")


def test_a_subscription_is_made_tested_and_its_dead_letters_sent_again(
    page: Any, town: Town, key: str, valkey_url: str
) -> None:
    with receiving() as receiver, delivering(valkey_url):
        at(page, town, "/subscriptions/new")
        page.wait_for_selector("[name='filter.cameras']")
        page.fill("#form [name=name]", "To our tool")
        page.fill("[data-for~=webhook] [name='channel.url']", receiver.url)
        page.click("#form button.main")
        page.wait_for_selector("dialog input")
        assert page.input_value("dialog input").startswith("whsec_")
        page.click("dialog .main")
        page.wait_for_selector("#log tr")
        assert "whsec_" not in page.content()
        page.click("[data-act=test]")
        page.wait_for_selector("#tested:has-text('answer 204')")
        assert [one.event["type"] for one in receiver.got] == ["parvis.subscription.test"]
        _fails_and_recovers(page, town, key, receiver)
        page.click("#try")
        page.wait_for_selector("#found h2:text('1 messages in the last week')")
        page.click("[data-act=pause]")
        page.wait_for_selector("#marks .badge:text-is('paused')")
        page.click("[data-act=resume]")
        page.wait_for_selector("#marks .badge:text-is('active')")


def _fails_and_recovers(page: Any, town: Town, key: str, receiver: Receiver) -> None:
    receiver.script = lambda _: (500, {})
    town.ask(key, "POST", "/v1/cases", {"title": "Barrier", "camera": "nord"})
    page.wait_for_selector("#dead td:text-is('case.opened')")
    receiver.script = lambda _: (204, {})
    page.click("#dead button")
    page.wait_for_selector("#dead td:text('Nothing was given up')")
    page.wait_for_selector("#log tr:has-text('case.opened'):has-text('delivered')")
    assert [one.event["type"] for one in receiver.got[-2:]] == ["parvis.case.opened"] * 2


def test_nobody_is_shut_out_and_nothing_scrolls_sideways(page: Any, town: Town, key: str) -> None:
    town.ask(key, "POST", "/v1/rules", flow())
    made = {"name": "Tool", "channel": {"type": "redis_stream", "stream": "tool"}}
    subscription = town.ask(key, "POST", "/v1/subscriptions", made)["id"]
    case = town.ask(key, "POST", "/v1/cases", {"title": "Barrier", "camera": "nord"})["id"]
    found = {}
    for path, there in {
        "/cases": ".row",
        f"/cases/{case}": "#timeline li",
        "/rules": ".row",
        "/rules/crowd": "#delete",
        "/subscriptions": ".row",
        f"/subscriptions/{subscription}": "#log tr",
    }.items():
        at(page, town, path).wait_for_selector(there)
        found[path] = barriers_in_both(page)
    assert {where: what for where, what in found.items() if what} == {}
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/cases", f"/cases/{case}", "/rules/crowd", f"/subscriptions/{subscription}"):
        at(page, town, path).wait_for_selector("h1")
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
