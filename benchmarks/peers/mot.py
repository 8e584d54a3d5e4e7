"""Print MOTA, IDF1 and HOTA of tracks against their truth, by Roboflow's `trackers`.

Runs in the peers' environment. Standard input is a JSON list of pairs of files, tracks and truth, both MOTChallenge
text; score, class and visibility are taken as 1. Standard output takes one object a pair.
"""

import json
import sys
import tempfile
from pathlib import Path

from trackers.eval import evaluate_mot_sequence


def plain(path: Path, folder: str) -> Path:
    """Write the first six columns as a plain MOTChallenge file: some truths keep world coordinates behind them."""
    rows = [line.split(",")[:6] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    target = Path(folder) / f"plain-{path.name}"
    target.write_text("".join(",".join(row) + ",1,1,1\n" for row in rows), encoding="utf-8")
    return target


def measures(tracks: Path, truth: Path) -> dict:
    """Return the measures of one pair."""
    with tempfile.TemporaryDirectory() as folder:
        result = evaluate_mot_sequence(plain(truth, folder), plain(tracks, folder), ["CLEAR", "HOTA", "Identity"])
    found = {"mota": result.CLEAR.MOTA, "idf1": result.Identity.IDF1, "hota": result.HOTA.HOTA}
    return {name: round(float(value), 4) for name, value in found.items()}


def main() -> None:
    """Print the measures of every pair as JSON."""
    pairs = json.load(sys.stdin)
    json.dump([measures(Path(tracks), Path(truth)) for tracks, truth in pairs], sys.stdout)


if __name__ == "__main__":
    main()
