"""From configuration to working parts: the one place that names concrete classes."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from models.detections import Detector, DetectorStatus
from models.errors import UnknownClassError
from models.registry import resolve
from pipeline.analyzers.bay import BayAnalyzer
from pipeline.analyzers.crowding import CrowdingMeasure
from pipeline.analyzers.density import DensityMeasure
from pipeline.analyzers.dwell import DwellMeasure
from pipeline.analyzers.entries import EntriesMeasure
from pipeline.analyzers.headway import HeadwayMeasure
from pipeline.analyzers.heatmap import HeatmapMeasure
from pipeline.analyzers.line import LineAnalyzer
from pipeline.analyzers.measured_line import LineMeasure, MeasuredLine
from pipeline.analyzers.observed import Asked, ObservedAnalyzer, longest_gap_s
from pipeline.analyzers.occupancy import OccupancyMeasure
from pipeline.analyzers.queue import QueueMeasure
from pipeline.analyzers.speed import SpeedMeasure
from pipeline.analyzers.stopped import StoppedMeasure
from pipeline.analyzers.trails import Trails
from pipeline.analyzers.trips import Trips, TripsMeasure
from pipeline.analyzers.turns import TurnsMeasure
from pipeline.analyzers.wrong_way import WrongWayMeasure
from pipeline.analyzers.zone import ZoneAnalyzer, ZoneMeasure
from pipeline.analyzers.zone_speed import ZoneSpeedMeasure
from pipeline.calibration import fit_of
from pipeline.cleanliness.seen import HIDING, NAMED
from pipeline.config import DEFAULT_CLASSES, CameraConfig, DetectorConfig, LineConfig, ZoneConfig, watches_deposits
from pipeline.config_file import LoadedSite
from pipeline.decoding import DecodeConfig
from pipeline.ground import Ground
from pipeline.observation import CameraDescription, DepositsDescription, LineDescription, ZoneDescription
from pipeline.runner import Analyzer
from pipeline.shared_places import primary_of
from pipeline.sources import DecodeSpec, SourceSpec, is_live
from pipeline.taxonomy import labels_of
from pipeline.tracking.parameters import FAMILY_BY_CLASS, TrackerParameters
from pipeline.tracking.tracker import Tracker


def detector_for(config: DetectorConfig, cameras: tuple[CameraConfig, ...], base: Path) -> Detector:
    """Return a detector that sees every class these cameras count; several cameras may share it.

    Raises:
        models.errors.ModelError: if the model cannot be used.
    """
    from models.onnx import OnnxDetector  # only here: what merely describes cameras needs no ONNX Runtime

    model = replace(resolve(config.model, base=base), variant=config.variant)
    labels = model.labels or OnnxDetector(model, "cpu").labels
    wanted = looked_for(cameras) & frozenset(labels)  # `parvis check` warns of the others
    if not wanted:
        raise UnknownClassError(
            f"{model.name}: knows none of the classes asked for; expected some of {', '.join(labels)}"
        )
    score_min = min(TrackerParameters().score_low, config.score)
    if config.input != "auto":
        model = replace(model, input_px=config.input, large_px=config.input)
    return OnnxDetector(model, config.device, score_min, wanted)


def looked_for(cameras: tuple[CameraConfig, ...]) -> frozenset[str]:
    """Return the classes that a detector must find: those counted, and what hides or names deposits."""
    hiding = HIDING | frozenset(NAMED) if any(map(watches_deposits, cameras)) else frozenset()
    return classes_of(cameras) | hiding


def classes_of(cameras: tuple[CameraConfig, ...]) -> frozenset[str]:
    """Return the classes that are counted, and those a detector mixes up with them.

    Where nothing is drawn yet, those that a line counts if it does not say: whoever draws one soon needs no other
    detector, and people in pictures are known, to be hidden.
    """
    blank = any(not camera.lines and not camera.zones for camera in cameras)
    asked = set(DEFAULT_CLASSES) if blank else set[str]()
    asked |= {name for camera in cameras for line in camera.lines for name in line.classes}
    asked |= {name for camera in cameras for zone in camera.zones for name in zone.classes}
    counted = {label for name in asked for label in labels_of(name)}
    families = {FAMILY_BY_CLASS[name] for name in counted if name in FAMILY_BY_CLASS}
    return frozenset(counted | {name for name, family in FAMILY_BY_CLASS.items() if family in families})


def tracker_for(labels: tuple[str, ...], config: DetectorConfig) -> Tracker:
    """Return a tracker whose threshold is the configured score."""
    parameters = TrackerParameters()
    return Tracker(
        labels,
        replace(parameters, score_high=config.score, score_low=min(parameters.score_low, config.score)),
    )


def analyzers_for(
    camera: CameraConfig, labels: tuple[str, ...], asked: Asked, status: Callable[[], DetectorStatus]
) -> tuple[list[Analyzer], list[ZoneAnalyzer]]:
    """Return all analyzers of a camera, and among them those of its zones; `asked` says how often is looked.

    Time watched comes last: when it is told, all else up to that moment has been.
    """
    ground = ground_of(camera)
    trails = trails_of(ground)
    gap_s = longest_gap_s(asked.interval_s)
    trips = Trips()
    zones = [zone_analyzer(zone, labels, gap_s, (ground, trips)) for zone in camera.zones]
    lines = [MeasuredLine(LineAnalyzer(line, labels), line_measures(line, trails, gap_s)) for line in camera.lines]
    bays = [bay_analyzer(zone, labels, gap_s) for zone in camera.zones if "bay" in zone.measures]
    return [*lines, *zones, *bays, trips, ObservedAnalyzer(asked, status)], zones


def ground_of(camera: CameraConfig) -> Ground | None:
    """Return where the ground is, if the camera is calibrated."""
    return Ground(camera.calibration) if camera.calibration is not None else None


def trails_of(ground: Ground | None) -> Trails | None:
    """Return what follows feet over the ground, for all lines of a camera."""
    return Trails(ground) if ground is not None else None


def zone_analyzer(
    zone: ZoneConfig, labels: tuple[str, ...], gap_s: float, shared: tuple[Ground | None, Trips]
) -> ZoneAnalyzer:
    """Return the analyzer of a zone; `shared` is what it has in common with the camera's others."""
    return ZoneAnalyzer(zone, labels, zone_measures(zone, *shared), gap_s)


