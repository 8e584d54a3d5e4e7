"""`parvis admin apply`, `parvis rules` and `parvis demo --services`; real processes in the long run."""

import base64
import hashlib
import hmac
import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parvis.commands.demo_services import refuse_what_is_not_theirs
from parvis.receiver import Receiver
from pipeline.errors import Failed
from tests.hypervisor.builders import Site, line, zone
from tests.hypervisor.conftest import Clock
from tests.hypervisor.rules.builders import Judge, Minutes
from tests.running import parvis, process, until

RULES = """services:
  - {id: safety, name: "Sécurité"}
calendars:
  - {id: holidays, service: safety, name: "Vacances", file: holidays.ics}
places:
  - id: plaza
    name: "Plaza"
    semantics: max
    views: [{camera: nord, zones: [esplanade]}]
sensors:
  - {id: air, service: safety, name: "Air", interval_s: 300, measures: [{measure: no2}]}
rules:
  - id: crowd
    service: safety
    name: "Foule"
    watch: {kind: flow, measure: occupancy, place: plaza, bucket: 1m}
    condition: {is: above, threshold: 8}
    schedule: {except: [holidays]}
  - id: no2
    service: safety
    name: "NO2"
    watch: {kind: sensor, sensor: air, measure: no2}
    condition: {is: above, threshold: 200}
subscriptions:
  - id: hook
    service: safety
    name: "Alertes"
    filter: {kinds: [alert], places: [plaza]}
    channel: {type: webhook, url: "https://city.example/hooks"}
"""
CALENDAR = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//FR\nEND:VCALENDAR\n"


