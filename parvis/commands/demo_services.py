"""`parvis demo --services`: a crowd is told to a service by signed webhook, and what two services make of it."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from parvis.doors import Guest, shown, told
from parvis.receiver import Receiver, case_of
from pipeline.errors import Failed

if TYPE_CHECKING:
    from hypervisor.access.directory import Directory

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "services.yaml"
LOOPBACK = "127.0.0.1/32"
ONCE_S, LIVE_S = 240.0, 1200.0
"""However slow the machine: longer than this and something is wrong. Live, minutes take a minute each."""

SERVICES = {"safety": "Sécurité", "mobility": "Mobilité", "cleanliness": "Propreté"}
SCOPES = (
    "flows:read", "alerts:read", "rules:write", "cases:read", "cases:write", "places:write", "subscriptions:read",
    "subscriptions:write",
)  # fmt: skip

PLACE = {
    "id": "parvis", "name": "Le parvis", "semantics": "primary", "location": [48.8411, 2.55],
    "views": [{"camera": "parvis-nord", "zones": ["ouest"], "lines": [{"line": "passage"}]}],
}  # fmt: skip

RULES: dict[str, dict[str, Any]] = {
    "safety": {
        "id": "crowding", "name": "Affluence côté ouest", "severity": "high", "topic": "crowding",
        "watch": {"kind": "flow", "measure": "occupancy", "place": "parvis", "class": "person", "bucket": "1m"},
        # Of a minute, about 2.3 people on average while the group crosses, and about 1.5 otherwise.
        "condition": {"is": "above", "threshold": 1.75, "clear": 1.75},
    },
    "mobility": {
        "id": "unusual-flow", "name": "Passage inhabituel", "severity": "low",
        "watch": {"kind": "flow", "measure": "crossings", "place": "parvis", "bucket": "15m"},
        "condition": {"is": "above", "usual": {"factor": 2.0}},
    },
    "cleanliness": {
        "id": "cameras", "name": "État des caméras", "severity": "medium", "resolve": "when_clear",
        "watch": {"kind": "camera", "cameras": ["parvis-nord"]},
    },
}  # fmt: skip

EXPECTED = ("opened", "acknowledged", "shared", "commented", "alert_closed", "resolved")
"""What the case must have been through in the end."""

Found = TypeVar("Found")

AROUND = """
A group crosses the west side of the square: within some minutes an alert opens, is told, acknowledged and shared, and
closes, as told below. Meanwhile:
  the page     {url}/
  the alerts   curl -H "$KEY" '{url}/v1/alerts?state=all'
  the cases    curl -H "$KEY" '{url}/v1/cases?state=resolved&state=acknowledged&state=open'
{doors}Ctrl-C ends it.
"""


def began() -> str:
    """Return when the recording is said to begin, played at once: its 21st second is the first of a minute.

    So the first whole minute is one in which a group crosses the west side, and the second one is quieter.
    """
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    return (minute - timedelta(minutes=4) + timedelta(seconds=39)).isoformat()


class Api:
    """One service's key at the hypervisor's API."""

    def __init__(self, port: int, service: str, key: str) -> None:
        self.service, self.key = service, key
        self._base = f"http://127.0.0.1:{port}"

    def __call__(self, method: str, path: str, body: Any = None, version: str | None = None) -> Any:
        """Return what is answered; `version` goes into `If-Match`.

        Raises:
            Failed: if it is refused.
        """
        return self.asked(method, path, body, version)[0]

    def asked(self, method: str, path: str, body: Any = None, version: str | None = None) -> tuple[Any, str]:
        """Return what is answered, and its version."""
        headers = shown(self.key) | {"Content-Type": "application/json"} | ({"If-Match": version} if version else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or b"null"), answer.headers.get("ETag", "")
        except urllib.error.HTTPError as error:
            raise Failed(f"parvis demo: {method} {path}: {error.read().decode(errors='replace')}") from error


class Story:
    """The three services and their receiver, from their first key to the end of a case."""

    def __init__(self, url: str, port: int, alive: Callable[[], bool], within_s: float) -> None:
        self._alive, self._within_s, self._until_s = alive, within_s, time.monotonic() + within_s
        self.receiver = Receiver(_show)
        self.receiver.start()
        self.services = {one: Api(port, one, key) for one, key in _keys(url).items()}
        for name, title in SERVICES.items():
            _say(f"service {name} ({title}) has a key")

    def show_around(self, port: int, let_in: Guest) -> None:
        """Say what can be looked at meanwhile: as the guest, who sees all services, and with the key of one."""
        doors = Guest(self.services["safety"].key, let_in.member, let_in.password)
        typer.echo(AROUND.format(url=f"http://127.0.0.1:{port}", doors=doors.shown()))

    def subscribe(self) -> None:
        """Make each service's subscription before anything happens; its answer holds the secret, this once."""
        for name, api in self.services.items():
            kinds = ["alert", "case"]
            channel = {"type": "webhook", "url": self.receiver.url(name)}
            body = {"name": f"{name}: alerts and cases", "filter": {"kinds": kinds}, "channel": channel}
            made = api("POST", "/v1/subscriptions", body)
            self.receiver.secrets[name] = made["secret"]
            _say(f"{name} subscribes to its alerts and cases by signed webhook")

    def set_rules(self) -> None:
        """Make the place, as soon as the camera is known, and a rule of each service."""
        safety = self.services["safety"]
        self._wait("the camera", lambda: safety("GET", "/v1/cameras")["items"])
        safety("POST", "/v1/places", PLACE)
        for name, rule in RULES.items():
            self.services[name]("POST", "/v1/rules", rule)
            _say(f"{name} makes the rule {rule['id']} ({rule['name']})")

    def crowd(self) -> str:
        """Wait for the crowd, acknowledge it, and share it; return the case's id."""
        alert = self._hear("safety", "alert.opened")["data"]
        case: str = alert["case"]
        safety, mobility = self.services["safety"], self.services["mobility"]
        _say(f"the API says the same: {safety('GET', '/v1/alerts')['items'][0]['text']['en']}")
        self._do(safety, case, "acknowledge", {"comment": "Équipe prévenue"})
        try:
            mobility("GET", f"/v1/cases/{case}")
        except Failed:
            _say("mobility does not see the case: it is not shared")
        else:
            raise Failed("parvis demo: mobility saw a case that was not shared with it")
        self._do(safety, case, "share", {"service": "mobility"})
        self._hear("mobility", "case.shared", case)
        self._do(mobility, case, "comments", {"comment": "Bus déviés par la rue du Bois"})
        return case

    def end(self, case: str) -> None:
        """Wait for the end of the crowd, resolve the case, and show what is left of it."""
        for name in ("safety", "mobility"):
            self._hear(name, "alert.closed", case)
        safety = self.services["safety"]
        self._do(safety, case, "resolve", {"comment": "Dispersé"})
        for name in ("safety", "mobility"):
            self._hear(name, "case.resolved", case)
        told = safety("GET", f"/v1/cases/{case}")
        table = Table(
            "at (UTC)", "who", "what", "comment", title=f"The case, as the API tells it: {told['title']['en']}"
        )
        for one in told["timeline"]:
            who = one.get("service") or one["actor"]
            table.add_row(one["at"][11:19], who, one["text"]["en"], one.get("comment") or "")
        Console().print(table)
        refuse_what_is_not_theirs(self.receiver, {"mobility": {case}})
        done = [one["what"] for one in told["timeline"]]
        missing = [one for one in EXPECTED if one not in done]
        if missing or told["state"] != "resolved":
            raise Failed(
                f"parvis demo: the case is {told['state']} after {', '.join(done)}; expected {', '.join(EXPECTED)}"
            )

    def _do(self, api: Api, case: str, what: str, body: dict[str, Any]) -> None:
        _, version = api.asked("GET", f"/v1/cases/{case}")
        api("POST", f"/v1/cases/{case}/{what}", body, version)
        _say(f"{api.service}: {what}")

    def _hear(self, service: str, kind: str, case: str | None = None) -> dict[str, Any]:
        return self._wait(f"{kind} at {service}", lambda: self.receiver.find(service, kind, case))

    def _wait(self, what: str, look: Callable[[], Found | None]) -> Found:
        while time.monotonic() < self._until_s:
            if found := look():
                return found
            if not self._alive():
                raise Failed("parvis demo: one of its processes ended; its message is above")
            time.sleep(0.1)
        raise Failed(f"parvis demo: waited {self._within_s:.0f} s for {what}")


