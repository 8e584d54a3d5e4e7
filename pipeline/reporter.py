"""How a camera is, told every second: to whoever asks, and on the stream when it changes."""

import logging
import threading
from collections.abc import Callable

from pipeline import keys
from pipeline.engine import steps
from pipeline.observation import CameraState, Kind, Observation
from pipeline.publish import Entry, Increment, Sink

STATE_S = 1.0
"""A camera's state is told so often; readers take ten times that as a sign that its worker is gone."""

Detail = dict[str, str | int | float | None]

_log = logging.getLogger(__name__)


class Reporter(threading.Thread):
    """Tells a camera's state every second, and each change of it as an observation.

    `state` returns the state now (True: the watch is over); `epoch` names the entries, which are not of the recording;
    `steps_s` are the buckets that the camera has: while it is paused nobody else marks them.
    """

    def __init__(
        self, state: Callable[[bool], CameraState], sink: Sink, epoch: str, steps_s: tuple[int, ...] = keys.STEPS_S
    ) -> None:
        self._state, self._sink, self._epoch, self._steps_s = state, sink, epoch, steps_s
        super().__init__(name="reporter", daemon=True)
        self._over = threading.Event()
        self._told: str | None = None
        self._shed = steps.FULL
        self._marked_minute: float | None = None
        self._seq = 0

    def run(self) -> None:
        """Tell until the end."""
        while not self._over.wait(STATE_S if self._told else 0.0):
            self._tell(self._state(False))

    def end(self) -> None:
        """Tell the last state, and deliver it."""
        self._over.set()
        self.join()
        self._tell(self._state(True))
        self._sink.close()

    def _tell(self, state: CameraState) -> None:
        self._sink.state(state)
        if state.shed != self._shed:
            self._tell_load(state)
        if state.state == "paused":
            self._mark(state)
        if state.state == self._told:
            return
        _log.info("%s: %s%s", state.id, state.state, f" ({state.error})" if state.error else "")
        detail: Detail = {"state": state.state, "before": self._told, "error": state.error}
        self._told = state.state
        self._observe(state, "camera.state", (float(state.state == "running"), "state"), detail)

    def _tell_load(self, state: CameraState) -> None:
        before, self._shed = self._shed, state.shed
        name = steps.NAMES[state.shed]
        log = _log.warning if state.shed > before else _log.info
        log("%s: load shedding: %s%s", state.id, name, f" ({state.shed_reason})" if state.shed_reason else "")
        why: Detail = {} if state.shed_why is None else state.shed_why.model_dump()
        detail: Detail = {"step": name, "before": steps.NAMES[before], "reason": state.shed_reason, **why}
        self._observe(state, "camera.load", (float(state.shed), "step"), detail)

    def _mark(self, state: CameraState) -> None:
        """Say in the buckets of a paused camera why nothing was observed: no look does."""
        at_s = state.updated_at.timestamp()
        if at_s // keys.STEPS_S[0] != self._marked_minute:
            self._marked_minute = at_s // keys.STEPS_S[0]
            self._put(at_s, None, (Increment(keys.SHED, state.shed, "max"),))

    def _observe(self, state: CameraState, kind: Kind, value: tuple[float, str], detail: Detail) -> None:
        observation = Observation(
            id=f"{state.id}:{self._epoch}:{self._seq + 1}", camera_id=state.id, kind=kind, subject="",
            observed_at=state.updated_at, value=value[0], unit=value[1], detail=detail,
        )  # fmt: skip
        self._put(state.updated_at.timestamp(), observation, ())

    def _put(self, at_s: float, told: Observation | None, increments: tuple[Increment, ...]) -> None:
        self._seq += 1
        self._sink.put(Entry(self._seq, at_s, told, increments, self._steps_s if increments else ()))
