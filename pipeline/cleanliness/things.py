"""From a map of changes to things: which regions there are, and what speaks for a thing rather than for light.

Light multiplies the ground by a factor: inside a shadow or a patch of sun the fine texture is still the ground's, its
colour too, and only the border differs. A thing has another texture, another colour, or a brightness that light cannot
make. So each region is looked at again in small windows, against the reference that fits it best.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.cleanliness.compare import BRIGHTEST, DARKEST, Statistics, coloured, likeness, statistics_of
from pipeline.cleanliness.references import Clean
from pipeline.cleanliness.sample import Grey, Mask
from pipeline.cleanliness.shade import LIFT, SAME_TEXTURE, Compared, not_light, reach_px

MOST = 24
"""Regions looked at in one step: more at once are weather, not things."""

FINE = SAME_TEXTURE
"""Likeness in small windows below which texture is another one."""

COLOUR = 12.0
"""Levels by which a colour must differ: shade under a blue sky shifts colours by less."""

EVIDENCE = 0.25
"""Share of a region that must speak for a thing."""

MOST_OF_IT = 0.75
"""Share from which all of a region speaks for a thing: no shadow changes the texture all over its place."""

LEFT, LEFT_BY_NOISE = 0.2, 0.05
"""Share of a region up to which two levels of light explain it, where one pixel in twenty is spoilt by noise and
compression. Of the smallest thing that is promised a third lies farther from its border than half shade reaches."""

SOME = 0.1
"""Share below which nothing in a region is worth being looked at alone."""

GHOST = 0.5
"""A region that differs from what lies around it so much less now than in the reference has lost a thing."""

LEFT_OVER = 0.3
FEW_EDGES, FEWER_EDGES = 0.5, 0.75
"""Edges now, as a share of those in the reference: what goes takes its edges along."""

_BREADTH = 5  # px; evidence as thin as a shadow's border does not count


NEW_EDGES = 1.25
OTHER_SHARE = 0.15
STARK = 4.0
"""What a thing brings: edges, so many times those that were there; or another colour over such a share of it; or a
contrast to the ground around (in just noticeable steps) that is twice what it was. A shadow that has moved does not."""


SWING_PX, SWUNG = 6, 0.7
"""How far things that hang may swing, and from which correlation they are what the reference shows elsewhere."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What speaks for a thing in one region."""

    evidence: float  # 0..1 share of the region that light does not explain
    gone: bool  # something is missing that the reference has, rather than there that it has not
    brings: bool  # edges, colour or contrast that were not there
    light: bool = False  # all of it is the ground in one other light

    @property
    def explained(self) -> bool:
        """Return whether what is there is the clean ground in another light."""
        return not self.gone and (self.evidence < EVIDENCE or not self.brings)


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """One region in which the ground differs, px of the size analysed."""

    box: tuple[int, int, int, int]  # x1, y1, x2, y2; the last two outside
    mask: Mask  # (y2 - y1, x2 - x1) filled
    judgement: Judgement

    @property
    def evidence(self) -> float:
        """Return the share of it that light does not explain, 0..1."""
        return self.judgement.evidence

    @property
    def gone(self) -> bool:
        """Return whether something is missing there, rather than come."""
        return self.judgement.gone

    @property
    def area(self) -> int:
        """Return its area, px."""
        return int(self.mask.sum())

    @property
    def longer(self) -> int:
        """Return its longer side, px."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])

    @property
    def is_thing(self) -> bool:
        """Return whether it is a thing that was not there before."""
        return self.evidence >= EVIDENCE and self.judgement.brings and not self.gone


def regions(
    changed: NDArray[np.uint8], strong: Mask, least: int, spread: int
) -> list[tuple[tuple[int, int, int, int], Mask]]:
    """Return boxes and filled masks of regions with a longer side of `least` px and something strong inside.

    `spread` is how far a window of comparison shows a thing beyond its border, px.
    """
    contours, _ = cv2.findContours(changed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:MOST]:
        x, y, width, height = cv2.boundingRect(contour)
        if max(width, height) < least or min(width, height) < max(3, least // 2):
            continue
        mask = np.zeros((height, width), np.uint8)
        cv2.drawContours(mask, [contour], -1, 1, cv2.FILLED, offset=(-x, -y))
        inside = mask.astype(np.bool_)
        if (strong[y : y + height, x : x + width] & inside).any():
            found.append(_shrunk((x, y, x + width, y + height), mask, spread))
    return found


def _shrunk(
    box: tuple[int, int, int, int], mask: NDArray[np.uint8], spread: int
) -> tuple[tuple[int, int, int, int], Mask]:
    """Return a region without what the windows of comparison added around it; thin ones stay as they are."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * spread + 1, 2 * spread + 1))
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    inner = cv2.erode(padded, kernel)[1:-1, 1:-1]
    rows, columns = np.flatnonzero(inner.any(axis=1)), np.flatnonzero(inner.any(axis=0))
    if not len(rows) or len(rows) < len(mask) / 3 or len(columns) < mask.shape[1] / 3:
        return box, mask.astype(np.bool_)
    x, y = box[0] + int(columns[0]), box[1] + int(rows[0])
    part = inner[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return (x, y, x + part.shape[1], y + part.shape[0]), part.astype(np.bool_)


def things_in(
    region: tuple[Box, Mask], ground: tuple[Grey, Grey], references: list[Clean], window: int, least: int
) -> list[Thing]:
    """Return the things in a region, or the region itself where there are none that stand out from the rest of it.

    A thing in a shadow that has come or gone is one region with it. So what light cannot explain is looked at alone.
    """
    whole, speaks = judged(*region, ground, references, window)
    if whole.judgement.light or not SOME <= whole.evidence < MOST_OF_IT:
        return [whole]
    closed = cv2.morphologyEx(speaks.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((window // 2, window // 2), np.uint8))
    parts = regions(closed & region[1].astype(np.uint8), speaks, least, 0)
    left, top = whole.box[:2]
    alone = [
        judged((x1 + left, y1 + top, x2 + left, y2 + top), mask, ground, references, window)[0]
        for (x1, y1, x2, y2), mask in parts
    ]
    found = [one for one in alone if one.is_thing and one.evidence >= MOST_OF_IT and one.area >= least**2 / 2]
    return found or [whole]


def judged(box: Box, mask: Mask, ground: tuple[Grey, Grey], references: list[Clean], window: int) -> tuple[Thing, Mask]:
    """Return a region with what speaks for a thing, held against the reference that explains it best, and where."""
    height, width = ground[0].shape
    margin = max(2 * reach_px(fine_window(window)), (box[2] - box[0]) // 2, (box[3] - box[1]) // 2)
    x1, y1 = max(0, box[0] - margin) // 2 * 2, max(0, box[1] - margin) // 2 * 2
    x2, y2 = min(width, box[2] + margin), min(height, box[3] + margin)
    part, half = np.s_[y1:y2, x1:x2], np.s_[y1 // 2 : (y2 + 1) // 2, x1 // 2 : (x2 + 1) // 2]
    inside = np.zeros((y2 - y1, x2 - x1), np.bool_)
    inside[box[1] - y1 : box[3] - y1, box[0] - x1 : box[2] - x1] = mask
    now = (ground[0][part], ground[1][half])
    best, where = Judgement(0.0, False, False), np.zeros_like(inside)
    for n, clean in enumerate(one for one in references if one.known[part][inside].mean() >= 0.5):
        found, speaks = _judgement(now, (clean.grey[part], clean.chroma[half]), inside, window)
        if n == 0 or (found.explained, -found.evidence) > (best.explained, -best.evidence):
            best, where = found, speaks
    return Thing(box, mask, best), where[box[1] - y1 : box[3] - y1, box[0] - x1 : box[2] - x1]


def _judgement(now: tuple[Grey, Grey], then: tuple[Grey, Grey], inside: Mask, window: int) -> tuple[Judgement, Mask]:
    """Hold a region of two small pictures, grey and chroma each, against each other; tell where it is no light, too."""
    fine = fine_window(window)
    here, there = statistics_of(now[0], fine), statistics_of(then[0], fine)
    same_texture = likeness(here, there) >= FINE
    same_colour = cv2.resize(coloured(now[1], then[1], now[0], then[0]), now[0].shape[::-1]) <= COLOUR
    beyond = _beyond_light(here, there, inside)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_BREADTH, _BREADTH))
    speaks = cv2.morphologyEx((~same_texture | ~same_colour | beyond).astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0
    speaks &= inside
    evidence = float(speaks.sum()) / max(1, int(inside.sum()))
    core = speaks if speaks.sum() >= 9 else inside
    around = cv2.dilate(inside.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(np.bool_) & ~inside
    if around.sum() < 9:
        return Judgement(evidence, False, True), speaks
    before, after = _contrast(then, core, around), _contrast(now, core, around)
    edges = _edges(now[0], inside) / max(1e-6, _edges(then[0], inside))
    other = float((~same_colour | beyond)[inside].mean()) >= OTHER_SHARE
    new = edges >= NEW_EDGES or (after >= STARK and after >= 2 * before)
    strange = evidence >= MOST_OF_IT and edges >= FEWER_EDGES and after > before
    place = Compared(now[0], then[0], same_texture, same_colour, fine)
    left = 1.0 if other or evidence < SOME else not_light(place, inside)
    brings = other or ((new or strange) and left >= LEFT)
    brings = brings and not _has_swung(now[0], then[0], inside)
    return Judgement(evidence, _is_gone(before, after, edges), brings, left < LEFT_BY_NOISE), speaks


def fine_window(window: int) -> int:
    """Return the side of the small windows, px, in which a region is looked at again."""
    return max(5, window // 3 | 1)


def _beyond_light(here: Statistics, there: Statistics, inside: Mask) -> Mask:
    """Return where it is darker or brighter than light makes it, held against what became of all around the region."""
    gain = (here.mean + LIFT) / (there.mean + LIFT)
    if not inside.all():
        gain /= np.median(gain[~inside])
    return np.asarray((gain <= DARKEST) | (gain >= BRIGHTEST))


def _has_swung(now: Grey, then: Grey, inside: Mask) -> bool:
    """Return whether a region shows what the reference has a few px further on: tape, a branch, a shaking camera."""
    left, top, wide, high = cv2.boundingRect(inside.astype(np.uint8))
    right, bottom = left + wide, top + high
    north, south = max(0, top - SWING_PX), min(len(now), bottom + SWING_PX)
    west, east = max(0, left - SWING_PX), min(now.shape[1], right + SWING_PX)
    here = now[top:bottom, left:right]
    if float(here.std()) < 4:
        return False
    alike = cv2.matchTemplate(then[north:south, west:east], here, cv2.TM_CCOEFF_NORMED)
    _, best, _, _ = cv2.minMaxLoc(alike)
    return best >= SWUNG and best >= float(alike[top - north, left - west]) + 0.2


def _is_gone(before: float, after: float, edges: float) -> bool:
    """Return whether something has gone from a region, with its edges and what set it off from the ground around."""
    if before > 2.0 and after < min(1.0, LEFT_OVER * before):  # nothing stands out where something did
        return True
    if edges < FEW_EDGES:  # a flat thing on rough ground leaves few edges too, but stands out from what is around it
        return after < 1.5 * before + 0.5
    return edges < FEWER_EDGES and after < GHOST * before


def _edges(grey: Grey, region: Mask) -> float:
    """Return the mean strength of edges in a region, relative to its brightness."""
    level = grey.astype(np.float32)
    dx, dy = cv2.Sobel(level, cv2.CV_32F, 1, 0), cv2.Sobel(level, cv2.CV_32F, 0, 1)
    return float(cv2.magnitude(dx, dy)[region].mean()) / (float(level[region].mean()) + 8)


def _contrast(picture: tuple[Grey, Grey], core: Mask, around: Mask) -> float:
    """Return how much a core stands out, in steps that the eye would just notice: brightness, colour, texture."""
    grey = picture[0].astype(np.float32)
    chroma = cv2.resize(picture[1], grey.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(np.float32)
    inner, outer = grey[core], grey[around]
    bright = 128 / (float(outer.mean()) + 8)  # so that less light does not mean less contrast
    level = abs(float(inner.mean() - outer.mean())) * bright / 12
    colour = float(np.abs(chroma[core].mean(axis=0) - chroma[around].mean(axis=0)).max()) * bright / 6
    texture = abs(float(np.log((inner.std() * bright + 3) / (outer.std() * bright + 3)))) / 0.4
    return level + colour + texture
