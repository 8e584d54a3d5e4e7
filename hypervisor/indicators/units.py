"""Units as far as formulas need them: what may be added or compared, and what a product or quotient is called."""

from collections import Counter
from dataclasses import dataclass

SHARES = frozenset({"", "1", "share", "share of time"})
"""Units that are none: a number is a number."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of named units with whole exponents, sorted by name."""

    powers: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def of(text: str) -> "Unit":
        """Read a unit such as `crossing/h`, `ug/m3`, `1/m²` or `% of the zone`."""
        found: Counter[str] = Counter()
        for n, part in enumerate(text.split("/")):
            for one in part.split("·"):
                if one.strip() not in SHARES:
                    found[one.strip()] += 1 if n == 0 else -1
        return _made(found)

    def __mul__(self, other: "Unit") -> "Unit":
        found = Counter(dict(self.powers))
        for name, power in other.powers:
            found[name] += power
        return _made(found)

    def __truediv__(self, other: "Unit") -> "Unit":
        return self * Unit(tuple((name, -power) for name, power in other.powers))

    @property
    def is_none(self) -> bool:
        """Tell whether it is a mere number."""
        return not self.powers

    def __str__(self) -> str:
        above = "·".join(name for name, power in self.powers for _ in range(power))
        below = "/".join(name for name, power in self.powers for _ in range(-power))
        return f"{above or '1'}/{below}" if below else above or "1"


NONE = Unit()


def _made(found: Counter[str]) -> Unit:
    return Unit(tuple(sorted((name, power) for name, power in found.items() if power)))
