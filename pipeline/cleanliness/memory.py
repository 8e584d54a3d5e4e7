"""Between a watch and its folder: what is kept, when, and what becomes of it after a restart."""

import base64
import logging
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.cleanliness.blocks import Blocks, blocks_of
from pipeline.cleanliness.evidence import crop_of
from pipeline.cleanliness.life import Life, Told
from pipeline.cleanliness.scene import Look, Scene
from pipeline.cleanliness.spots import Box, Opened, Spot
from pipeline.cleanliness.store import Store
from pipeline.deposits import ZoneReason

SAVE_EVERY_S = 60.0
EXPIRE_EVERY_S = 3600.0

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Memory:
    """Keeps one watch; `origin_s` is the epoch time of its events' time 0. Without a store it keeps nothing."""

    store: Store | None
    origin_s: float = 0.0
    blocks: Blocks | None = None  # of the clean ground, from before the restart
    _saved_s: float | None = None
    _expired_s: float | None = None
    _broken: bool = field(default=False)

    def restore(self, scene: Scene, life: Life, time_s: float) -> ZoneReason:
        """Bring back deposits and clean ground; return why the ground must be learned, `start` if for no fault."""
        if self.store is None:
            return "start"
        rows, origin_s = self.store.read_deposits()
        for row in rows:
            spot = _spot_from(row, origin_s - self.origin_s, life, scene.zones.shape)
            if spot is not None:
                life.spots.append(spot)
        cleans, self.blocks, why = self.store.read_ground((scene.zones.shape[0], scene.zones.shape[1]))
        scene.references.restore(cleans, time_s)
        if why == "reference_damaged":
            return "reference_damaged"
        return "resolution" if why == "resolution" else "start"

    def look(self, look: Look, scene: Scene, life: Life) -> None:
        """Keep things up to date, once a minute."""
        if self.store is None or self._broken:
            return
        if self._saved_s is not None and 0 <= look.time_s - self._saved_s < SAVE_EVERY_S:
            return
        self._saved_s = look.time_s
        try:
            self._save(self.store, look, scene, life)
        except OSError as error:
            self._broken = True
            _log.error("%s: %s; nothing is kept any more", self.store.folder, error.strerror or error)

    def told(self, one: Told, look: Look, scene: Scene, life: Life) -> None:
        """Keep the pictures of a deposit that was opened or cleared, and the deposits that there are now."""
        if self.store is None or self._broken:
            return
        deposit = one.spot.deposit
        assert deposit is not None
        try:
            if self.store.pictures and one.state in ("opened", "cleared"):
                self._write_evidence(self.store, one, look, scene, life)
            self.store.write_deposits(rows_of(life), self.origin_s)
        except OSError as error:
            self._broken = True
            _log.error("%s: %s; nothing is kept any more", self.store.folder, error.strerror or error)

    def _save(self, store: Store, look: Look, scene: Scene, life: Life) -> None:
        store.write_deposits(rows_of(life), self.origin_s)
        if not life.open and not look.trouble and scene.references.present is not None:
            store.write_ground(scene.references.all(), blocks_of(scene.references.present.grey))
        now_s = self.origin_s + look.time_s
        if self._expired_s is None or now_s - self._expired_s >= EXPIRE_EVERY_S:
            self._expired_s = now_s
            store.expire(now_s)

    @staticmethod
    def _write_evidence(store: Store, one: Told, look: Look, scene: Scene, life: Life) -> None:
        deposit = one.spot.deposit
        clean = scene.references.present
        if deposit is None or clean is None:
            return
        zone = life.zones[one.spot.zone].mask
        unseen = ~look.known | look.hidden
        if one.state == "opened":
            deposit.evidence = deposit.id
            store.write_evidence(
                f"{deposit.id}-before", crop_of((clean.grey, clean.chroma), one.spot.box, zone, ~clean.known)
            )
            store.write_evidence(f"{deposit.id}-after", crop_of(look.ground, one.spot.box, zone, unseen))
        else:
            store.write_evidence(f"{deposit.id}-cleared", crop_of(look.ground, one.spot.box, zone, unseen))


def rows_of(life: Life) -> list[dict[str, Any]]:
    """Return what is kept of open deposits: places, times and what they are taken for."""
    rows = []
    for spot in life.open:
        deposit = spot.deposit
        assert deposit is not None
        rows.append(
            {
                "id": deposit.id,
                "zone": life.zones[spot.zone].config.id,
                "shape": list(life.zones[spot.zone].mask.shape),
                "box": list(spot.box),
                "mask": base64.b64encode(np.packbits(spot.mask).tobytes()).decode("ascii"),
                "first_s": spot.first_s,
                "opened_s": deposit.opened_s,
                "allowed_until_s": None if spot.allowed_until_s == float("-inf") else spot.allowed_until_s,
                "type": deposit.type,
                "name": deposit.name,
                "dirty": spot.dirty,
                "area": spot.area,
                "parts": spot.components,
                "evidence": deposit.evidence,
            }
        )
    return rows


def _spot_from(row: dict[str, Any], later_s: float, life: Life, shape: tuple[int, ...]) -> Spot | None:
    """Return a deposit that was kept; None where its zone or the size analysed is another one now."""
    try:
        ids = [zone.config.id for zone in life.zones]
        if row["zone"] not in ids or tuple(row["shape"]) != tuple(shape):
            _log.warning("%s: its zone or the pictures have changed; it is forgotten", row["id"])
            return None
        x1, y1, x2, y2 = (int(value) for value in row["box"])
        box: Box = (x1, y1, x2, y2)
        bits = np.unpackbits(np.frombuffer(base64.b64decode(row["mask"]), np.uint8))
        mask = bits[: (y2 - y1) * (x2 - x1)].reshape(y2 - y1, x2 - x1).astype(np.bool_)
        spot = Spot(ids.index(row["zone"]), box, mask, float(row["first_s"]) + later_s)
        spot.seen = spot.calm = spot.things = spot.looks = 1
        spot.evidence, spot.dirty = 0.6, float(row["dirty"])
        spot.areas.append(int(row["area"]))
        spot.parts.append(int(row["parts"]))
        if row["allowed_until_s"] is not None:
            spot.allowed_until_s = float(row["allowed_until_s"]) + later_s
        spot.deposit = Opened(
            row["id"], float(row["opened_s"]) + later_s, row["type"], row["name"], int(row["area"]), int(row["parts"])
        )
        spot.deposit.evidence = row["evidence"]
        return spot
    except (KeyError, TypeError, ValueError) as error:
        _log.error("a deposit of before cannot be read (%s); it is forgotten", error)
        return None
