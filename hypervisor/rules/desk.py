"""Where transitions become alerts, cases and messages, collected for one commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypervisor.alerts.model import KEPT_S, Alert, Figures, Subject
from hypervisor.alerts.model import tags_of as alert_tags
from hypervisor.alerts.texts import text_of
from hypervisor.cases.life import Deed, done, message, moment, sooner, worse
from hypervisor.cases.model import Case, kept_s, live_tag
from hypervisor.cases.model import tags_of as case_tags
from hypervisor.cases.texts import title_of
from hypervisor.ids import RANDOM_BYTES, new_id
from hypervisor.rules.judge import Because
from hypervisor.rules.model import Rule
from hypervisor.store.documents import Documents
from hypervisor.store.values import NEW, Change, Message, Store
from hypervisor.strict import Bilingual

SYSTEM = "system:rules"


@dataclass(frozen=True, slots=True)
class Finding:
    """What makes an alert, beside its rule and subject."""

    figures: Figures
    began_s: float
    at_s: float  # when it had lasted long enough: end of the bucket, or the moment of the look
    name: str  # of its ground, for people
    detail: str = ""  # a deposit's type, or the name of the rule that cannot judge
    reason: Bilingual | None = None  # why a camera is in trouble


@dataclass(slots=True)
class _Held:
    """A document that is being changed: its value now, and the version it had."""

    value: Any
    version: int
    changed: bool = False


@dataclass(slots=True)
class Desk:
    """Collects what one step of the evaluation concludes. Nothing is written before the commit."""

    store: Store
    now_s: float
    random: Callable[[int], bytes]
    messages: list[Message] = field(default_factory=list)
    _alerts: dict[str, _Held] = field(default_factory=dict)
    _cases: dict[str, _Held] = field(default_factory=dict)
    _live: dict[str, str] = field(default_factory=dict)  # tag → id of a case that was opened in this step

    async def open(self, rule: Rule, subject: Subject, finding: Finding) -> str:
        """Open an alert, in the case of its ground and topic; return its id."""
        alert_id, now = self._id(), moment(self.now_s)
        text = text_of(subject, finding.figures, finding.name, finding.reason or finding.detail)
        topic = "health" if subject.kind == "health" else rule.meant_topic
        case = await self._case(rule, subject, topic, finding.name)
        alert = Alert(
            **dict(subject),
            id=alert_id,
            rule=rule.id,
            rule_name=rule.name,
            service=rule.service,
            shared_with=rule.shared_with,
            topic=topic,
            severity=rule.severity,
            figures=finding.figures,
            began=moment(finding.began_s),
            opened_at=moment(finding.at_s),
            updated_at=now,
            case=case.id,
            text=text,
        )
        self._alerts[alert_id] = _Held(alert, NEW, changed=True)
        self._joined(case, rule, alert)
        self._tell("alert.opened", alert)
        self.messages.append(message(self._cases[case.id].value))
        return alert_id

    async def update(self, alert_id: str, finding: Finding) -> None:
        """Tell that an open alert grew worse."""
        alert = await self._alert(alert_id)
        if alert is not None and alert.state == "open":
            text = text_of(alert, finding.figures, finding.name, finding.reason or finding.detail)
            changes = {
                "figures": finding.figures,
                "text": text,
                "updated_at": moment(self.now_s),
                "told": alert.told + 1,
            }
            await self._change_alert("alert.updated", alert.model_copy(update=changes))

    async def close(
        self, alert_id: str, because: Because, at_s: float, rule: Rule | None, peak: float | None = None
    ) -> None:
        """Close an alert and note it in its case."""
        alert = await self._alert(alert_id)
        if alert is None or alert.state == "closed":
            return
        figures = alert.figures if peak is None else alert.figures.model_copy(update={"peak": peak})
        changes = {
            "state": "closed",
            "because": because,
            "closed_at": moment(at_s),
            "updated_at": moment(self.now_s),
            "told": alert.told + 1,
            "figures": figures,
        }
        closed = alert.model_copy(update=changes)
        await self._change_alert("alert.closed", closed)
        await self._note_closed(closed, rule)

    def alerts(self) -> list[Alert]:
        """Return the alerts that were opened or changed, as they are now."""
        return [held.value for held in self._alerts.values()]

    def changes(self) -> Sequence[Change]:
        """Return what is to be kept."""
        alerts, cases = Documents(self.store, "alerts", Alert), Documents(self.store, "cases", Case)
        found = [
            alerts.change(
                one,
                held.value,
                at_s=self.now_s,
                expect=held.version,
                tags=alert_tags(held.value),
                kept_s=KEPT_S if held.value.state == "closed" else 0,
            )
            for one, held in self._alerts.items()
            if held.changed
        ]
        return found + [
            cases.change(
                one,
                held.value,
                at_s=self.now_s,
                expect=held.version,
                tags=case_tags(held.value),
                kept_s=kept_s(held.value),
            )
            for one, held in self._cases.items()
            if held.changed
        ]

    async def _alert(self, alert_id: str) -> Alert | None:
        if alert_id not in self._alerts:
            kept = await Documents(self.store, "alerts", Alert).get(alert_id)
            if kept is None:
                return None
            self._alerts[alert_id] = _Held(kept.value, kept.version)
        alert: Alert = self._alerts[alert_id].value
        return alert

    async def _change_alert(self, kind: str, alert: Alert) -> None:
        held = self._alerts[alert.id]
        held.value, held.changed = alert, True
        await self._find_case(alert.case)
        self._tell(kind, alert)

    def _tell(self, kind: str, alert: Alert) -> None:
        """Tell of an alert whose case is at hand: in the case's order, to all that see the case."""
        held = self._cases.get(alert.case)
        more: tuple[str, ...] = (held.value.service, *held.value.shared_with) if held else ()
        self.messages.append(
            Message(
                id=f"{alert.id}-{alert.told}",
                kind=kind,
                time_s=alert.updated_at.timestamp(),
                subject=alert.id,
                lane=alert.case,
                services=tuple(dict.fromkeys((alert.service, *alert.shared_with, *more))),
                cameras=alert.cameras,
                data=alert.model_dump(mode="json", by_alias=True, exclude_none=True),
            )
        )

    async def _find_case(self, case_id: str) -> Case | None:
        if case_id not in self._cases:
            kept = await Documents(self.store, "cases", Case).get(case_id)
            if kept is None:
                return None
            self._cases[case_id] = _Held(kept.value, kept.version)
        case: Case = self._cases[case_id].value
        return case

    async def _case(self, rule: Rule, subject: Subject, topic: str, name: str) -> Case:
        """Return the case that gathers alerts of a ground and topic, or a new one."""
        tag = live_tag(rule.service, subject.where, topic)
        full = None
        known = [self._live[tag]] if tag in self._live else await self._newest(tag)
        for case_id in known:
            found = await self._find_case(case_id)
            if found is not None and found.state != "resolved" and not found.is_full:
                return found
            full = case_id if found is not None and found.is_full else None
        return self._new_case(rule, subject, (topic, name), full)

    async def _newest(self, tag: str) -> list[str]:
        return [kept.id for kept in await Documents(self.store, "cases", Case).listed(tag, limit=1)]

    def _new_case(self, rule: Rule, subject: Subject, titled: tuple[str, str], continues: str | None) -> Case:
        now, (topic, name) = moment(self.now_s), titled
        case = Case(
            id=self._id(),
            title=title_of(topic, name),
            service=rule.service,
            origin=rule.service,
            topic=topic,
            where=subject.where,
            place=subject.place,
            severity=rule.severity,
            opened_at=now,
            updated_at=now,
            continues=continues,
        )
        self._cases[case.id] = _Held(case, NEW, changed=True)
        self._live[live_tag(rule.service, subject.where, topic)] = case.id
        return case

    def _joined(self, case: Case, rule: Rule, alert: Alert) -> None:
        shared = [one for one in dict.fromkeys((*case.shared_with, *rule.shared_with)) if one != case.service]
        deed = Deed(
            "alert_joined" if case.timeline else "opened",
            SYSTEM,
            None,
            self.now_s,
            alert=alert.id,
            detail=alert.text,
        )
        self._keep_case(
            done(
                case,
                deed,
                alerts=(*case.alerts, alert.id),
                open_alerts=case.open_alerts + 1,
                severity=worse(case.severity, alert.severity),
                cameras=tuple(dict.fromkeys((*case.cameras, *alert.cameras))),
                shared_with=tuple(shared),
                due_at=sooner(case.due_at, self.now_s, rule.due_s),
            )
        )

    async def _note_closed(self, alert: Alert, rule: Rule | None) -> None:
        case = await self._find_case(alert.case)
        if case is None:
            return
        what = "deposit_cleared" if alert.because == "deposit_cleared" else "alert_closed"
        deed = Deed(what, SYSTEM, None, self.now_s, alert=alert.id, detail=alert.text)  # type: ignore[arg-type]
        case = done(case, deed, open_alerts=max(0, case.open_alerts - 1))
        self._keep_case(case)
        self.messages.append(message(case))
        if rule is not None and rule.resolve == "when_clear" and case.state == "open" and not case.open_alerts:
            detail = Bilingual(fr="toutes les alertes sont terminées", en="all alerts are over")
            deed = Deed("resolved", SYSTEM, None, self.now_s, detail=detail)
            case = done(case, deed, state="resolved", resolved_at=moment(self.now_s))
            self._keep_case(case)
            self.messages.append(message(case))

    def _keep_case(self, case: Case) -> None:
        held = self._cases[case.id]
        held.value, held.changed = case, True

    def _id(self) -> str:
        return new_id(self.now_s, self.random(RANDOM_BYTES))
