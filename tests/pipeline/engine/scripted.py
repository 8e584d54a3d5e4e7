"""Workers as their supervisor sees them, scripted; and a site of cameras that nobody opens."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.config import SiteFile
from pipeline.config_file import LoadedSite
from pipeline.engine.control import CameraReport, Order, Report
from pipeline.engine.supervisor import Supervisor
from tests import builders


def site(*cameras: Any, **fields: Any) -> SiteFile:
    """Return a configuration; a camera is an id or its fields."""
    rows = [one if isinstance(one, dict) else {"id": one} for one in cameras]
    made = [builders.camera(**row).model_dump(mode="json", by_alias=True) for row in rows]
    text = SiteFile.model_validate({"parvis": 1, "site": {"id": "s"}, "cameras": made, **fields})
    return SiteFile.model_validate_json(text.model_dump_json(by_alias=True))


def loaded(*cameras: Any, **fields: Any) -> LoadedSite:
    """Return it as if it were read from a file."""
    return LoadedSite(Path("site.yaml"), site(*cameras, **fields), None)


class Worker:
    """A worker process; the test says what it reports and when it ends."""

    def __init__(self) -> None:
        self.code: int | None = None
        self.orders: list[Order] = []
        self.said: list[Report] = []
        self.killed = False
        self.silent = False

    def poll(self) -> int | None:
        return self.code

    def send(self, order: Order) -> None:
        self.orders.append(order)

    def reports(self) -> list[Report]:
        said, self.said = self.said, []
        return said

    def kill(self) -> None:
        self.killed, self.code = True, -9

    @property
    def cameras(self) -> tuple[str, ...]:
        """What it was told to watch."""
        return self.orders[-1].cameras


class House:
    """A supervisor with scripted workers and a clock of its own: every worker reports what it was told to do."""

    def __init__(self, *cameras: Any, workers: int = 2) -> None:
        self.now_s = 100.0
        self.started: list[int] = []
        self.workers: dict[int, Worker] = {}
        self.costs: dict[str, float] = {}
        self.over: dict[str, bool] = {}
        self.holds: set[str] = set()  # cameras that their worker does not let go of yet
        self.lasting = True
        self.supervisor = Supervisor(loaded(*cameras), workers, self._launch, lambda: self.now_s, lambda *_: 0.1)
        self.supervisor.start()

    def _launch(self, slot: int, slots: int) -> Worker:
        self.started.append(slot)
        self.workers[slot] = Worker()
        return self.workers[slot]

    def step(self) -> bool:
        """Let every living worker report, and the supervisor do its part."""
        for worker in self.workers.values():
            if worker.code is None and not worker.silent:
                watched = {one: self._report(one) for one in worker.cameras}
                held = {one: self._report(one) for order in worker.orders for one in order.cameras if one in self.holds}
                worker.said.append(Report(order=worker.orders[-1].number, cpu=0.5, cameras={**held, **watched}))
        return self.supervisor.step()

    def wait(self, seconds: float, step_s: float = 1.0) -> bool:
        """Let time pass."""
        wanted = True
        for _ in range(round(seconds / step_s)):
            self.now_s += step_s
            wanted = self.step()
        return wanted

    def dies(self, slot: int, code: int = -9) -> None:
        """Let a worker die."""
        self.workers[slot].code = code

    def follow(self, *cameras: Any, **fields: Any) -> None:
        """Give the supervisor another configuration."""
        self.supervisor.follow(loaded(*cameras, **fields))

    def _report(self, camera: str) -> CameraReport:
        return CameraReport(cost=self.costs.get(camera, 0.1), step=0, lasting=self.lasting, over=self.over.get(camera))

    def where(self) -> list[Sequence[str]]:
        """What each worker was told to watch."""
        return [worker.cameras for worker in self.workers.values()]
