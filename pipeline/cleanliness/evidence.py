"""Pictures of a deposit's place, before and after: of the zone only, and of the ground only.

They are made of medians from which people were taken out, never of a frame; what could not be seen is blurred away.
"""

import cv2
import numpy as np

from models.detections import Image
from pipeline.cleanliness.sample import Grey, Mask
from pipeline.cleanliness.spots import Box

AROUND = 0.6
LEAST_PX = 24
QUALITY = 85


def crop_of(ground: tuple[Grey, Grey], box: Box, zone: Mask, unseen: Mask) -> bytes:
    """Return a JPEG of the ground (grey and chroma) around a box: grey outside the zone, blurred where unseen."""
    picture = coloured_picture(ground)
    blurred = cv2.GaussianBlur(picture, (0, 0), max(4.0, picture.shape[1] / 60))
    picture = np.where(unseen[:, :, None], blurred, picture)
    picture = np.where(zone[:, :, None], picture, np.uint8(128)).astype(np.uint8)
    reach = max(LEAST_PX, round(AROUND * max(box[2] - box[0], box[3] - box[1])))
    part = picture[max(0, box[1] - reach) : box[3] + reach, max(0, box[0] - reach) : box[2] + reach]
    _, data = cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return data.tobytes()


def coloured_picture(ground: tuple[Grey, Grey]) -> Image:
    """Return grey (h, w) and chroma (h/2, w/2, 2) as one picture (h, w, 3) BGR."""
    grey, chroma = ground
    wide = cv2.resize(chroma, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(np.dstack([grey, wide]), cv2.COLOR_YCrCb2BGR), np.uint8)
