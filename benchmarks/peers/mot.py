"""Print MOTA, IDF1 and HOTA of a tracks file against its truth, by Roboflow's `trackers`: `mot.py TRACKS TRUTH`.

Runs in the peers' environment. Both files are MOTChallenge text; score, class and visibility are taken as 1.
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


def main(tracks: Path, truth: Path) -> None:
    """Print the measures as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        result = evaluate_mot_sequence(plain(truth, folder), plain(tracks, folder), ["CLEAR", "HOTA", "Identity"])
    found = {"mota": result.CLEAR.MOTA, "idf1": result.Identity.IDF1, "hota": result.HOTA.HOTA}
    sys.stdout.write(json.dumps({name: round(float(value), 4) for name, value in found.items()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
