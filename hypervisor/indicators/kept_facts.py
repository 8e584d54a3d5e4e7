"""Facts out of what the hypervisor keeps: cases, alerts, deposits and the audit log, as far as who asks may see them.

A figure of a past period does not change afterwards: what ended later had not ended at the period's end.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from hypervisor.access.principal import Principal
from hypervisor.alerts.model import Alert
from hypervisor.cases.model import Case, Entry
from hypervisor.cleanliness.deposits import Deposit
from hypervisor.feed import Feed
from hypervisor.history.archive import Archive, without
from hypervisor.indicators.area import Scope
from hypervisor.indicators.facts import Duration, Named
from hypervisor.indicators.why import because
from hypervisor.store.documents import Documents
from hypervisor.store.values import MOST_LISTED, Store
from pipeline.observation import CameraDescription

MOST_DOCUMENTS = 20_000
MOST_ACTS = 100_000
ACTS_AT_ONCE = 1000
HOUR_S, DAY_S = 3600, 86_400
Model = TypeVar("Model", bound=BaseModel)
ENTRIES: Mapping[str, str] = {"cases_reopened": "reopened", "cases_shared": "shared"}
SCOPES: Mapping[str, str] = {
    "cases": "cases:read",
    "alerts": "alerts:read",
    "acts": "audit:read",
}


@dataclass(slots=True)
class Papers:
    """Cases, alerts and acts of a period as they are kept, read once for all scopes."""

    store: Store
    from_s: int
    archive: Archive | None = None  # what moved out of the store
    _listed: dict[str, list[Any]] = field(default_factory=dict, init=False)
    _acts: list[dict[str, Any]] | None = field(default=None, init=False)

    async def listed(self, collection: str, model: type[Model]) -> list[Model]:
        """Return a collection.

        Raises:
            NotComputable: if there are too many.
        """
        if collection not in self._listed:
            self._listed[collection] = await self._read(Documents(self.store, collection, model))
        return self._listed[collection]

    async def _read(self, documents: Documents[Model]) -> list[Model]:
        found: list[Model] = []
        before: tuple[int, str] | None = None
        while True:
            page = await documents.listed("", before, MOST_LISTED)
            found += [one.value for one in page]
            if len(page) < MOST_LISTED:
                return found
            if len(found) >= MOST_DOCUMENTS:
                raise because("too-much", what=documents.collection)
            before = page[-1].order, page[-1].id

    async def acts(self) -> list[dict[str, Any]]:
        """Return acts since the period began; positions in the log are milliseconds.

        Raises:
            NotComputable: if there are too many.
        """
        if self._acts is None:
            found, after = list[dict[str, Any]](), f"{max(0, self.from_s - DAY_S) * 1000}-0"
            while lines := await self.store.audit(after, ACTS_AT_ONCE):
                after = lines[-1].position
                found += [json.loads(one.text) for one in lines]
                if len(found) > MOST_ACTS:
                    raise because("too-much", what="acts")
            self._acts = found
        return self._acts


@dataclass(slots=True)
class KeptFacts:
    """Facts of one scope and period (`facts.Facts`); everything is read once."""

    papers: Papers
    feed: Feed
    who: Principal
    scope: Scope
    from_s: int
    to_s: int  # not after now
    parameters: Mapping[str, float]
    _cases: list[Case] | None = field(default=None, init=False)
    _alerts: list[Alert] | None = field(default=None, init=False)
    _acts: list[dict[str, Any]] | None = field(default=None, init=False)

    async def events(self, name: str, named: Named) -> Sequence[float]:
        """Return when something happened."""
        if name == "acts":
            return [float(one["time_s"]) for one in await self._all_acts() if _is_act(one, named.get("action"))]
        if name == "alerts_opened":
            alerts = await self._all_alerts()
            return [one.opened_at.timestamp() for one in alerts if _is_about(one.topic, one.severity, named)]
        cases = [one for one in await self._all_cases() if _is_about(one.topic, one.severity, named)]
        if name == "cases_opened":
            return [one.opened_at.timestamp() for one in cases]
        what = ENTRIES.get(name, "resolved")
        return [entry.at.timestamp() for one in cases for entry in one.timeline if entry.what == what]

    async def times(self, name: str, named: Named) -> Sequence[Duration]:
        """Return how long what began in the period took."""
        if name == "deposit_times":
            return await self._deposits(named.get("type"))
        if name == "alert_times":
            return [
                self._duration(one.opened_at.timestamp(), one.closed_at.timestamp() if one.closed_at else None)
                for one in await self._all_alerts()
                if _is_about(one.topic, one.severity, named)
            ]
        end_of = _acknowledged_s if name == "acknowledgement_times" else _resolved_s
        return [
            self._duration(one.opened_at.timestamp(), end_of(one))
            for one in await self._all_cases()
            if _is_about(one.topic, one.severity, named)
        ]

    async def number(self, name: str, named: Named) -> float:
        """Return a number."""
        if name == "parameter":
            if named["name"] not in self.parameters:
                raise because("no-parameter", what=named["name"])
            return self.parameters[named["name"]]
        if name == "cameras":
            return float(len(self.scope.cameras))
        if name == "sensors":
            return float(len(self.scope.sensors))
        acts = [one for one in await self._all_acts() if self.from_s <= float(one["time_s"]) < self.to_s]
        if name == "members_active":
            return float(len({one["actor"] for one in acts if str(one["actor"]).startswith("member:")}))
        return float(len({one["service"] for one in acts if one["service"] is not None}))

    def _duration(self, began_s: float, ended_s: float | None) -> Duration:
        ended = ended_s is not None and ended_s <= self.to_s
        until_s = ended_s if ended and ended_s is not None else self.to_s
        return Duration(began_s, max(0.0, until_s - began_s) / HOUR_S, ended)

    def _is_here(self, place: str | None, cameras: Sequence[str]) -> bool:
        if self.scope.place is not None:
            return place == self.scope.place.id or bool(set(cameras) & set(self.scope.cameras))
        return not cameras or bool(set(cameras) & set(self.scope.cameras))

    async def _all_cases(self) -> list[Case]:
        if self._cases is None:
            self._ask("cases")
            found = await self.papers.listed("cases", Case)
            if self.papers.archive is not None:  # after the store: a case is deleted there once it lies in a file
                known = {one.id for one in found}
                past = await self.papers.archive.cases_between(self.from_s, self.to_s)
                found = [*found, *(one for one in past if one.id not in known)]
            self._cases = [
                one
                for one in found
                if self._may_see(one.service, one.shared_with, one.cameras) and self._is_here(one.place, one.cameras)
            ]
        return self._cases

    async def _all_alerts(self) -> list[Alert]:
        if self._alerts is None:
            self._ask("alerts")
            found = await self.papers.listed("alerts", Alert)
            self._alerts = [
                one
                for one in found
                if self._may_see(one.service, one.shared_with, one.cameras) and self._is_here(one.place, one.cameras)
            ]
        return self._alerts

    def _may_see(self, service: str, shared_with: Sequence[str], cameras: Sequence[str]) -> bool:
        is_ones = self.who.belongs(service) or self.who.service in shared_with
        return is_ones and all(self.who.sees(one) for one in cameras)

    async def _all_acts(self) -> list[dict[str, Any]]:
        """Return acts of the own service since the period began."""
        if self._acts is None:
            self._ask("acts")
            found = await self.papers.acts()
            self._acts = [one for one in found if self.who.may("admin") or one["service"] == self.who.service]
        return self._acts

    def _ask(self, what: str) -> None:
        if not self.who.may(SCOPES[what]):
            raise because("not-allowed", what=SCOPES[what])

    async def _deposits(self, kind: str | None) -> list[Duration]:
        """Return how long deposits of the first camera of each ground lay there, as far as it was watched."""
        cameras = {name: one for name, one in (await self.feed.cameras()).items() if name in self.scope.cameras}
        told = await self.feed.deposits(list(cameras), self.from_s)
        if self.papers.archive is not None:  # Redis lets go of them after a while
            past = await self.papers.archive.deposits_between(cameras, self.from_s, self.to_s)
            told = {camera: [*told.get(camera, []), *without(past[camera], told.get(camera, []))] for camera in cameras}
        subjects = self.scope.subjects()
        found: list[Duration] = []
        for camera in cameras.values():
            newest = await self.feed.newest([camera.id], HOUR_S)
            until_s = min(self.to_s, newest + HOUR_S) if newest is not None else self.to_s
            zones = _first_of_their_ground(camera)
            for one in (Deposit.of(camera.id, history) for history in told.get(camera.id, [])):
                is_here = one.zone in zones and (subjects is None or one.zone in subjects.get(camera.id, {}))
                if not is_here or one.state == "absorbed" or kind not in (None, one.detail["type"]):
                    continue
                lay = one.lifetime(until_s)
                found.append(Duration(one.from_s, lay.duration_s / HOUR_S, lay.ended))
        return found


def _first_of_their_ground(camera: CameraDescription) -> frozenset[str]:
    """Return the zones whose deposits count: another camera's are the same things."""
    watched = ((zone.id, zone.deposits) for zone in camera.zones if zone.deposits is not None)
    return frozenset(zone for zone, rules in watched if rules.primary in (None, f"{camera.id}/{zone}"))


def _is_about(topic: str, severity: str, named: Named) -> bool:
    return named.get("topic", topic) == topic and named.get("severity", severity) == severity


def _is_act(act: Mapping[str, Any], action: str | None) -> bool:
    return action is None or act["action"] == action or str(act["action"]).startswith(f"{action}.")


def _first_s(entries: Sequence[Entry], *what: str) -> float | None:
    return next((one.at.timestamp() for one in entries if one.what in what), None)


def _acknowledged_s(case: Case) -> float | None:
    return _first_s(case.timeline, "acknowledged", "resolved")


def _resolved_s(case: Case) -> float | None:
    """Return when it was resolved for good; None while it is open, also if it was reopened."""
    return case.resolved_at.timestamp() if case.state == "resolved" and case.resolved_at else None
