"""How a camera is, told every second: to whoever asks, and on the stream when it changes."""

import logging
import threading
from collections.abc import Callable

from pipeline.observation import CameraState, Observation
from pipeline.publish import Entry, Sink

STATE_S = 1.0
"""A camera's state is told so often; readers take ten times that as a sign that its worker is gone."""

Detail = dict[str, str | int | float | None]

_log = logging.getLogger(__name__)


class Reporter(threading.Thread):
    """Tells a camera's state every second, and each change of it as an observation.

    `state` returns the state now (True: the watch is over); `epoch` names the entries, which are not of the recording.
    """

    def __init__(self, state: Callable[[bool], CameraState], sink: Sink, epoch: str) -> None:
        self._state, self._sink, self._epoch = state, sink, epoch
        super().__init__(name="reporter", daemon=True)
        self._over = threading.Event()
        self._told: str | None = None
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
        if state.state == self._told:
            return
        _log.info("%s: %s%s", state.id, state.state, f" ({state.error})" if state.error else "")
        detail: Detail = {"state": state.state, "before": self._told, "error": state.error}
        self._told = state.state
        self._seq += 1
        observation = Observation(
            id=f"{state.id}:{self._epoch}:{self._seq}", camera_id=state.id, kind="camera.state", subject="",
            observed_at=state.updated_at, value=float(state.state == "running"), unit="state", detail=detail,
        )  # fmt: skip
        self._sink.put(Entry(self._seq, state.updated_at.timestamp(), observation, (), ()))
