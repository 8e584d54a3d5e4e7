"""The tracker: detections of one frame in, tracks out; right at any rate and at changing time steps."""

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.detections import Detections
from models.overlap import iou_matrix
from pipeline.frame import Frame
from pipeline.tracking.association import Rows, assign, evidence_matrix, without_duplicates
from pipeline.tracking.motion import F64, REST_S, MotionColumns
from pipeline.tracking.parameters import FAMILY_BY_CLASS, MOTION_BY_CLASS, WALKER, TrackerParameters
from pipeline.tracking.riders import LightClasses, RiderColumns, compose
from pipeline.tracks import Tracks


class _Boxes(NamedTuple):
    """The detections of one frame, as the association wants them; row-aligned columns."""

    xyxy: F64
    score: F64
    class_id: NDArray[np.intp]
    family: NDArray[np.intp]
    area_px: float  # of the picture


class Outlook(NamedTuple):
    """What a tracker expects of the time after a look; row-aligned columns over all tracks that may be moving."""

    known_s: float  # as long as this, it is known well enough where everyone is who was just seen, or missed for the
    # first time, and does not rest
    settled: bool  # everyone is confirmed and was just seen: nobody is new or hidden
    xyxy: F64  # (N, 4) px
    fresh: NDArray[np.bool_]  # (N,) not known of before this look, or at rest until then


