"""A drawn street: ground with texture, things that are put down and taken away, light that changes, people who pass."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detections import Detections, Image
from pipeline.cleanliness.litter import LitterEyes
from pipeline.cleanliness.store import Store
from pipeline.cleanliness.watch import CleanlinessWatch, Parts, never_quiet
from pipeline.config import CameraConfig
from pipeline.events import Deposit, Event, Level, ZoneWatch
from pipeline.frame import Frame
from pipeline.ground import Ground
from pipeline.orders import Order
from tests.builders import Box, detections, tracks

SIZE = (320, 240)
LABELS = ("person", "car", "suitcase")
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
BASIS = {"reference": "test", "controller": "test", "dpia_ref": "test"}


@dataclass(frozen=True, slots=True)
class Put:
    """A thing of (left, top, width, height) px that lies there from one second to another."""

    box: tuple[int, int, int, int]
    from_s: float
    to_s: float = float("inf")
    seed: int = 7
    grey: bool = False  # whether it has shades of grey only: then they are stronger


@dataclass
class Street:
    """Draws one picture a second; everything follows from the time."""

    puts: Sequence[Put] = ()
    light: Callable[[float], float] = lambda time_s: 1.0
    people: Callable[[float], Sequence[Box]] = lambda time_s: ()  # seen by the detector
    strangers: Callable[[float], Sequence[Box]] = lambda time_s: ()  # not seen by it
    turned: Callable[[float], int] = lambda time_s: 0  # px that the camera was turned to the side
    night: Callable[[float], bool] = lambda time_s: False  # whether the camera sees by its own infra-red lamp
    other: float = 0.0  # how far things reflect infra-red otherwise than light, 0..1
    size: tuple[int, int] = SIZE
    noise: float = 2.0
    ground: NDArray[np.float32] = field(init=False)
    grain: list[NDArray[np.float32]] = field(init=False)

    def __post_init__(self) -> None:
        random = np.random.default_rng(3)
        rough = random.normal(0, 30, (self.size[1], self.size[0] + 200)).astype(np.float32)
        grain = random.normal(0, self.noise, (13, self.size[1], self.size[0], 3)).astype(np.float32)
        self.grain = [*grain]  # thirteen of them: never twice in one window of samples
        self.ground = np.asarray(120 + cv2.GaussianBlur(rough, (0, 0), 1.5) * 2, np.float32)

    def picture(self, time_s: float) -> Image:
        """Return what the camera sees at a moment."""
        shift = self.turned(time_s)
        grey = self.ground[:, shift : shift + self.size[0]].copy()
        picture: NDArray[np.floating] = np.dstack([grey * 0.95, grey, grey * 1.02]).astype(np.float32)
        for put in self.puts:
            if put.from_s <= time_s < put.to_s:
                self._draw(picture, put.box, put.seed, put.grey)
        for n, box in enumerate([*self.people(time_s), *self.strangers(time_s)]):
            x1, y1, x2, y2 = (round(value) for value in box)
            self._draw(picture, (x1, y1, x2 - x1, y2 - y1), 100 + n)
        grain = self.grain[round(time_s) % len(self.grain)]
        if self.night(time_s):
            picture, grain = self._by_infra_red(picture), 2 * grain[:, :, :1].repeat(3, axis=2)
        return np.asarray(cv2.convertScaleAbs(np.clip(picture * self.light(time_s) + grain, 0, 255)), np.uint8)

    def _by_infra_red(self, picture: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return a picture in grey, lit from the camera: bright in the middle, and what was dark may be bright."""
        height, width = picture.shape[:2]
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        lamp = 1.2 - 0.6 * (x**2 + y**2) / 2
        grey = picture.mean(axis=2)
        random = np.random.default_rng(5)
        rough = cv2.GaussianBlur(random.normal(0, 30, grey.shape).astype(np.float32), (0, 0), 1.5) * 2
        mixed = (1 - self.other) * grey + self.other * (240 - grey + rough)
        return np.dstack([0.7 * lamp * mixed] * 3)

    @staticmethod
    def _draw(picture: NDArray[np.floating], box: tuple[int, int, int, int], seed: int, grey: bool = False) -> None:
        left, top, width, height = box
        random = np.random.default_rng(seed)
        body = cv2.resize(
            np.repeat(random.uniform(20, 235, (4, 4, 1)), 3, axis=2) if grey else random.uniform(20, 235, (4, 4, 3)),
            (width, height),
            interpolation=cv2.INTER_LINEAR,
        )
        picture[top : top + height, left : left + width] = body


