"""What a camera tells of itself every second, put together."""

from datetime import UTC, datetime

from models.detections import DetectorStatus
from pipeline.config import CameraConfig
from pipeline.engine.throttle import Throttle
from pipeline.observation import CameraState, CameraStateName, Condition
from pipeline.sources import SourceStatus


def base_state(camera: CameraConfig, detector: DetectorStatus, throttle: Throttle, error: str | None) -> CameraState:
    """Return what is known before there are pictures."""
    now = datetime.now(UTC)
    return CameraState(
        id=camera.id, name=camera.name or camera.id, purpose=camera.purpose, state="starting", since=now,
        updated_at=now, device=detector.device, device_wanted=detector.device_wanted,
        fallback_reason=detector.fallback_reason, model=detector.model, error=error,
        shed=throttle.step, shed_why=throttle.why, shed_reason=throttle.why.text if throttle.why else None,
        variant=detector.variant, variant_reason=detector.variant_reason,
    )  # fmt: skip


def with_source(told: CameraState, source: SourceStatus, instead: CameraStateName | None) -> CameraState:
    """Return the state with what its source tells; `instead` is the name of a state that counts for more."""
    failed = source.state == "failed" and instead == "ended"
    return told.model_copy(
        update={
            "state": source.state if failed or instead is None else instead,
            "since": _utc(source.since_s),
            "decoder": source.decoder,
            "decoder_fallback": source.decoder_fallback,
            "fps_in": round(source.fps_in, 2),
            "frames": source.frames,
            "dropped": source.dropped,
            "reconnects": source.reconnects,
            "last_frame_at": None if source.last_frame_s is None else _utc(source.last_frame_s),
            "error": source.error,
        }
    )


def with_condition(told: CameraState, condition: Condition, since_s: float | None, fps_detected: float) -> CameraState:
    """Return the state with what its pictures tell; `since_s` is when trouble began, None while there is none."""
    since = None if since_s is None else _utc(since_s)
    return told.model_copy(update={"condition": condition, "condition_since": since, "fps_detected": fps_detected})


def _utc(time_s: float) -> datetime:
    return datetime.fromtimestamp(time_s, UTC)
