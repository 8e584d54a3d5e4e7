"""Observations of deposits as the pipelines write them; what a test does not say has a plain default."""

from datetime import UTC, datetime
from typing import Any

from pipeline.deposit_details import deposit_detail, watch_detail
from pipeline.events import Deposit, ZoneWatch
from pipeline.observation import Observation, Quality

QUALITY = Quality(device="cpu", model="yolov8n", revision="0f3ac1e09b7d")


def iso(at_s: float) -> str:
    """Return epoch seconds as text."""
    return datetime.fromtimestamp(at_s, UTC).isoformat().replace("+00:00", "Z")


def deposit(camera: str, deposit_id: str, state: Any, *, at_s: float, **members: Any) -> Observation:
    """Return what is told of a deposit at a moment (epoch seconds); opened two minutes after it was first seen."""
    first_s = float(members.pop("first_seen_s", at_s - 120))
    zone = members.pop("zone", "trottoir")
    event = Deposit(
        zone_id=zone,
        deposit_id=deposit_id,
        state=state,
        type=members.pop("type", "bags"),
        time_s=at_s,
        first_seen_s=first_s,
        opened_s=members.pop("opened_s", first_s + 120),
        cleared_s=members.pop("cleared_s", None),
        counted_from_s=members.pop("counted_from_s", first_s),
        box=members.pop("box", (0.4, 0.6, 0.05, 0.06)),
        area_px=members.pop("area_px", 900),
        area_m2=members.pop("area_m2", 0.3),
        components=members.pop("components", 1),
        confidence=members.pop("confidence", 0.8),
        name=members.pop("name", None),
        outline=members.pop("outline", "0.4,0.6 0.45,0.6 0.45,0.66 0.4,0.66"),
        evidence=members.pop("evidence", None),
    )
    assert not members, f"unknown: {members}"
    return _observation(camera, "deposit", zone, at_s, (1.0, "deposit"), deposit_detail(event, iso))


def watch(camera: str, *, at_s: float, zone: str = "trottoir", state: Any = "watching", **members: Any) -> Observation:
    """Return how well a zone is watched."""
    event = ZoneWatch(zone, state, members.get("reason", "clean"), at_s, 14.0, members.get("smallest_cm", 22.0))
    return _observation(camera, "deposit.watch", zone, at_s, (float(state == "watching"), "state"), watch_detail(event))


def _observation(
    camera: str, kind: Any, subject: str, at_s: float, value: tuple[float, str], detail: Any
) -> Observation:
    return Observation(
        id=f"{camera}:e1:{at_s:.0f}",
        camera_id=camera,
        kind=kind,
        subject=subject,
        observed_at=datetime.fromtimestamp(at_s, UTC),
        value=value[0],
        unit=value[1],
        quality=QUALITY,
        detail=detail,
    )