def bay_analyzer(zone: ZoneConfig, labels: tuple[str, ...], gap_s: float) -> BayAnalyzer:
    """Return the analyzer of a bay."""
    return BayAnalyzer(zone, labels, gap_s)


def line_measures(line: LineConfig, trails: Trails | None, longest_gap_s: float) -> list[LineMeasure]:
    """Return what is measured at a line beside its crossings."""
    found: list[LineMeasure] = []
    if "speed" in line.measures and trails is not None:  # the configuration asks for speed with a calibration only
        found.append(SpeedMeasure(line, trails))
    if "headway" in line.measures:
        found.append(HeadwayMeasure(line, longest_gap_s))
    if line.wrong_way is not None:
        found.append(WrongWayMeasure(line))
    return found


def zone_measures(zone: ZoneConfig, ground: Ground | None = None, trips: Trips | None = None) -> list[ZoneMeasure]:
    """Return what is measured in a zone, as its `measures` ask."""
    area_m2 = ground.fit.area_m2(zone.points) if ground is not None else None
    makers: dict[str, Callable[[ZoneConfig], ZoneMeasure]] = {
        "occupancy": OccupancyMeasure,
        "dwell": DwellMeasure,
        "entries": EntriesMeasure,
        "heatmap": HeatmapMeasure,
        "od": partial(TripsMeasure, trips=trips or Trips()),
        "queue": lambda zone: QueueMeasure(zone, ground if area_m2 else None),
        "stopped": lambda zone: StoppedMeasure(zone, ground if area_m2 else None),
    }
    if ground is not None:
        makers["speed"] = partial(ZoneSpeedMeasure, ground=ground)
    if area_m2 is not None:
        makers["density"] = partial(DensityMeasure, area_m2=area_m2)
    # a bay looks at boxes and a watch for deposits at pictures, not at stays
    asked = [name for name in dict.fromkeys(zone.measures) if name not in ("bay", "deposits")]
    found = [makers[name](zone) for name in asked]
    if zone.crowding is not None:
        found.append(CrowdingMeasure(zone, zone.crowding))
    if zone.edges:
        found.append(TurnsMeasure(zone))
    return found


