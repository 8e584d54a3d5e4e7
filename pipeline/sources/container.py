"""What a video file says about itself, asked of PyAV: only when it is needed, for importing it costs 17 MB."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av

_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # cameras without a clock write 1904 or 1970
_TIME_TAGS = ("creation_time", "com.apple.quicktime.creationdate", "date")
# Codecs that put one shown frame in each packet of a container that numbers its frames.
_FRAME_PER_PACKET = {"h264", "hevc", "mjpeg", "ffv1"}


def creation_time(path: Path) -> datetime | None:
    """Return when a video file says it was recorded, with an offset; None if it does not say or cannot be read."""
    import av

    try:
        with av.open(str(path)) as container:
            found = [container.metadata[tag] for tag in _TIME_TAGS if tag in container.metadata]
    except av.FFmpegError:
        return None
    for text in found:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if moment >= _OLDEST:
            return moment
    return None


def why_unreadable(path: Path) -> str:
    """Return in a few words why OpenCV cannot open a file."""
    import av

    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                return "holds no video stream"
            return "holds no picture that can be decoded"
    except av.FFmpegError as error:
        return f"is no video that can be read ({error.strerror or error})"


def why_unreachable(address: str, timeout_s: float) -> str:
    """Return in a few words why a camera's address shows nothing: it is asked once more."""
    import av

    options = {"rtsp_transport": "tcp"} if address.lower().startswith("rtsp") else {}
    try:
        with av.open(address, options=options, timeout=timeout_s) as container:
            return "holds no picture that can be decoded" if container.streams.video else "holds no video stream"
    except (av.FFmpegError, OSError) as error:
        return f"cannot be opened ({error.strerror or error})"


def shortfall(path: Path, frames: int) -> str | None:
    """Return what a file lacks of what it announces, once `frames` were read from it; None if nothing.

    The packets are counted again without decoding, about 0.02 ms each.
    """
    import av

    try:
        with av.open(str(path)) as container:
            return _shortfall(container, frames)
    except av.FFmpegError as error:
        return f"cannot be read any more ({error.strerror or error})"


def _shortfall(container: "av.container.InputContainer", frames: int) -> str | None:
    stream = container.streams.video[0]
    announced = stream.frames
    announced_s = _announced_s(container, stream)
    present = shown = 0
    end_s = 0.0
    for packet in container.demux(stream):
        if packet.size:
            present += 1
            shown += not packet.is_discard  # an edit list may hide frames
            if packet.pts is not None and packet.time_base is not None:
                end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    if present < announced:
        return f"ends early: it announces {announced} frames and holds {present}"
    if not announced and announced_s and announced_s - end_s > max(1.0, 0.01 * announced_s):
        return f"ends early: it announces {announced_s:.1f} s and holds {end_s:.1f} s"
    if announced and frames < shown and stream.codec_context.name in _FRAME_PER_PACKET:
        return f"is damaged: {shown - frames} of {shown} frames could not be decoded"
    return None


def _announced_s(container: "av.container.InputContainer", stream: "av.VideoStream") -> float | None:
    """Return how long the pictures should last: another stream may last longer than they do."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if "DURATION" in stream.metadata:  # Matroska, such as 00:00:02.140000000
        hours, minutes, seconds = stream.metadata["DURATION"].split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    if container.duration and len(container.streams) == 1:
        return container.duration / 1_000_000  # AV_TIME_BASE
    return None
