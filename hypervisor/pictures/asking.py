"""What routes ask of the pipeline, and how its refusals become problems."""

import math
from secrets import token_hex

from hypervisor.pictures.line import Line, PipelineAway
from hypervisor.problems import Refusal
from pipeline.asks import Ask, Declined, ProbeAsk, Probed, Recounted, Taken
from pipeline.places import LineConfig, ZoneConfig

STILL_S = 15.0
SNAPSHOT_S = 8.0
"""A camera on which nothing moves is looked at every four seconds at least."""

RECOUNT_S = 45.0
PROBE_S = 30.0


def ask_id() -> str:
    """Return a name that nobody guesses: whoever knows it hears the answer."""
    return token_hex(16)


async def still(line: Line, camera: str) -> tuple[Taken, bytes]:
    """Return the picture to draw on.

    Raises:
        Refusal: `too-early`, `pipeline-away`.
    """
    return await _picture(line, camera, Ask(id=ask_id(), what="still", within_s=STILL_S))


async def snapshot(line: Line, camera: str) -> tuple[Taken, bytes]:
    """Return the present picture.

    Raises:
        Refusal: `purpose-forbids-image`, `pipeline-away`.
    """
    return await _picture(line, camera, Ask(id=ask_id(), what="snapshot", within_s=SNAPSHOT_S))


async def recounted(line: Line, camera: str, lines: tuple[LineConfig, ...], zones: tuple[ZoneConfig, ...]) -> Recounted:
    """Return the last minutes counted with other lines and zones.

    Raises:
        Refusal: `too-early`, `pipeline-away`.
    """
    ask = Ask(id=ask_id(), what="recount", within_s=RECOUNT_S, lines=lines, zones=zones)
    content, _ = await _asked(line, camera, ask)
    if not isinstance(content, Recounted):
        raise _strange(camera)
    return content


async def probed(line: Line, source: str) -> Probed:
    """Return what became of trying a source.

    Raises:
        Refusal: `too-early` (others are being tried), `pipeline-away`.
    """
    try:
        answer = await line.probe(ProbeAsk(id=ask_id(), within_s=PROBE_S, source=source))
    except PipelineAway as error:
        raise Refusal("pipeline-away", str(error)) from None
    if isinstance(answer.content, Declined):
        raise refusal(answer.content)
    if not isinstance(answer.content, Probed):
        raise _strange("(none)")
    return answer.content


def refusal(declined: Declined) -> Refusal:
    """Return what a pipeline's refusal is over HTTP."""
    retry_s = None if declined.retry_s is None else math.ceil(declined.retry_s)
    return Refusal(declined.fault, declined.detail, retry_s=retry_s)


async def _picture(line: Line, camera: str, ask: Ask) -> tuple[Taken, bytes]:
    content, picture = await _asked(line, camera, ask)
    if not isinstance(content, Taken) or not picture:
        raise _strange(camera)
    return content, picture


async def _asked(line: Line, camera: str, ask: Ask) -> tuple[Taken | Recounted | Probed, bytes]:
    try:
        answer, picture = await line.ask(camera, ask)
    except PipelineAway as error:
        raise Refusal("pipeline-away", str(error)) from None
    if isinstance(answer.content, Declined):
        raise refusal(answer.content)
    return answer.content, picture


def _strange(camera: str) -> Refusal:
    return Refusal("pipeline-away", f"what answers for camera {camera!r} is of another version of Parvis")
