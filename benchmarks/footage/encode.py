"""A clip in another size, as the same camera would send it: for benchmarks, made once and kept beside other caches."""

from fractions import Fraction
from pathlib import Path

import av
import av.video
import numpy as np

from benchmarks.footage.make import ENCODER_OPTIONS, GOP


def resized(source: Path, target: Path, size: tuple[int, int], bit_rate: int, grain: float = 0.0) -> Path:
    """Write every frame of `source` in another size as H.264 without B-frames, if that is not there yet.

    Args:
        source: a video.
        target: where to write it.
        size: (width, height) px; another aspect squeezes the picture, as the substreams of many cameras do.
        bit_rate: bits a second.
        grain: standard deviation of noise on the brightness: what was enlarged is too smooth for a real camera.

    Raises:
        OSError: if `source` cannot be read or `target` not written.
    """
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    made = target.with_suffix(".part.mp4")
    noise = np.random.default_rng(1).normal(0.0, grain, (size[1], size[0])).astype(np.int16)
    with av.open(str(source)) as reading, av.open(str(made), "w") as writing:
        pictures = reading.streams.video[0]
        rate = Fraction(pictures.average_rate or 25)
        stream = writing.add_stream("libx264", rate=rate, options=ENCODER_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], "yuv420p"
        stream.bit_rate, stream.gop_size, stream.codec_context.thread_count = bit_rate, GOP, 1
        for number, frame in enumerate(reading.decode(pictures)):
            shown = frame.reformat(*size, format="yuv420p")
            if grain:
                shown = _grained(shown, np.roll(noise, 7919 * number))
            shown.pts, shown.time_base = number, 1 / rate
            shown.pict_type = av.video.frame.PictureType.NONE  # the source's key frames are not ours
            writing.mux(stream.encode(shown))
        writing.mux(stream.encode(None))
    made.rename(target)
    return target


def _grained(frame: "av.VideoFrame", noise: "np.ndarray[tuple[int, int], np.dtype[np.int16]]") -> "av.VideoFrame":
    planes = frame.to_ndarray()  # (height * 3 / 2, width): brightness first
    height = noise.shape[0]
    planes[:height] = np.clip(planes[:height].astype(np.int16) + noise, 0, 255).astype(np.uint8)
    return av.VideoFrame.from_ndarray(planes, format="yuv420p")
