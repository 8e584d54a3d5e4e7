"""How large a body may be: counted as it comes, whatever its header says."""

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from hypervisor.problems import problem
from hypervisor.streamed import too_large

MOST_BYTES = 4 << 20
MOST_CSV_BYTES = 32 << 20
"""Tables of measurements are uploaded whole, and read line by line. Routes may take less (`hypervisor.streamed`)."""


class TooLarge(Exception):
    """More came than a body may have."""


class BodyBound:
    """The body of one request: `receive` counts, `send` says 413 if it was too much."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        headers = Headers(scope=scope)
        is_csv = headers.get("content-type", "").split(";")[0].strip().lower() == "text/csv"
        self.most = MOST_CSV_BYTES if is_csv else MOST_BYTES
        declared = headers.get("content-length", "")
        self._left = self.most
        self.exceeded = declared.isdigit() and int(declared) > self.most
        self._answered = False

    async def receive(self) -> Message:
        """Return the next part of the body.

        Raises:
            TooLarge: if it is more than a body may have.
        """
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.exceeded = True
            raise TooLarge
        return message

    async def send(self, message: Message) -> None:
        """Send an answer, unless it is about a body that nobody read to its end."""
        if not self.exceeded:
            await self._send(message)
        elif not self._answered:
            await self.refuse()

    async def refuse(self) -> None:
        """Answer that it is too large."""
        if self._answered:
            return
        self._answered = True
        await problem(self._scope["path"], too_large(self.most), {"Connection": "close"})(
            self._scope, self._receive, self._send
        )