def watching(**zone: Any) -> CameraConfig:
    """Return a camera that watches all of the picture for deposits, under `operations`."""
    camera = {name: zone.pop(name) for name in ("bins", "calibration", "cleanliness", "purpose") if name in zone}
    points = zone.pop("points", WHOLE)
    camera.setdefault("cleanliness", {"width_px": 240})  # half the work, and half the time
    basis = BASIS if camera.get("purpose", "operations") == "operations" else None
    return CameraConfig.model_validate(
        {
            "id": "cam", "source": "x.mp4", "purpose": "operations", "legal_basis": basis, **camera,
            "zones": ({"id": "square", "points": points, "measures": ("deposits",), "deposits": zone},),
        }
    )  # fmt: skip


@dataclass
class Post:
    """A watch in front of a street."""

    street: Street
    config: CameraConfig = field(default_factory=watching)
    store: Store | None = None
    well: Callable[[float], bool] = lambda time_s: True
    quiet: Callable[[str, float], str | None] = never_quiet
    closely: Callable[[Image], Detections] = lambda image: Detections.empty()
    orders: Callable[[float], Iterable[Order]] = lambda time_s: ()
    origin_s: float = 0.0
    litter: LitterEyes | None = None
    events: list[Event] = field(default_factory=list)
    now_s: float = 0.0

    def __post_init__(self) -> None:
        self.watch = CleanlinessWatch(
            self.config,
            Parts(
                LABELS,
                self.closely,
                ground=None if self.config.calibration is None else Ground(self.config.calibration),
                quiet=self.quiet,
                orders=lambda: self.orders(self.now_s),
                well=lambda: self.well(self.now_s),
                store=self.store,
                origin_s=self.origin_s,
                litter=self.litter,
            ),
        )
        self._note = self.watch.before(lambda frame, found: tracks(frame.time_s, {}, size=frame.size))

    def until(self, end_s: float, step_s: float = 1.0) -> "Post":
        """Watch until a moment, a picture every `step_s`."""
        while self.now_s < end_s:
            found = detections(list(self.street.people(self.now_s)))
            self.look(self.street.picture(self.now_s), found)
            self.now_s += step_s
        return self

    def look(self, picture: Image, found: Detections) -> None:
        """Take one picture."""
        frame = Frame(round(self.now_s * 10), self.now_s, picture, (picture.shape[1], picture.shape[0]))
        self.events += self.watch.update(self._note(frame, found))

    def told(self) -> list[tuple[str, float]]:
        """Return state and time of everything told of deposits."""
        return [(event.state, event.time_s) for event in self.deposits()]

    def states(self) -> list[str]:
        """Return the states told, in order."""
        return [event.state for event in self.deposits()]

    def deposits(self) -> list[Deposit]:
        """Return everything told of deposits."""
        return [event for event in self.events if isinstance(event, Deposit)]

    def zone(self) -> list[tuple[str, str]]:
        """Return state and reason of everything told of the zone."""
        return [(event.state, event.reason) for event in self.events if isinstance(event, ZoneWatch)]

    def level(self, measure: str) -> float:
        """Return the last value told of a measure."""
        return [event.value for event in self.events if isinstance(event, Level) and event.measure == measure][-1]
