"""Documents of one kind, checked on the way in and out: `Documents[Rule]` is what routes and processes use."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel

from hypervisor.store.values import ANY, Change, Doc, Store

Model = TypeVar("Model", bound=BaseModel)


class Kept(NamedTuple, Generic[Model]):
    """A value and the version it is kept under; the version is its ETag."""

    id: str
    version: int
    value: Model
    order: int


class Documents(Generic[Model]):
    """A collection of the store, as values of one model."""

    def __init__(self, store: Store, collection: str, model: type[Model]) -> None:
        self._store, self.collection, self._model = store, collection, model

    async def get(self, doc_id: str) -> Kept[Model] | None:
        """Return one document."""
        found = await self._store.get(self.collection, doc_id)
        return None if found is None else self._kept(found)

    async def many(self, ids: Sequence[str]) -> dict[str, Kept[Model]]:
        """Return those that exist."""
        return {one: self._kept(doc) for one, doc in (await self._store.many(self.collection, ids)).items()}

    async def listed(
        self, tag: str = "", before: tuple[int, str] | None = None, limit: int = 1000
    ) -> list[Kept[Model]]:
        """Return documents newest first, after a position (order, id); all, or those of a tag."""
        return [self._kept(doc) for doc in await self._store.listed(self.collection, tag, before, limit)]

    def change(
        self,
        doc_id: str,
        value: Model,
        *,
        at_s: float,
        expect: int = ANY,
        tags: tuple[str, ...] = (),
        kept_s: int = 0,
    ) -> Change:
        """Return the change that keeps a value; `at_s` orders a new document (epoch seconds), `kept_s` ends it."""
        body = value.model_dump_json(by_alias=True, exclude_none=True)
        return Change(self.collection, doc_id, body, expect, tags, round(at_s * 1000), kept_s)

    def removal(self, doc_id: str, expect: int = ANY) -> Change:
        """Return the change that deletes a document."""
        return Change(self.collection, doc_id, None, expect)

    def _kept(self, doc: Doc) -> Kept[Model]:
        # What was kept was checked when it came; a model that got stricter since must not lose it silently.
        return Kept(doc.id, doc.version, self._model.model_validate_json(doc.body), doc.order)
