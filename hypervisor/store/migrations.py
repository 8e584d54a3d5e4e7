"""Which form the kept documents have, and how older ones become the current one.

The form is a number, kept with the documents. A store that is older is not served until `parvis admin migrate` has
changed it; one that is newer is never touched.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from hypervisor.store.values import NEW, Act, Change, Commit, Conflict, Doc, Store

CURRENT = 1
COLLECTION, DOCUMENT = "schema", "store"
AT_ONCE = 200


class Migration(NamedTuple):
    """How documents get to a form. A change may meet what it has changed already: it must leave that as it is.

    Only for collections whose documents have no end.
    """

    to: int
    about: str
    changes: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]]  # collection → body to body


MIGRATIONS: Sequence[Migration] = ()
"""In order. There is one form so far: the first migration is written with the second form."""


class WrongForm(Exception):
    """The store has a form that this Parvis does not serve."""


async def form_of(store: Store) -> int | None:
    """Return the form of a store; None if nothing was ever kept in it."""
    found = await store.get(COLLECTION, DOCUMENT)
    if found is not None:
        return int(json.loads(found.body)["form"])
    return 1 if await store.audit("0-0", 1) else None  # kept before forms were noted


async def prepare(store: Store, clock: Callable[[], float], current: int = CURRENT) -> None:
    """Note the form in a new store; refuse one of another form.

    Raises:
        WrongForm: if it is older or newer.
    """
    form = await form_of(store)
    if form is None:
        try:
            await store.commit(Commit([_noted(current, clock(), NEW)]))
        except Conflict:
            await prepare(store, clock, current)  # another process was first
    elif form < current:
        raise WrongForm(f"what is kept has form {form}; expected {current}: run parvis admin migrate, after a backup")
    elif form > current:
        raise WrongForm(f"what is kept has form {form}, of a newer Parvis; this one knows {current}")


async def migrate(
    store: Store,
    clock: Callable[[], float],
    actor: str,
    table: Sequence[Migration] = MIGRATIONS,
    current: int = CURRENT,
) -> int:
    """Change all documents into the current form; return how many were changed. It may be broken off and repeated.

    Raises:
        WrongForm: if the store is newer, or empty.
        Conflict: somebody changed a document meanwhile; repeat it.
    """
    form = await form_of(store)
    if form is None or form > current:
        raise WrongForm("nothing is kept here" if form is None else f"form {form} is of a newer Parvis")
    changed = 0
    for step in (one for one in table if form < one.to <= current):
        for collection, change in step.changes.items():
            changed += await _change_all(store, collection, change)
        act = Act(actor, None, "store.migrate", f"form/{step.to}", clock(), {"about": step.about})
        await store.commit(Commit([_noted(step.to, clock())], acts=[act]))
    if await store.get(COLLECTION, DOCUMENT) is None:
        await store.commit(Commit([_noted(current, clock())]))
    return changed


async def _change_all(store: Store, collection: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    before, changed = None, 0
    while page := await store.listed(collection, "", before, AT_ONCE):
        before = (page[-1].order, page[-1].id)
        changes = [new for doc in page if (new := _changed(collection, doc, change)) is not None]
        if changes:
            await store.commit(Commit(changes))
        changed += len(changes)
    return changed


def _changed(collection: str, doc: Doc, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change | None:
    body = json.loads(doc.body)
    new = change(dict(body))
    if new == body:
        return None
    text = json.dumps(new, ensure_ascii=False, separators=(",", ":"))
    return Change(collection, doc.id, text, doc.version, doc.tags, doc.order)


def _noted(form: int, now_s: float, expect: int = -1) -> Change:
    return Change(COLLECTION, DOCUMENT, json.dumps({"form": form}), expect, (), round(now_s * 1000))
