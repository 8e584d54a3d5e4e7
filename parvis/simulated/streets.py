"""What cameras measure of vehicles and of those who wait: speed, headway, queues, bays, stops, the wrong way."""

from collections.abc import Callable, Mapping

import numpy as np

from hypervisor.catalogue import Key
from parvis.simulated.ground import GARE, PATH, QUAI
from parvis.simulated.scene import Scene
from parvis.simulated_city import Floats

Maker = Callable[[Scene, Key], Floats]
FREE_KMH: Mapping[str, float] = {"pedestrian": 4.8, "cyclist": 16.5, "car": 42.0, "bus": 36.0, "truck": 38.0}
"""Median speed where nothing is in the way."""

QUAY_KMH = 52.0
SPREAD = 0.11  # of speeds, as a share of the median
NORMAL: Mapping[int, float] = {50: 0.0, 85: 1.036, 90: 1.282}
ON_PATH = 0.65  # of the cyclists on the quay


def _forward(scene: Scene, class_name: str) -> Floats:
    """Return the share that goes forward: into town in the morning, out of it in the evening."""
    swing = 0.12 if class_name in ("car", "cyclist") else 0.03
    found: Floats = 0.5 + swing * np.sin((scene.local.hour - 2) * np.pi / 12)
    return found


def _passed(scene: Scene, key: Key) -> Floats:
    """Return who crossed a line in one way."""
    line, class_name, way = key
    forward = scene.part(class_name, _forward(scene, class_name), f"forward {class_name}")
    total = scene.flows[class_name]
    found = forward if way == "forward" else total - forward
    if class_name != "cyclist" or scene.camera.id != QUAI.id:
        return found
    rode = np.nan_to_num(found).astype(np.int64)
    on_path = scene.rng(f"path {way}").binomial(rode, ON_PATH)
    return scene.seen((on_path if line == PATH else rode - on_path).astype(float))


def _flow_rate(scene: Scene, key: Key) -> Floats:
    rate: Floats = np.round(_passed(scene, key) / np.maximum(scene.coverage, 1e-9), 1)
    return rate


def _speed(percent: int) -> Maker:
    def made(scene: Scene, key: Key) -> Floats:
        fast = scene.camera.id == QUAI.id and key.class_name == "car"
        free = QUAY_KMH if fast else FREE_KMH[key.class_name]
        slowed = 1 - 0.12 * np.minimum(scene.load("car"), 1.2) ** 2 * (key.class_name in ("car", "bus", "truck"))
        median = free * slowed * scene.wobble(f"speed {key.class_name} {key.direction}", 0.02)
        found = np.round(median * (1 + SPREAD * NORMAL[percent]), 1)
        return np.where(np.nan_to_num(_passed(scene, key)) >= 1, found, np.nan)

    return made


def _headway(percent: int) -> Maker:
    def made(scene: Scene, key: Key) -> Floats:
        passed = np.nan_to_num(_passed(scene, key))
        gap = 3600 * scene.coverage / np.maximum(passed, 1)
        found = np.round(1.1 + gap * -np.log(1 - percent / 100), 2)
        return np.where(passed >= 2, found, np.nan)

    return made


def _median_wait(scene: Scene, key: Key) -> Floats:
    """Return for how long one waits, seconds: at the light above a minute in the rush hour, at the counter less."""
    base, more = (22.0, 52.0) if scene.camera.id == GARE.id else (35.0, 50.0)
    busy = np.minimum(scene.load(key.class_name), 1.5)
    return np.asarray((base + more * busy) * scene.wobble(f"wait {key.place}", 0.08), float)


def _wait(percent: int) -> Maker:
    times = {50: 1.0, 85: 1.55, 90: 1.7}[percent]

    def made(scene: Scene, key: Key) -> Floats:
        flow = np.nan_to_num(scene.flows[key.class_name])
        return np.where(flow >= 1, np.round(_median_wait(scene, key) * times, 1), np.nan)

    return made


def _queue(scene: Scene, key: Key) -> Floats:
    """Return how many wait on average: arrivals times how long (Little 1961); one in four comes to the counter."""
    share = 0.5 if scene.camera.id == GARE.id else 0.25
    return scene.seen(np.round(share * scene.rate(key.class_name) * _median_wait(scene, key) / 3600, 3))


def _queue_max(scene: Scene, key: Key) -> Floats:
    mean = _queue(scene, key)
    found: Floats = np.ceil(mean + 2 * np.sqrt(np.nan_to_num(mean)))
    return found


def _wrong_way(scene: Scene, key: Key) -> Floats:
    share = 0.03 if key.class_name == "cyclist" else 0.0002
    return scene.part(key.class_name, share, f"wrong {key.class_name}")


def _stopped(scene: Scene, key: Key) -> Floats:
    local = scene.local
    busy = local.within(9, 12) & local.is_working
    mean = np.where(busy, 6.5, np.where(local.within(7, 20), 0.8, 0.05))
    return scene.by_chance(mean * (0.3 if key.class_name == "truck" else 1.0), f"stopped {key.class_name}")


def _stopped_now(scene: Scene, key: Key) -> Floats:
    """Return how many stand there: eight minutes each."""
    return np.round(_stopped(scene, key) / np.maximum(scene.coverage, 0.05) * 8 / 60, 3)


def _stopped_now_max(scene: Scene, key: Key) -> Floats:
    return np.minimum(np.ceil(_stopped(scene, key) / 3), 4.0)


def _bay(scene: Scene, _: Key) -> Floats:
    by_chance = scene.rng("bay").normal(0, 0.03, len(scene.coverage))
    taken: Floats = np.minimum(np.where(scene.local.within(8, 19), 0.94, 0.5) + by_chance, 1.0)
    return scene.seen(taken.round(3))


def _bay_max(scene: Scene, _: Key) -> Floats:
    return np.where(scene.coverage > 0, 1.0, np.nan)


def _turnover(scene: Scene, _: Key) -> Floats:
    return scene.by_chance(np.where(scene.local.within(8, 19), 1.1, 0.1), "turnover")


MAKERS: Mapping[str, Maker] = {
    "crossings": _passed,
    "flow_rate": _flow_rate,
    **{f"speed_p{one}": _speed(one) for one in NORMAL},
    **{f"headway_p{one}": _headway(one) for one in NORMAL},
    **{f"wait_p{one}": _wait(one) for one in NORMAL},
    "queue": _queue,
    "queue_max": _queue_max,
    "wrong_way": _wrong_way,
    "stopped": _stopped,
    "stopped_now": _stopped_now,
    "stopped_now_max": _stopped_now_max,
    "bay_occupied": _bay,
    "bay_occupied_max": _bay_max,
    "bay_turnover": _turnover,
}
"""Series → how it comes about."""
