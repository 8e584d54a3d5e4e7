"""The demonstration's street: drawn the same each time; what lies on it is found; a schedule lets it lie there."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from models.detections import Detections, DetectorStatus, Image
from pipeline.cleanliness.assembly import cleanliness_for
from pipeline.cleanliness.hook import Outside
from pipeline.config_file import LoadedSite, load_config
from pipeline.drawn_scene import BAG_S, CART_S, FPS, HEIGHT, LONG_S, MORE_S, WIDTH, Picture, pictures
from pipeline.events import Deposit
from pipeline.frame import Frame
from pipeline.orders import Order, Orders
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


def told(
    loaded: LoadedSite, said: Mapping[int, Callable[[Deposit], Order]] | None = None, until_s: int = LONG_S
) -> Iterator[Deposit]:
    """Yield what is told of deposits on the street; `said` is what an operator says of the last one, by second."""
    camera, orders = loaded.site.cameras[0], Orders("rue")
    watch = cleanliness_for(camera, Nobody(), lambda: True, Outside.of(loaded, camera, TEN.timestamp(), orders.take))
    last: list[Deposit] = []
    shown = 0
    track = watch.before(lambda frame, found: tracks(frame.time_s, {}, size=frame.size))
    for second, picture in enumerate(film()[:until_s]):
        if said and second in said:
            orders.put([said[second](last[-1]).model_dump_json()])
        now = track(Frame(second * FPS, float(second), picture, (WIDTH, HEIGHT)), detections([]))
        last += [event for event in watch.update(now) if isinstance(event, Deposit)]
        yield from last[shown:]
        shown = len(last)


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
    assert [event.state for event in found] == ["opened", "worsened", "cleared"]
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
    assert list(told(street(tmp_path, 'weekly: [{days: [tue], from: "05:00", to: "12:00"}]'), until_s=90)) == []


def test_what_an_operator_calls_normal_is_absorbed_and_never_told_again(tmp_path: Path) -> None:
    found = list(told(street(tmp_path), {50: lambda last: Order(do="normal", deposit=last.deposit_id)}, 110))
    first = [event.state for event in found if event.deposit_id == found[0].deposit_id]
    assert first == ["opened", "absorbed"]
    assert found[1].time_s == pytest.approx(50, abs=2)
    again = [event for event in found[2:] if event.first_seen_s < MORE_S - 5]
    assert again == [], "the bag belongs there now"


def test_what_an_operator_calls_clean_is_cleared_at_once(tmp_path: Path) -> None:
    found = list(told(street(tmp_path), {48: lambda last: Order(do="clean", zone="trottoir")}, 60))
    assert [event.state for event in found[:2]] == ["opened", "cleared"]
    assert found[1].cleared_s == pytest.approx(48, abs=2)


def test_an_order_about_something_else_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = list(told(street(tmp_path), {50: lambda last: Order(do="normal", deposit="rue-trottoir-00000000")}, 60))
    assert "absorbed" not in [event.state for event in found]
    assert "which is not here" in caplog.text
