"""Write docs/accuracy.md from the kept results: `python -m benchmarks.publish_accuracy`.

`benchmarks/results/` keeps the documents of benchmark runs (`parvis.bench/1`) as `<date>-<bench>.json`; the newest of
each bench is published, and the page lists the older ones. A test holds the page against the files, and the figures
that the README quotes against the page.
"""

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.accuracy_texts import (
    ADAPTIVE,
    AHEAD,
    CAVEATS,
    HEAD,
    HISTORY,
    MEASURES,
    PARAMETERS,
    PEERS,
    TRACKERS,
    VARIANTS,
)
from benchmarks.comparison import LINE_ZONE, OUR_LINES
from benchmarks.report import ROOT, Row
from benchmarks.variants_table import table as variants_table

RESULTS = ROOT / "benchmarks/results"
PAGE = ROOT / "docs/accuracy.md"
PARAMETERS_FILE = ROOT / "pipeline/tracking/parameters.py"
TRACKING = ("mota", "idf1", "hota")


@dataclass(frozen=True, slots=True)
class Result:
    """One kept document."""

    name: str
    data: dict[str, Any]

    def rows(self, *metrics: str) -> list[dict[str, Any]]:
        """Return the rows of these metrics, in their order in the file."""
        return [row for row in self.data["rows"] if row["metric"] in metrics]


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Return the page that follows from the kept results."""
    accuracy, trackers = newest("accuracy", "event_f1_ahead"), newest("trackers")
    parts = [HEAD, origin(accuracy), _ours(accuracy), *_adaptive(newest("accuracy"))]
    parts += [MEASURES, CAVEATS, *_variants(), PEERS, _peers(accuracy), AHEAD]
    parts += [_ahead(accuracy), _mot(accuracy), TRACKERS, origin(trackers), _trackers(trackers), _cost(trackers)]
    parts += [PARAMETERS, _parameters(), HISTORY, _history()]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def newest(bench: str, metric: str | None = None) -> Result:
    """Return the newest kept result of a bench; with `metric` the newest that has it, where one has."""
    kept = [
        Result(path.name, json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(RESULTS.glob(f"*-{bench}.json"), reverse=True)
    ]
    return next((result for result in kept if metric is not None and result.rows(metric)), kept[0])


def origin(result: Result) -> str:
    """Return the command, commit, machine and versions of a result."""
    data = result.data
    machine, versions = data["machine"], data["versions"]
    state = f"commit {data['commit']}" + (", with changes" if data["dirty"] else "")
    hardware = f"{machine['cpu']}, {machine['cores']} cores, {machine['ram_gib']} GiB, GPU: {machine['gpu'] or 'none'}"
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"`{data['command']}` ({result.name}; {state}; {hardware}; {packages})\n"


def _ours(result: Result) -> str:
    """Return our own figures, one line a clip and rate."""
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for row in result.data["rows"]:
        if row["system"] == "parvis" and row["settings"] != "every frame":
            lines.setdefault((row["clip"], row["settings"]), {})[row["metric"]] = row
    body = []
    for (clip, settings), found in lines.items():
        sure, f1 = found["event_f1_95"], found["event_f1"]
        cells = [f"{found[name]['value']:.3f}" for name in ("event_f1", "wape", "wape_class", "event_f1_class", "s1")]
        spread = f"{f1['low']:.3f} to {f1['high']:.3f}"
        body.append([clip, settings, cells[0], f"{sure['low']:.3f} to {sure['high']:.3f}", spread, *cells[1:]])
    columns = ["clip", "looks", "event F1", "95 %", "phases", "WAPE", "WAPE by class", "F1 with class", "S1"]
    return table(columns, body)


def _adaptive(result: Result) -> list[str]:
    """Return what an adaptive rate finds, and how often it looks; nothing where it was not measured."""
    cells: dict[str, dict[str, str]] = {}
    for row in result.data["rows"]:
        if row["metric"].startswith("adaptive_"):
            told = f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
            cells.setdefault(row["clip"], {})[row["metric"].removeprefix("adaptive_").replace("_", " ")] = told
    if not cells:
        return []
    names = list(next(iter(cells.values())))
    return [
        ADAPTIVE,
        origin(result),
        table(["clip", *names], [[clip, *(found[name] for name in names)] for clip, found in cells.items()]),
    ]


def _variants() -> list[str]:
    """Return how counts hold where the clip is recorded otherwise; nothing where that was not measured."""
    if not any(RESULTS.glob("*-variants.json")):
        return []
    result = newest("variants")
    columns, body = variants_table([Row(**row) for row in result.data["rows"]])
    return [VARIANTS, origin(result), table(columns, body)]


def _peers(result: Result) -> str:
    """Return event F1 and WAPE of every system, one table a clip.

    Systems that the newest run left out (Ultralytics takes a while) come from the newest run that had them.
    """
    whole = [result, *_older_with_more(result)]
    rows = [row for one in whole for row in one.rows("event_f1", "wape")]
    parts = [_systems(rows, clip) for clip in distinct(rows, "clip")]
    for older in whole[1:]:
        names = ", ".join(_plain(name) for name in distinct(older.data["rows"], "system"))
        parts.append(f"Of an older run: {names}.\n\n{origin(older)}")
    return "\n".join(parts)


def _older_with_more(result: Result) -> list[Result]:
    """Return the newest older result with the rows of systems that `result` has not, if there are any."""
    known = {row["system"] for row in result.data["rows"]}
    for path in sorted(RESULTS.glob("*-accuracy.json"), reverse=True):
        data = json.loads(path.read_text(encoding="utf-8"))
        more = [row for row in data["rows"] if row["system"] not in known and row["metric"] in ("event_f1", "wape")]
        if path.name < result.name and more:
            return [Result(path.name, {**data, "rows": more})]
    return []


def _systems(every: list[dict[str, Any]], clip: str) -> str:
    cells: dict[str, dict[str, list[str]]] = {}
    rows = [row for row in every if row["clip"] == clip]
    for row in rows:
        cells.setdefault(row["system"], {}).setdefault(row["settings"], []).append(f"{row['value']:.3f}")
    rates = distinct(rows, "settings")
    body = [[_plain(system), *(" / ".join(found[rate]) for rate in rates)] for system, found in cells.items()]
    return f"**{clip}**, event F1 / WAPE\n\n" + table(["system", *rates], body)


def _ahead(result: Result) -> str:
    body = [
        [row["clip"], row["settings"], _plain(row["system"].removeprefix("parvis - ")), f"{row['value']:+.3f}",
         f"{row['low']:+.3f} to {row['high']:+.3f}"]
        for row in result.rows("event_f1_ahead")
    ]  # fmt: skip
    return table(["clip", "looks", "best peer there", "ahead", "95 %"], body)


def _mot(result: Result) -> str:
    cells: dict[tuple[str, str], list[str]] = {}
    for row in result.rows(*TRACKING):
        system = row["system"].removesuffix(OUR_LINES)
        cells.setdefault((row["clip"], system), []).append(f"{row['value']:.3f}")
    body = [[clip, system, *values] for (clip, system), values in cells.items()]
    return "Tracks of every frame against the boxes of the ground truth:\n\n" + table(
        ["clip", "system", "MOTA", "IDF1", "HOTA"], body
    )


def _trackers(result: Result) -> str:
    """Return the figures of every tracker, mean over sequences, one table a figure and noise."""
    found: dict[tuple[str, str], dict[str, dict[str, list[float]]]] = {}
    for row in result.rows("event_f1", "idf1", "mota", "hota"):
        noise, _, rate = row["settings"].partition(", ")
        step = rate.partition("(")[2].rstrip(")")
        by_step = found.setdefault((noise, row["metric"]), {}).setdefault(row["system"], {})
        by_step.setdefault(step, []).append(row["value"])
    parts = []
    for (noise, metric), systems in found.items():
        steps = list(next(iter(systems.values())))
        body = [[name, *(f"{sum(v[s]) / len(v[s]):.3f}" for s in steps)] for name, v in systems.items()]
        titles = [f"every {step.partition('/')[2]}. frame" for step in steps]
        parts.append(f"**{_METRIC_NAMES[metric]}**, {noise}\n\n" + table(["system", *titles], body))
    return "\n".join(parts)


_METRIC_NAMES = {"event_f1": "Event F1 at six lines", "idf1": "IDF1", "mota": "MOTA", "hota": "HOTA"}


def _cost(result: Result) -> str:
    rows = result.rows("track_ms")
    body = [[row["system"], f"{row['value']:.2f}"] for row in rows]
    return f"Processor time of one update at {rows[0]['settings']}:\n\n" + table(["system", "ms"], body)


def _parameters() -> str:
    """Return every constant of the tracker with what the source says of it."""
    text = PARAMETERS_FILE.read_text(encoding="utf-8")
    lines = text.splitlines()
    body: list[list[str]] = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.value, ast.Constant | ast.UnaryOp):
                    said = lines[field.lineno - 1].partition("#")[2].strip()
                    body.append([f"`{ast.unparse(field.target)}`", ast.unparse(field.value), said])
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            said = " ".join(_comment_above(lines, node.lineno - 1))
            body.append([f"`{ast.unparse(node.targets[0])}`", ast.unparse(node.value), said or "likewise"])
    return table(["constant", "value", "where it comes from"], body)


def _comment_above(lines: Sequence[str], number: int) -> Iterator[str]:
    first = number
    while first and lines[first - 1].startswith("#"):
        first -= 1
    yield from (line.removeprefix("#").strip() for line in lines[first:number])


def _history() -> str:
    body = []
    for path in sorted(path for bench in ("accuracy", "trackers") for path in RESULTS.glob(f"*-{bench}.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        f1 = [
            f"{row['value']:.3f}" for row in data["rows"] if row["metric"] == "event_f1" and row["system"] == "parvis"
        ]
        body.append([f"`{path.name}`", data["commit"], data["machine"]["cpu"], ", ".join(f1[:10])])
    return table(["result", "commit", "processor", "our event F1, in the file's order (first ten)"], body)


def _plain(system: str) -> str:
    return system.replace(LINE_ZONE, " + `LineZone`")


def distinct(rows: Sequence[dict[str, Any]], key: str) -> list[str]:
    """Return the values of a column, each once, in their order."""
    return list(dict.fromkeys(str(row[key]) for row in rows))


def table(columns: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *body]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    main()