def refuse_what_is_not_theirs(receiver: Receiver, shared: Mapping[str, Collection[str]]) -> None:
    """Refuse what no service should have been told; `shared`: service → the cases of others that it sees.

    An alert of a service's own rule is its own: on a machine that cannot keep up, the rule on cameras has much to tell.
    What was signed too long ago, or came before the receiver knew the secret, was refused, and is sent again.

    Raises:
        Failed: if a service was told what is another's, or something came without its secret's signature.
    """
    for service in SERVICES:
        for event in receiver.told(service):
            data = event.get("data") or {}
            if service not in (data.get("service"), *data.get("shared_with", ())) and (
                case_of(event) not in shared.get(service, ())
            ):
                kind, owner = event["type"].removeprefix("city.parvis."), data.get("service")
                raise Failed(f"parvis demo: {service} was told {kind} {data.get('id')}, which is {owner}'s alone")
    forged = [one.service for one in receiver.refused if one.fault == "unsigned"]
    if forged:
        raise Failed(f"parvis demo: {forged[0]} was sent a webhook that is not signed with its secret")


def _keys(url: str) -> dict[str, str]:
    """Make the services and a key of each, as `parvis admin` does; return the keys."""
    from hypervisor.access.directory import NewKey
    from hypervisor.access.kept import Grants, Service
    from hypervisor.access.principal import LOCAL

    async def story(directory: "Directory") -> dict[str, str]:
        found = {}
        for name, title in SERVICES.items():
            await directory.keep_service(LOCAL, name, Service(name=title))
            wanted = NewKey(name, "demo", Grants(scopes=frozenset(SCOPES)))
            found[name] = str((await directory.create_key(LOCAL, wanted))[1])
        return found

    return told(url, story)


def _show(service: str, event: dict[str, Any]) -> None:
    data = event.get("data") or {}
    entry = data.get("entry", {})
    text = (entry.get("text") or data.get("text") or {}).get("en", "")
    kind = ".".join(event["type"].rsplit(".", 2)[-2:])
    _say(f"→ webhook to {service}: {kind}: {text}")


def _say(text: str) -> None:
    typer.echo(f"{datetime.now().astimezone():%H:%M:%S}  {text}")