class Tracker:
    """Follow objects by time-aware constant velocity, two confidence stages and class majority.

    One instance serves one camera. `ids` hands out track ids; pass one iterator per camera.
    """

    def __init__(
        self, labels: tuple[str, ...], parameters: TrackerParameters | None = None, ids: Iterator[int] | None = None
    ) -> None:
        self._p = parameters or TrackerParameters()
        self._ids = ids or count(1)
        motions = [MOTION_BY_CLASS.get(label, WALKER) for label in labels]
        self._speed = np.array([motion.speed_per_s for motion in motions])
        self._acceleration = np.array([motion.acceleration_per_s2 for motion in motions])
        families = [FAMILY_BY_CLASS.get(label, label) for label in labels]
        self._family = np.array([families.index(family) for family in families], dtype=np.intp)
        self._time_s: float | None = None
        self._step_s = 0.0
        self._motion = MotionColumns.empty()
        self._light = LightClasses.of(labels)
        self._riders = RiderColumns.new(0)
        self._id: NDArray[np.int64] = np.empty(0, np.int64)
        self._votes: F64 = np.empty((0, len(labels)))
        self._class_id: NDArray[np.intp] = np.empty(0, np.intp)
        self._hits: NDArray[np.int64] = np.empty(0, np.int64)
        self._evidence: F64 = np.empty(0)
        self._age_s: F64 = np.empty(0)
        self._missed: NDArray[np.int64] = np.empty(0, np.int64)
        self._confirmed: NDArray[np.bool_] = np.empty(0, np.bool_)  # may be counted now
        self._proven: NDArray[np.bool_] = np.empty(0, np.bool_)  # was confirmed once: worth looking for

    def update(self, frame: Frame, detections: Detections) -> Tracks:
        """Return the tracks seen in this frame. A time that does not advance is taken as the same moment."""
        self._predict(frame.time_s)
        boxes = self._usable(detections, float(frame.size[0] * frame.size[1]))
        high = np.flatnonzero(boxes.score >= self._p.score_high)
        low = np.flatnonzero(boxes.score < self._p.score_high)

        box_of = np.full(len(self._id), -1, dtype=np.intp)  # the box each track took
        self._match(np.arange(len(self._id)), high, boxes, box_of)
        seen_last = np.flatnonzero((box_of < 0) & self._proven & (self._missed == 0))
        self._match(seen_last, self._not_taken(low, boxes, box_of), boxes, box_of)
        self._weigh(box_of)
        self._correct(box_of, boxes)
        untaken = np.ones(len(boxes.score), np.bool_)
        untaken[box_of[box_of >= 0]] = False
        free = self._not_taken(high[untaken[high]], boxes, box_of)
        kept, ended = self._drop()
        box_of = np.concatenate([box_of[kept], free])
        self._give_birth(boxes.xyxy[free], boxes.score[free], boxes.class_id[free])

        seen = np.flatnonzero(box_of >= 0)
        return Tracks(
            frame_index=frame.index,
            time_s=frame.time_s,
            size=frame.size,
            track_id=self._id[seen],
            xyxy=self._motion.xyxy[seen].astype(np.float32),
            class_id=self._class_id[seen].astype(np.int32),
            confirmed=self._confirmed[seen],
            ended=ended,
        )

    def outlook(self, steps_s: F64, doubt: float) -> "Outlook":
        """Return what is known of the time after this look; `steps_s` (K,) are gaps to choose from, rising.

        Args:
            steps_s: how far off the next look may be, s.
            doubt: standard deviation, in sizes, up to which a place counts as known.
        """
        seen = self._missed == 0
        moving = self._motion.rested_s < REST_S
        # Who was missed once is not lost yet, but his place is known less and less: he is looked for soon, once.
        wanted = np.flatnonzero((seen | (self._proven & (self._missed == 1))) & moving)
        known = (self._motion.foreseen(wanted, steps_s) <= doubt).all(axis=0)
        known_s = float(steps_s[max(0, int(known.sum()) - 1)])  # uncertainty only grows
        settled = bool(seen.all() and self._confirmed.all())
        fresh = seen & ((self._hits == 1) | self._motion.woken)
        return Outlook(known_s, settled, self._motion.xyxy[moving], fresh[moving])

    def finish(self) -> frozenset[int]:
        """Return the ids still alive and forget them: the recording or connection is over."""
        ended = frozenset(int(i) for i in self._id)
        self._keep(np.zeros(len(self._id), np.bool_))
        self._time_s = None
        return ended

    def _predict(self, time_s: float) -> None:
        self._step_s = 0.0 if self._time_s is None else max(0.0, time_s - self._time_s)
        self._time_s = time_s if self._time_s is None else max(self._time_s, time_s)
        self._motion.predict(self._step_s)
        self._age_s = self._age_s + self._step_s

    def _usable(self, detections: Detections, area_px: float) -> "_Boxes":
        """Return the boxes worth looking at: not too weak, one an object."""
        rows = np.flatnonzero(detections.score >= self._p.score_low)
        xyxy = detections.xyxy[rows].astype(np.float64)
        score = detections.score[rows].astype(np.float64)
        class_id = detections.class_id[rows].astype(np.intp)
        family = self._family[class_id]
        rows = np.arange(len(xyxy))
        if self._light.ridden(class_id).any():
            parked = self._motion.xyxy[self._riders.parked(self._p.riders)]
            xyxy, score, rows = compose(xyxy, score, class_id, self._light, parked)
        rows = rows[without_duplicates(xyxy[rows], score[rows], family[rows], self._p.duplicate_iou)]
        return _Boxes(xyxy[rows], score[rows], class_id[rows], family[rows], area_px)

    def _match(self, rows: Rows, candidates: Rows, boxes: "_Boxes", box_of: Rows) -> None:
        """Assign `candidates` to the tracks `rows`, writing into `box_of` and adding up what speaks for each track."""
        if not len(rows) or not len(candidates):
            return
        evidence = evidence_matrix(self._motion, rows, boxes.xyxy[candidates], boxes.area_px, self._p)
        track_class, box_class = self._class_id[rows][:, None], boxes.class_id[candidates][None, :]
        evidence -= self._p.class_penalty * (track_class != box_class)
        evidence[self._family[track_class] != self._family[box_class]] = -np.inf
        matched, columns = assign(evidence, self._p.least_evidence)
        taken = candidates[columns]
        box_of[rows[matched]] = taken
        self._evidence[rows[matched]] += evidence[matched, columns] + self._said(boxes.score[taken])

    def _said(self, score: F64) -> F64:
        """Return by how much scores (N,) speak for objects: nothing at the threshold of a new track."""
        return _log_odds(score) - _log_odds(np.array(self._p.score_high))

    def _weigh(self, box_of: Rows) -> None:
        """Take off what a look that missed says against a track, and keep the sum within bounds."""
        self._evidence = self._evidence - self._p.miss_evidence * (box_of < 0)
        most = self._p.confirm_evidence + self._p.reserve_evidence
        self._evidence = np.clip(self._evidence, np.where(self._proven, self._p.lost_evidence, -np.inf), most)

    def _correct(self, box_of: Rows, boxes: "_Boxes") -> None:
        rows = np.flatnonzero(box_of >= 0)
        taken = box_of[rows]
        high = boxes.score[taken] >= self._p.score_high
        noise = np.where(high, self._p.noise, self._p.noise_low)
        self._motion.update(rows, boxes.xyxy[taken], noise, np.where(high, self._p.size_gain, self._p.size_gain_low))
        self._votes[rows, boxes.class_id[taken]] += boxes.score[taken]
        speed = np.hypot(*self._motion.velocity[rows].T) / np.sqrt(self._motion.area[rows])
        self._riders.update(rows, boxes.class_id[taken], boxes.score[taken], speed, self._light)
        self._riders.look(boxes.class_id, self._light, self._p.riders)
        self._riders.decide(self._p.riders)
        if len(self._id):
            self._class_id = self._riders.class_id(self._votes.argmax(axis=1), self._light, self._p.riders)
        self._hits[rows] += 1
        self._missed += 1
        self._missed[rows] = 0
        ripe = (self._hits >= self._p.confirm_hits) & (self._age_s >= self._p.confirm_s) & (self._missed == 0)
        self._confirmed = np.where(
            self._confirmed, self._evidence >= 0, (ripe | self._proven) & (self._evidence >= self._enough())
        )
        self._proven |= self._confirmed

    def _enough(self) -> float:
        """Return the evidence that confirms: the fewer looks, the fewer chances of a false object."""
        rate = 1.0 / max(self._step_s, 1e-3)
        return float(np.clip(self._p.confirm_evidence + self._p.confirm_per_rate * np.log(rate / 10.0), 0.0, 7.0))

    def _not_taken(self, candidates: Rows, boxes: "_Boxes", box_of: Rows) -> Rows:
        """Return the boxes that are not a second box around an object that a track already holds."""
        taken = box_of[box_of >= 0]
        if not len(candidates) or not len(taken):
            return candidates
        same = boxes.family[candidates][:, None] == boxes.family[taken][None, :]
        overlap = iou_matrix(boxes.xyxy[candidates], boxes.xyxy[taken]) > self._p.duplicate_iou
        return np.asarray(candidates[~(overlap & same).any(axis=1)])

    def _drop(self) -> tuple[NDArray[np.bool_], frozenset[int]]:
        """Forget who was not seen for too long; return which rows stayed, and the ids that ended."""
        patience_s = np.where(self._proven, self._p.keep_s, self._p.keep_young_s)
        gone = (self._motion.since_update_s > patience_s) & (self._missed > self._p.keep_samples)
        ended = frozenset(self._id[gone].tolist())
        if ended:
            self._keep(~gone)
        return ~gone, ended

    def _keep(self, keep: NDArray[np.bool_]) -> None:
        self._motion.select(keep)
        self._riders.select(keep)
        for name in ("_id", "_votes", "_class_id", "_hits", "_evidence", "_age_s", "_missed", "_confirmed", "_proven"):
            setattr(self, name, getattr(self, name)[keep])

    def _give_birth(self, xyxy: F64, score: F64, class_id: NDArray[np.intp]) -> None:
        n = len(xyxy)
        if not n:
            return
        born = MotionColumns.born(xyxy, self._p.noise, self._speed[class_id], self._acceleration[class_id])
        self._motion.extend(born)
        self._riders.extend(RiderColumns.new(n))
        votes = np.zeros((n, self._votes.shape[1]))
        votes[np.arange(n), class_id] = score
        self._votes = np.concatenate([self._votes, votes])
        self._class_id = np.concatenate([self._class_id, class_id])
        self._id = np.concatenate([self._id, np.array([next(self._ids) for _ in range(n)], np.int64)])
        self._hits = np.concatenate([self._hits, np.ones(n, np.int64)])
        self._evidence = np.concatenate([self._evidence, self._said(score)])
        self._age_s = np.concatenate([self._age_s, np.zeros(n)])
        self._missed = np.concatenate([self._missed, np.zeros(n, np.int64)])
        self._confirmed = np.concatenate([self._confirmed, np.zeros(n, np.bool_)])
        self._proven = np.concatenate([self._proven, np.zeros(n, np.bool_)])


def _log_odds(score: F64) -> F64:
    return np.asarray(np.log(score / np.maximum(1.0 - score, 0.02)))
