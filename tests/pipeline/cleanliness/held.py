"""What an object holds: every array that can be reached from it, each of them counted once."""

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np


def held_bytes(root: object) -> int:
    """Return the bytes of all arrays that are reached from an object, views counted as what they are views of."""
    return sum(array.nbytes for array in reached(root) if isinstance(array, np.ndarray))


def reached(root: object) -> Iterator[object]:
    """Yield the object, and what it holds, each once: containers and objects of the watch are gone into."""
    seen: set[int] = set()
    waiting: list[Any] = [root]
    while waiting:
        one = waiting.pop()
        while isinstance(one, np.ndarray) and isinstance(one.base, np.ndarray):
            one = one.base
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += _parts(one)


def _parts(one: Any) -> list[Any]:
    if isinstance(one, dict):
        return list(one.values())
    if isinstance(one, list | tuple | set | frozenset | deque):
        return list(one)
    if not type(one).__module__.startswith("pipeline.cleanliness"):
        return []
    names = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    return [*getattr(one, "__dict__", {}).values(), *(getattr(one, name) for name in names if hasattr(one, name))]
