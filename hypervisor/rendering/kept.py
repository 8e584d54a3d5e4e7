"""Points that are written out, kept in memory under a bound: what was not asked for longest gives way."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

OVERHEAD = 150
"""Bytes that a kept text takes beside its own."""


@dataclass(slots=True)
class Block:
    """All that is kept of some slots of a camera."""

    stamp: int  # number of the last change of what it comes from
    expires_s: float
    texts: dict[Hashable, bytes] = field(default_factory=dict)  # series → its points, without brackets
    size: int = OVERHEAD


class Kept:
    """Blocks by name."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._blocks, self.size = most_bytes, OrderedDict[Hashable, Block](), 0

    def get(self, name: Hashable, stamp: int, now_s: float) -> Mapping[Hashable, bytes] | None:
        """Return the texts of a block that is still good; one that is not is forgotten."""
        block = self._blocks.get(name)
        if block is None:
            return None
        if block.stamp != stamp or block.expires_s <= now_s:
            self._drop(name)
            return None
        self._blocks.move_to_end(name)
        return block.texts

    def put(self, name: Hashable, stamp: int, expires_s: float, texts: dict[Hashable, bytes]) -> None:
        """Keep texts of a block, beside those that it has already."""
        block = self._blocks.get(name)
        if block is None or block.stamp != stamp:
            self._drop(name)
            block = self._blocks[name] = Block(stamp, expires_s)
            self.size += block.size
        for key, text in texts.items():
            if key not in block.texts:
                block.texts[key] = text
                block.size += len(text) + OVERHEAD
                self.size += len(text) + OVERHEAD
        self._blocks.move_to_end(name)
        while self.size > self._most and self._blocks:
            self._drop(next(iter(self._blocks)))

    def _drop(self, name: Hashable) -> None:
        block = self._blocks.pop(name, None)
        self.size -= block.size if block else 0
