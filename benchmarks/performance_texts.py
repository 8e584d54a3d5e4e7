"""The words around the tables of docs/performance.md (`benchmarks.publish_performance`)."""

HEAD = """<!-- Written by `python -m benchmarks.publish_performance`: edit benchmarks/performance_texts.py. -->
# Performance

How many cameras a processor core serves, where the time goes, whether real-time cameras hold, and how soon an event is
known. Every figure comes from a kept result in [`benchmarks/results/`](../benchmarks/results) and can be made anew in a
source checkout; the machine should have nothing else to do:

```
make bench                                                   # ours, on the bundled clip
make peers && make peers-ultralytics                         # other systems, in environments of their own
parvis bench throughput --peers --json OUT                   # cameras a core, ours and theirs, with their error
parvis bench throughput --parts scaling,decode,detector --json OUT
parvis bench throughput --parts stages --cameras 16 --seconds 1800 --json OUT     # the half-hour
parvis bench latency --seconds 120 --json OUT
parvis bench throughput --device cuda --json OUT             # where there is a graphics card
```

**How it is measured.** Each run is a process tree of its own on one core; imports and models are loaded and one picture
has been looked at before the clock starts. What counts is the processor time of the whole tree by the kernel's clock of
each process, decoding included; for ours also publishing, and the embedded server itself. Cameras per core are seconds
of video over seconds of processor time, at the frame rate of the clip (plaza 10, roundabout 30 a second). Runs that
are compared alternate, forwards and backwards; figures are the median of the rounds, with the lowest and highest. An
operating point of ours is a configuration: [`configs/throughput.yaml`](../configs/throughput.yaml) and
[`configs/throughput-roundabout.yaml`](../configs/throughput-roundabout.yaml).

**Equal error.** Speed that is bought with wrong counts is worth nothing, so every run's counts are matched with the
truth ([accuracy](accuracy.md) has the definitions). The bar of the plaza is the error of Ultralytics' own tracks of
every frame under our event logic, as it was when the goals were set; elsewhere it is measured in the same run. Our
error is the mean over first looks where the rate is fixed; that of peers in the rounds is over the rounds, each with
another first look. A peer passes by either of its two ways to count.

**What the figures do not say.** Two clips, one of walkers and one of vehicles, by day; both were looked at while this
was written. Ratios carry over to other processors better than cameras per core do; an INT8 network gains more where the
processor has VNNI (the one of 2026-11-27 has not). The results of that day were taken on a shared machine with other
work beside them at the lowest priority, for want of an idle one: what runs in turns meets the same conditions, so
ratios stand; cameras a core are fewer than on an idle machine, and latencies longer.
"""

COMPARED = """
## Cameras a core
"""

RATIOS = """
How many times as many cameras a core serves, round by round. Where no tuned peer reaches equal error there is no ratio
at equal error: the nearest one is named as that.
"""

SWEEP = """
## What peers were tried with

[`benchmarks/sweep.py`](../benchmarks/sweep.py) says which settings, and why. Each point ran over the whole clip once.
INT8 networks of peers are calibrated on the very clip, and the best is chosen on it, which favours them.
"""

CHECKED = """Of the quickest near the bar, the mean over first looks:

"""

STAGES = """
## Where our time goes

Milliseconds of processor time for a second of video, in a run of its own with the loop's parts timed. `publish` is the
hand-over to the thread that delivers; `server` is the embedded server, `others` all other threads and what is left.
"""

DETECTOR = """
## The detector by itself

Plain ONNX Runtime, FP32, with the same weights and the same rectangular input, written as a user with experience would
([`benchmarks/peers/yolo.py`](../benchmarks/peers/yolo.py)): resize, network, decoding and suppression on both sides.
Recall is over its boxes of score ≥ 0.25: those that a box of ours of the same class overlaps by 0.5.
"""

