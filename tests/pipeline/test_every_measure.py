"""From configuration to series: whatever can be measured can be asked for, is built, and is told under its name."""

from pathlib import Path

import pytest

from hypervisor.catalogue import ROWS
from models.detections import DetectorStatus
from pipeline.analyzers.observed import Every
from pipeline.build import analyzers_for, description_of
from pipeline.config_file import LoadedSite, load_config
from pipeline.events import Counted, Level, Sampled
from pipeline.measures import MEASURES
from tests.builders import CPU, LABELS, standing, tracks

SITE = """
parvis: 1
site: {id: place}
cameras:
  - id: nord
    source: clip.mp4
    calibration:
      points:
        - {image: [0.1, 0.1], ground: [0, 40]}
        - {image: [0.9, 0.1], ground: [40, 40]}
        - {image: [0.9, 0.9], ground: [40, 0]}
        - {image: [0.1, 0.9], ground: [0, 0]}
    lines:
      - {id: bent, points: [[0.5, 0], [0.52, 0.5], [0.5, 1]], measures: [headway, speed], wrong_way: backward}
    zones:
      - id: whole
        points: [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
        measures: [occupancy, dwell, entries, queue, stopped, density, speed, od, bay, heatmap, deposits]
        crowding: {threshold: 2, release: 1, for_s: 1}
        edges: [{id: west, sides: [3]}, {id: east, sides: [1]}]
        stopped_s: 5
      - {id: beyond, points: [[0.92, 0.1], [1, 0.1], [1, 0.9], [0.92, 0.9]], measures: [od]}
"""


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedSite:
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    return load_config(path)


@pytest.mark.parametrize("series", ROWS)
def test_a_camera_that_asks_for_everything_has_every_series(loaded: LoadedSite, series: str) -> None:
    described = description_of(loaded, loaded.site.camera("nord"))
    keys = [(place, way) for place, _ in ROWS[series].places(described) for way in ROWS[series].ways(described, place)]
    assert keys


def test_everything_is_told_of_a_street_with_everything(loaded: LoadedSite) -> None:
    """Two cars cross one after the other, one comes back; then a third one parks."""
    analyzers, _ = analyzers_for(loaded.site.camera("nord"), LABELS, Every(0.5), _status)
    ways = {1: [50, 200, 400, 600, 800, 950, 950, 950, 800, 600, 400, 50], 2: [50, 50, 50, 250, 450, 650, 850, 950]}
    told: set[str] = set()
    for i in range(120):
        feet = {track: xs[min(i, len(xs) - 1)] for track, xs in ways.items()}
        boxes = {track: standing(x, 300 + 200 * track) for track, x in feet.items() if i < 110}
        if i in range(60, 110):
            boxes[3] = standing(500, 600, 600)
        looked = tracks(i * 0.5, boxes, class_id=2, ended=range(1, 4) if i > 115 else ())
        for analyzer in analyzers:
            told |= {e.measure for e in analyzer.update(looked) if isinstance(e, Counted | Level | Sampled)}
    seen_in_pictures = {name for name, measure in MEASURES.items() if measure.asked_by == "deposits"}
    assert told == set(MEASURES) - seen_in_pictures


def _status() -> DetectorStatus:
    return CPU
