"""One step of the evaluation: what is known, what was concluded, and how a rule's subjects are changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from hypervisor.alerts.model import Figures, Subject
from hypervisor.rules.check import World
from hypervisor.rules.desk import Desk, Finding
from hypervisor.rules.judge import Because, Run, Step
from hypervisor.rules.model import Rule
from hypervisor.rules.schedule import Happening, is_on
from hypervisor.rules.state import MOST_RUNS, RuleState, RuleStatus
from hypervisor.rules.usual import History


class Seal(NamedTuple):
    """A bucket that its camera has sealed."""

    camera: str
    step_s: int
    start: int


class Meant(NamedTuple):
    """What alerts of one subject of a rule say: of the figure, and of whether it can be known."""

    subject: Subject
    finding: Finding
    health: Subject | None = None
    health_finding: Finding | None = None


@dataclass(slots=True)
class Turn:
    """Everything of one step. Rules and states are those of this step; `states` is what is kept afterwards."""

    world: World
    rules: dict[str, Rule]
    states: dict[str, RuleState]
    desk: Desk
    happening: Happening
    now_s: float
    touched: set[str] = field(default_factory=set)  # rules whose state changed
    histories: dict[str, History] = field(default_factory=dict)  # rule → what its figure usually is, if asked for
    learned: set[str] = field(default_factory=set)  # rules whose history changed

    @property
    def concluded(self) -> bool:
        """Tell whether anything has to be kept."""
        return bool(self.touched or self.learned or self.desk.messages)

    def watching(self, kind: str) -> list[Rule]:
        """Return the rules of a kind that are judged now."""
        return [
            rule
            for rule in self.rules.values()
            if rule.watch.kind == kind and self.states[rule.id].status in ("active", "learning")
        ]

    def keep(self, rule_id: str, state: RuleState) -> None:
        """Keep a rule's state if it changed."""
        if self.states.get(rule_id) != state:
            self.states[rule_id] = state
            self.touched.add(rule_id)

    def run(self, rule: Rule, subject: str) -> Run | None:
        """Return how a subject is; None if there is no room for another one."""
        runs = self.states[rule.id].runs
        if subject in runs:
            return runs[subject]
        if len(runs) >= MOST_RUNS:
            self.change(rule, skipped=self.states[rule.id].skipped + 1)
            return None
        return Run()

    def keep_run(self, rule: Rule, subject: str, run: Run | None) -> None:
        """Keep how a subject is; None forgets it."""
        state = self.states[rule.id]
        runs = {name: one for name, one in state.runs.items() if name != subject}
        if run is not None:
            runs[subject] = run
        self.keep(rule.id, state.model_copy(update={"runs": runs}))

    def change(self, rule: Rule, **changes: object) -> None:
        """Change members of a rule's state."""
        self.keep(rule.id, self.states[rule.id].model_copy(update=changes))

    def status(self, rule: Rule, status: RuleStatus, reasons: tuple[str, ...] = ()) -> None:
        """Say how it is with a rule."""
        state = self.states[rule.id]
        if (state.status, state.reasons) != (status, reasons):
            since = self.now_s if state.status != status else state.since
            self.change(rule, status=status, reasons=reasons, since=since)

    def is_on(self, rule: Rule, at_s: float) -> bool:
        """Tell whether a rule may alert at a moment."""
        return is_on(rule.schedule, at_s, self.happening)

    async def apply(self, rule: Rule, run: Run, steps: list[Step], meant: Callable[[Run], Meant]) -> Run:
        """Carry out transitions; return the run with the alerts that are open now."""
        for step in steps:
            run = await self._applied(rule, run, step, meant(run))
        return run

    async def _applied(self, rule: Rule, run: Run, step: Step, meant: Meant) -> Run:
        member, subject, finding = ("alert", meant.subject, meant.finding)
        if step.health and meant.health is not None and meant.health_finding is not None:
            member, subject, finding = ("health", meant.health, meant.health_finding)
        if step.what == "open":
            return run.model_copy(update={member: await self.desk.open(rule, subject, finding)})
        alert_id = getattr(run, member)
        if step.what == "update":
            await self.desk.update(alert_id, finding)
            return run
        await self.desk.close(
            alert_id, step.because or "cleared", finding.at_s, rule, None if step.health else run.peak
        )
        if step.health:
            return run.model_copy(update={"health": None})
        return run.model_copy(update={"alert": None, "peak": None, "told": None, "began": None})

    async def close_all(self, rule_id: str, because: Because) -> None:
        """Close everything that is open under a rule."""
        rule = self.rules.get(rule_id)
        for run in self.states[rule_id].runs.values():
            for alert in (run.alert, run.health):
                if alert is not None:
                    await self.desk.close(alert, because, self.now_s, rule)


def no_figures(coverage: float | None = None) -> Figures:
    """Return the figures of an alert that has no value."""
    return Figures(coverage=coverage)
