"""Derive the plaza clip's crossings from its ground truth: `python -m benchmarks.truth.derive_plaza PETS09-S2L1.txt`.

The ground truth (PETS 2009 S2.L1 view 1 in MOTChallenge columns: frame, id, left, top, width, height, ...) is research
data and does not ship; what this script prints from it does, as `plaza.json`.

A crossing, as `docs/architecture.md` defines it, on boxes as annotated: the foot (bottom centre, pixels) was more than
`DEAD_BAND_PX` on one side of the line and is more than that on the other side; the point between these two samples
lies on the finite segment; `frame` (1-based) is the first frame on the new side, by the same interpolation. Dead bands
from 0 to 6 px give the same 146 crossings.
"""

import argparse
import csv
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

CLIP = Path(__file__).parents[1] / "footage" / "manifest.json"
DEAD_BAND_PX = 4.0
LINES_PX = {
    "v400": ((400, 0), (400, 576)),
    "v550": ((550, 0), (550, 576)),
    "v250": ((250, 0), (250, 576)),
    "h300": ((0, 300), (768, 300)),
    "diag": ((200, 120), (620, 480)),
}
CLASS = "person"


class Foot(NamedTuple):
    """Where one person stands, px, and in which frame (1-based; a fraction where it is interpolated)."""

    frame: float
    x: float
    y: float


Segment = tuple[tuple[float, float], tuple[float, float]]


def read_feet(ground_truth: Path) -> dict[int, list[Foot]]:
    """Return the feet of every identity, by frame."""
    feet: defaultdict[int, list[Foot]] = defaultdict(list)
    with ground_truth.open(newline="") as lines:
        for row in csv.reader(lines):
            left, top, width, height = map(float, row[2:6])
            feet[int(row[1])].append(Foot(float(row[0]), left + width / 2, top + height))
    return {identity: sorted(path) for identity, path in feet.items()}


def crossings(path: Iterable[Foot], line: Segment, dead_band_px: float = DEAD_BAND_PX) -> Iterator[tuple[int, str]]:
    """Yield (frame, direction) of every time that one person's feet go over the segment."""
    before: tuple[Foot, float] | None = None  # the last sample outside the dead band, and its signed distance
    for foot in path:
        distance_px = _left_to_right_px(foot, line)
        if abs(distance_px) <= dead_band_px:
            continue
        if before is not None and (before[1] > 0) != (distance_px > 0):
            share = before[1] / (before[1] - distance_px)
            cut = Foot(*(a + share * (b - a) for a, b in zip(before[0], foot, strict=True)))
            if _on_segment(cut, line):
                yield math.floor(cut.frame) + 1, "forward" if distance_px > 0 else "backward"
        before = foot, distance_px


def _left_to_right_px(foot: Foot, line: Segment) -> float:
    (ax, ay), (bx, by) = line
    return ((bx - ax) * (foot.y - ay) - (by - ay) * (foot.x - ax)) / math.hypot(bx - ax, by - ay)


def _on_segment(cut: Foot, line: Segment) -> bool:
    (ax, ay), (bx, by) = line
    along = (cut.x - ax) * (bx - ax) + (cut.y - ay) * (by - ay)
    return 0 <= along <= (bx - ax) ** 2 + (by - ay) ** 2


def derive(ground_truth: Path) -> dict[str, Any]:
    """Return the whole `parvis.truth/1` document of the plaza clip."""
    clip = json.loads(CLIP.read_text())
    width, height = clip["size"]
    feet = read_feet(ground_truth)
    found = [
        {"line": line_id, "frame": frame, "class": CLASS, "direction": direction, "certain": True}
        for line_id, line in LINES_PX.items()
        for frame, direction in sorted(crossing for path in feet.values() for crossing in crossings(path, line))
    ]
    return {
        "schema": "parvis.truth/1",
        "clip": clip["file"],
        "fps": clip["fps"],
        "sha256": clip["sha256"],
        "width": width,
        "height": height,
        "frames": clip["frames"],
        "lines": [
            {"id": line_id, "from": _fractions(a, width, height), "to": _fractions(b, width, height), "anchor": "foot"}
            for line_id, (a, b) in LINES_PX.items()
        ],
        "crossings": found,
        "totals": {line_id: {CLASS: _totals(found, line_id)} for line_id in LINES_PX},
        "not_counted_near_misses": [],
        "method": "derived by benchmarks/truth/derive_plaza.py from the ground truth of PETS 2009 S2.L1 view 1",
    }


def _fractions(point: tuple[float, float], width: int, height: int) -> list[float]:
    return [point[0] / width, point[1] / height]


def _totals(found: list[dict[str, Any]], line_id: str) -> dict[str, int]:
    on_line = [crossing["direction"] for crossing in found if crossing["line"] == line_id]
    return {direction: on_line.count(direction) for direction in ("forward", "backward")}


def main(arguments: list[str]) -> int:
    """Write the truth document to standard output."""
    parser = argparse.ArgumentParser(description="Derive the plaza clip's crossings from its ground truth.")
    parser.add_argument("ground_truth", type=Path, help="PETS09-S2L1.txt, MOTChallenge columns")
    sys.stdout.write(json.dumps(derive(parser.parse_args(arguments).ground_truth), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
