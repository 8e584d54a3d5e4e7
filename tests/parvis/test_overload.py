"""64 cameras on two cores, with real processes: shed as stated, nobody silent, memory bounded."""

import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline.children import STOP_S
from pipeline.engine import steps
from tests.running import children_of, command_of, process, until
from tests.served import Server
from tests.sites import LEGAL_BASIS

PLAZA = Path(__file__).parents[2] / "benchmarks" / "footage" / "plaza.mp4"
CAMERAS, HIGH = 64, 2
MOST_MIB_A_CAMERA = 40.0


def site(folder: Path) -> Path:
    """Write 64 cameras on the plaza with the shipped model, ten looks a second: some ten times what a core can do."""
    line = {"id": "passage", "from": [0.52, 0.08], "to": [0.52, 0.95], "classes": ["person"]}
    given = {
        "source": str(PLAZA),
        "loop": True,
        "purpose": "operations",
        "legal_basis": LEGAL_BASIS,
        "lines": [line],
    }
    cameras = [{"id": f"c{n:02}", "priority": 9 if n < HIGH else 5, **given} for n in range(CAMERAS)]
    whole = {"parvis": 1, "site": {"id": "s"}, "detector": {"fps": 10, "input": 640}, "cameras": cameras}
    path = folder / "site.yaml"
    path.write_text(json.dumps(whole))
    return path


def resident_mib(process_id: int) -> float:
    """Return how much memory a process has."""
    pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.long
def test_64_cameras_on_two_cores_are_shed_as_stated_and_do_not_collapse(tmp_path: Path, valkey_url: str) -> None:
    server = Server(valkey_url)
    ids = [f"c{n:02}" for n in range(CAMERAS)]

    def told() -> dict[str, dict[str, Any]]:
        return {one: server.state(one) for one in ids}

    with process("run", site(tmp_path), "--workers", 2, PARVIS_REDIS=valkey_url) as run:
        until(lambda: any(one.get("shed") for one in told().values()), within_s=180)
        until(lambda: any(one.get("state") == "paused" for one in told().values()), within_s=120)
        workers = [one for one in children_of(run.pid) if "\0worker\0" in command_of(one)]
        states = told()
        most = max(map(resident_mib, workers))
        os.kill(run.pid, signal.SIGTERM)
        assert run.wait(STOP_S + 20) == 0
    assert Counter(one["state"] for one in states.values()).keys() <= {"running", "paused"}
    high = [states[one]["shed"] for one in ids[:HIGH]]
    assert max(high) <= min(states[one]["shed"] for one in ids[HIGH:]), "the highest priority loses last"
    assert most < 250 + MOST_MIB_A_CAMERA * CAMERAS / 2
    steps_told = {o["detail"]["step"] for one in ids for o in server.told("camera.load", one)}
    assert {steps.NAMES[steps.SMALL], steps.NAMES[steps.PAUSED]} <= steps_told
