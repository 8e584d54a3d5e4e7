"""Takes values in from every side, checks them, keeps the good ones and reports on the others, within bounds."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hypervisor.sensors.adapters.tables import LONGEST_LINE, LineReader, reader
from hypervisor.sensors.ledger import Ledger
from hypervisor.sensors.model import Sensor
from hypervisor.sensors.values import Checked, Fault, Raw, Unreadable, check

FAULTS_TOLD = 100
"""Faults that a report names; of more it tells how many."""

LINES_AT_ONCE = 2000
KNOWN_MOST = 10_000

Mine = Callable[[Sensor], bool]
"""Whether who sends may send for a sensor."""


class ValueFault(BaseModel):
    """One value that was refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item: int = Field(description="number of the value, or of the line in a table, from 1")
    name: str = Field(description="what is wrong of it", examples=["unit"])
    detail: str = Field(description="what is wrong, and what was expected")


class IntakeReport(BaseModel):
    """What became of values: what is good is kept, whatever else came with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    received: int
    kept: int = Field(description="those that came after their bucket was due included")
    late: int = Field(description="of them: came after their bucket was due; they count in it, flagged")
    repeated: int = Field(description="came before, of the same sensor, measure and moment; the first one counts")
    refused: int
    faults: list[ValueFault] = Field(description=f"the first {FAULTS_TOLD}")
    faults_untold: int = Field(description="how many more there were")


class _Tally:
    """Counts what became of values; its size does not grow with them."""

    def __init__(self) -> None:
        self.received = self.kept = self.late = self.repeated = self.refused = 0
        self.faults: list[Fault] = []

    def refuse(self, fault: Fault) -> None:
        self.received += 1
        self.refused += 1
        if len(self.faults) < FAULTS_TOLD:
            self.faults.append(fault)

    def report(self) -> IntakeReport:
        told = [ValueFault(item=one.number, name=one.field[:80], detail=one.detail) for one in self.faults]
        return IntakeReport(
            received=self.received,
            kept=self.kept,
            late=self.late,
            repeated=self.repeated,
            refused=self.refused,
            faults=sorted(told, key=lambda one: one.item),
            faults_untold=self.refused - len(told),
        )


class Intake:
    """One delivery of values by one sender."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float], mine: Mine) -> None:
        self._ledger, self._clock, self._mine = ledger, clock, mine
        self._known: dict[str, Sensor | None] = {}
        self._tally = _Tally()

    async def values(self, raws: Sequence[Raw | Fault]) -> None:
        """Take values; whatever is wrong with one is told in the report."""
        await self._look_up({one.sensor for one in raws if isinstance(one, Raw)})
        now_s = self._clock()
        good: list[Checked] = []
        for raw in raws:
            found = raw if isinstance(raw, Fault) else self._checked(raw, now_s)
            if isinstance(found, Fault):
                self._tally.refuse(found)
            else:
                good.append(found)
        for value, outcome in zip(good, await self._ledger.add(good), strict=True):
            if outcome == "full":
                self._tally.refuse(Fault(value.number, "time", "too many values in that hour; expected one a second"))
                continue
            self._tally.received += 1
            self._tally.kept += outcome in ("kept", "late")
            self._tally.late += outcome == "late"
            self._tally.repeated += outcome == "repeated"

    async def table(self, chunks: AsyncIterator[bytes], sensor: Sensor | None) -> None:
        """Take a table as it comes, line by line.

        Raises:
            Unreadable: it has no header, or not the expected one; nothing was kept.
        """
        read: LineReader | None = None
        waiting: list[Raw | Fault] = []
        number = 0
        async for number, line in _numbered(chunks):
            if isinstance(line, Fault):
                waiting.append(line)
            elif not line.strip():
                continue
            elif read is None:
                read = reader(line, sensor)
            else:
                waiting += read(number, line)
            if len(waiting) >= LINES_AT_ONCE:
                await self.values(waiting)
                waiting = []
        if read is None:
            raise Unreadable("is empty; expected a header and lines below it")
        await self.values(waiting)

    def report(self) -> IntakeReport:
        """Return what became of everything so far."""
        return self._tally.report()

    def _checked(self, raw: Raw, now_s: float) -> Checked | Fault:
        sensor = self._known.get(raw.sensor)
        if sensor is None:
            return Fault(raw.number, "sensor", f"{raw.sensor[:63]!r} is unknown here")
        return check(raw, sensor, now_s)

    async def _look_up(self, ids: Iterable[str]) -> None:
        if len(self._known) > KNOWN_MOST:  # a table of made-up names must not fill the memory
            self._known.clear()
        unknown = [one for one in ids if one not in self._known]
        found = await self._ledger.sensors.many(unknown)
        for one in unknown:
            sensor = found[one].value if one in found else None
            self._known[one] = sensor if sensor is not None and self._mine(sensor) else None


async def _numbered(chunks: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, str | Fault]]:
    """Yield lines with their number, in the memory of one line."""
    rest, number, too_long = b"", 0, False
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            number += 1
            yield number, _text(number, line, too_long)
            too_long = False
        if len(rest) > LONGEST_LINE:
            rest, too_long = b"", True
    if rest or too_long:
        yield number + 1, _text(number + 1, rest, too_long)


def _text(number: int, line: bytes, too_long: bool) -> str | Fault:
    if too_long or len(line) > LONGEST_LINE:
        return Fault(number, "line", f"is too long; expected {LONGEST_LINE} bytes at most")
    try:
        return line.removeprefix(b"\xef\xbb\xbf").decode().rstrip("\r")
    except UnicodeDecodeError:
        return Fault(number, "line", "is not UTF-8")


def message(text: bytes) -> Any:
    """Read JSON from outside of HTTP (MQTT).

    Raises:
        Unreadable: it is none.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("is no JSON") from None
