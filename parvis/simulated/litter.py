"""What is left lying in the simulated city, when it comes, and when somebody takes it away."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from parvis.simulated.ground import GARE, GROUND_M2, MARCHE, QUAI
from pipeline.deposits import DepositType

HOUR_S = 3600
KINDS: Mapping[DepositType, float] = {"litter": 0.3, "bags": 0.4, "bin_overflow": 0.5, "bulky": 1.8}
"""Kind → ground that one covers, m²."""


class Spot(NamedTuple):
    """A zone where things are left."""

    camera: str
    zone: str
    a_day: float
    hours: Mapping[int, float]  # local hour → part of a day's deposits
    kinds: Mapping[DepositType, float]  # → share
    rounds: tuple[int, ...]  # local hours at which somebody comes to clean; none: when the office sends somebody
    taken: float = 0.8  # of what lies there, a round takes


class Lying(NamedTuple):
    """One thing that lay there; epoch seconds."""

    id: str
    zone: str
    kind: DepositType
    area_m2: float
    opened_s: float
    cleared_s: float | None  # None: it still lies there


SPOTS: tuple[Spot, ...] = (
    Spot(
        MARCHE.id,
        "pave",
        2.6,
        dict.fromkeys(range(8, 22), 1 / 14),
        {"litter": 0.5, "bags": 0.25, "bin_overflow": 0.15, "bulky": 0.1},
        (6, 14),
    ),
    Spot(
        QUAI.id,
        "berge",
        0.7,
        {20: 0.3, 21: 0.35, 22: 0.2, **dict.fromkeys(range(12, 17), 0.03)},
        {"litter": 0.8, "bags": 0.2},
        (7,),
        0.9,
    ),
    Spot(GARE.id, "trottoir", 0.45, dict.fromkeys(range(6, 24), 1 / 18), {"bulky": 0.7, "bags": 0.3}, ()),
)
OFFICE_H = (52.0, 14.0)  # mean and standard deviation until what has no round is fetched
MARKET_TIMES = 2.0


def things(hour: np.ndarray, weekday: np.ndarray, first_s: int, seed: int) -> dict[str, list[Lying]]:
    """Return what lay where, by camera, oldest first: as it was, before anybody watched."""
    rng = np.random.default_rng([seed, 7])
    return {spot.camera: list(_at(spot, hour, weekday, first_s, rng)) for spot in SPOTS}


def _at(spot: Spot, hour: np.ndarray, weekday: np.ndarray, first_s: int, rng: np.random.Generator) -> Iterator[Lying]:
    part = np.array([spot.hours.get(int(one), 0.0) for one in hour])
    market = np.where((weekday == 5) & (spot.camera == MARCHE.id), MARKET_TIMES, 1.0)
    names, shares = list(spot.kinds), list(spot.kinds.values())
    for n in np.repeat(np.arange(len(hour)), rng.poisson(spot.a_day * part * market)):
        kind: DepositType = names[rng.choice(len(names), p=shares)]
        began_s = first_s + int(n) * HOUR_S + float(rng.uniform(0, HOUR_S))
        cleared_s = _taken_s(spot, hour, first_s, began_s, rng)
        area = KINDS[kind] * float(np.exp(rng.normal(0, 0.3)))
        is_over = cleared_s < first_s + len(hour) * HOUR_S
        name = f"{spot.zone}-{first_s // HOUR_S + int(n)}-{rng.integers(0, 1 << 20):05x}"
        yield Lying(name, spot.zone, kind, round(area, 3), began_s, cleared_s if is_over else None)


def _taken_s(spot: Spot, hour: np.ndarray, first_s: int, began_s: float, rng: np.random.Generator) -> float:
    """Return when somebody takes it: the next round, or one of those after it."""
    if not spot.rounds:
        return began_s + max(6.0, float(rng.normal(*OFFICE_H))) * HOUR_S
    after = int(began_s - first_s) // HOUR_S + 1
    for n in range(after, len(hour)):
        if int(hour[n]) in spot.rounds and rng.random() < spot.taken:
            return first_s + n * HOUR_S + float(rng.uniform(0, 0.5)) * HOUR_S
    return float("inf")


def watched(lying: Sequence[Lying], coverage: np.ndarray, first_s: int) -> list[Lying]:
    """Return what a camera saw of it: what came or went while it was out is seen when it is back."""
    open_hours = np.flatnonzero(coverage > 0)

    def seen_s(at_s: float) -> float:
        hour = int(at_s - first_s) // HOUR_S
        later = open_hours[np.searchsorted(open_hours, hour) :]
        return at_s if len(later) and later[0] == hour else first_s + float(later[0]) * HOUR_S if len(later) else np.inf

    found = []
    for one in lying:
        opened_s = seen_s(one.opened_s)
        gone_s = np.inf if one.cleared_s is None else seen_s(one.cleared_s)
        if opened_s < gone_s:
            cleared_s = float(gone_s) if np.isfinite(gone_s) else None
            found.append(one._replace(opened_s=float(opened_s), cleared_s=cleared_s))
    return found


def ground_m2(zone: str) -> float:
    """Return how large a zone is."""
    return GROUND_M2[zone]