DECODE = """
## The decoder by itself

`cv2.VideoCapture.read` of every frame against ours, which decodes every frame as well and converts two a second. The
1080p clip is the same one enlarged, with grain, 4 Mbit a second at 25 frames. *As configured* every frame is decoded
exactly; without the loop filter pictures drift a little until the next key frame; with key frames only, frames are
skipped.
"""

SCALING = """
## N cores against one

The whole pipeline, one process a core, all begun at once, against one process on one core.
"""

HOLD = """
## Real-time cameras

The real `parvis run` on recorded cameras that play in a loop at their own speed. Looks are counted from the buckets'
quality; a dropped look is one that was due and for which a newer frame was there already. Memory is the proportional
set size of the whole tree, the embedded server included; an additional camera is what N cameras take more than one,
over N − 1 (workers on further cores are in it). Growth is the last five minutes against those after the first five; the
server keeps 400 passages a camera here, so that its store is full by then and what grows is a leak.
"""

LATENCY = """
## Latency

From the moment the picture that decides a crossing has been sent by a network camera (Motion JPEG over HTTP) to the
event in the server, and from there to a subscriber of `/v1/stream`. A composed walker on small pictures, two a second,
each looked at, so that 32 cameras fit on two cores; a dry run tells which picture decides.
"""

PAGES = """
## The operators' page

What a wall of 64 cameras costs the browser's machine, with two lines each, all states told every second and 32
crossings a second: Chromium on a screen of 1920 by 1080 pixels, drawing by the processor, over ten seconds once the
page stands, then the keyboard and the wheel. It is a test that holds the bars, and says what it found:

```
python -m pytest -m long tests/hypervisor/pages/test_many_cameras.py -o log_cli=true -o log_cli_level=INFO
```

| 2026-11-27, on a shared machine (AMD EPYC, 2 cores, load 9) | found | bar |
| --- | --- | --- |
| main thread, of a core | 2.6 % | 20 % |
| all processes of the browser, of a core | 13 % | 20 % |
| longest input delay | 50 ms | 150 ms |
| longest task | 141 ms | |

The server answers `/v1/overview` for these cameras in 0.04 s of a core (97 kB), every five seconds for each wall, and
`/v1/cameras` in 0.007 s, every two seconds.
"""

NO_GPU = "Nothing is kept of a machine with one: there was none at hand.\n"

GPU = """
## Graphics cards

Measured once, on one card, before what follows from it was mended; on one core of that machine, the plaza as above:
"""

CARD = """
What was found there and mended:

- *Batches.* Cameras that share a card are answered in batches of 1, 2, 4, 8 or 16, and CUDA plans a network anew
  whenever the size changes. So four cameras got 12 looks a second together where one alone got 302 (288 px); with a
  session for each size they got 427. `parvis bench device --device cuda` counts them (these figures are of a
  forerunner of that command, on commit 4a0c831 and with the change), and `pytest -m gpu` fails where four get less
  than one.
- *What comes back.* At 640 px a look cost the processor 9 ms whatever the batch, most likely because every cell's
  answer (3.9 MB) came back from the card. Now the thousand strongest do (0.3 MB). On the processor that gives the same
  boxes; **on a card it is not measured yet**, and where a card refuses it the form that was measured runs.
- *Decoding* on the card (`decode.hardware: cuda`) took 0.68 s of processor time for the plaza's 795 frames instead of
  2.09 s, with other pictures, for FFmpeg converts a card's interleaved chroma with other rounding; taken apart first,
  all 159 pictures are the same to the bit.
- *Memory taken by others.* With 18 MiB left free on the card, batches halved, the processor answered (0.3 s for 16
  pictures, none lost), and a minute after the memory was free again the card was back.
- *The processor* of that machine has VNNI: `parvis bench throughput --config configs/throughput.yaml --device cpu
  --parts detector --rounds 3` gave 1.71 (1.53 to 1.95) times plain FP32 at a recall of 1.000.
- *TensorRT* was not installed there: the fallback says so. It has never run.
"""

HISTORY = """
## Kept results
"""
