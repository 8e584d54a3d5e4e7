"""Whether deliveries are lost, and how soon they arrive: `parvis bench delivery`.

- *chaos*: workers, the server and the receivers are killed at random; then what was told and what was accepted are
  compared as sets, and the order within each lane (`benchmarks.delivery_chaos`)
- *latency*: 100 healthy receivers beside 20 dead ones (half of them refuse connections, half take the request and
  never answer), one subscription each, 20 events a second in all; from the moment an event is told to Redis until a
  receiver has it. With and without the dead, by turns.

Receivers are a process of their own; what both sides cost is printed.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks import delivery_chaos, report
from benchmarks.delivery_chaos import Verdict
from benchmarks.delivery_town import Teller, Town, subscribe
from benchmarks.report import Row
from benchmarks.tree import cpu_s
from parvis.cli import guarded
from pipeline.errors import Failed

PERCENTILES = (50, 95, 99)
WARM_S = 6.0


def main(
    seconds: Annotated[float, typer.Option(min=3, help="How long the chaos lasts.")] = 600.0,
    latency_seconds: Annotated[float, typer.Option(min=0, help="How long each measurement of latency.")] = 60.0,
    healthy: Annotated[int, typer.Option(min=1, help="Healthy receivers.")] = 100,
    dead: Annotated[int, typer.Option(min=0, help="Dead receivers.")] = 20,
    rate: Annotated[float, typer.Option(min=0.5, help="Events a second, in all.")] = 20.0,
    rounds: Annotated[int, typer.Option(min=1, help="Measurements of each kind, by turns.")] = 1,
    seed: Annotated[int, typer.Option(help="Of the chaos.")] = 1,
    json_target: report.Target = None,
) -> None:
    """Kill at random and compare sets; then measure how soon webhooks arrive."""
    rows: list[Row] = []
    for _ in range(rounds if latency_seconds else 0):
        for dead_ones in (0, dead) if dead else (0,):
            rows += _latency(healthy, dead_ones, rate, latency_seconds)
    with tempfile.TemporaryDirectory(prefix="parvis-bench-", ignore_cleanup_errors=True) as name:
        verdict = delivery_chaos.run(Path(name), seconds, seed)
    rows += _chaos_rows(verdict, seconds, seed)
    body = [[row.settings, row.metric, f"{row.value:g} {row.unit}", str(row.n)] for row in rows]
    report.show(f"Delivery on {report.hardware_line()}", ["settings", "figure", "value", "n"], body)
    report.write(rows, json_target)
    if not verdict.is_clean:
        raise Failed(f"lost {verdict.lost}, invented {verdict.foreign}, out of order {verdict.disordered}")


def _latency(healthy: int, dead: int, rate: float, seconds: float) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="parvis-bench-", ignore_cleanup_errors=True) as name:
        town = Town(Path(name))
        town.start(workers=1)
        try:
            costs = asyncio.run(_told(town, healthy, dead, rate, seconds))
            took_ms = _spans_ms(town.received, costs[2])
        finally:
            town.stop()
    settings = f"{healthy} healthy, {dead} dead, {rate:g} events/s in all"
    if not took_ms:
        raise Failed(f"{settings}: nothing arrived")
    rows = [
        Row("delivery", "latency", "parvis", settings, f"event_to_received_p{p}",
            round(float(np.percentile(took_ms, p)), 1), "ms", len(took_ms),
            round(min(took_ms), 1), round(max(took_ms), 1))
        for p in PERCENTILES
    ]  # fmt: skip
    for who, cost in (("deliver", costs[0]), ("receivers", costs[1])):
        rows.append(Row("delivery", "latency", "parvis", settings, f"cpu_of_{who}", round(cost, 4), "cores"))
    return rows


async def _told(town: Town, healthy: int, dead: int, rate: float, seconds: float) -> tuple[float, float, float]:
    """Tell events round robin, each for one subscription; return what both sides cost, cores, and when it counts."""
    cameras = [f"cam-{n}" for n in range(healthy + dead)]
    teller = Teller(town.url, cameras)
    teller.describe()
    refusing = "http://127.0.0.1:9/refuses"  # nobody listens at the port of `discard`
    lost = [town.address(f"/hang/{n}") if n % 2 else f"{refusing}/{n}" for n in range(dead)]
    addresses = [town.address(f"/good/{n}") for n in range(healthy)] + lost
    asked: list[tuple[str, dict[str, object]]] = [
        (url, {"cameras": [one]}) for url, one in zip(addresses, cameras, strict=True)
    ]
    await subscribe(town, asked)
    await asyncio.sleep(2.0)
    # By turns over all, so that the dead get their part.
    order = [cameras[n * 7 % len(cameras)] for n in range(len(cameras))] if len(cameras) % 7 else cameras
    assert town.receivers is not None
    processes = (town.workers[0].pid, town.receivers.pid)
    begin_s, before, counted_s = time.monotonic(), (0.0, 0.0), 0.0
    for n in range(round((seconds + WARM_S) * rate)):
        await asyncio.sleep(max(0.0, begin_s + n / rate - time.monotonic()))
        if not counted_s and time.monotonic() - begin_s >= WARM_S:
            counted_s, before = time.time(), (cpu_s(processes[0]), cpu_s(processes[1]))
        await teller.observe(order[n % len(order)])
    wall_s = time.time() - counted_s
    after = (cpu_s(processes[0]), cpu_s(processes[1]))
    await asyncio.sleep(2.0)
    await teller.close()
    return (after[0] - before[0]) / wall_s, (after[1] - before[1]) / wall_s, counted_s


def _spans_ms(received: Path, from_s: float) -> list[float]:
    """Return what each event took that was told after the warm-up."""
    spans, seen = [], set[str]()
    for line in received.read_text(encoding="utf-8").splitlines():
        at_s, _, event, _, _, told_s = line.split("\t")
        if event not in seen and float(told_s) >= from_s:
            spans.append((float(at_s) - float(told_s)) * 1000)
        seen.add(event)
    return spans


def _chaos_rows(verdict: Verdict, seconds: float, seed: int) -> Sequence[Row]:
    settings = f"{seconds:g} s, seed {seed}, killed: " + ", ".join(
        f"{name} {times}" for name, times in sorted(verdict.kills.items())
    )
    figures = {
        "deliveries_expected": verdict.expected,
        "accepted": verdict.received,
        "repeats_dropped": verdict.repeats,
        "acknowledged_but_not_kept_by_the_server": verdict.unkept,
        "lost": verdict.lost,
        "invented": verdict.foreign,
        "out_of_order": verdict.disordered,
    }
    rows = [Row("delivery", "chaos", "parvis", settings, name, value, "events") for name, value in figures.items()]
    return [*rows, Row("delivery", "chaos", "parvis", settings, "drained", round(verdict.drained_s, 1), "s")]


if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    application.command()(main)
    raise SystemExit(guarded(lambda: application(standalone_mode=False, prog_name="parvis bench delivery")))
