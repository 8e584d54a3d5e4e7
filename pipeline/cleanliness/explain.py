"""Why a watch says what it says, as pictures: the clean reference, the ground now, what differs, what became of it."""

from dataclasses import dataclass

import cv2
import numpy as np

from models.detections import Image
from pipeline.cleanliness.candidates import is_ripe
from pipeline.cleanliness.evidence import coloured_picture
from pipeline.cleanliness.life import Life
from pipeline.cleanliness.scene import DIFFERS, Look, Scene
from pipeline.cleanliness.spots import Spot

_OPEN, _RIPE, _WAITS, _LIGHT, _HIDDEN = (60, 60, 230), (0, 140, 255), (0, 215, 255), (200, 160, 60), (150, 150, 150)


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Four pictures (h, w, 3) BGR of the size analysed, and a line for each place at which something differs."""

    reference: Image
    ground: Image
    change: Image
    things: Image
    lines: list[str]


def explanation(look: Look, scene: Scene, life: Life) -> Explanation:
    """Return what one look shows, and why."""
    clean = scene.references.present
    reference = coloured_picture((clean.grey, clean.chroma)) if clean is not None else np.zeros((*look.like.shape, 3))
    ground = coloured_picture(look.ground)
    level = np.clip(255 * (1 - look.like), 0, 255).astype(np.uint8)
    change = cv2.applyColorMap(level, cv2.COLORMAP_INFERNO)
    change[~scene.zones] = change[~scene.zones] // 3
    change[(~look.known | look.hidden) & scene.zones] = _HIDDEN
    drawn = ground.copy()
    drawn[look.hidden] = drawn[look.hidden] // 2 + np.array(_HIDDEN, np.uint8) // 2
    lines = []
    for n, spot in enumerate(life.spots):
        colour, text = _told(spot)
        x1, y1, x2, y2 = spot.box
        cv2.rectangle(drawn, (x1, y1), (x2, y2), colour, 1)
        cv2.putText(drawn, str(n + 1), (x1, max(8, y1 - 2)), cv2.FONT_HERSHEY_SIMPLEX, 0.35, colour, 1, cv2.LINE_AA)
        lines.append(f"{n + 1}: {spot.box[0]},{spot.box[1]} to {spot.box[2]},{spot.box[3]}: {text}")
    share = float((look.like[scene.zones & look.known] < DIFFERS).mean()) if (scene.zones & look.known).any() else 0.0
    lines.append(
        f"{100 * share:.1f} % of the ground differs" + (f"; held back: {look.trouble}" if look.trouble else "")
    )
    return Explanation(np.asarray(reference, np.uint8), ground, np.asarray(change, np.uint8), drawn, lines)


def _told(spot: Spot) -> tuple[tuple[int, int, int], str]:
    """Return the colour of a place, and what is known of it."""
    known = (
        f"since {spot.first_s:.1f} s, there in {spot.seen} of {spot.seen + spot.missed} samples, still in {spot.calm}, "
        f"a thing in {spot.things}, somebody there in {spot.vetoed} of {spot.looks}, evidence {spot.evidence:.2f}"
    )
    if spot.deposit is not None:
        return _OPEN, f"deposit {spot.deposit.id} ({spot.deposit.type}); {known}"
    if is_ripe(spot):
        return _RIPE, f"candidate that waits for its time; {known}"
    if spot.things < spot.seen / 2:
        return _LIGHT, f"light, or something gone; {known}"
    return _WAITS, f"candidate; {known}"
