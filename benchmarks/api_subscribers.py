"""Subscribers of `parvis bench api`: many readers of /v1/stream in one process of their own.

Says `@ready` once all streams are open; at the end of its standard input it writes what it heard as one line of JSON:
events by subscriber, and how long each took from the moment that stands in it.
"""

import asyncio
import json
import sys
import time
from array import array

TOLD = b'"told":'
OPENING_AT_ONCE = 20


class Heard:
    """What all subscribers heard."""

    def __init__(self, count: int) -> None:
        self.events = [0] * count
        self.took_ms = array("d")
        self._writers: list[asyncio.StreamWriter] = []  # a connection is closed with the last reference to its writer

    async def listen(self, port: int, key: str, opened: asyncio.Semaphore) -> asyncio.StreamReader:
        """Open one stream; return it at its first event."""
        async with opened:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
            head = f"GET /v1/stream?kind=crossing HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n"
            self._writers.append(writer)
            writer.write(head.encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in answer.split(b"\r\n")[0]:
                raise SystemExit(f"the hypervisor answers {answer.splitlines()[0].decode()}")
        return reader

    async def read(self, number: int, reader: asyncio.StreamReader) -> None:
        """Count events until cancelled."""
        while line := await reader.readline():
            at = line.find(TOLD)
            if at > 0 and line.startswith(b"data:"):
                begin = at + len(TOLD)
                end = min(place for place in (line.find(b",", begin), line.find(b"}", begin)) if place > 0)
                self.took_ms.append((time.time() - float(line[begin:end])) * 1000)
                self.events[number] += 1


async def main(port: int, key: str, count: int) -> None:
    """Listen until standard input ends."""
    heard, opening = Heard(count), asyncio.Semaphore(OPENING_AT_ONCE)
    readers = await asyncio.gather(*(heard.listen(port, key, opening) for _ in range(count)))
    tasks = [asyncio.create_task(heard.read(n, reader)) for n, reader in enumerate(readers)]
    sys.stdout.write("@ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    sys.stdout.write(json.dumps({"events": heard.events, "took_ms": sorted(heard.took_ms)}) + "\n")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
