"""Whether what a rule names exists, and whether the purpose of its cameras allows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hypervisor.catalogue import ROWS
from hypervisor.places.check import Fault, missing
from hypervisor.places.figure import Source, sources_of_camera, sources_of_place
from hypervisor.places.model import Place
from hypervisor.rules.model import STEP_S, DepositWatch, FlowWatch, RuleBody
from hypervisor.rules.schedule import RuleSchedule
from pipeline.observation import CameraDescription


@dataclass(frozen=True, slots=True)
class World:
    """What rules can name."""

    cameras: Mapping[str, CameraDescription]
    places: Mapping[str, Place] = field(default_factory=dict)
    calendars: Mapping[str, str] = field(default_factory=dict)  # id → iCalendar text

    def place_of(self, camera: str, part: str | None) -> str | None:
        """Return the first place that a line or zone belongs to; None of none."""
        for name, place in sorted(self.places.items()):
            for view in place.views:
                if view.camera == camera and part in (*view.zones, *(one.line for one in view.lines)):
                    return name
        return None


def faults_of_rule(rule: RuleBody, world: World) -> Iterator[Fault]:
    """Yield everything that a rule names and that does not exist, or may not be watched so."""
    watch = rule.watch
    if watch.kind == "flow":
        yield from _of_flow(watch, world)
    elif watch.kind == "deposit":
        yield from _of_deposits(watch, world)
    elif watch.kind == "camera":
        for n, camera in enumerate(watch.cameras):
            if camera not in world.cameras:
                yield f"watch.cameras.{n}", missing("camera", camera, list(world.cameras))
    if rule.schedule is not None:
        yield from _of_schedule(rule.schedule, world)


def _of_schedule(schedule: RuleSchedule, world: World) -> Iterator[Fault]:
    for name, calendars in (("during", schedule.during), ("except", schedule.except_)):
        for n, calendar in enumerate(calendars):
            if calendar not in world.calendars:
                yield f"schedule.{name}.{n}", missing("calendar", calendar, list(world.calendars))


def sources_of(watch: FlowWatch, world: World) -> list[Source]:
    """Return what makes the figure of a flow rule; nothing where what it names does not exist."""
    cameras = dict(world.cameras)
    if watch.place is not None:
        place = world.places.get(watch.place)
        if place is None:
            return []
        return sources_of_place(place, cameras, watch.measure, watch.class_name, watch.direction)
    camera = cameras.get(watch.camera or "")
    if camera is None:
        return []
    part = watch.line if ROWS[watch.measure].subject == "line" else watch.zone
    return sources_of_camera(camera, watch.measure, part, watch.class_name, watch.direction)


def _of_flow(watch: FlowWatch, world: World) -> Iterator[Fault]:
    row = ROWS[watch.measure]
    if row.to:
        yield "watch.measure", f"{watch.measure} has a series for each destination; expected another measure"
        return
    other = "zone" if row.subject == "line" else "line"
    if getattr(watch, other) is not None:
        yield f"watch.{other}", f"does not apply to {watch.measure}; expected a {row.subject}"
    if watch.direction is not None and not row.directed:
        yield "watch.direction", f"does not apply to {watch.measure}; expected none"
    known = list(_of_ground(watch, world))
    yield from known
    if not known and not sources_of(watch, world):
        yield "watch.measure", f"{watch.measure} is not measured there{_of_what(watch)}; expected one that is"
    for camera in _cameras_of(watch, world):
        step_s = STEP_S[watch.bucket]
        if camera.purpose == "statistics" and step_s < camera.min_step_s:
            yield (
                "watch.bucket",
                f"camera {camera.id!r} is there for statistics; expected buckets of {camera.min_step_s} s or more",
            )


def _of_what(watch: FlowWatch) -> str:
    wanted = [f"class {watch.class_name!r}"] if watch.class_name else []
    return f" ({', '.join(wanted)})" if wanted else ""


def _of_ground(watch: FlowWatch, world: World) -> Iterator[Fault]:
    if watch.place is not None:
        yield from _of_place(watch.place, world)
        return
    camera = world.cameras.get(watch.camera or "")
    if camera is None:
        yield "watch.camera", missing("camera", watch.camera or "", list(world.cameras))
        return
    yield from _of_parts(camera, watch.line, watch.zone)


def _of_parts(camera: CameraDescription, line: str | None, zone: str | None) -> Iterator[Fault]:
    if line is not None and line not in (there := [one.id for one in camera.lines]):
        yield "watch.line", missing("line", line, there)
    if zone is not None and zone not in (there := [one.id for one in camera.zones]):
        yield "watch.zone", missing("zone", zone, there)


def _of_place(name: str, world: World) -> Iterator[Fault]:
    place = world.places.get(name)
    if place is None:
        yield "watch.place", missing("place", name, list(world.places))
        return
    for view in place.views:
        camera = world.cameras.get(view.camera)
        if camera is None:
            yield (
                "watch.place",
                f"{name!r} names a camera that is gone: {missing('camera', view.camera, list(world.cameras))}",
            )
            continue
        lost = [one.line for one in view.lines if one.line not in [line.id for line in camera.lines]]
        lost += [one for one in view.zones if one not in [zone.id for zone in camera.zones]]
        for part in lost:
            yield (
                "watch.place",
                f"{name!r} names {part!r}, which camera {view.camera!r} no longer has; expected what it has",
            )


def _of_deposits(watch: DepositWatch, world: World) -> Iterator[Fault]:
    if watch.place is not None:
        yield from _of_place(watch.place, world)
    if watch.camera is None:
        return
    camera = world.cameras.get(watch.camera)
    if camera is None:
        yield "watch.camera", missing("camera", watch.camera, list(world.cameras))
        return
    watched = [zone.id for zone in camera.zones if zone.deposits is not None]
    if watch.zone is not None and watch.zone not in watched:
        yield "watch.zone", f"{missing('zone', watch.zone, watched)} that is watched for deposits"


def _cameras_of(watch: FlowWatch, world: World) -> list[CameraDescription]:
    return [world.cameras[one.camera] for one in sources_of(watch, world) if one.camera in world.cameras]
