"""What every benchmark writes (`parvis.bench/1`), and the machine it ran on."""

import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pipeline.analyze import versions
from pipeline.errors import Refused

SCHEMA = "parvis.bench/1"
ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("PARVIS_SHARED") or ROOT.parent / "shared")
"""Where research data lie that do not ship; what needs them is left out, with a message, where they are absent."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure."""

    bench: str
    clip: str
    system: str
    settings: str
    metric: str
    value: float
    unit: str
    n: int = 1  # runs or phases behind it
    low: float | None = None
    high: float | None = None


def machine() -> dict[str, Any]:
    """Return the processor, cores, memory and graphics card of this machine."""
    return {
        "cpu": _cpu_name(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "ram_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "gpu": _gpu_name(),
    }


def hardware_line() -> str:
    """Return the machine in one line."""
    m = machine()
    return f"{m['cpu']}, {m['cores']} cores, {m['ram_gib']} GiB, GPU: {m['gpu'] or 'none'}"


def document(rows: Sequence[Row], peers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the bench document of these rows; `peers` are versions of other systems."""
    return {
        "schema": SCHEMA,
        "command": shlex.join(["parvis", "bench", Path(sys.argv[0]).stem, *sys.argv[1:]]),
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "machine": machine(),
        "versions": {**versions(), **(peers or {})},
        "rows": [asdict(row) for row in rows],
    }


def checked_target(target: str | None) -> str | None:
    """Return where the figures shall go, its folder made: a run of half an hour must not end at a missing folder.

    Raises:
        Refused: if the file cannot be written.
    """
    if target not in (None, "-"):
        try:
            Path(str(target)).parent.mkdir(parents=True, exist_ok=True)
            with Path(str(target)).open("a", encoding="utf-8"):
                pass
        except OSError as error:
            raise Refused(f"{target}: {error.strerror}; expected a file that can be written") from error
    return target


Target = Annotated[
    str | None,
    typer.Option("--json", callback=checked_target, help="Write the figures here; - is stdout.", show_default=False),
]
"""The option of every benchmark."""


def write(rows: Sequence[Row], target: str | None, peers: Mapping[str, str] | None = None) -> None:
    """Write the document to a file, or to stdout for `-`.

    Raises:
        Refused: if the file cannot be written.
    """
    if target is None:
        return
    head = document(rows, peers)
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in head.pop("rows"))
    text = json.dumps(head, indent=1, ensure_ascii=False).removesuffix("\n}") + f',\n "rows": [\n{lines}\n ]\n}}\n'
    if target == "-":
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{target}: {error.strerror}; expected a file that can be written") from error


def show(title: str, columns: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """Print a table to stderr: stdout is for JSON."""
    table = Table(*columns, title=title)
    for line in lines:
        table.add_row(*line)
    Console(stderr=True, width=None if sys.stderr.isatty() else 200).print(table)


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _gpu_name() -> str | None:
    try:
        query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        return subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip() or None
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True)
        return done.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