def source_spec(loaded: LoadedSite, camera: CameraConfig) -> SourceSpec:
    """Return where a camera's pictures come from.

    Raises:
        ConfigError: if its source names a variable that is not set, or its substream is of another kind.
    """
    source, substream = loaded.resolve_source(camera), loaded.resolve_substream(camera)
    live = is_live(source)
    if substream and is_live(substream) != live:
        raise loaded.refused(camera, "substream", f"expected {'an address' if live else 'a file'}, as source is")
    return SourceSpec(
        source=source if live else substream or source,
        fps=camera.fps,
        pace=camera.pace,
        loop=camera.loop,
        stall_s=camera.stall_s,
        masks=tuple(mask.points for mask in camera.masks),
        substream=substream if live else None,
        decode=decode_spec(camera.decode, loaded.site.detector_of(camera).fps, live=live),
    )


def decode_spec(config: DecodeConfig, looks_fps: float | str, *, live: bool) -> DecodeSpec:
    """Return how to decode: what is `auto` changes no picture, and of a recording leaves none out.

    A recording decoded with the same configuration gives the same pictures on every machine, so only live cameras take
    whatever device there is, or measure how often keyframes come.
    """
    return DecodeSpec(
        door=config.door,
        loop_filter="skip" if config.loop_filter == "skip" else "exact",
        frames="all" if config.frames == "auto" and not live else config.frames,
        hardware="none" if config.hardware == "auto" and not live else config.hardware,
        looks_fps=None if isinstance(looks_fps, str) else looks_fps,
    )


def description_of(loaded: LoadedSite, camera: CameraConfig) -> CameraDescription:
    """Return what others may know of a camera: everything but its source."""
    return CameraDescription(
        id=camera.id,
        name=camera.name or camera.id,
        purpose=camera.purpose,
        location=camera.location,
        timezone=loaded.site.site.timezone,
        revision=camera.revision,
        min_step_s=camera.min_step_s if camera.purpose == "statistics" else 60,
        lines=tuple(
            LineDescription.model_validate(
                {
                    "id": line.id,
                    "name": line.name,
                    "from": line.start,
                    "to": line.end,
                    "points": line.path,
                    "classes": line.counted,
                    "directions": line.directions.model_dump(),
                    "measures": (*line.measures, *(("wrong_way",) if line.wrong_way else ())),
                }
            )
            for line in camera.lines
        ),
        zones=tuple(
            ZoneDescription(
                id=zone.id,
                name=zone.name,
                points=zone.points,
                classes=zone.classes,
                measures=(
                    *zone.measures,
                    *(("crowding",) if zone.crowding else ()),
                    *(("edges",) if zone.edges else ()),
                    *(("deposits",) if zone.deposits is not None and "deposits" not in zone.measures else ()),
                ),
                edges=tuple(edge.id for edge in zone.edges),
                deposits=_deposits_of(loaded, camera, zone),
            )
            for zone in camera.zones
        ),
        grades=loaded.site.grades,
    )


def _deposits_of(loaded: LoadedSite, camera: CameraConfig, zone: ZoneConfig) -> DepositsDescription | None:
    """Return what figures need to know of a zone that is watched for deposits."""
    rules = zone.deposit_rules
    if rules is None:
        return None
    area_m2 = fit_of(camera.calibration).area_m2(zone.points) if camera.calibration is not None else None
    seen = loaded.site.shared_places.get(rules.place or "", [])
    return DepositsDescription(
        surface=rules.surface,
        area_m2=None if area_m2 is None else round(area_m2, 2),
        service_level_h=rules.service_level_h,
        place=rules.place,
        primary=str(primary_of(seen)) if seen else None,
    )
