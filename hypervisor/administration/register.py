"""The privacy register as it is shown: of each camera what for, on what ground, what is kept where; who looked."""

import json
import re
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from hypervisor.access.wire import Told
from hypervisor.store.values import Audited, Store
from pipeline.config import CameraConfig, SiteFile
from pipeline.observation import CameraDescription

HOUR_S, DAY_S = 3600, 86_400
SCAN, MOST_SCANNED, MOST_LOOKS = 500, 5000, 50
LOOKS = re.compile(r"(?:^|[._])(?:evidence|still|snapshot|live|picture|image|probe)(?:[._]|$)")
"""Acts that show somebody a picture, by their name in the audit log."""

What = Literal["minutes", "quarters", "hours", "events", "deposits", "tracks", "pictures"]


class KeptData(Told):
    """One kind of data that is kept of a camera."""

    what: What
    where: Literal["server", "disk"] = Field(description="the figures' server, or the disk of the machine that looks")
    seconds: float = Field(description="for how long, from the moment it is written")


class Basis(Told):
    """Who answers for operational use, and on what ground."""

    reference: str
    controller: str
    dpia_ref: str


class RegisterItem(Told):
    """What the register says of a camera."""

    camera: str
    name: str
    purpose: Literal["statistics", "operations"]
    min_step_s: int = Field(description="finest totals that leave the machine, seconds")
    masks: int | None = Field(description="areas that are blackened before anything looks; null: not known here")
    legal_basis: Basis | None
    kept: list[KeptData] | None = Field(description="null: not known here, because no configuration was given")


class Look(Told):
    """Somebody looked at a picture."""

    at: datetime
    actor: str
    service: str | None
    action: str
    target: str


class Register(Told):
    """The register."""

    configured: bool = Field(description="whether the service knows the configuration: legal bases, retention")
    fault: str | None = Field(description="why the configuration cannot be read; null: it can, or there is none")
    items: list[RegisterItem]
    looks: list[Look] = Field(description="the last looks at pictures, newest first, 50 at most")


def item_of(site: SiteFile, camera: CameraConfig) -> RegisterItem:
    """Return what a configuration says of a camera."""
    basis = camera.legal_basis
    return RegisterItem(
        camera=camera.id,
        name=camera.name or camera.id,
        purpose=camera.purpose,
        min_step_s=camera.min_step_s if camera.purpose == "statistics" else 60,
        masks=len(camera.masks),
        legal_basis=Basis(**basis.model_dump()) if basis else None,
        kept=kept_of(site, camera),
    )


def kept_of(site: SiteFile, camera: CameraConfig) -> list[KeptData]:
    """Return what is kept of a camera, where, and for how long."""
    kept, operations = site.retention, camera.purpose == "operations"
    watches = any(zone.deposit_rules is not None for zone in camera.zones)
    rows: list[tuple[What, Literal["server", "disk"], float, bool]] = [
        ("minutes", "server", kept.minutes_h * HOUR_S, operations),
        ("quarters", "server", kept.quarters_d * DAY_S, True),
        ("hours", "server", kept.hours_d * DAY_S, True),
        ("events", "server", kept.events_h * HOUR_S, operations),
        ("deposits", "server", kept.deposits_d * DAY_S, watches),
        ("tracks", "disk", camera.retention.tracks_days * DAY_S, camera.retention.tracks_days > 0),
        ("pictures", "disk", camera.retention.evidence_days * DAY_S, watches and operations),
    ]
    return [KeptData(what=what, where=where, seconds=s) for what, where, s, applies in rows if applies and s > 0]


def item_of_description(camera: CameraDescription) -> RegisterItem:
    """Return what is known of a camera without its configuration."""
    return RegisterItem(
        camera=camera.id,
        name=camera.name or camera.id,
        purpose=camera.purpose,
        min_step_s=camera.min_step_s,
        masks=None,
        legal_basis=None,
        kept=None,
    )


async def looks_of(store: Store) -> list[Look]:
    """Return the last looks at pictures, newest first; the newest `MOST_SCANNED` lines of the log are searched."""
    before, found = "+", list[Look]()
    for _ in range(0, MOST_SCANNED, SCAN):
        lines = await store.audit_newest(before, SCAN)
        found += [look for line in lines if (look := _look(line)) is not None]
        if len(lines) < SCAN or len(found) >= MOST_LOOKS:
            break
        before = lines[-1].position
    return found[:MOST_LOOKS]


def _look(line: Audited) -> Look | None:
    act: dict[str, Any] = json.loads(line.text)
    if not LOOKS.search(act["action"]):
        return None
    at = datetime.fromtimestamp(act["time_s"], UTC)
    return Look(at=at, **{name: act[name] for name in ("actor", "service", "action", "target")})
