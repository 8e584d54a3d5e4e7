"""Where the grades of cleanliness are cut (pydantic only).

Verified limits were read in a public text; the others are our assumptions, marked `(assumption)` here and in every
answer, until a town sets its own.
"""

from pydantic import Field, model_validator

from pipeline.schema import Strict


class GradeLimits(Strict):
    """Limits of the grades A to F, in things per 100 m²: Scotland's Code of Practice on Litter and Refuse (2018)."""

    b_below: float = Field(
        default=5.0, gt=0, description="B while there are fewer large things than this on 100 m² (Scotland 2018)"
    )
    b_minus_from: float = Field(
        default=2.5, gt=0, description="B− from so many large things on 100 m² on: half of B's limit (assumption)"
    )
    c_to: float = Field(default=15.0, gt=0, description="C up to so many large things on 100 m² (assumption)")
    d_to: float = Field(default=40.0, gt=0, description="D up to so many large things on 100 m², E above (assumption)")
    small_per_large: float = Field(
        default=6.0, ge=1, description="so many small things weigh as much as a large one (Scotland 2018)"
    )
    large_m2: float = Field(
        default=0.0046, gt=0, description="a thing is large from this area on, m²: a bank card (Scotland 2018)"
    )
    fly_tipping_m2: float = Field(
        default=0.1,
        gt=0,
        description="an unclassified deposit counts as fly-tipping, F, from this area on, m²: a lying bag (assumption)",
    )

    @model_validator(mode="after")
    def _rising(self) -> "GradeLimits":
        limits = (self.b_minus_from, self.b_below, self.c_to, self.d_to)
        if list(limits) != sorted(set(limits)):
            raise ValueError(f"b_minus_from, b_below, c_to, d_to: are {limits}; expected rising limits")
        return self


def assumptions() -> tuple[str, ...]:
    """Return the limits that no public text has confirmed."""
    fields = GradeLimits.model_fields.items()
    return tuple(name for name, field in fields if "(assumption)" in (field.description or ""))
