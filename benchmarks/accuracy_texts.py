"""The words around the tables of docs/accuracy.md (`benchmarks.publish_accuracy`)."""

HEAD = """<!-- Written by `python -m benchmarks.publish_accuracy`: edit benchmarks/accuracy_texts.py. -->
# Accuracy

How wrong the counts are, measured on footage whose truth is known, beside other systems on the same footage. Every
figure comes from a kept result in [`benchmarks/results/`](../benchmarks/results) and can be made anew:

```
make bench                                # ours, on the bundled clip
make peers && parvis bench accuracy --peers
make peers-ultralytics                    # optional: adds Ultralytics' ObjectCounter (brings PyTorch)
python -m benchmarks.trackers             # the tracker alone, on known boxes
```

`plaza.mp4` ships (pedestrians, PETS 2009 S2.L1, 79.5 s, 146 crossings of five lines). `roundabout.mp4` does not (cars,
trucks and riders, 60 s, 39 crossings of six lines, of which the truth does): `--footage` and `--truth` take any clip.
Boxes for MOTA, IDF1 and HOTA, and the sequences of the tracker bench, are research data that do not ship either; what
needs them is left out, with a message, where they are absent.

## What Parvis counts
"""

ADAPTIVE = """
With `detector.fps: adaptive` ([decision 8](decisions/0008-adaptive-rate.md)): looks and stills (looks that nothing in
the picture asked for, answered by the last one) a second, and the true crossings found as a share of those found with
two looks a second; means over ten first looks, with the lowest and highest. Runs that begin differently soon look at
the same frames, so these spreads are not those of ten independent runs.
"""

MEASURES = """
- **looks**: detections a second. All that follows is the mean over phases: which frame is looked at first, of all
  that there are, ten at most
- **event F1**: 2·hits / (2·hits + false + missed). A counted and a true crossing are a hit if line and direction
  agree and they are at most 1.0 s apart; the matching is one-to-one, with most hits and then least time between them.
  Crossings that the truth calls uncertain are neither hit nor error
- **95 %**: interval of the event F1, all phases together: stretches of 5 s are drawn with replacement 4000 times
  (block bootstrap, seeded). It says how far another minute at the same place may differ, nothing of other places, and
  is rather too narrow: a clip has 12 to 16 stretches
- **phases**: lowest and highest event F1 of a phase
- **WAPE**: Σ|count − truth| / Σ truth over line × direction; missed and false crossings of one cell cancel out
- **WAPE by class**: the same over line × direction × class (bicycle and motorcycle are one class, rider); the results
  hold each cell (`count_error`) and the error at the end of each tenth of the clip (`cumulative_wape`)
- **F1 with class**: event F1 where the class must be right as well
- **S1**: AI City Challenge 2021, track 1: 0.3 · efficiency + 0.7 · effectiveness, with cumulative counts of k = 10
  stretches by line × direction × class and base factor 1 ([`benchmarks/aicity.py`](../benchmarks/aicity.py) has the
  formulas). Time is processor time of decoding every frame, detecting, tracking and counting. A counter that reports
  almost nothing still scores, and efficiency is flat near 1: S1 does not stand alone
- **MOTA, IDF1, HOTA**: CLEAR MOT, identity and higher-order tracking measures of the tracks at every frame, by
  Roboflow's `trackers`, which follows TrackEval
"""

CAVEATS = """
**What these figures do not say.** There is one development clip a kind: walkers seen from a mast by day, and a
roundabout from above. Both were looked at while the tracker was written, so these are development figures, not a test
on unseen footage; night, rain, crowds and other views are not measured. The crossings of one clip are not
independent: five lines cut the same walks. Differences below 0.02 mean little here.

**What the default model does not see.** YOLOv8n at 640 px misses riders that are small in the picture, and often
calls a rider `person` alone. Parvis looks at large pictures more closely, joins a person with the two-wheeler below,
and takes a fast `person` for a rider where two-wheelers are frequent; a rider at walking pace who is seen as a person
counts as a pedestrian. People who are hidden up to the waist where they cross have no foot to be seen, and count late
or not at all. Below two looks a second people who meet on a line may be mistaken for each other, and vehicles that
pass within a second may be seen once or never.
"""

VARIANTS = """
## The same scene, recorded otherwise

The bundled clip is written again in many ways, and each recording is counted as `parvis analyze` counts it, with
`fps: auto`. What each variant is, with its numbers, is in
[`benchmarks/footage/worse.py`](../benchmarks/footage/worse.py); `--footage` and `--truth` take any clip, `--only` some
variants, `--keep FOLDER` keeps the recordings to look at. Lines move with the picture. **Suspended**: time in which
the camera was judged unwell (moved, blinded, …), whose figures are left out. Of a file that ends early only what it
holds is expected; **complete** says whether the result calls itself so. Pictures shown again (25 and 50 fps) are not
those of a faster camera, and the two moments in a picture of MPEG-2 are 100 ms apart, where those of a real one are 20.
The row of MPEG-2 is of a commit that still showed both moments of a picture; since they are told apart
([decision 6](decisions/0006-two-doors.md)) it is 0.980 and 0.041 (`--seconds 30 --fps 5 --only MPEG`, same machine).
"""

PEERS = """
## Beside other systems

ByteTrack, OC-SORT, SORT and C-BIoU (Roboflow's `trackers`) follow **the same detections** as ours and are counted
twice: by our lines, and by `supervision.LineZone` at the feet. Ultralytics' ObjectCounter runs on the pictures, with
its defaults, with its own ByteTrack settings, and tuned, from at most three first frames a rate; its tracks are counted
by our lines as well. Which settings, and why: [`benchmarks/stock.py`](../benchmarks/stock.py) and
[`benchmarks/ultralytics_door.py`](../benchmarks/ultralytics_door.py). They favour the peers: whatever was best for a
peer in some column of a sweep on these very clips is in the table, while ours has one set of constants for all. A peer
tells of a crossing at the look after it; its time is taken half a look earlier.

ObjectCounter counts an id once in its life, so who comes back is not counted: most of its error is that rule, not its
detector or tracker, as the rows with our lines show.
"""

AHEAD = """
How far our event F1 is above that of the peer that is best in each column, with a paired bootstrap interval (both
systems on the same stretches):
"""

TRACKERS = """
## The tracker alone

Four sequences (PETS09-S2L1, and Venice-2, ADL-Rundle-6 and KITTI-17 of MOTChallenge 2015) stand in for cameras: their
true boxes, with seeded noise, are the detections. *As a good detector*: 10 % of boxes drop out, for 1.5 frames on
average, centres jitter by 4 % of the size, sizes by 6 %, 0.3 false boxes a look, one box in ten is weak. *As a weak
detector*: 25 % for 2.5 frames, 8 %, 12 %, 1.0, one in five. Boxes that overlap by more than 0.6 are suppressed, as in
any detector. Figures are means over the sequences; event F1 is at
verticals and horizontals at 25, 50 and 75 % of the picture, against what the true boxes of every frame cross. MOTA,
IDF1 and HOTA are against the truth of the frames looked at. Ours shows a track only once it is sure of it,
which MOTA counts as misses; crossings made before are counted afterwards.
"""

PARAMETERS = """
## Where the tracker's constants come from

One set for every camera and rate ([`parameters.py`](../pipeline/tracking/parameters.py)); sizes are the square root of
width × height of the box, times are seconds. To change one, run all tables of this page before and after.
"""

HISTORY = """
## Kept results
"""
