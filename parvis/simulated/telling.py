"""What the simulated cameras tell of deposits, as their workers would: observations on the way to the hypervisor."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zlib import crc32

from parvis.simulated.litter import Lying
from parvis.simulated.town import Town
from pipeline.deposit_details import deposit_detail
from pipeline.deposits import T_OPEN_S, DepositState
from pipeline.events import Deposit
from pipeline.observation import Observation, Quality
from pipeline.publish import Entry

EPOCH = "simulated"
QUALITY = Quality(device="cpu", model="yolov8n", revision="simulated")
PX_PER_M2 = 2600.0


class Telling(NamedTuple):
    """One thing that is told."""

    at_s: float
    camera: str
    entry: Entry


def tellings(built: Town) -> list[Telling]:
    """Return everything that is told of deposits, in order; a camera's sequence rises."""
    found = sorted(
        (at_s, scene.camera.id, state, one) for scene in built.scenes for at_s, state, one in _of(scene.lying)
    )
    told, numbers = list[Telling](), dict[str, int]()
    for at_s, camera, state, one in found:
        numbers[camera] = numbers.get(camera, -1) + 1
        observation = _observation(camera, numbers[camera], at_s, _event(one, state, at_s))
        told.append(Telling(at_s, camera, Entry(numbers[camera], at_s, observation, (), ())))
    return told


def _of(lying: Sequence[Lying]) -> Iterator[tuple[float, DepositState, Lying]]:
    for one in lying:
        yield one.opened_s + T_OPEN_S["pavement"], "opened", one
        if one.cleared_s is not None:
            yield one.cleared_s + T_OPEN_S["pavement"], "cleared", one


def _event(one: Lying, state: DepositState, at_s: float) -> Deposit:
    left, top = (0.15 + 0.6 * (crc32(f"{one.id}{axis}".encode()) % 1000) / 1000 for axis in "xy")
    side = 0.06 * one.area_m2**0.5
    return Deposit(
        zone_id=one.zone,
        deposit_id=one.id,
        state=state,
        type=one.kind,
        time_s=at_s,
        first_seen_s=one.opened_s,
        opened_s=one.opened_s + T_OPEN_S["pavement"],
        cleared_s=one.cleared_s if state == "cleared" else None,
        counted_from_s=one.opened_s,
        box=(left, 0.4 + 0.5 * top, side, side),
        area_px=max(1, round(PX_PER_M2 * one.area_m2)),
        area_m2=one.area_m2,
        components=1,
        confidence=0.8,
    )


def _observation(camera: str, number: int, at_s: float, event: Deposit) -> Observation:
    return Observation(
        id=f"{camera}:{EPOCH}:{number}",
        camera_id=camera,
        kind="deposit",
        subject=event.zone_id,
        observed_at=datetime.fromtimestamp(at_s, UTC),
        value=1.0,
        unit="deposit",
        quality=QUALITY,
        detail=deposit_detail(event, lambda moment: datetime.fromtimestamp(moment, UTC).isoformat()),
    )
