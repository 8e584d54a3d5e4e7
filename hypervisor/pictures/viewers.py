"""Who watches live: one subscription a camera however many watch, and of each picture as many copies as are taken.

A viewer that is slow misses pictures and holds nobody up. The pipeline makes live pictures only while it is told, every
second, that somebody wants them; who stops saying so is forgotten after `LEASE_S`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from pydantic_core import to_json

from hypervisor.pictures.asking import ask_id
from hypervisor.pictures.line import Line, PipelineAway
from hypervisor.problems import Refusal
from pipeline.asks import LEASE_S, Ask, Taken

EVERY_S = LEASE_S / 3
GIVEN_UP_AFTER = 4
"""Times in a row that nobody hears: then the views end, and who asks again is told."""

BOUNDARY = "parvis"

_log = logging.getLogger(__name__)


class Viewer:
    """One who watches: holds the newest picture that it has not taken yet."""

    def __init__(self) -> None:
        self._part: bytes | None = None
        self._news = asyncio.Event()
        self._over = False

    def offer(self, part: bytes) -> None:
        """Put a picture in the place of the one before."""
        self._part = part
        self._news.set()

    def end(self) -> None:
        """End it: nothing more is shown."""
        self._over = True
        self._news.set()

    async def next(self, timeout_s: float) -> bytes | None:
        """Return the next picture as a part; None at the end.

        Raises:
            TimeoutError: none came.
        """
        async with asyncio.timeout(timeout_s):
            await self._news.wait()
        self._news.clear()
        if self._over:
            self._news.set()
            return None
        return self._part


class Viewers:
    """All who watch live through this process."""

    def __init__(self, line: Line, most: int, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._line, self._most, self._pause = line, most, pause
        self._watched: dict[str, set[Viewer]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    def __len__(self) -> int:
        return sum(map(len, self._watched.values()))

    async def join(self, camera: str) -> Viewer:
        """Begin to watch.

        Raises:
            Refusal: too many watch, or nobody answers for the camera.
        """
        if self._closed or len(self) >= self._most:
            raise Refusal("too-many-streams", f"{len(self)} live views are open; try again later")
        try:
            await self._want(camera)
        except PipelineAway as error:
            raise Refusal("pipeline-away", str(error)) from None
        viewer = Viewer()
        self._watched.setdefault(camera, set()).add(viewer)
        if camera not in self._tasks:
            task = self._tasks[camera] = asyncio.create_task(self._follow(camera))
            task.add_done_callback(lambda _: self._ended(camera, task))
        return viewer

    def leave(self, camera: str, viewer: Viewer) -> None:
        """Watch no more."""
        watching = self._watched.get(camera, set())
        watching.discard(viewer)
        if not watching:
            self._watched.pop(camera, None)
            if camera in self._tasks:
                self._tasks.pop(camera).cancel()

    def close(self) -> None:
        """End all views and take no more."""
        self._closed = True
        for watching in self._watched.values():
            for viewer in watching:
                viewer.end()

    async def _want(self, camera: str) -> None:
        await self._line.want(camera, Ask(id=ask_id(), what="live", within_s=LEASE_S))

    async def _follow(self, camera: str) -> None:
        """Hand out pictures until nobody watches, or nobody answers any more."""
        with suppress(PipelineAway):
            async with self._line.live(camera) as pictures, asyncio.TaskGroup() as group:
                wishing = group.create_task(self._wish(camera))
                hearing = asyncio.ensure_future(anext(pictures))
                try:
                    while not wishing.done():
                        await asyncio.wait((wishing, hearing), return_when=asyncio.FIRST_COMPLETED)
                        if hearing.done():
                            answer, picture = hearing.result()
                            hearing = asyncio.ensure_future(anext(pictures))
                            self._hand_out(camera, answer.content, picture)
                finally:
                    hearing.cancel()

    async def _wish(self, camera: str) -> None:
        """Say again and again that live pictures are wanted; return once nobody hears."""
        unheard = 0
        while unheard < GIVEN_UP_AFTER:
            try:
                await self._want(camera)
                unheard = 0
            except PipelineAway as error:
                unheard += 1
                _log.debug("camera %s: %s", camera, error)
            await self._pause(EVERY_S)

    def _hand_out(self, camera: str, content: object, picture: bytes) -> None:
        if isinstance(content, Taken) and picture:
            made = part(content, picture)
            for viewer in self._watched.get(camera, ()):
                viewer.offer(made)

    def _ended(self, camera: str, task: asyncio.Task[None]) -> None:
        """End the views of a camera whose pictures come no more: who watches may ask again, and is told why."""
        if self._tasks.get(camera) is task:
            del self._tasks[camera]
            for viewer in self._watched.get(camera, ()):
                viewer.end()
        if not task.cancelled() and task.exception() is not None:
            _log.error("camera %s: its live view broke off", camera, exc_info=task.exception())


def part(taken: Taken, picture: bytes) -> bytes:
    """Return a picture as a part of `multipart/x-mixed-replace`."""
    head = (
        f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n"
        f"X-Parvis-Time: {taken.at.isoformat()}\r\nX-Parvis-Boxes: {to_json(taken.boxes).decode()}\r\n\r\n"
    )
    return head.encode() + picture + b"\r\n"
