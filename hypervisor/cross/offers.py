"""What can be crossed here: series of cameras and sensors as they are known, and of places out of them."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from hypervisor.catalogue import ROWS
from hypervisor.cross.model import Named, Offer
from hypervisor.places.model import Place
from hypervisor.sensors.measures import MEASURES as SENSED

if TYPE_CHECKING:
    from hypervisor.history.past import Asked

MOST_OFFERS = 2000


def of_place(place: Place, offers: Iterable[Offer]) -> Iterator[Offer]:
    """Yield what a place has: the measures and classes of the lines and zones that are its own."""
    lines = {(view.camera, line.line) for view in place.views for line in view.lines}
    zones = {(view.camera, zone) for view in place.views for zone in view.zones}
    seen = dict[tuple[str, str], Offer]()
    for offer in offers:
        named = offer.named
        if named.camera is None or named.measure not in ROWS:
            continue
        own = lines if ROWS[named.measure].subject == "line" else zones
        if (named.camera, named.subject) in own:
            made = Named.model_validate({"measure": named.measure, "place": place.id, "class": named.class_name})
            seen.setdefault((named.measure, named.class_name), Offer(named=made, where=place.name, unit=offer.unit))
    yield from seen.values()


def of_series(asked: "Asked", cameras: dict[str, str], sensors: dict[str, str]) -> Iterator[Offer]:
    """Yield a series of one line or zone, and the same of the whole camera."""
    from hypervisor.history.rows import unit_of

    if asked.measure not in ROWS and asked.measure not in SENSED:
        return
    where = sensors.get(asked.sensor) or asked.sensor if asked.sensor else cameras.get(asked.camera) or asked.camera
    for subject in dict.fromkeys((asked.subject, "")):
        named = Named(
            measure=asked.measure,
            camera=asked.camera or None,
            sensor=asked.sensor or None,
            subject=subject,
            class_name=asked.class_name,
        )
        yield Offer(named=named, where=where, unit=unit_of(asked.measure))
