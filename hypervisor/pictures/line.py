"""How questions reach the pipeline, wherever it runs."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from pipeline.asks import Answer, Ask, ProbeAsk


class PipelineAway(Exception):
    """Nobody answers. The message is for users and holds no address."""


class Line(Protocol):
    """Every method raises `PipelineAway` when nobody hears, or nobody answers in time."""

    async def ask(self, camera: str, ask: Ask) -> tuple[Answer, bytes]:
        """Ask a camera; return what is answered within `ask.within_s`, and a picture, if there is one."""

    async def probe(self, ask: ProbeAsk) -> Answer:
        """Let a source be tried."""

    async def want(self, camera: str, ask: Ask) -> None:
        """Say that live pictures of a camera are wanted; nobody answers."""

    def live(self, camera: str) -> AbstractAsyncContextManager[AsyncIterator[tuple[Answer, bytes]]]:
        """Hear the live pictures of a camera; without end."""

    async def close(self) -> None:
        """Let go of connections."""


class NoLine:
    """Leads nowhere: nobody ever answers."""

    async def ask(self, camera: str, ask: Ask) -> tuple[Answer, bytes]:
        """Fail."""
        raise PipelineAway("pictures are not asked for here")

    async def probe(self, ask: ProbeAsk) -> Answer:
        """Fail."""
        raise PipelineAway("pictures are not asked for here")

    async def want(self, camera: str, ask: Ask) -> None:
        """Fail."""
        raise PipelineAway("pictures are not asked for here")

    def live(self, camera: str) -> AbstractAsyncContextManager[AsyncIterator[tuple[Answer, bytes]]]:
        """Fail."""
        raise PipelineAway("pictures are not asked for here")

    async def close(self) -> None:
        """Do nothing."""
