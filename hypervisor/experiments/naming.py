"""What things of a protocol are called by people: a sheet is read by those who know no ids."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain

from hypervisor.access.kept import Service
from hypervisor.alerts.texts import MEASURES
from hypervisor.context import Context
from hypervisor.experiments.protocol import Outcome, Protocol, Spot
from hypervisor.pages.words.common import WORDS
from hypervisor.sensors.model import Sensor
from hypervisor.store.documents import Documents
from pipeline.observation import CameraDescription

Names = Mapping[str, str]
"""A spot as text, or `service/ID` → how it is called. What is not in it is called by its id."""


async def names_of(context: Context, protocol: Protocol) -> Names:
    """Return the names of a protocol's places and its service; two places of one name keep their ids beside it.

    Raises:
        FeedAway, StoreAway: if Redis does not answer.
    """
    cameras = await context.feed.cameras()
    sensors = Documents(context.store, "sensors", Sensor)
    spots: dict[str, str] = {}
    for spot in (*protocol.treated, *protocol.controls):
        if spot.camera in cameras:
            spots[str(spot)] = " · ".join(_of_camera(cameras[spot.camera], spot))
        elif spot.sensor and (kept := await sensors.get(spot.sensor)) and kept.value.name:
            spots[str(spot)] = kept.value.name
    often = Counter(spots.values())
    named = {spot: f"{name} ({spot})" if often[name] > 1 else name for spot, name in spots.items()}
    service = await Documents(context.store, "services", Service).get(protocol.service)
    return named if service is None else named | {f"service/{protocol.service}": service.value.name}


def measured(outcome: Outcome, language: str) -> str:
    """Return what an experiment is judged by, in words where there are any."""
    column = 0 if language == "fr" else 1
    measure = MEASURES.get(outcome.measure, (outcome.measure,) * 2)[column]
    what = WORDS.get(f"class_{outcome.class_name}", (outcome.class_name,) * 2)[column]
    return " · ".join(part for part in (measure, what, outcome.way) if part)


def _of_camera(camera: CameraDescription, spot: Spot) -> Iterator[str]:
    yield camera.name
    parts = dict(chain(((one.id, one.name) for one in camera.lines), ((one.id, one.name) for one in camera.zones)))
    if spot.subject:
        yield parts.get(spot.subject) or spot.subject
