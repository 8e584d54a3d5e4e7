"""What an operator says of a zone or a deposit, on its way from the command line to the camera that sees it."""

import logging
import threading
from collections import deque
from collections.abc import Iterable
from typing import Literal

from pydantic import ValidationError, model_validator

from pipeline.keys import COMMANDS_WAITING
from pipeline.schema import Id, Strict

_log = logging.getLogger(__name__)


class Order(Strict):
    """`clean`: what the zone shows now is its clean ground. `normal`: what lies there, or one thing, belongs there."""

    do: Literal["clean", "normal"]
    zone: Id | None = None
    deposit: str | None = None

    @model_validator(mode="after")
    def _of_something(self) -> "Order":
        if (self.zone is None) == (self.deposit is None):
            raise ValueError("names neither a zone nor a deposit, or both; expected one of them")
        if self.do == "clean" and self.zone is None:
            raise ValueError("clean is said of a zone; expected one")
        return self


class Orders:
    """Orders that wait for the camera's thread; filled by the thread that speaks to Redis."""

    def __init__(self, camera_id: str) -> None:
        self._camera_id = camera_id
        self._waiting: deque[Order] = deque(maxlen=COMMANDS_WAITING)
        self._lock = threading.Lock()

    def put(self, texts: Iterable[str]) -> None:
        """Take orders as they were sent (JSON); one that cannot be read is told in the log and left out."""
        for text in texts:
            try:
                order = Order.model_validate_json(text)
            except ValidationError as error:
                _log.warning("%s: an order cannot be read (%d faults)", self._camera_id, error.error_count())
                continue
            _log.info("%s: an operator says %s of %s", self._camera_id, order.do, order.zone or order.deposit)
            with self._lock:
                self._waiting.append(order)

    def take(self) -> list[Order]:
        """Return those that came since the last time, oldest first."""
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
        return taken
