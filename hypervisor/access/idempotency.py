"""`Idempotency-Key`: a POST that is sent again, because nobody knows whether it arrived, is not done again.

For 24 hours the answer is given again (draft-ietf-httpapi-idempotency-key-header). It covers every POST of the API, so
no route has to do anything for it. What it cannot know: a process that dies between the change and this note of it has
done the change; a repeat is refused while the note says that it runs (`RUNNING_S`), and done again after that.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from http.client import MULTIPLE_CHOICES, OK
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hypervisor.access.principal import Principal
from hypervisor.problems import Refusal, problem
from hypervisor.store.documents import Documents
from hypervisor.store.values import NEW, Commit, Conflict, Store, StoreAway

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT_S = 24 * 3600
RUNNING_S = 60
MOST_BYTES = 64 * 1024  # of an answer that is kept
GIVEN_AGAIN = ("content-type", "etag", "location", "link")
_KEY = re.compile(r'"([\x20-\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})', re.ASCII)


class Note(BaseModel):
    """A POST that was sent with a key. The answer is kept with it unless it holds a secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str  # of the body
    until_s: float  # until when it counts: soon while it runs, later once it is done
    status: int | None = None  # None: it runs
    headers: dict[str, str] = {}
    body: str | None = None  # base64; None: not kept


class Sent(NamedTuple):
    """What came with a key."""

    id: str  # of the note: principal, route and key
    digest: str
    body: bytes


class Idempotency:
    """ASGI middleware inside of the gate: it needs to know who asks."""

    def __init__(self, app: ASGIApp, store: Store, clock: Callable[[], float]) -> None:
        self._app, self._clock, self._store = app, clock, store
        self._notes = Documents(store, "idempotency", Note)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        key = Headers(scope=scope).get(HEADER) if scope["type"] == "http" and scope["method"] == "POST" else None
        principal: Principal | None = scope.get("principal")
        if key is None or principal is None:
            await self._app(scope, receive, send)
            return
        try:
            sent = await _sent(scope, principal, key, receive)
            begun = await self._begun(sent)
        except (Refusal, StoreAway) as error:
            refusal = error if isinstance(error, Refusal) else Refusal("redis-away", str(error))
            await problem(scope["path"], refusal)(scope, receive, send)
            return
        if isinstance(begun, Response):
            await begun(scope, receive, send)
            return
        await self._done(sent, begun, scope, send)

    async def _begun(self, sent: Sent) -> int | Response:
        """Note that it runs and return the note's version; or return the answer it had before.

        Raises:
            Refusal: if it runs now, was another request, or its answer is not kept.
        """
        known = await self._notes.get(sent.id)
        if known is not None and self._clock() < known.value.until_s:
            return _again(sent, known.value)
        note = Note(digest=sent.digest, until_s=self._clock() + RUNNING_S)
        expect = NEW if known is None else known.version
        change = self._notes.change(sent.id, note, at_s=self._clock(), expect=expect, kept_s=RUNNING_S)
        try:
            await self._store.commit(Commit([change]))
        except Conflict:
            raise Refusal("state-conflict", "the same request is being done at this moment") from None
        return expect + 1

    async def _done(self, sent: Sent, version: int, scope: Scope, send: Send) -> None:
        """Do it, and keep the answer before it is sent: who got one gets the same one again."""
        answer = _Answer()
        body = iter([{"type": "http.request", "body": sent.body, "more_body": False}])

        async def receive_again() -> Message:
            return next(body, {"type": "http.disconnect"})

        try:
            await self._app(scope, receive_again, answer)
        finally:
            await self._note(sent, version, answer)
        for message in answer.messages:
            await send(message)

    async def _note(self, sent: Sent, version: int, answer: "_Answer") -> None:
        """Keep the answer of what was done; forget what was refused, because nothing was done."""
        if answer.status is not None and OK <= answer.status < MULTIPLE_CHOICES:
            note = answer.note(sent.digest, self._clock() + KEPT_S)
            change = self._notes.change(sent.id, note, at_s=self._clock(), expect=version, kept_s=KEPT_S)
        else:
            change = self._notes.removal(sent.id, version)
        with suppress(Conflict, StoreAway):  # another began meanwhile, or nothing can be noted: answer all the same
            await self._store.commit(Commit([change]))


class _Answer:
    """Collects an answer."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.status = int(message["status"])

    def note(self, digest: str, until_s: float) -> Note:
        """Return what is kept of it: nothing that is told only once, and nothing large."""
        headers = MutableHeaders(raw=list(self.messages[0]["headers"]))
        body = b"".join(message.get("body", b"") for message in self.messages[1:])
        secret = "no-store" in headers.get("cache-control", "")
        text = None if secret or len(body) > MOST_BYTES else base64.b64encode(body).decode()
        kept = {name: headers[name] for name in GIVEN_AGAIN if name in headers}
        return Note(digest=digest, until_s=until_s, status=self.status, headers=kept, body=text)


async def _sent(scope: Scope, principal: Principal, key: str, receive: Receive) -> Sent:
    found = _KEY.fullmatch(key.strip())
    if found is None:
        text = "expected 1 to 255 printable characters, in quotes or not"
        raise Refusal("invalid-request", f"{HEADER}: {text}", (("header", HEADER, text),))
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal("invalid-request", "the connection ended before the body")
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    route = [principal.actor, scope["path"], scope["query_string"].decode("latin-1"), found[1] or found[2]]
    name = hashlib.sha256(json.dumps(route).encode()).hexdigest()
    return Sent(name, hashlib.sha256(body).hexdigest(), body)


def _again(sent: Sent, note: Note) -> Response:
    if note.digest != sent.digest:
        text = "was used for another body; expected a new key for a new request"
        raise Refusal("invalid-request", f"{HEADER} {text}", (("header", HEADER, text),))
    if note.status is None:
        raise Refusal("state-conflict", "the same request is being done at this moment")
    if note.body is None:
        raise Refusal("state-conflict", "the same request was done before; its answer is told once only, or too large")
    return Response(base64.b64decode(note.body), note.status, {**note.headers, REPLAYED: "true"})
