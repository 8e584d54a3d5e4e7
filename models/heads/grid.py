"""The cells over which a YOLO head spreads its answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STRIDES_PX = (8, 16, 32)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """All cells, finest level first, row by row."""

    cell: NDArray[np.float32]  # (N, 2) column and row of the cell
    stride_px: NDArray[np.float32]  # (N,) size of the cell

    def __len__(self) -> int:
        return len(self.cell)


def grid(size: tuple[int, int]) -> Grid:
    """Return the cells of an input of `size` = (width, height), px, multiples of 32."""
    cells, strides = [], []
    for stride in STRIDES_PX:
        columns, rows = size[0] // stride, size[1] // stride
        x, y = np.meshgrid(np.arange(columns), np.arange(rows))
        cells.append(np.stack([x, y], axis=-1).reshape(-1, 2))
        strides.append(np.full(columns * rows, stride))
    return Grid(np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32))
