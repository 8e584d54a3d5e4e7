"""Every way in which a request is refused: one table, one form (RFC 9457), one place that answers.

Raise `Refusal` with a slug of `PROBLEMS`; `docs/api.md` lists the same table, and a test compares them.
"""

import re
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from hypervisor.feed import FeedAway
from hypervisor.store.values import Conflict, StoreAway

MEDIA_TYPE = "application/problem+json"


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
    instance: str = Field(description="path of the request", examples=["/v1/cameras/nord"])
    errors: list[FieldProblem] | None = Field(default=None, description="for invalid-request: each fault")


class Refusal(Exception):
    """A request that is answered with a problem of the table."""

    def __init__(
        self, slug: str, detail: str, errors: tuple[tuple[str, str, str], ...] = (), retry_s: int | None = None
    ) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail
        self.errors = errors  # (in, name, detail)
        self.retry_s = retry_s  # of 503: when to ask again


def problem(path: str, refusal: Refusal, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return the answer that says a refusal."""
    row = PROBLEMS[refusal.slug]
    body: dict[str, Any] = {
        "type": f"urn:parvis:problem:{refusal.slug}",
        "title": row.title,
        "status": row.status,
        "detail": refusal.detail,
        "instance": path,
    }
    if refusal.errors:
        body["errors"] = [{"in": where, "name": name, "detail": detail} for where, name, detail in refusal.errors]
    if row.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers = {"Retry-After": str(refusal.retry_s or 2)} | (headers or {})
    if row.status == HTTPStatus.UNAUTHORIZED:
        headers = {"WWW-Authenticate": 'Bearer realm="parvis"'} | (headers or {})
    return JSONResponse(body, row.status, headers, MEDIA_TYPE)


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


def install(app: FastAPI) -> None:
    """Make the application answer every refusal with a problem document (`edge` answers for its own faults)."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(FeedAway, _away)
    app.add_exception_handler(StoreAway, _away)
    app.add_exception_handler(Conflict, _conflict)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _refusal(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    return problem(request.url.path, error)


async def _away(request: Request, error: Exception) -> JSONResponse:
    return problem(request.url.path, Refusal("redis-away", str(error)))


async def _conflict(request: Request, error: Exception) -> JSONResponse:
    """Answer for two who changed one thing at the same moment: the second is told."""
    return problem(request.url.path, Refusal("changed-since", f"{error}; read it again"))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = tuple(
        (str(fault["loc"][0]), ".".join(str(part) for part in fault["loc"][1:]), _sentence(fault["msg"]))
        for fault in error.errors()
    )
    detail = "; ".join(f"{name}: {text}" for _, name, text in faults)
    return problem(request.url.path, Refusal("invalid-request", detail, faults))


async def _http(request: Request, error: Exception) -> JSONResponse:
    """Answer for what the framework refuses by itself: unknown paths and methods."""
    assert isinstance(error, HTTPException)
    path = request.url.path
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        refusal = Refusal("method-not-allowed", f"{request.method} is not offered at {path}")
        allowed = _methods_at(request)
        return problem(path, refusal, {"Allow": allowed} if allowed else dict(error.headers or {}))
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem(path, Refusal("not-found", f"nothing is served at {path}"))
    return problem(path, Refusal("invalid-request", str(error.detail)))


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
