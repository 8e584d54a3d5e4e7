"""House rules of a test run, as a pytest plugin: no folder takes longer than its budget, and nothing skips unasked.

Budgets are wall-clock seconds, because most of what makes tests slow is waiting, which takes no CPU. They are about
one and a half times what a machine with two cores takes; `PARVIS_TIME_FACTOR` stretches them all where machines are
shared (`.ci/run`), and so does the load of a machine that does other things at the same time. Tests marked `long` have
no budget.

With `PARVIS_CI=1` a skipped test fails the run, unless it needs what cannot be had everywhere (`ALLOWED_SKIPS`).
"""

import gc
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping

import pytest

BUDGETS_S: Mapping[str, float] = {
    "tests": 28,  # the files beside this one
    "tests/benchmarks": 75,
    "tests/hypervisor": 85,
    "tests/hypervisor/access": 30,
    "tests/hypervisor/configuring": 20,
    "tests/hypervisor/cross": 25,
    "tests/hypervisor/delivery": 45,
    "tests/hypervisor/experiments": 25,
    "tests/hypervisor/history": 12,
    "tests/hypervisor/indicators": 35,
    "tests/hypervisor/pages": 300,
    "tests/hypervisor/pictures": 45,
    "tests/hypervisor/recommendations": 45,
    "tests/hypervisor/statistics": 15,
    "tests/models": 30,
    "tests/parvis": 200,
    "tests/pipeline": 36,
    "tests/pipeline/engine": 36,
    "tests/pipeline/cleanliness": 75,
    "tests/pipeline/redis": 28,
    "tests/pipeline/sources": 30,
}
"""Folder → seconds for the files directly in it, and for folders in it that have no budget of their own."""

TOTAL_S = 1250.0
"""What all budgets may come to. `make test` runs three files beside each other on two cores, so people wait less than
half of it: ten minutes at most, and waiting for tests longer than that, they stop running them."""

ALLOWED_SKIPS = (
    "is not beside this checkout",  # research data that may not be shipped
    "was built for CUDA",  # what happens without a GPU cannot be seen with one
    "the extra openvino is not installed",  # where it is, other tests could run another form of the model
)
"""Parts of reasons for which a test may skip even in continuous integration."""


class HouseRules:
    """Measures one run and judges it at the end."""

    def __init__(self, factor: float, strict: bool) -> None:
        self._factor, self._strict = factor, strict
        self._spent_s: defaultdict[str, float] = defaultdict(float)
        self._skipped: list[tuple[str, str]] = []  # test, reason
        self._faults: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long a phase of a test took, and whether it was skipped."""
        if "long" in report.keywords:
            return
        self._spent_s[folder_of(report.nodeid)] += report.duration
        self.pytest_collectreport(report)

    def pytest_collectreport(self, report: pytest.CollectReport | pytest.TestReport) -> None:
        """Note a whole file that was skipped."""
        if report.skipped and not hasattr(report, "wasxfail") and isinstance(report.longrepr, tuple):
            self._skipped.append((report.nodeid, report.longrepr[2]))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that passed otherwise."""
        self._faults = overruns(self._spent_s, self._factor * max(1.0, crowding()))
        if self._strict:
            self._faults += unwanted_skips(self._skipped)
        if self._faults and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what the run is failed for."""
        if self._faults:
            terminalreporter.section("house rules", red=True)
            for fault in self._faults:
                terminalreporter.line(fault)


def pytest_configure(config: pytest.Config) -> None:
    """Watch this run; of several processes, in the one that hears of all tests."""
    gc.disable()  # until all modules are there: see `pytest_collection_finish`
    if hasattr(config, "workerinput"):
        return
    factor, strict = float(os.environ.get("PARVIS_TIME_FACTOR", "1")), os.environ.get("PARVIS_CI") == "1"
    config.pluginmanager.register(HouseRules(factor, strict), "parvis-house-rules")


def pytest_collection_finish() -> None:
    """Take what all tests have in common out of garbage collection: a gigabyte of it took a tenth of their time."""
    gc.freeze()
    gc.enable()


def folder_of(nodeid: str) -> str:
    """Return the nearest folder that has a budget; the test's own one if none has."""
    own = folder = nodeid.partition("::")[0].rpartition("/")[0]
    while folder and folder not in BUDGETS_S:
        folder = folder.rpartition("/")[0]
    return folder or own


def crowding() -> float:
    """Return how many processes want each core now: these tests alone keep about one a core busy."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def overruns(spent_s: Mapping[str, float], factor: float) -> list[str]:
    """Return one line for every folder that took longer than its budget, stretched by `factor`."""
    return [
        f"{folder}: its tests took {spent:.1f} s; its budget is {BUDGETS_S[folder] * factor:.0f} s (tests/house.py)"
        for folder, spent in sorted(spent_s.items())
        if folder in BUDGETS_S and spent > BUDGETS_S[folder] * factor
    ]


def unwanted_skips(skipped: Iterable[tuple[str, str]]) -> list[str]:
    """Return one line for every skipped test that should have run here."""
    return [
        f"{test}: must not be skipped here ({reason.removeprefix('Skipped: ')})"
        for test, reason in skipped
        if not any(allowed in reason for allowed in ALLOWED_SKIPS)
    ]
