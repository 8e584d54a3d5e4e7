"""Decode a video as most programs do, every frame decoded and converted (`cv2.VideoCapture.read`): `decode.py VIDEO`.

Needs `cv2` only and imports nothing of Parvis; it is run with the same OpenCV as ours, on one thread.
"""

import sys

import cv2
import word


def main(video: str) -> None:
    """Read the video, again for each word."""
    cv2.setNumThreads(1)
    for most in word.stretches():
        capture = cv2.VideoCapture(video, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        frames = 0
        while (frames < most or not most) and capture.read()[0]:
            frames += 1
        capture.release()
        word.done(frames, over=False)


if __name__ == "__main__":
    main(sys.argv[1])
