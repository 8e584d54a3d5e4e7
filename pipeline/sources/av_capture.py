"""The door to PyAV's decoders: files and network cameras, packet by packet."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.codec.hwaccel import HWAccel
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pipeline.sources.capture import DEFAULT_FPS
from pipeline.sources.contract import DecodeSpec
from pipeline.sources.hardware import Opened, open_with
from pipeline.sources.planes import Converter, pixel_aspect, shown_size, stretched
from pipeline.sources.thinning import Thinning

# RTSP over UDP loses packets, which shows as grey smears. To find out the frame rate FFmpeg would hold back the first
# 2 to 3 s of a camera, whose rate we measure anyway.
_LIVE_OPTIONS = {"rtsp_transport": "tcp", "fpsprobesize": "0"}


MOST_FAILURES = 25
"""Packets in a row that a graphics card may fail to decode before it counts as lost: a second of most cameras."""

if TYPE_CHECKING:
    Packet = av.Packet[VideoStream]  # only the stubs know it as a generic type
else:
    Packet = av.Packet


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A frame that is left undecoded, as `DecodeSpec.frames` says."""

    packet: Packet


class AvCapture:
    """A `Capture` on an open container.

    Of codecs whose pictures stand alone (MJPEG) only those are decoded that are glanced at or retrieved; of others
    every one, unless `DecodeSpec.frames` leaves some out. What cannot be decoded is skipped: to the end of a file, for
    `patience_s` of a live camera.
    """

    def __init__(
        self, opened: Opened, stream: VideoStream, decode: DecodeSpec, patience_s: float | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._opened = opened
        self._stream = stream
        self._patience_s = patience_s
        self._monotonic_s = monotonic_s
        self._loop_filter = decode.loop_filter
        self._thinning = Thinning(decode.frames, decode.looks_fps)
        self._unit_s = float(stream.time_base or 0)
        self.fallback = opened.fallback
        self.device_failed = False
        self._failures = 0  # since the last picture
        self._lazy = False
        self._packets: Iterator[Packet] = opened.container.demux(stream)
        self._ready: deque[av.VideoFrame | Packet | PassedOver] = deque()
        self._present: av.VideoFrame | Packet | PassedOver | None = None
        self._aspect = pixel_aspect(stream.sample_aspect_ratio)
        self._converter = Converter(self._aspect)
        self._position_s = 0.0
        self._size = stretched((stream.codec_context.width, stream.codec_context.height), self._aspect)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) px, with square pixels and after rotation."""
        return self._size

    @property
    def fps(self) -> float:
        """Frames a second as the container states them; `DEFAULT_FPS` where that cannot be true."""
        fps = float(self._stream.guessed_rate or 0)
        return fps if 0 < fps <= 1000 else DEFAULT_FPS

    @property
    def frame_count(self) -> int:
        """Frames as the container states them or its length lets guess; 0 if unknown."""
        if self._stream.frames > 0:
            return self._stream.frames
        length = self._stream.duration
        length_s = (
            length * self._unit_s if length else (self._opened.container.duration or 0) / 1_000_000
        )  # AV_TIME_BASE
        return round(length_s * self.fps) if 0 < length_s < 2**32 else 0

    @property
    def position_s(self) -> float:
        """Media time of the frame grabbed last, s."""
        return self._position_s

    @property
    def passed_over(self) -> bool:
        """Whether the frame grabbed last was left undecoded and has no picture."""
        return isinstance(self._present, PassedOver)

    @property
    def decoder(self) -> str:
        """What decodes, in words."""
        how = [f"pyav {self._stream.codec_context.codec.canonical_name}", self._opened.device or "software"]
        if self._loop_filter == "skip":
            how.append("loop filter off")
        if self._thinning.keyframes_only:
            how.append("keyframes only")
        return ", ".join(how)

    def grab(self) -> bool:
        """Move to the next frame."""
        self._present = None
        began_s = self._monotonic_s()
        while not self._ready:
            packet = None if self.device_failed else self._next_packet()
            if packet is None or (self._patience_s and self._monotonic_s() - began_s > self._patience_s):
                return False
            self._take(packet)
        self._become(self._ready.popleft())
        return True

    def retrieve(self) -> NDArray[np.uint8] | None:
        """Return the frame grabbed last."""
        frame = self._decoded()
        return None if frame is None else self._converter.bgr(frame)

    def glance(self) -> NDArray[np.uint8] | None:
        """Return a small luma picture of the frame grabbed last, from its luma plane."""
        frame = self._decoded()
        return None if frame is None else self._converter.luma(frame)

    def release(self) -> None:
        """Let go."""
        self._ready.clear()
        self._present = None
        self._opened.container.close()

    def _next_packet(self) -> Packet | None:
        try:
            return next(self._packets, None)
        except av.FFmpegError:  # the connection broke, its time is up, or there is damage, and perhaps more behind it
            self._packets = self._opened.container.demux(self._stream)
            return None

    def _take(self, packet: Packet) -> None:
        """Make of a packet what there is to grab: nothing, one frame, or several that were waiting for it."""
        if not packet.size:  # the end: whatever the decoder still holds
            self._ready.extend(self._decode(packet))
        elif not self._thinning.wants(packet.is_keyframe, self._seconds(packet.dts, packet.pts)):
            if not packet.is_discard:  # an edit list may hide frames
                self._ready.append(PassedOver(packet))
        elif self._lazy:
            if not packet.is_discard:
                self._ready.append(packet)
        else:
            self._ready.extend(self._decode(packet, at_once=self._thinning.keyframes_only))

    def _become(self, present: av.VideoFrame | Packet | PassedOver) -> None:
        self._present = present
        if isinstance(present, PassedOver):
            # Shown times jump about in the order of decoding; those of decoding rise, and differ by a constant.
            self._position_s = self._seconds(present.packet.dts, present.packet.pts) or 0.0
            return
        self._position_s = self._seconds(present.pts, present.dts) or 0.0
        if isinstance(present, av.VideoFrame):
            self._size = shown_size(present, self._aspect)

    def _decoded(self) -> av.VideoFrame | None:
        """Return the present frame, decoded now if it was left for when it is wanted."""
        if isinstance(self._present, av.Packet):
            self._present = next(iter(self._decode(self._present)), None)
            if self._present is not None:
                self._size = shown_size(self._present, self._aspect)
        return self._present if isinstance(self._present, av.VideoFrame) else None

    def _decode(self, packet: Packet, *, at_once: bool = False) -> list[av.VideoFrame]:
        context = self._stream.codec_context
        try:
            frames = context.decode(packet)
            if at_once:
                frames += context.decode(None)  # a decoder that sorts pictures would keep it back for seconds
                context.flush_buffers()
        except av.FFmpegError:
            self._failures += 1
            self.device_failed = self._opened.device is not None and self._failures >= MOST_FAILURES
            return []
        self._failures = 0 if frames else self._failures
        # Once one could be decoded, pictures that stand alone wait until they are wanted.
        self._lazy = self._lazy or (bool(frames) and context.codec.intra_only)
        return frames

    def _seconds(self, *stamps: int | None) -> float | None:
        return next((stamp * self._unit_s for stamp in stamps if stamp is not None), None)


def open_file(path: Path, decode: DecodeSpec) -> AvCapture | None:
    """Open a video file; None if there is no video in it that can be decoded."""
    return _open(str(path), decode, {}, None)


def open_live(target: str, open_timeout_s: float, read_timeout_s: float, decode: DecodeSpec) -> AvCapture | None:
    """Open an address; None if nobody answers in time, with each of two steps (connecting, describing) timed apart."""
    return _open(target, decode, _LIVE_OPTIONS, (open_timeout_s, read_timeout_s))


def _open(
    target: str, decode: DecodeSpec, options: dict[str, str], timeouts_s: tuple[float, float] | None
) -> AvCapture | None:
    def container(accelerator: HWAccel | None) -> InputContainer:
        return av.open(target, "r", options=options, timeout=timeouts_s, hwaccel=accelerator, metadata_errors="replace")

    try:
        opened = open_with(decode.hardware, container)
    except (av.FFmpegError, OSError):
        return None
    stream = opened.container.streams.best("video")
    if not isinstance(stream, VideoStream) or stream.codec_context is None:
        opened.container.close()
        return None
    context = stream.codec_context
    context.thread_count = 1  # more cost 3 to 12 % more CPU a frame, and the cores are for other cameras
    if decode.loop_filter == "skip":
        context.options = {"skip_loop_filter": "all"}
    return AvCapture(opened, stream, decode, timeouts_s[1] if timeouts_s else None)
