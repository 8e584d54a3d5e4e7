"""Decoding on a graphics card, where there is one; else on the CPU, and why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import av
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.container import InputContainer

ORDER = ("cuda", "vaapi", "qsv", "videotoolbox")
"""What `auto` tries, in this order; whichever this build of FFmpeg was not made for is passed over."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open container and what decodes it."""

    container: InputContainer
    device: str | None = None  # None: the CPU
    fallback: str | None = None  # why it is the CPU, where something else was asked for


def candidates(wanted: str) -> tuple[str, ...]:
    """Return the kinds of device to try for `none`, `auto` or the name of one."""
    if wanted == "none":
        return ()
    return tuple(kind for kind in ORDER if kind in hwdevices_available()) if wanted == "auto" else (wanted,)


def open_with(wanted: str, open_container: Callable[[HWAccel | None], InputContainer]) -> Opened:
    """Open on the first device that takes the stream, else on the CPU.

    Raises:
        av.FFmpegError: if it cannot be opened on the CPU either.
    """
    reasons: list[str] = []
    for kind in candidates(wanted):
        if kind not in hwdevices_available():
            reasons.append(f"{kind}: FFmpeg was built without it")
            continue
        try:
            container = open_container(HWAccel(kind, allow_software_fallback=True))
        except (av.FFmpegError, RuntimeError, ValueError, NotImplementedError) as error:
            reasons.append(f"{kind}: {_why(error)}")
            continue
        if any(_accelerated(container)):
            return Opened(container, kind)
        container.close()
        reasons.append(f"{kind}: does not decode this codec")
    told = reasons if wanted != "auto" else []  # who asks for whatever there is gets what he asked for
    return Opened(open_container(None), None, "; ".join(told) or None)


def _accelerated(container: InputContainer) -> Iterator[bool]:
    for stream in container.streams.video:
        yield bool(stream.codec_context is not None and stream.codec_context.is_hwaccel)


def _why(error: Exception) -> str:
    # FFmpeg's errors name the address, which may hold a password: their bare text is enough.
    text = error.strerror if isinstance(error, av.FFmpegError) else str(error)
    return text or type(error).__name__
