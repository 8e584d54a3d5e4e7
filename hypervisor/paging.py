"""Pages of documents, newest first: an opaque cursor, and the next page's address."""

from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, WithJsonSchema

from hypervisor.store.documents import Documents, Kept, Model

DEFAULT, MOST = 100, 1000


def _cursor(text: str) -> str:
    order, _, name = text.partition("~")
    if not order.isascii() or not order.isdigit() or len(order) > 15 or not name or len(name) > 200:
        raise ValueError("is no cursor; expected `next` of an answer")
    return text


Cursor = Annotated[
    str | None,
    AfterValidator(lambda text: None if text is None else _cursor(text)),
    WithJsonSchema({"type": "string"}),
    Query(description="`next` of an answer"),
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="items on a page, at most")]


async def page_of(
    documents: Documents[Model], cursor: str | None, limit: int, tag: str = ""
) -> tuple[list[Kept[Model]], str | None]:
    """Return the documents of a page, and the cursor of the next; None at the end."""
    before = None
    if cursor is not None:
        order, _, name = cursor.partition("~")
        before = (int(order), name)
    found = await documents.listed(tag, before, limit + 1)
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], f"{last.order}~{last.id}"
