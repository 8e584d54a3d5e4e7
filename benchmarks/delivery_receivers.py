"""Receivers of `parvis bench delivery`, as one process of their own: `/good/<n>` accepts, `/hang/<n>` never answers.

What was accepted is written to a file before the answer goes out, so that it survives `kill -9`: a line of moment,
receiver, event id, lane, number. With `--faults SHARE` a part of the requests is refused, dropped before or after it
was accepted, or answered late.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from contextlib import suppress

HEAD_END = b"\r\n\r\n"
ACCEPTED = b"HTTP/1.1 204 No Content\r\n\r\n"
FAILED = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"
LATE_S = 0.6


class Receivers:
    """All receivers of one port."""

    def __init__(self, log: int, faults: float, seed: int) -> None:
        self._log, self._faults, self._random = log, faults, random.Random(seed)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while await self._request(reader, writer):
                await writer.drain()
        writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(HEAD_END)).decode("latin-1")
        path = head.split(" ", 2)[1]
        length = next(int(row[15:]) for row in head.lower().split("\r\n") if row.startswith("content-length:"))
        body = await reader.readexactly(length)
        if path.startswith("/hang/"):
            await reader.read()  # until the other side gives up
            return False
        fault = self._random.random() / self._faults if self._faults else 1.0
        if fault < 0.25:
            writer.write(FAILED)
            return True
        if fault < 0.5:
            return False  # dropped before it was accepted
        self._accept(path, body)
        if fault < 0.75:
            return False  # accepted, but the answer is lost
        if fault < 1.0:
            await asyncio.sleep(LATE_S)
        writer.write(ACCEPTED)
        return True

    def _accept(self, path: str, body: bytes) -> None:
        at_s, event = time.time(), json.loads(body)
        detail = event["data"].get("detail", event["data"])
        line = [f"{at_s:.6f}", path, event["id"], event["partitionkey"], str(detail.get("n")), str(detail.get("told"))]
        os.write(self._log, ("\t".join(line) + "\n").encode())


async def main(port: int, path: str, faults: float, seed: int) -> None:
    """Serve until a signal."""
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await asyncio.start_server(Receivers(log, faults, seed).serve, "127.0.0.1", port, backlog=512)
    await stopped.wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4])))
