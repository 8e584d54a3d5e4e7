"""What bodies of requests and kept documents are made of: strict values, frozen, unknown members refused."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", examples=["plaza"])]
Many = Annotated[tuple[Item, ...], Field(strict=False)]
"""A JSON array: its items are read as strictly as everything else, the array itself may be a list."""

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One line."""


class Body(BaseModel):
    """Base of what services own. `"3"` is no number, `1` no text, and an unknown member is refused."""

    # Infinity and NaN are no JSON: they would be kept as null.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True, allow_inf_nan=False)


class Bilingual(Body):
    """A sentence that people read."""

    fr: str
    en: str
