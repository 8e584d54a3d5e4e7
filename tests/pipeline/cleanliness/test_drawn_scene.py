"""The demonstration's street: drawn the same each time; what lies on it is found; a schedule lets it lie there."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from models.detections import Detections, DetectorStatus, Image
from pipeline.cleanliness.hook import Times, hang_in
from pipeline.config_file import LoadedSite, load_config
from pipeline.drawn_scene import BAG_S, CART_S, FPS, HEIGHT, LONG_S, WIDTH, Picture, pictures
from pipeline.events import Deposit
from pipeline.frame import Frame
from pipeline.sanity.watch import SanityWatch
from tests.builders import CPU, detections, tracks

CONFIG = Path(__file__).parents[3] / "configs" / "cleanliness.yaml"
TEN = datetime.fromisoformat("2026-05-05T10:00:00+02:00")


class Nobody:
    """A detector that sees nobody."""

    labels = ("person",)
    status: DetectorStatus = CPU

    def __call__(self, image: Image) -> Detections:
        return detections([])


@cache
def film() -> tuple[Picture, ...]:
    """Return one picture a second."""
    return tuple(islice(pictures(), None, None, FPS))


def told(loaded: LoadedSite) -> Iterator[Deposit]:
    """Yield what is told of deposits on the street."""
    camera, sanity = loaded.site.cameras[0], SanityWatch([])
    around, analyzers = hang_in(loaded, camera, Nobody(), lambda: sanity.verdict, Times(TEN.timestamp()))
    track = around(lambda frame, found: tracks(frame.time_s, {}, size=frame.size))
    for second, picture in enumerate(film()):
        now = track(Frame(second * FPS, float(second), picture, (WIDTH, HEIGHT)), detections([]))
        for analyzer in analyzers:
            yield from (event for event in analyzer.update(now) if isinstance(event, Deposit))


def street(folder: Path, hours: str = "") -> LoadedSite:
    """Return the demonstration's site, its collection hours replaced by others."""
    text = CONFIG.read_text(encoding="utf-8")
    given = 'weekly: [{days: [mon, thu], from: "05:00", to: "05:01"}]'
    assert given in text
    path = folder / "site.yaml"
    path.write_text(text.replace(given, hours or given), encoding="utf-8")
    return load_config(path)


def test_the_film_is_the_same_each_time() -> None:
    first, again = (list(islice(pictures(), 3)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert first[0].shape == (HEIGHT, WIDTH, 3)
    assert not np.array_equal(first[0], first[1]), "it has noise"


def test_it_can_be_written_as_a_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline import drawn_scene

    monkeypatch.setattr(drawn_scene, "LONG_S", 3)
    drawn_scene.write_scene(tmp_path / "scene.mp4")
    with av.open(str(tmp_path / "scene.mp4")) as container:
        assert len(list(container.decode(video=0))) == 3 * FPS


def test_what_is_left_is_told_and_so_is_when_it_went(tmp_path: Path) -> None:
    found = list(told(street(tmp_path)))
    opened, cleared = found[0], found[-1]
    assert (opened.state, cleared.state) == ("opened", "cleared")
    assert opened.first_seen_s == pytest.approx(BAG_S, abs=5)
    assert opened.time_s == pytest.approx(BAG_S + 20, abs=10)
    assert cleared.cleared_s == pytest.approx(CART_S, abs=10)
    assert len({event.deposit_id for event in found}) == 1, "told as one"
    assert len(film()) == LONG_S


def test_on_a_collection_morning_it_may_lie_there_until_the_hour_is_over(tmp_path: Path) -> None:
    until = 'weekly: [{days: [tue], from: "05:00", to: "10:01"}]'
    opened = next(told(street(tmp_path, until)))
    assert opened.state == "opened"
    assert opened.time_s >= 60
    assert opened.first_seen_s == pytest.approx(BAG_S, abs=5)
    assert opened.counted_from_s == pytest.approx(60, abs=3), "its clock begins when the hour is over"


def test_while_something_may_lie_there_nothing_is_told(tmp_path: Path) -> None:
    assert list(told(street(tmp_path, 'weekly: [{days: [tue], from: "05:00", to: "12:00"}]'))) == []
