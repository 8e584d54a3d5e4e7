"""What an observation tells of a deposit, and of how well a zone is watched for deposits."""

from collections.abc import Callable

from pipeline.events import Deposit, ZoneWatch

Detail = dict[str, str | int | float | None]


def deposit_detail(event: Deposit, iso: Callable[[float], str]) -> Detail:
    """Return the members; `iso` writes a time of the events."""
    left, top, width, height = (round(value, 4) for value in event.box)
    return {
        "deposit": event.deposit_id,
        "state": event.state,
        "type": event.type,
        "name": event.name,
        "first_seen": iso(event.first_seen_s),
        "opened_at": iso(event.opened_s),
        "cleared_at": None if event.cleared_s is None else iso(event.cleared_s),
        "counted_from": iso(event.counted_from_s),
        "left": left,
        "top": top,
        "width": width,
        "height": height,
        "area_px": event.area_px,
        "area_m2": None if event.area_m2 is None else round(event.area_m2, 3),
        "components": event.components,
        "confidence": round(event.confidence, 2),
        "outline": event.outline,
        "evidence": event.evidence,
    }


def watch_detail(event: ZoneWatch) -> Detail:
    """Return the members."""
    return {
        "state": event.state,
        "reason": event.reason,
        "smallest_px": round(event.smallest_px, 1),
        "smallest_cm": None if event.smallest_cm is None else round(event.smallest_cm, 1),
    }
