"""The answers of /v1/deposits: what lies where, what lay there, and what was told of each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypervisor.cleanliness.deposits import Deposit
from hypervisor.cleanliness.reader import DEFAULT_S, watched_cameras
from hypervisor.cleanliness.texts import sentence
from hypervisor.feed import Feed, History
from hypervisor.history.archive import Archive
from hypervisor.problems import Refusal
from hypervisor.query import DepositsQuery
from hypervisor.series import find_camera
from pipeline.observation import CameraDescription, ZoneDescription

FOLDED = ("name", "first_seen", "opened_at", "counted_from", "cleared_at", "area_m2", "area_px", "components")
"""Members that an item has as they were told."""


@dataclass(frozen=True, slots=True)
class DepositLister:
    """Answers one question; everything it needs is passed in."""

    feed: Feed
    clock: Callable[[], float]
    archive: Archive | None = None  # what Redis has let go of, if it is kept

    async def page(self, query: DepositsQuery) -> dict[str, Any]:
        """Return a page in the form of `wire.DepositPage`, the deposits first seen last at its beginning.

        Raises:
            Refusal: if a camera or the zone does not exist.
        """
        cameras = await self.feed.cameras()
        asked = {name: find_camera(cameras, name) for name in query.camera} or cameras
        asked = watched_cameras(asked, None, query.zone)
        since_s = self.clock() - DEFAULT_S if query.from_ is None else query.from_.timestamp()
        found = await self._deposits(list(asked), since_s, query)
        found = sorted((one for one in found if _is_wanted(one, query)), key=_order, reverse=True)
        if query.cursor is not None:
            ms, _, identifier = query.cursor.partition("~")
            found = [one for one in found if _order(one) < (int(ms), identifier)]
        shown, rest = found[: query.limit], found[query.limit :]
        following = "{}~{}".format(*_order(shown[-1])) if rest else None
        return {"items": [item(one, cameras[one.camera]) for one in shown], "next": following}

    async def _deposits(self, cameras: Sequence[str], since_s: float, query: DepositsQuery) -> list[Deposit]:
        """Return those that lay there at or after a moment, wherever they are kept; what is in Redis is newer.

        What lies there is in Redis: of what nothing was told for so long that it let go, nobody knows that it does.
        """
        histories = await self.feed.deposits(cameras, since_s)
        found = {(camera, each.id): each for camera, each in _each(histories)}
        if self.archive is not None and query.state != "open":
            to_s = self.clock() if query.to is None else query.to.timestamp()
            for camera, each in _each(await self.archive.deposits_between(cameras, since_s, to_s)):
                if (camera, each.id) not in found and await self._ended(each, since_s):
                    found[camera, each.id] = each
        return list(found.values())

    async def _ended(self, copy: Deposit, since_s: float) -> bool:
        """Tell whether a copy says all there is: one of a deposit that lay there may be a day behind Redis."""
        if copy.is_there and (told := await self.feed.deposit([copy.camera], copy.id)):
            return Deposit.of(copy.camera, told).seen_until_s >= since_s
        return True

    async def one(self, deposit_id: str) -> tuple[Deposit, CameraDescription]:
        """Return one deposit, and its camera.

        Raises:
            Refusal: if there is none of that id.
        """
        cameras = await self.feed.cameras()
        history = await self.feed.deposit(list(cameras), deposit_id)
        if not history and self.archive is not None:
            history = await self.archive.deposit(cameras, deposit_id)
        if not history or history[0].camera_id not in cameras:
            raise Refusal("not-found", f"deposit {deposit_id!r} is unknown here, or is no longer kept")
        found = Deposit.of(history[0].camera_id, history)
        return found, cameras[found.camera]


def item(deposit: Deposit, camera: CameraDescription, history: bool = False) -> dict[str, Any]:
    """Return a deposit in the form of `wire.DepositItem`; its pictures are mentioned where the purpose allows them."""
    detail, zone = deposit.detail, zone_of(deposit, camera)
    rules = zone.deposits if zone is not None else None
    found = {
        "id": deposit.id,
        "camera": deposit.camera,
        "zone": deposit.zone,
        "zone_name": zone.name if zone is not None else "",
        "state": deposit.state,
        "open": deposit.is_there,
        "type": detail["type"],
        "text": sentence(detail),
        **{name: detail[name] for name in FOLDED},
        "told_at": deposit.told[-1].observed_at,
        "confidence": detail["confidence"],
        "box": {name: detail[name] for name in ("left", "top", "width", "height")},
        "outline": detail["outline"],
        "evidence": camera.purpose == "operations" and detail["evidence"] is not None,
        "place": rules.place if rules is not None else None,
        "primary": rules is None or rules.primary in (None, f"{deposit.camera}/{deposit.zone}"),
    }
    return found | {"history": [_step(one.observed_at, one.detail) for one in deposit.told] if history else None}


def zone_of(deposit: Deposit, camera: CameraDescription) -> ZoneDescription | None:
    """Return the zone that a deposit lies in; None if it is no longer configured."""
    return next((zone for zone in camera.zones if zone.id == deposit.zone), None)


def _step(at: Any, detail: dict[str, Any]) -> dict[str, Any]:
    told = {name: detail[name] for name in ("state", "type", "area_m2", "components")}
    return told | {"at": at, "text": sentence(detail)}


def _each(histories: Mapping[str, Sequence[History]]) -> Iterator[tuple[str, Deposit]]:
    for camera, every in histories.items():
        for history in every:
            yield camera, Deposit.of(camera, history)


def _is_wanted(one: Deposit, query: DepositsQuery) -> bool:
    return (
        query.zone in (None, one.zone)
        and query.type_ in (None, one.detail["type"])
        and (query.state == "all" or one.is_there == (query.state == "open"))
        and (query.to is None or one.first_seen_s < query.to.timestamp())
    )


def _order(one: Deposit) -> tuple[int, str]:
    return round(one.first_seen_s * 1000), one.id
