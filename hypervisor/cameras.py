"""How a camera is shown: what its worker told, unless the worker has fallen silent."""

from datetime import UTC, datetime
from typing import Any

from hypervisor.feed import Feed
from hypervisor.wire import Camera
from pipeline.observation import CameraDescription, CameraState

AT_REST = frozenset({"ended", "failed"})
"""States in which a worker need not report any more."""


async def all_cameras(feed: Feed, now_s: float, silent_after_s: float) -> list[Camera]:
    """Return every described camera as it is shown now, by id."""
    described = await feed.cameras()
    states = await feed.states(list(described))
    return [shown(camera, states.get(camera.id), now_s, silent_after_s) for camera in described.values()]


def shown(description: CameraDescription, told: CameraState | None, now_s: float, silent_after_s: float) -> Camera:
    """Return a camera as it is shown: one whose worker is silent never looks as if it ran."""
    known: dict[str, Any] = {
        "name": description.name,
        "purpose": description.purpose,
        "location": description.location,
        "timezone": description.timezone,
        "revision": description.revision,
        "min_step_s": description.min_step_s,
    }
    now = datetime.fromtimestamp(now_s, UTC)
    if told is None:
        silent = {"id": description.id, "state": "failed", "since": now, "updated_at": now}
        return Camera.model_validate(silent | known | {"error": "no sign of life from its worker"})
    members = dict(told) | known
    silent_s = (now - told.updated_at).total_seconds()
    if silent_s > silent_after_s and told.state not in AT_REST:
        members |= {"state": "failed", "since": told.updated_at, "fps_in": 0.0, "fps_detected": 0.0}
        members["error"] = f"no sign of life from its worker for {round(silent_s)} s"
    return Camera.model_validate(members)
