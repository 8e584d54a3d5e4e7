"""Every way in which a request is refused: one table, one form (RFC 9457), one place that answers.

Raise `Refusal` with a slug of `PROBLEMS`; `docs/api.md` lists the same table, and a test compares them.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from hypervisor.feed import FeedAway
from hypervisor.store.values import Conflict, StoreAway

MEDIA_TYPE = "application/problem+json"
MOST_INSTANCE, MOST_NAME, MOST_DETAIL = 256, 128, 4000
"""Characters of an answer that repeat what was asked: whoever asks for a megabyte is not sent one, nor the log."""
PATH = "/:@!$&'()*+,;=~-._"
"""What stands in a path as it is (RFC 3986); everything else is percent-encoded, control characters too."""


class ProblemType(NamedTuple):
    """One row: what it is called, its status, and when it comes."""

    status: int
    title: str
    when: str


PROBLEMS: dict[str, ProblemType] = {
    "not-found": ProblemType(404, "There is no such thing", "unknown path, camera, line, zone, class or deposit"),
    "no-evidence": ProblemType(
        404, "No picture is kept", "the deposit has no such picture, or its time to be kept is over"
    ),
    "method-not-allowed": ProblemType(405, "Not that method", "the path exists, under the methods of `Allow`"),
    "invalid-request": ProblemType(422, "The request cannot be read", "unknown, missing or malformed parameters"),
    "range-too-large": ProblemType(422, "The range is too large", "more points than one answer holds"),
    "purpose-forbids-image": ProblemType(
        403, "The camera's purpose forbids pictures", "a picture of a camera under the purpose `statistics`"
    ),
    "purpose-forbids-step": ProblemType(
        403, "The camera's purpose forbids that detail", "a bucket finer than the camera's `min_step_s`"
    ),
    "not-authenticated": ProblemType(401, "Who asks is not known", "no key or session, or one that is not valid"),
    "not-allowed": ProblemType(403, "That is not granted", "the key or member lacks the scope, camera or service"),
    "state-conflict": ProblemType(409, "It is not in a state for that", "the thing exists already, or has moved on"),
    "changed-since": ProblemType(412, "Somebody changed it", "`If-Match` does not name the version that is kept"),
    "match-required": ProblemType(428, "Say which version you change", "a change without `If-Match`"),
    "too-many-requests": ProblemType(429, "Too many requests", "more than the key may ask; see `Retry-After`"),
    "unknown-host": ProblemType(421, "Not served under that name", "a Host header that is not configured"),
    "too-many-streams": ProblemType(503, "Too many event streams are open", "more streams than one process serves"),
    "body-too-large": ProblemType(413, "The body is too large", "more bytes than the route takes"),
    "pipeline-away": ProblemType(
        503, "Nobody watches that camera now", "no process of `parvis run` answers; see what runs, and try again"
    ),
    "too-early": ProblemType(
        503, "Not enough has been seen yet", "pictures or minutes are still being gathered; see `Retry-After`"
    ),
    "redis-away": ProblemType(503, "The figures cannot be read now", "Redis does not answer; try again"),
    "no-configuration": ProblemType(409, "No configuration file is served", "`parvis serve` runs without `--config`"),
    "configuration-damaged": ProblemType(
        409, "The configuration file has faults", "a change while the file cannot be used as it is"
    ),
    "configuration-unwritable": ProblemType(
        409, "The configuration file cannot be written", "a file or folder without permission, or a full disk"
    ),
    "internal-error": ProblemType(500, "Something broke here", "a fault of Parvis; the log has it"),
}


class FieldProblem(BaseModel):
    """One fault of a request."""

    model_config = ConfigDict(frozen=True)

    where: str = Field(alias="in", description="query, path or header", examples=["query"])
    name: str = Field(description="the parameter", examples=["from"])
    detail: str = Field(description="what is wrong with it", examples=["no time zone; expected an offset or Z"])


class Problem(BaseModel):
    """An error as RFC 9457 describes it."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(examples=["urn:parvis:problem:not-found"])
    title: str = Field(examples=["There is no such thing"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["camera 'nord' is unknown; there are: parvis-nord"])
    instance: str = Field(
        description=f"path of the request, its first {MOST_INSTANCE} characters", examples=["/v1/cameras/nord"]
    )
    errors: list[FieldProblem] | None = Field(default=None, description="for invalid-request: each fault")


class Refusal(Exception):
    """A request that is answered with a problem of the table."""

    def __init__(
        self, slug: str, detail: str, errors: tuple[tuple[str, str, str], ...] = (), retry_s: int | None = None
    ) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = _printable(detail, MOST_DETAIL)
        self.errors = errors  # (in, name, detail)
        self.retry_s = retry_s  # of 503: when to ask again


def instance_of(path: str) -> str:
    """Return the path of a request as a reference (RFC 3986), cut where it is too long; never within an escape."""
    cut = quote(path[:MOST_INSTANCE], safe=PATH)[:MOST_INSTANCE]
    return re.sub("%[0-9A-F]?$", "", cut)


def _printable(text: str, most: int) -> str:
    """Return a text without control characters but line breaks, cut where it is too long."""
    shown = "".join(one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text[:most])
    return f"{shown[: most - 1]}…" if len(text) > most else shown


def problem(path: str, refusal: Refusal, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return the answer that says a refusal."""
    row = PROBLEMS[refusal.slug]
    body: dict[str, Any] = {
        "type": f"urn:parvis:problem:{refusal.slug}",
        "title": row.title,
        "status": row.status,
        "detail": refusal.detail,
        "instance": instance_of(path),
    }
    if refusal.errors:
        body["errors"] = [
            {"in": where, "name": _printable(name, MOST_NAME), "detail": _printable(detail, MOST_DETAIL)}
            for where, name, detail in refusal.errors
        ]
    if row.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers = {"Retry-After": str(refusal.retry_s or 2)} | (headers or {})
    if row.status == HTTPStatus.UNAUTHORIZED:
        headers = {"WWW-Authenticate": 'Bearer realm="parvis"'} | (headers or {})
    return JSONResponse(body, row.status, headers, MEDIA_TYPE)


Page = Callable[[Request, Refusal], Response | None]
"""Says a refusal to people; None where a program asks."""


def answer_of(request: Request, refusal: Refusal, headers: dict[str, str] | None = None) -> Response:
    """Return a refusal as whoever asks reads it: a page for people, a problem document for programs."""
    document = problem(request.url.path, refusal, headers)
    shown: Page | None = getattr(request.app.state, "problem_page", None)
    page = shown(request, refusal) if shown is not None else None
    if page is None:
        return document
    for name in ("Retry-After", "Allow", *(headers or {})):
        if name in document.headers:
            page.headers[name] = document.headers[name]
    return page


def responses(*slugs: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of the problems a route can answer with."""
    documented: dict[int | str, dict[str, Any]] = {}
    for slug in slugs:
        row = PROBLEMS[slug]
        known = documented.get(row.status)
        text = f"`{slug}`: {row.when}"
        documented[row.status] = {
            "description": f"{known['description']}; {text}" if known else text,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return documented


def install(app: FastAPI, page: Page) -> None:
    """Make the application answer every refusal with a problem document (`edge` answers for its own faults), or with
    a page where a person asks for one."""
    app.state.problem_page = page
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(FeedAway, _away)
    app.add_exception_handler(StoreAway, _away)
    app.add_exception_handler(Conflict, _conflict)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return answer_of(request, error)


async def _away(request: Request, error: Exception) -> Response:
    return answer_of(request, Refusal("redis-away", str(error)))


async def _conflict(request: Request, error: Exception) -> Response:
    """Answer for two who changed one thing at the same moment: the second is told."""
    return answer_of(request, Refusal("changed-since", f"{error}; read it again"))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = tuple(
        (str(fault["loc"][0]), ".".join(str(part) for part in fault["loc"][1:]), _sentence(fault["msg"]))
        for fault in error.errors()
    )
    detail = "; ".join(f"{name}: {text}" for _, name, text in faults)
    return answer_of(request, Refusal("invalid-request", detail, faults))


async def _http(request: Request, error: Exception) -> Response:
    """Answer for what the framework refuses by itself: unknown paths and methods."""
    assert isinstance(error, HTTPException)
    path = instance_of(request.url.path)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        refusal = Refusal("method-not-allowed", f"{request.method} is not offered at {path}")
        allowed = _methods_at(request)
        return answer_of(request, refusal, {"Allow": allowed} if allowed else dict(error.headers or {}))
    if error.status_code == HTTPStatus.NOT_FOUND:
        return answer_of(request, Refusal("not-found", f"nothing is served at {path}"))
    return answer_of(request, Refusal("invalid-request", str(error.detail)))


def _methods_at(request: Request) -> str:
    """Return all methods of a path: the framework names those of one route only, though several may share a path."""
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    paths: dict[str, Any] = request.app.openapi()["paths"]
    matching = [one for one in paths if re.fullmatch(re.sub(r"{\w+}", "[^/]+", one), path)]
    # A path that is written out is documented by itself, though a template of another route matches it too.
    chosen = [path] if path in paths else matching
    return ", ".join(method.upper() for one in chosen for method in paths[one])


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ")
