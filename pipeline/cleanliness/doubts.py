"""What is doubtful about the zones that are watched for deposits, before the first picture: what they cannot see."""

from collections.abc import Iterator

from pipeline.cleanliness.sample import analysed_size
from pipeline.cleanliness.zones import LEAST_PX, WatchedZone, zones_of
from pipeline.config import CameraConfig, watches_deposits
from pipeline.ground import Ground

Place = tuple[str | int, ...]

USUAL_SIZE = (1920, 1080)
"""Picture, px, that a camera is taken to send where nobody has looked: most send this shape."""

BAG_CM = 60.0
"""A filled rubbish bag is about so long (30 to 50 litres): a zone that sees larger things only sees hardly any."""


def zone_doubts(camera: CameraConfig, size: tuple[int, int] | None) -> Iterator[tuple[Place, str]]:
    """Yield the zone's field within the camera, and why little or nothing can be told of it.

    `size` is (width, height) px of the camera's pictures; None where it is not known.
    """
    if not watches_deposits(camera):
        return
    size = size or USUAL_SIZE
    small = analysed_size(size, camera.cleanliness.width_px)
    ground = Ground(camera.calibration) if camera.calibration is not None else None
    numbers = [n for n, zone in enumerate(camera.zones) if zone.deposit_rules is not None]
    for n, zone in zip(numbers, zones_of(camera, small, ground), strict=True):
        for text in _texts(zone, small, size[0] / small[0], ground):
            yield ("zones", n), text


def _texts(zone: WatchedZone, small: tuple[int, int], factor: float, ground: Ground | None) -> Iterator[str]:
    name = f"zone {zone.config.id!r}"
    if zone.too_small:
        yield (
            f"{name} is too small for deposits, so none is told: {int(zone.mask.sum())} px of ground at a width of "
            f"{small[0]} px, bins and what is kept out left out; expected {LEAST_PX} or more. {_least(zone, factor)}"
        )
    if ground is not None and all(ground.fit.place(point) is None for point in zone.config.points):
        yield (
            f"{name} lies wholly above the horizon of the calibration: no ground is seen there, so nothing lies on it; "
            "expected a zone on the ground"
        )
    elif zone.smallest_cm is not None and zone.smallest_cm > BAG_CM and not zone.too_small:
        yield f"{name} is too far away for bags, which are about {BAG_CM:.0f} cm long. {_least(zone, factor)}"


def _least(zone: WatchedZone, factor: float) -> str:
    length = f"{zone.rules.smallest_px * factor:.0f} px long in the camera's picture"
    if zone.smallest_cm is not None:
        length += f", {zone.smallest_cm:.0f} cm in the middle of the zone"
    return f"The smallest thing that can be seen is {length}; a larger cleanliness.width_px sees smaller ones"
