"""`parvis bench`: start a benchmark of the source checkout as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import Refused

BENCHES = (
    "accuracy", "throughput", "latency", "trackers", "variants", "cleanliness", "delivery", "api", "decisions",
    "device",
)  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]


def bench_command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(BENCHES)}.", show_default=False)],
) -> None:
    """Run a benchmark (needs a source checkout); further options go to it: `parvis bench accuracy --help`."""
    if name not in BENCHES:
        raise Refused(f"parvis bench: no benchmark {name!r}; expected one of {', '.join(BENCHES)}")
    if not (ROOT / "benchmarks" / f"{name}.py").exists():
        raise Refused(f"parvis bench {name}: needs a source checkout")
    command = [sys.executable, "-P", "-m", f"benchmarks.{name}", *context.args]
    search = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": search}, check=False)
    raise typer.Exit(ended.returncode)
