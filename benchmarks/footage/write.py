"""Variants of a clip as files."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from benchmarks.footage.worse import Encoding, Image, Variant

CLOCK = Fraction(1, 90_000)
SOUND_HZ = 48_000
_LOUD = 1024  # samples of a packet of AAC


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    path: Path
    size: tuple[int, int]  # (width, height) px of the clip it was made of
    times_s: tuple[float, ...]


def write(variant: Variant, clip: Path, folder: Path, fps: float, most_s: float | None = None) -> Written:
    """Write a variant of a clip, or of its first `most_s`.

    Raises:
        OSError: if the clip cannot be read (`av.FFmpegError` is one of its kinds) or the variant not written.
    """
    encoding = variant.encoding
    target = folder / f"{''.join(c if c.isalnum() else '-' for c in variant.name)}{encoding.suffix}"
    with av.open(str(clip)) as reading:
        frames = reading.streams.video[0].frames
        size = (reading.streams.video[0].width, reading.streams.video[0].height)
    frames = frames if most_s is None else min(frames, round(most_s * fps))
    shown = variant.timing(frames, fps) if variant.timing else [(n, n / fps) for n in range(frames)]
    options = {"movflags": encoding.options["movflags"]} if "movflags" in encoding.options else {}
    with av.open(str(target), "w", options=options) as writing:
        rate = Fraction(len(shown) - 1) / Fraction(shown[-1][1] - shown[0][1]).limit_denominator(1000)
        stream = _stream(writing, encoding, size, rate.limit_denominator(1000))
        sound = _sound(writing) if encoding.sound else None
        for image, time_s in _pictures(variant, clip, shown):
            writing.mux(stream.encode(_frame(image, time_s - shown[0][1], encoding, stream)))
        writing.mux(stream.encode(None))
        if sound is not None:
            _hum(writing, sound, shown[-1][1])
    if variant.damage is not None:
        target.write_bytes(variant.damage(target.read_bytes()))
    return Written(target, size, tuple(time_s for _, time_s in shown))


def _stream(writing: OutputContainer, encoding: Encoding, size: tuple[int, int], rate: Fraction) -> VideoStream:
    options = {key: value for key, value in encoding.options.items() if key != "movflags"}
    stream = writing.add_stream(encoding.codec, rate=rate, options=options)
    assert isinstance(stream, VideoStream)
    width, height = (round(full * part / 2) * 2 for full, part in zip(size, encoding.scale, strict=True))
    stream.width, stream.height = (height, width) if encoding.turned else (width, height)
    stream.pix_fmt = encoding.pix_fmt
    stream.codec_context.thread_count = 1
    if encoding.codec not in ("mpeg2video", "mjpeg"):  # these know no times but their rate's
        stream.codec_context.time_base = CLOCK
    if encoding.bit_rate is not None:
        stream.bit_rate = round(encoding.bit_rate * width * height * float(rate) / 1_000_000)
    if encoding.pixel_aspect is not None:
        stream.codec_context.sample_aspect_ratio = encoding.pixel_aspect
    if encoding.turned:
        stream.set_display_rotation(90)
    return stream


def _frame(image: Image, time_s: float, encoding: Encoding, stream: VideoStream) -> av.VideoFrame:
    if encoding.turned:
        image = np.ascontiguousarray(np.rot90(image, -1))  # the reader turns it back, counter-clockwise
    frame = av.VideoFrame.from_ndarray(image, format="bgr24")
    frame = frame.reformat(stream.width, stream.height, format=encoding.pix_fmt, interpolation="AREA")
    base = stream.codec_context.time_base or CLOCK
    frame.pts, frame.time_base = round(time_s / float(base)), base
    return frame


def _pictures(variant: Variant, clip: Path, shown: list[tuple[int, float]]) -> Iterator[tuple[Image, float]]:
    wanted = iter(shown)
    number, time_s = next(wanted)
    with av.open(str(clip)) as reading:
        before: Image | None = None
        for index, frame in enumerate(reading.decode(reading.streams.video[0])):
            image = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            while number == index:
                earlier = image if before is None else before
                yield image if variant.treat is None else variant.treat(image, earlier, index), time_s
                following = next(wanted, None)
                if following is None:
                    return
                number, time_s = following
            before = image


def _sound(writing: OutputContainer) -> AudioStream:
    stream = writing.add_stream("aac", rate=SOUND_HZ, layout="mono")
    assert isinstance(stream, AudioStream)
    return stream


def _hum(writing: OutputContainer, stream: AudioStream, length_s: float) -> None:
    for start in range(0, round(length_s * SOUND_HZ), _LOUD):
        phase = (start + np.arange(_LOUD)) * (2 * np.pi * 200 / SOUND_HZ)
        samples = (np.sin(phase) * 0.1).astype(np.float32)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_HZ, start, Fraction(1, SOUND_HZ)
        writing.mux(stream.encode(frame))
    writing.mux(stream.encode(None))