@pytest.fixture
def square(valkey_url: str) -> Iterator[Site]:
    """Yield a site with one camera on a square."""
    site = Site(valkey_url)
    site.camera("nord", lines=(line(),), zones=(zone(),))
    yield site
    site.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with what a service owns."""
    (tmp_path / "holidays.ics").write_text(CALENDAR)
    (tmp_path / "services.yaml").write_text(RULES)
    return tmp_path / "services.yaml"


def test_a_file_is_applied_whole_and_again_without_a_change(
    square: Site, valkey_url: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert parvis("admin", "apply", file, "--redis", valkey_url) == 0
    assert capsys.readouterr().err.splitlines() == [
        "services safety: created", "calendars holidays: created", "places plaza: created", "sensors air: created",
        "rules crowd: created", "rules no2: created", "subscriptions hook: created",
    ]  # fmt: skip
    file.write_text(RULES.replace("threshold: 8", "threshold: 9"))
    assert parvis("admin", "apply", file, "--redis", valkey_url) == 0
    assert capsys.readouterr().err.splitlines() == [
        "services safety: unchanged", "calendars holidays: unchanged", "places plaza: unchanged",
        "sensors air: unchanged", "rules crowd: changed", "rules no2: unchanged", "subscriptions hook: unchanged",
    ]  # fmt: skip


def test_a_file_with_faults_changes_nothing_and_says_all_of_them(
    square: Site, valkey_url: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = RULES.replace("esplanade", "rue").replace("threshold: 8", "limit: 8").replace("[plaza]", "[nowhere]")
    file.write_text(text.replace("service: safety", "service: x"))
    assert parvis("admin", "apply", file, "--redis", valkey_url) == 2
    said = capsys.readouterr().err.replace(str(file), "F").splitlines()
    assert "F:4: calendars[0].service: no service 'x'; expected the id of one" in said
    assert "F:9: places[0].views[0].zones[0]: no zone 'rue'; expected one of esplanade" in said
    assert "F:17: rules[0].condition.limit: unknown key; expected one that docs/alerts.md lists" in said
    assert "F:28: subscriptions[0].filter.places: 'nowhere' is unknown; expected one that is there" in said
    assert parvis("admin", "service", "list", "--redis", valkey_url) == 0
    assert "safety" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- 1", "holds no mapping"),
        ("ruels: []", "unknown section; expected some of services, calendars, places, sensors, rules"),
        ("rules: 5", "is no list of mappings"),
        ("rules: [", "expected YAML 1.2"),
        ("calendars: [{id: a, service: s, name: A, file: nowhere.ics}]", "No such file or directory; expected an iC"),
    ],
)
def test_what_is_no_such_file_is_refused(
    square: Site, valkey_url: str, file: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    file.write_text(text)
    assert parvis("admin", "apply", file, "--redis", valkey_url) == 2
    assert said in capsys.readouterr().err


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def signature(event_id: str, body: bytes, secret: bytes, at_s: float) -> dict[str, str]:
    signed = hmac.digest(secret, f"{event_id}.{int(at_s)}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at_s)),
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def post(url: str, event: dict[str, Any], secret: bytes, at_s: float) -> int:
    body = json.dumps(event).encode()
    headers = signature(event["id"], body, secret, at_s)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_receiver_believes_nothing_that_is_not_signed_and_nothing_twice() -> None:
    told: list[str] = []
    receiver = Receiver(lambda service, event: told.append(f"{service} {event['id']}"))
    receiver.start()
    secret, event, now_s = b"0" * 32, {"id": "a-1", "type": "city.parvis.alert.opened"}, time.time()
    receiver.secrets["safety"] = f"whsec_{base64.b64encode(secret).decode()}"
    url = receiver.url("safety")
    assert post(url, event, b"1" * 32, now_s) == 401
    assert post(url, event, secret, now_s - 3600) == 401
    assert post(receiver.url("parks"), event, secret, now_s) == 401
    assert [post(url, event, secret, now_s) for _ in range(2)] == [204, 204]
    receiver.close()
    assert told == ["safety a-1"]
    assert list(receiver.refused) == [("safety", "unsigned"), ("safety", "late"), ("parks", "unknown")]
    assert receiver.find("safety", "alert.opened") == event
    assert receiver.find("safety", "alert.opened", case="another") is None


class Posting:
    """A receiver that is told by hand, rightly signed."""

    def __init__(self, *services: str) -> None:
        self.receiver = Receiver(lambda *_: None)
        self.receiver.start()
        self._secrets = {one: one.encode() * 8 for one in services}
        self.receiver.secrets |= {
            name: f"whsec_{base64.b64encode(secret).decode()}" for name, secret in self._secrets.items()
        }

    def __call__(self, to: str, kind: str, late_s: float = 0.0, signed_for: str = "", **data: Any) -> int:
        event: dict[str, Any] = {"id": f"{kind}-{data.get('id')}", "type": f"city.parvis.{kind}", "data": data}
        body = json.dumps(event).encode()
        headers = signature(event["id"], body, self._secrets[signed_for or to], time.time() - late_s)
        return self.receiver.take(to, headers, body)


def test_an_alert_of_a_services_own_rule_is_theirs() -> None:
    """A starved machine pauses its camera: the rule on cameras tells cleanliness, as it is there for."""
    post = Posting("safety", "cleanliness", "mobility")
    assert post("cleanliness", "alert.opened", id="a1", case="c1", service="cleanliness") == 204
    assert post("mobility", "case.shared", id="c2", service="safety", shared_with=["mobility"]) == 204
    assert post("mobility", "alert.closed", id="a2", case="c2", service="safety") == 204
    assert post("safety", "alert.closed", 400.0, id="a2", case="c2", service="safety") == 401
    post.receiver.close()
    refuse_what_is_not_theirs(post.receiver, {"mobility": {"c2"}})
    assert [one.fault for one in post.receiver.refused] == ["late"]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"service": "safety", "id": "a1", "case": "c1"}, "cleanliness was told alert.opened a1, which is safety's"),
        ({"service": "cleanliness", "signed_for": "safety"}, "cleanliness was sent a webhook that is not signed with"),
    ],
)
def test_what_is_anothers_and_what_is_not_signed_are_told_apart(sent: dict[str, Any], said: str) -> None:
    post = Posting("safety", "cleanliness")
    post("cleanliness", "alert.opened", **sent)
    post.receiver.close()
    with pytest.raises(Failed, match=said):
        refuse_what_is_not_theirs(post.receiver, {"mobility": {"c1"}})


def judged(judge: Judge) -> bool:
    return bool(judge.run(lambda: judge.evaluator.store.listed("rule_states")))


@pytest.mark.long
def test_processes_that_are_killed_lose_and_double_nothing(square: Site, valkey_url: str, file: Path) -> None:
    """Two evaluations; the active one is killed again and again while a crowd comes and goes."""
    clock = Clock()
    clock.now_s = time.time()
    minutes, judge = Minutes(square, clock), Judge(valkey_url, clock)
    file.write_text(RULES)
    assert parvis("admin", "apply", file, "--redis", valkey_url) == 0
    opened = 0
    for _ in range(3):
        with process("rules", "--redis", valkey_url) as first, process("rules", "--redis", valkey_url) as second:
            until(lambda: judged(judge), 60)
            minutes(9, 3, 9)
            time.sleep(0.4)
            os.kill(first.pid, signal.SIGKILL)
            minutes(3)
            opened += 2
            until(lambda n=opened: judge.kinds().count("alert.closed") == n, 60)  # type: ignore[misc]
            os.kill(second.pid, signal.SIGTERM)
            assert second.wait(10) == 0
    assert judge.kinds().count("alert.opened") == opened
    assert len({one.id for one in judge.bus()}) == len(judge.bus())
    judge.close()


@pytest.mark.long
def test_the_story_of_a_crowd_is_told_to_the_end() -> None:
    with process("demo", "--services", "--once", "--port", free_port()) as demo:
        out, err = demo.communicate(timeout=300)
        assert demo.returncode == 0, err
    assert "→ webhook to mobility: case.shared" in out
    assert "Traceback" not in err
