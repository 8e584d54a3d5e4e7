"""Tries sources for the hypervisor, out of `parvis run`: one at a time, each in a child that is killed when late."""

import logging
import subprocess
import threading
import time
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline import asks, children
from pipeline.asks import Answer, Content, Declined, ProbeAsk, Probed, packed
from pipeline.config_file import LoadedSite
from pipeline.errors import ParvisError
from pipeline.redaction import redact
from pipeline.redis_line import RedisLine
from pipeline.sources import is_live

LIMIT_S = 15.0
"""How long a source may take to show something."""

KILLED_AFTER_S = 25.0
"""And how long the child may take altogether, starting it and finding out why nothing came included."""

POLL_S = 0.1
PAUSE_S = 2.0

_log = logging.getLogger(__name__)


class Task(BaseModel):
    """What the child is told, over its standard input: the source may hold a password."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    limit_s: float


class Prober(threading.Thread):
    """Listens, and starts a child for each source; `loaded` is the configuration beside which relative paths begin."""

    def __init__(
        self,
        loaded: Callable[[], LoadedSite],
        connect: Callable[[], RedisLine],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(name="prober", daemon=True)
        self._loaded, self._connect, self._clock = loaded, connect, clock
        self._over = threading.Event()

    def end(self) -> None:
        """Listen no more."""
        self._over.set()
        self.join(2 * PAUSE_S)

    def run(self) -> None:
        """Listen, also after Redis was away."""
        while not self._over.is_set():
            try:
                line = self._connect()
                try:
                    line.hear([asks.probes(line.db)])
                    self._serve(line)
                finally:
                    line.close()
            except ParvisError as error:
                _log.warning("no source can be tried: %s", error)
                self._over.wait(PAUSE_S)

    def _serve(self, line: RedisLine) -> None:
        while not self._over.is_set():
            ask = _next(line, POLL_S)
            if ask is not None:
                _answer(line, ask, self._probed(line, ask))

    def _probed(self, line: RedisLine, ask: ProbeAsk) -> Probed:
        try:
            source = self._loaded().resolved(ask.source)
            live = is_live(source)
        except (ValueError, ParvisError) as error:
            return Probed(ok=False, live=False, error=redact(str(error)), latency_ms=0)
        began_s = self._clock()
        child = children.start(["probe"], piped=True)
        try:
            said = self._communicated(line, child, Task(source=source, limit_s=LIMIT_S))
        finally:
            child.kill()
            child.wait()
        took_ms = round(1000 * (self._clock() - began_s))
        if said is None:
            text = f"{redact(ask.source)}: no answer within {KILLED_AFTER_S:g} s"
            return Probed(ok=False, live=live, error=text, latency_ms=took_ms)
        try:
            return Probed.model_validate_json(said)
        except ValidationError:
            return Probed(
                ok=False, live=live, error=f"{redact(ask.source)}: the process that tried it died", latency_ms=took_ms
            )

    def _communicated(self, line: RedisLine, child: "subprocess.Popen[bytes]", task: Task) -> bytes | None:
        """Return what the child says; None if it is late. Whoever asks meanwhile is told to come again."""
        said: list[bytes] = []

        def talk() -> None:
            said.append(child.communicate(task.model_dump_json().encode())[0])

        talking = threading.Thread(target=talk, name="probe", daemon=True)
        talking.start()
        until_s = self._clock() + KILLED_AFTER_S
        while talking.is_alive() and self._clock() < until_s and not self._over.is_set():
            other = _next(line, POLL_S)
            if other is not None:
                _answer(line, other, Declined(fault="too-early", detail="another source is being tried", retry_s=5))
        return said[0] if said else None


def _next(line: RedisLine, wait_s: float) -> ProbeAsk | None:
    heard = line.next(wait_s)
    if heard is None:
        return None
    try:
        return ProbeAsk.model_validate_json(heard[1])
    except ValidationError as error:
        _log.warning("a wish to try a source cannot be read (%d faults)", error.error_count())
        return None


def _answer(line: RedisLine, ask: ProbeAsk, content: Content) -> None:
    line.say(asks.answers(ask.id, line.db), packed(Answer(id=ask.id, content=content)))
