"""One run over a source: what it is called, and when its time 0 was."""

import hashlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import CameraConfig
from pipeline.config_file import LoadedSite
from pipeline.errors import SourceError
from pipeline.redis_client import RedisClient
from pipeline.sources import SourceSpec, creation_time, is_live


@dataclass(frozen=True, slots=True)
class Run:
    """One run over a source: its name, and when its time 0 was."""

    epoch: str
    origin_s: float  # seconds since the Unix epoch; 0 for live cameras, whose frames carry the time of arrival
    live: bool
    repeats: bool = False  # a recording: played again, it is the same run and tells the same


def is_lasting(camera: CameraConfig, spec: SourceSpec) -> bool:
    """Return whether a camera goes on for ever at the time of day: a live one, or a recording that stands for one.

    Such a camera can be paused, moved and measured otherwise at any moment. A recording that is one and the same run
    each time it is played cannot: it would have to begin again.
    """
    return is_live(spec.source) or (camera.loop and camera.recorded_at is None)


def this_run(connect: Callable[[], RedisClient], loaded: LoadedSite, camera: CameraConfig, spec: SourceSpec) -> Run:
    """Return the name and time 0 of a run.

    A recording that is played again, after a crash for instance, is the same run: what was counted is not counted
    again. A recording in a loop stands for a live camera, so each start is a run of its own.

    Raises:
        SourceError: if a recording is not there.
    """
    if is_live(spec.source):
        return Run(f"l-{uuid.uuid4().hex[:12]}", 0.0, live=True)
    path = Path(spec.source)
    if is_lasting(camera, spec):
        return Run(f"l-{uuid.uuid4().hex[:12]}", time.time(), live=True)
    sha256 = fingerprint(path)
    stated = camera.recorded_at or (creation_time(path) if path.is_file() else None)
    if stated is not None:
        origin_s = stated.timestamp()
    else:
        client = connect()
        try:
            key = hashlib.sha256(f"{sha256}{camera.revision}".encode()).hexdigest()
            origin_s = client.first_start(camera.id, key, time.time(), loaded.site.retention)
        finally:
            client.close()
    epoch = f"f-{sha256[:12]}-{round(origin_s)}-{camera.revision}"
    return Run(epoch, origin_s, live=camera.pace == "realtime", repeats=True)


def fingerprint(path: Path) -> str:
    """Return the sha256 of a file, or of the names and sizes in a folder.

    Raises:
        SourceError: if it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            for item in sorted(path.iterdir()):
                digest.update(f"{item.name}\0{item.stat().st_size}\0".encode())
            return digest.hexdigest()
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}; expected a video file or a folder") from error
