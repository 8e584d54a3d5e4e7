"""Write docs/performance.md from the kept results: `python -m benchmarks.publish_performance`.

`benchmarks/results/` keeps documents of benchmark runs (`parvis.bench/1`) as `<date>-throughput.json` and
`<date>-latency.json`, and of machines with a graphics card as `<date>-card-….json`. A run need not measure
everything: each section of the page comes from the newest document that has its figures, and says which. A test holds
the page against the files.
"""

import json
from collections.abc import Callable
from typing import Any

from benchmarks import performance_texts as texts
from benchmarks.publish_accuracy import RESULTS, Result, distinct, origin, table
from benchmarks.report import ROOT
from benchmarks.rounds import NEAREST_RATIO

PAGE = ROOT / "docs/performance.md"
BENCHES = ("throughput", "latency")
CARDS = "*-card*.json"
README = ROOT / "README.md"
BEGIN, END = "<!-- performance -->", "<!-- /performance -->"
ABSENT = "Not measured yet.\n"
ERRORS = ("event_f1_our_lines", "wape_our_lines")

Rows = list[dict[str, Any]]


def main() -> None:
    """Write the page, and the table in the README."""
    PAGE.write_text(page(), encoding="utf-8")
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")


def page() -> str:
    """Return the page that follows from the kept results."""
    sections: list[tuple[str, str, Callable[[Result], str]]] = [
        (texts.COMPARED, "times_the_cameras", _compared),
        (texts.RATIOS, "times_the_cameras", _ratios),
        (texts.SWEEP, "times_the_cameras", _sweep),
        (texts.STAGES, "detect_ms_per_video_s", _stages),
        (texts.DETECTOR, "recall_of_fp32", _detector),
        (texts.DECODE, "times_as_quick", _decode),
        (texts.SCALING, "cores_over_one_core_times_n", _scaling),
        (texts.HOLD, "dropped_looks", _hold),
        (texts.LATENCY, "frame_to_published_p50", _latency),
    ]
    parts = [texts.HEAD]
    for text, metric, section in sections:
        found = newest_with(metric)
        parts += [text, f"{origin(found)}\n{section(found)}" if found else ABSENT]
    parts += [texts.PAGES, texts.GPU, _gpu(), texts.CARD, texts.HISTORY, _history()]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def readme(text: str) -> str:
    """Return the README with the table of systems of today's results between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    found = newest_with("times_the_cameras")
    if found is None:
        return f"{before}{BEGIN}\n{END}{after}"
    rows = found.data["rows"]
    body = []
    for row in found.rows("cameras_per_core"):
        if row["n"] > 1:
            errors = _figures(rows, row)
            body.append([row["clip"], row["system"], _range(row, 1), *_errors(errors)[2:]])
    columns = ["clip", "system", "cameras a core", "event F1", "WAPE"]
    return f"{before}{BEGIN}\n\n{table(columns, body)}\n{END}{after}"


def newest_with(metric: str) -> Result | None:
    """Return the newest kept result that has a figure."""
    for result in reversed(kept()):
        if result.rows(metric):
            return result
    return None


def kept() -> list[Result]:
    """Return the kept results of these benches, oldest first."""
    paths = sorted(path for bench in BENCHES for path in RESULTS.glob(f"*-{bench}.json") if "-card" not in path.name)
    return [Result(path.name, json.loads(path.read_text(encoding="utf-8"))) for path in paths]


def _compared(result: Result) -> str:
    """Return cameras a core of what went through the rounds, one table a clip."""
    rows = [row for row in result.data["rows"] if row["system"] != "bar"]
    compared = [row for row in rows if row["metric"] == "cameras_per_core" and row["n"] > 1]
    parts = []
    for clip in distinct(compared, "clip"):
        body = []
        for row in compared:
            if row["clip"] == clip:
                found = _figures(rows, row)
                body.append([row["system"], row["settings"], _range(row, 1), *_errors(found), _of(found, "pss", 0)])
        columns = ["system", "settings", "cameras a core", "F1", "WAPE", "F1, our lines", "WAPE, our lines", "MiB"]
        parts.append(f"**{clip}**{_bar(result, clip)}\n\n" + table(columns, body))
    return "\n".join(parts)


def _ratios(result: Result) -> str:
    body = []
    for row in result.rows("times_the_cameras", NEAREST_RATIO):
        note = " **(nearest to equal error, which it misses)**" if row["metric"] == NEAREST_RATIO else ""
        errors = [
            " / ".join(filter(None, (_of(_figures(result.data["rows"], one), name, 3) for name in ERRORS)))
            for one in _both(row)
        ]
        body.append([row["clip"], row["system"], row["settings"] + note, _range(row, 2), *errors])
    columns = ["clip", "who / whom", "settings", "times the cameras", "F1 / WAPE, our lines: ours", "theirs"]
    return table(columns, body)


def _both(row: dict[str, Any]) -> list[dict[str, str]]:
    """Return what tells the figures of either side of a ratio."""
    sides = zip(row["system"].split(" / "), row["settings"].split(" / "), strict=False)
    return [{"clip": row["clip"], "system": system, "settings": settings} for system, settings in sides]


def _sweep(result: Result) -> str:
    """Return every point that peers were tried at, quickest first."""
    rows, best = result.data["rows"], {(row["clip"], row["settings"]) for row in result.rows("best_peer")}
    points = [row for row in result.rows("cameras_per_core") if row["n"] == 1]
    parts = [] if points else [ABSENT]
    for clip in distinct(points, "clip"):
        body = []
        for row in sorted((row for row in points if row["clip"] == clip), key=lambda row: -row["value"]):
            mark = " **(best at equal error)**" if (clip, row["settings"]) in best else ""
            found = _figures([one for one in rows if one["n"] == 1], row)
            body.append([row["system"], row["settings"] + mark, f"{row['value']:.1f}", *_errors(found)])
        columns = ["system", "settings", "cameras a core", "F1", "WAPE", "F1, our lines", "WAPE, our lines"]
        none = "" if any(clip == named for named, _ in best) else ": none reached equal error"
        parts.append(f"**{clip}**{none}\n\n" + table(columns, body))
    checked = [row for row in result.rows("event_f1_our_lines") if row["settings"].endswith("all first looks")]
    if checked:
        body = [[row["clip"], row["settings"], *_errors(_figures(rows, row))] for row in checked]
        parts.append(
            texts.CHECKED + table(["clip", "settings", "F1", "WAPE", "F1, our lines", "WAPE, our lines"], body)
        )
    return "\n".join(parts)


def _stages(result: Result) -> str:
    names = ("decode", "detect", "track", "analyze", "publish", "server", "others")
    body = []
    for row in result.rows("detect_ms_per_video_s"):
        found = _figures(result.data["rows"], row)
        cells = [_of(found, f"{name}_ms_per_video_s", 1) for name in names]
        share = found["share_of_neither_decode_nor_detect"]["value"]
        body.append([row["clip"], row["settings"], *cells, _of(found, "looks_per_s", 2), f"{share:.1%}"])
    return table(["clip", "settings", *names, "looks a second", "neither decode nor detect"], body)


def _detector(result: Result) -> str:
    body = [
        [row["clip"], row["settings"], f"{row['value']:.4f}", str(row["n"]), ""]
        for row in result.rows("recall_of_fp32")
    ]
    for line in body:
        own = line[1].removesuffix(" / plain FP32")
        line[4] = next(
            _range(row, 2)
            for row in result.rows("times_as_quick")
            if row["system"] == "detect" and (row["clip"], row["settings"]) == (line[0], f"plain FP32 / {own}")
        )
    return table(["clip", "ours / plain FP32", "recall of its boxes", "boxes", "times as quick"], body)


def _decode(result: Result) -> str:
    rows = [row for row in result.rows("times_as_quick") if row["system"] == "decode"]
    return table(["clip", "whom / who", "times as quick"], [[r["clip"], r["settings"], _range(r, 2)] for r in rows])


def _scaling(result: Result) -> str:
    rows = result.rows("cores_over_one_core_times_n", "the_same_by_cpu_time")
    words = {"cores_over_one_core_times_n": "by the clock", "the_same_by_cpu_time": "by processor time"}
    body = [[row["clip"], row["settings"], words[row["metric"]], _range(row, 3)] for row in rows]
    return table(["clip", "settings", "", "N cores / one core × N"], body)


def _hold(result: Result) -> str:
    """Return every run that held cameras, of all kept results on that machine and commit."""
    runs = [one for one in kept() if one.rows("dropped_looks") and one.data["commit"] == result.data["commit"]]
    parts = []
    for one in runs:
        rows = [row for row in one.data["rows"] if row["system"] == "parvis run"]
        body = [[row["settings"], row["metric"].replace("_", " "), f"{row['value']:g} {row['unit']}"] for row in rows]
        parts.append((f"{origin(one)}\n" if one.name != result.name else "") + table(["run", "figure", "value"], body))
    return "\n".join(parts)


def _latency(result: Result) -> str:
    body = []
    for settings in distinct(result.data["rows"], "settings"):
        found = {row["metric"]: row for row in result.data["rows"] if row["settings"] == settings}
        for name in ("frame_to_published", "published_to_subscriber", "frame_to_subscriber"):
            cells = [_of(found, f"{name}_p{percentile}", 0) for percentile in (50, 95, 99)]
            body.append([settings, name.replace("_", " "), *cells, str(found[f"{name}_p50"]["n"])])
    return table(["cameras", "from – to", "p50, ms", "p95", "p99", "events"], body)


def _gpu() -> str:
    """Return cameras a core with a card, and on that machine's processor alone."""
    found = [Result(path.name, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(RESULTS.glob(CARDS))]
    if not found:
        return texts.NO_GPU
    body = []
    for result in found:
        device = "card" if "--device cuda" in result.data["command"] else "processor"
        for row in result.rows("cameras_per_core"):
            figures = _figures(result.data["rows"], row)
            body.append([device, row["system"], _range(row, 1), *_errors(figures)[2:], _of(figures, "pss", 0)])
    columns = ["detector on", "system", "cameras a core", "event F1", "WAPE", "MiB"]
    return "".join(f"{origin(result)}\n" for result in found) + table(columns, body)


def _history() -> str:
    body = []
    for result in kept():
        ratios = [f"{row['value']:.1f}" for row in result.rows("times_the_cameras")]
        data = result.data
        body.append([f"`{result.name}`", data["commit"], data["machine"]["cpu"], ", ".join(ratios)])
    return table(["result", "commit", "processor", "times the cameras, in the file's order"], body)


def _figures(rows: Rows, like: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the figures of the same clip, system and settings, by metric; where there are several, the first."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if all(row[key] == like[key] for key in ("clip", "system", "settings")):
            found.setdefault(row["metric"], row)
    return found


def _errors(found: dict[str, dict[str, Any]]) -> list[str]:
    return [_of(found, name, 3) for name in ("event_f1", "wape", "event_f1_our_lines", "wape_our_lines")]


def _of(found: dict[str, dict[str, Any]], metric: str, digits: int) -> str:
    return f"{found[metric]['value']:.{digits}f}" if metric in found else ""


def _range(row: dict[str, Any], digits: int) -> str:
    if row["low"] is None or row["n"] == 1:
        return f"{row['value']:.{digits}f}"
    return f"{row['value']:.{digits}f} ({row['low']:.{digits}f} to {row['high']:.{digits}f})"


def _bar(result: Result, clip: str) -> str:
    found = {
        row["metric"]: row["value"] for row in result.data["rows"] if (row["clip"], row["system"]) == (clip, "bar")
    }
    return f" (equal error: F1 ≥ {found['event_f1']:.3f} and WAPE ≤ {found['wape']:.3f})" if found else ""


if __name__ == "__main__":
    main()
