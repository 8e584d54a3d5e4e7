"""Re-encode the plaza clip as a street camera would send it: `python -m benchmarks.footage.make SOURCE [OUT]`.

SOURCE is `vtest.avi` from OpenCV's samples (Debian package `opencv-doc`). The clip in this folder was made once and
is never changed: ground truth and published figures belong to exactly these bytes. Another build of x264 gives other
bytes, so making it anew is for checking the recipe, and writes elsewhere unless told otherwise.
"""

import argparse
import hashlib
import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.video

FPS = 10
GOP = 50
BIT_RATE = 500_000
# One thread and bitexact muxing: the same build gives the same bytes on every machine.
ENCODER_OPTIONS = {"preset": "veryfast", "bf": "0", "sc_threshold": "0", "keyint_min": str(GOP), "threads": "1"}
LICENCE = (
    "PETS 2009 S2.L1 view 1 (University of Reading), "
    "as OpenCV (Apache-2.0/BSD) and Debian main distribute it; see NOTICE"
)


def encode(source: Path, out: Path) -> None:
    """Write every frame of `source` to `out` as H.264 without B-frames and without sound.

    Raises:
        OSError: if `source` cannot be read (`av.FFmpegError` is one of its kinds) or `out` not written.
    """
    flags = {"fflags": "+bitexact", "movflags": "+faststart"}
    with av.open(str(source)) as reading, av.open(str(out), "w", options=flags) as writing:
        pictures = reading.streams.video[0]
        stream = writing.add_stream("libx264", rate=FPS, options=ENCODER_OPTIONS)
        _configure(stream, pictures)
        for number, frame in enumerate(reading.decode(pictures)):
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            frame.pict_type = av.video.frame.PictureType.NONE  # the source's key frames are not ours
            writing.mux(stream.encode(frame))
        writing.mux(stream.encode(None))


def _configure(stream: "av.VideoStream", like: "av.VideoStream") -> None:
    stream.width, stream.height = like.width, like.height
    stream.pix_fmt = "yuv420p"
    stream.bit_rate = BIT_RATE
    stream.gop_size = GOP
    stream.codec_context.thread_count = 1
    stream.codec_context.flags |= av.codec.context.Flags.bitexact


def describe(source: Path, out: Path) -> dict[str, Any]:
    """Return the manifest entry of a clip made from `source`: what it is, and by which settings."""
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        return {
            "file": out.name,
            "sha256": _sha256(out),
            "bytes": out.stat().st_size,
            "source": source.name,
            "source_sha256": _sha256(source),
            "encoder": {
                "codec": "libx264",
                "bit_rate": BIT_RATE,
                "gop": GOP,
                **ENCODER_OPTIONS,
                "pyav": av.__version__,
                "libavcodec": ".".join(map(str, av.library_versions["libavcodec"])),
            },
            "frames": stream.frames,
            "fps": float(stream.average_rate or 0),
            "size": [stream.width, stream.height],
            "licence": LICENCE,
        }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: list[str]) -> int:
    """Encode, and write the manifest entry to standard output."""
    parser = argparse.ArgumentParser(description="Re-encode the plaza clip as a street camera would send it.")
    parser.add_argument("source", type=Path, help="vtest.avi")
    parser.add_argument("out", type=Path, nargs="?", default=Path("plaza.mp4"), help="default: ./plaza.mp4")
    chosen = parser.parse_args(arguments)
    encode(chosen.source, chosen.out)
    sys.stdout.write(json.dumps(describe(chosen.source, chosen.out), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
