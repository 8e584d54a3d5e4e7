"""One source tried out: whether a picture comes, what it is like, or exactly why none does.

Done in a process of its own (`pipeline.desk.prober`), which may be killed: a library that hangs takes nothing with it.
"""

import base64
import threading
import time
from collections.abc import Callable

import cv2
import numpy as np

from models.detections import Image
from pipeline.asks import Probed
from pipeline.desk.hiding import fitted, jpeg
from pipeline.errors import SourceError
from pipeline.redaction import redact
from pipeline.sources import Source, SourceSpec, SourceStatus, is_live, open_source
from pipeline.sources.container import why_unreachable

RATE_S = 2.0
"""How long a camera's pictures are counted."""

_SHOWN_PX, _BLUR_PX = 240, 1.5
"""A face must be a sixth of the picture wide to have the forty pixels that recognising it takes."""

_POLL_S = 0.05
_QUALITY = 70


def probe(source: str, limit_s: float, clock: Callable[[], float] = time.monotonic) -> Probed:
    """Try a source (an absolute path, an address or a device index) for so long at most."""
    began_s = clock()
    live = False
    try:
        live = is_live(source)
        opened = open_source(SourceSpec(source, pace="fast"), lambda index, time_s, glance: True)
    except SourceError as error:
        return Probed(ok=False, live=live, error=redact(str(error)), latency_ms=_ms(clock() - began_s))
    closing = threading.Thread(target=_close_in_time, args=(opened, began_s + limit_s, clock), daemon=True)
    closing.start()
    first, latency_s = _first(opened, live, clock)
    latency_s = (latency_s or clock()) - began_s
    status = opened.status
    opened.close()
    if first is None:
        why = why_unreachable(source, max(2.0, limit_s / 2)) if live and "://" in source else None
        fault = why or status.error or f"no picture came within {limit_s:g} s"
        return Probed(
            ok=False, live=live, error=redact(f"{source}: {fault}" if why else fault), latency_ms=_ms(latency_s)
        )
    return _told(first, status, live, _ms(latency_s))


def _first(source: Source, live: bool, clock: Callable[[], float]) -> tuple[Image | None, float | None]:
    """Return the first picture, and when it came; a camera is watched a while longer, for its rate."""
    first, at_s = None, None
    for frame in source:
        if first is None and frame.image is not None:
            first, at_s = frame.image, clock()
        if at_s is not None and (not live or clock() - at_s >= RATE_S):
            break
    return first, at_s


def _close_in_time(source: Source, until_s: float, clock: Callable[[], float]) -> None:
    """End a source that shows nothing: a camera would be tried again for ever."""
    while clock() < until_s and source.status.error is None and source.status.state != "ended":
        time.sleep(_POLL_S)
    source.close()


def _told(first: Image, status: SourceStatus, live: bool, latency_ms: int) -> Probed:
    height, width = first.shape[:2]
    fps = status.fps_in if live else status.fps
    words = (status.decoder or "").replace(",", "").split()
    return Probed(
        ok=True,
        live=live,
        codec=words[1] if words[:1] == ["pyav"] and len(words) > 1 else None,
        width=width,
        height=height,
        fps=round(fps, 2) if fps else None,
        duration_s=None if live or status.duration_s is None else round(status.duration_s, 2),
        first_picture=base64.b64encode(preview(first)).decode(),
        latency_ms=latency_ms,
    )


def preview(image: Image) -> bytes:
    """Return a picture as a small, blurred JPEG: the place can be told, a person cannot.

    Nothing was looked for in it yet, so it is the same for all of it, whatever the purpose will be.
    """
    small = np.asarray(cv2.GaussianBlur(fitted(image, _SHOWN_PX), (0, 0), _BLUR_PX), np.uint8)
    return jpeg(small, _QUALITY)


def _ms(seconds: float) -> int:
    return round(1000 * seconds)
