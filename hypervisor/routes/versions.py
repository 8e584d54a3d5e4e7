"""What routes over kept documents share: versions as ETags, pages by order, and who owns what."""

import re
from collections.abc import Callable
from secrets import token_bytes
from typing import Annotated, Any, NamedTuple, TypeVar

from fastapi import Header, Response
from pydantic import BaseModel

from hypervisor.access.principal import Principal
from hypervisor.ids import RANDOM_BYTES, new_id
from hypervisor.problems import Refusal
from hypervisor.store.documents import Documents, Kept

Model = TypeVar("Model", bound=BaseModel)
SCAN = 200  # documents read at once
MOST_SCANNED = 2000  # documents that one request looks at
CURSOR = r"^\d{1,15}~[a-z0-9_-]{1,63}$"

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description='the `ETag` of what is changed, such as `"3"`', examples=['"3"']),
]
ETAG = {"ETag": {"description": "the version; `If-Match` of the next change", "schema": {"type": "string"}}}
LINK = {"Link": {"description": "RFC 8288, rel=next; absent on the last page", "schema": {"type": "string"}}}


class Found(NamedTuple):
    """A page of documents, and where the next begins."""

    items: list[Any]
    next: str | None


def match_of(header: str | None) -> int:
    """Return the version that a change is meant for.

    Raises:
        Refusal: if the header is missing or no version.
    """
    if header is None:
        raise Refusal("match-required", "If-Match is missing; expected the ETag of the answer that was read")
    found = re.fullmatch(r'(?:W/)?"(\d{1,15})"', header.strip(), re.ASCII)
    if found is None:
        raise Refusal("changed-since", f'If-Match {header[:40]!r} is no version; expected such as "3"')
    return int(found[1])


def same(kept: Kept[Model], header: str | None) -> Kept[Model]:
    """Return what is kept if it has the version that `If-Match` names.

    Raises:
        Refusal: otherwise.
    """
    if match_of(header) != kept.version:
        raise Refusal("changed-since", f"{kept.id!r} is at version {kept.version} now; read it again")
    return kept


def tagged(response: Response, version: int) -> None:
    """Write a document's version where clients look for it."""
    response.headers["ETag"] = f'"{version}"'


def made_id(clock_s: float, asked: str | None) -> str:
    """Return the id that was asked for, or a new one."""
    return asked if asked is not None else new_id(clock_s, token_bytes(RANDOM_BYTES))


def owner_of(principal: Principal, asked: str | None) -> str:
    """Return the service that will own something.

    Raises:
        Refusal: if it is not the principal's, or nobody said which.
    """
    service = asked or principal.service
    if service is None:
        raise Refusal(
            "invalid-request", "service is missing", (("body", "service", "is missing; expected the owner's id"),)
        )
    if not principal.belongs(service):
        raise Refusal("not-allowed", f"{principal.actor} cannot make things of service {service!r}")
    return service


async def page_of(
    documents: Documents[Model], tag: str, cursor: str | None, limit: int, wanted: Callable[[Model], bool]
) -> Found:
    """Return the newest documents of a tag that are wanted; a page may be short while `next` is not null."""
    before = None
    if cursor is not None:
        order, _, last = cursor.partition("~")
        before = (int(order), last)
    items: list[Any] = []
    for _ in range(0, MOST_SCANNED, SCAN):
        found = await documents.listed(tag, before, SCAN)
        for one in found:
            before = (one.order, one.id)
            if wanted(one.value):
                items.append(one)
                if len(items) == limit:
                    return Found(items, None if one is found[-1] and len(found) < SCAN else _cursor(one))
        if len(found) < SCAN:
            return Found(items, None)
    return Found(items, None if before is None else f"{before[0]}~{before[1]}")


def _cursor(kept: Kept[Any]) -> str:
    return f"{kept.order}~{kept.id}"


def refuse_faults(faults: list[tuple[str, str]]) -> None:
    """Refuse a body with all its faults.

    Raises:
        Refusal: if there is any.
    """
    if faults:
        text = "; ".join(f"{field}: {what}" for field, what in faults)
        raise Refusal("invalid-request", text, tuple(("body", field, what) for field, what in faults))
