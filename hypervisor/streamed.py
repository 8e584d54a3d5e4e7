"""Bodies that are read as they come, never longer than they may be."""

from collections.abc import AsyncIterator

from fastapi import Request

from hypervisor.problems import Refusal


async def chunks(request: Request, most_bytes: int) -> AsyncIterator[bytes]:
    """Yield a request's body.

    Raises:
        Refusal: it is longer than `most_bytes` (`body-too-large`); what came before has been yielded.
    """
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > most_bytes:
        raise too_large(most_bytes)
    read = 0
    async for chunk in request.stream():
        read += len(chunk)
        if read > most_bytes:
            raise too_large(most_bytes)
        yield chunk


async def whole(request: Request, most_bytes: int) -> bytes:
    """Return a request's body (see `chunks`)."""
    return b"".join([chunk async for chunk in chunks(request, most_bytes)])


def too_large(most_bytes: int) -> Refusal:
    """Return the refusal of a body that is longer than it may be."""
    return Refusal("body-too-large", f"the body is too large; expected {most_bytes} bytes at most")
