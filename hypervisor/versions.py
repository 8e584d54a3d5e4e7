"""Versions of documents in HTTP: `ETag` on what is read, `If-Match` on what is changed."""

import re
from typing import Annotated, Any

from fastapi import Depends, Header, Response

from hypervisor.problems import Refusal, responses

_TAG = re.compile(r'"(\d{1,15})"', re.ASCII)
ETAG = {
    "ETag": {"description": "the version that is kept; a change names it in `If-Match`", "schema": {"type": "string"}}
}
CHANGES = responses("match-required", "changed-since")
"""What a route with `IfMatch` can answer besides."""


def etag(version: int) -> str:
    """Return the ETag of a version: strong, because the document follows from it."""
    return f'"{version}"'


def tagged(response: Response, version: int) -> None:
    """Say the version of what is answered."""
    response.headers["ETag"] = etag(version)


async def _if_match(
    if_match: Annotated[
        str | None, Header(description='the `ETag` of what is changed, such as `"3"`; `*`: whatever is there')
    ] = None,
) -> int | None:
    """Return the version that a change expects; None: any.

    Raises:
        Refusal: if the request does not say.
    """
    if if_match is None:
        raise Refusal("match-required", "the header If-Match is missing; expected the ETag of what you change, or *")
    if if_match.strip() == "*":
        return None
    found = _TAG.fullmatch(if_match.strip())
    if found is None:
        text = f"{if_match[:40]!r} is no ETag of ours"
        raise Refusal("changed-since", f'If-Match: {text}; expected one such as "3"')
    return int(found[1])


IfMatch = Annotated[int | None, Depends(_if_match)]
"""The version that the request expects; None: any. Missing: 428, another one: 412 (`expected`)."""


def expected(if_match: int | None, kept: Any) -> int:
    """Return the version to hand to the store, after comparing it with what was read (anything with a `version`).

    Raises:
        Refusal: if they differ.
    """
    version: int = kept.version
    if if_match is not None and if_match != version:
        raise Refusal("changed-since", f"version {version} is kept now; read it again")
    return version
