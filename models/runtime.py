"""What a detector needs of an inference library, free of any library."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.errors import UnsupportedModelError

FloatArray = NDArray[np.float32]
Size = tuple[int, int]
"""(width, height), px."""
Dim = int | str | None
"""Length of an axis; a name or None where it is free."""

DEVICES = ("tensorrt", "cuda", "cpu")
"""In the order in which `auto` tries them."""

RunSession = Callable[[NDArray[Any]], list[NDArray[Any]]]
"""Input (1, 3, H, W) → all outputs; several threads may call it. Raises SessionError if the device fails."""

BYTES_KEY = "parvis.input"
BYTES = "bgr bytes"
"""Metadata by which a file of ours says that it takes a picture's bytes, BGR, as they are."""


@dataclass(frozen=True, slots=True)
class Node:
    """An input of a model."""

    name: str
    dims: tuple[Dim, ...]
    type: str  # as ONNX Runtime writes it: "tensor(float)"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a model file says of itself.

    Raises:
        UnsupportedModelError: if its input is not one picture of floats, or of bytes in a file that Parvis made.
    """

    inputs: tuple[Node, ...]
    metadata: dict[str, str]

    def __post_init__(self) -> None:
        match self.inputs:
            case [Node(dims=(1 | str() | None, 3, _, _), type="tensor(float)")]:
                return
            case [Node(dims=(1 | str() | None, 3, _, _), type="tensor(uint8)")] if self.takes_bytes:
                return  # of another file nobody knows whether it wants RGB or BGR
        found = ", ".join(f"{node.name} {list(node.dims)} {node.type}" for node in self.inputs) or "(none)"
        raise UnsupportedModelError(
            f"inputs {found} are not understood; expected one [1, 3, height, width] tensor(float)"
        )

    @property
    def takes_bytes(self) -> bool:
        """Whether the input is the picture's bytes, BGR."""
        return self.metadata.get(BYTES_KEY) == BYTES

    @property
    def input(self) -> Node:
        """The only input."""
        return self.inputs[0]

    @property
    def fixed_size(self) -> Size | None:
        """(width, height) of the input, px; None if it is free."""
        height, width = self.input.dims[2:]
        return (width, height) if isinstance(width, int) and isinstance(height, int) else None

    def overrides(self, size: Size, batch: int | None = 1) -> dict[str, int]:
        """Return the lengths of the free axes, by name, for an input of `size`; `batch` None: that axis stays free."""
        lengths = (batch, 3, size[1], size[0])
        axes = zip(self.input.dims, lengths, strict=True)
        return {dim: length for dim, length in axes if isinstance(dim, str) and length is not None}


class Runtime(Protocol):
    """An inference library."""

    @property
    def name(self) -> str:
        """Return the library's name."""

    def devices(self) -> tuple[str, ...]:
        """Return the devices that it was built for, in the order of `DEVICES`."""

    def contents(self, path: Path) -> Contents:
        """Return what the file says of itself. Raises ModelError if it cannot be used."""

    def open(self, path: Path, contents: Contents, device: str, size: Size) -> RunSession:
        """Return a session for an input of `size`. Raises SessionError if the device refuses."""

    def settings(self) -> dict[str, str]:
        """Return what a benchmark must state: the library's version, threads."""


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Say which file it is that is not understood."""
    try:
        yield
    except UnsupportedModelError as error:
        raise UnsupportedModelError(f"{path}: {error}") from error
