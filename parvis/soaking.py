"""What a soak test found: deposits, how long cameras were watched for them, and what a person says of each."""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import keys
from pipeline.audit.estimate import Estimate, wilson
from pipeline.audit.rate import rate
from pipeline.errors import Refused
from pipeline.measures import ALL_CLASSES

YES, NO, UNCLEAR = "yes", "no", "unclear"
HOUR_S, DAY_S = 3600, 86_400


@dataclass(frozen=True, slots=True)
class Found:
    """One deposit that was opened."""

    id: str
    camera: str
    zone: str
    type: str
    first_seen: str
    cleared_at: str | None
    pictures: tuple[str, ...]  # paths; none under `statistics`


@dataclass(frozen=True, slots=True)
class Soaked:
    """All that was found, and for how long each camera was watched, seconds."""

    found: tuple[Found, ...]
    watched_s: Mapping[str, float]

    @property
    def days(self) -> float:
        """Return the camera-days that were watched."""
        return sum(self.watched_s.values()) / DAY_S


def soaked(url: str, folder: Path) -> Soaked:
    """Return what the soak's own server holds; `folder` is the soak's data directory.

    Raises:
        Refused: if the server does not answer.
    """
    from hypervisor.feed import FeedAway  # only here: what other commands load, they need

    try:
        return asyncio.run(_read(url, folder))
    except FeedAway as error:
        raise Refused(f"parvis soak: {error}") from error


async def _read(url: str, folder: Path) -> Soaked:
    from hypervisor.cleanliness.deposits import Deposit
    from hypervisor.redis_feed import RedisFeed

    feed = RedisFeed(url)
    try:
        cameras = await feed.cameras()
        histories = await feed.deposits(list(cameras), 0.0)
        deposits = [Deposit.of(camera, history) for camera, every in histories.items() for history in every]
        watched = {camera: await _watched_s(feed, camera, one.zones) for camera, one in cameras.items()}
    finally:
        await feed.close()
    found = [_found(one, folder) for one in sorted(deposits, key=lambda one: (one.first_seen_s, one.id))]
    return Soaked(tuple(found), {camera: seconds for camera, seconds in watched.items() if seconds})


async def _watched_s(feed: Any, camera: str, zones: Sequence[Any]) -> float:
    """Return how long a camera was watched for deposits: in each hour, as long as its best watched zone."""
    from hypervisor.feed import BucketName

    fields = [
        keys.gauge_field("deposits_watched", zone.id, ALL_CLASSES, "ms") for zone in zones if zone.deposits is not None
    ]
    newest = await feed.newest([camera], HOUR_S)
    if newest is None or not fields:
        return 0.0
    names = [BucketName(camera, HOUR_S, newest - n * HOUR_S) for n in range(100 * 24)]
    buckets = await feed.buckets(names)
    return float(sum(max(bucket.get(field, 0) for field in fields) for bucket in buckets.values())) / 1e6


def _found(deposit: Any, folder: Path) -> Found:
    detail = deposit.detail
    base = folder / "cleanliness" / deposit.camera / "evidence"
    names = {str(one.detail["evidence"]) for one in deposit.told if one.detail["evidence"]}
    paths = (base / f"{name}-{moment}.jpg" for name in sorted(names) for moment in ("before", "after", "cleared"))
    pictures = tuple(str(path) for path in paths if path.exists())
    return Found(
        deposit.id, deposit.camera, deposit.zone, detail["type"], detail["first_seen"], detail["cleared_at"], pictures
    )


def read_labels(path: Path) -> dict[str, str]:
    """Return what was said before: id to yes, no or unclear; nothing where there is no such file.

    Raises:
        Refused: if the file holds anything else.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: cannot be read ({error}); expected JSON: ids with yes, no or unclear") from error
    if not isinstance(given, dict) or not set(given.values()) <= {YES, NO, UNCLEAR}:
        raise Refused(f"{path}: holds something else; expected JSON: ids with yes, no or unclear")
    return given


def keep_labels(path: Path, labels: Mapping[str, str]) -> None:
    """Write what was said, whole or not at all."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(dict(labels), indent=1) + "\n", encoding="utf-8")
    os.replace(new, path)


def precision(labels: Mapping[str, str], found: Sequence[Found]) -> tuple[int, int, Estimate]:
    """Return how many of those judged were deposits, how many were judged, and the share with its interval."""
    said = [labels.get(one.id) for one in found]
    right, wrong = said.count(YES), said.count(NO)
    judged = right + wrong
    return right, judged, Estimate(right / judged if judged else 0.0, *wilson(right, judged))


def report(soak: Soaked, labels: Mapping[str, str]) -> list[str]:
    """Return what to print: precision, and false alarms a camera-day, each with its 95 % interval."""
    said = [labels.get(one.id) for one in soak.found]
    rows = [
        f"watched: {soak.days:.2f} camera-days ({_hours(soak)}) of {len(soak.watched_s)} camera(s)",
        f"told: {len(soak.found)} deposit(s); {said.count(YES)} were deposits, {said.count(NO)} were not, "
        f"{said.count(UNCLEAR)} unclear, {said.count(None)} not labelled",
    ]
    right, judged, share = precision(labels, soak.found)
    if judged:
        shown = f"{100 * share.value:.0f} % ({100 * share.low:.0f} to {100 * share.high:.0f} %; {right} of {judged})"
        rows.append(f"precision: {shown}, 95 % confidence (Wilson)")
    if None in said:
        rows.append("false alarms: not told until all are labelled (parvis soak CONFIG --label)")
    elif soak.days > 0:
        wrong = said.count(NO) + said.count(UNCLEAR)  # what nobody can tell is no good alarm either
        often = rate(wrong, soak.days)
        how = "no false alarm in T hours bounds the rate at 3/T" if wrong == 0 else "exact Poisson interval"
        rows.append(
            f"false alarms: {often.value:.2f} a camera-day ({often.low:.2f} to {often.high:.2f}; {wrong} in "
            f"{_hours(soak)}), 95 % confidence ({how})"
        )
    rows.append("this says nothing about what was missed")
    return rows


def _hours(soak: Soaked) -> str:
    hours = soak.days * 24
    return f"{hours:.1f} h" if hours >= 1 else f"{hours * 60:.1f} min"
