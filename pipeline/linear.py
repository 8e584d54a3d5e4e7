"""Small systems of linear equations on plain numbers: no dependency, so the contract modules may use it."""

from collections.abc import Sequence

_LEAST_PIVOT = 1e-12  # of the largest number in the system


class Singular(ArithmeticError):
    """The equations have no single solution."""


def least_squares(rows: Sequence[Sequence[float]], wanted: Sequence[float]) -> list[float]:
    """Return the x for which |rows · x − wanted| is least.

    Raises:
        Singular: if several are.
    """
    columns = list(zip(*rows, strict=True))
    normal = [[_dot(a, b) for b in columns] for a in columns]
    return solve(normal, [_dot(a, wanted) for a in columns])


def solve(matrix: Sequence[Sequence[float]], wanted: Sequence[float]) -> list[float]:
    """Return x with matrix · x = wanted, by elimination with row pivoting.

    Raises:
        Singular: if there is no single one.
    """
    n = len(wanted)
    rows = [[*map(float, row), float(value)] for row, value in zip(matrix, wanted, strict=True)]
    least = _LEAST_PIVOT * max(abs(value) for row in rows for value in row[:n])
    for k in range(n):
        best = max(range(k, n), key=lambda r: abs(rows[r][k]))
        if abs(rows[best][k]) <= least:
            raise Singular("the equations have no single solution")
        rows[k], rows[best] = rows[best], rows[k]
        for row in rows[k + 1 :]:
            share = row[k] / rows[k][k]
            for c in range(k, n + 1):
                row[c] -= share * rows[k][c]
    found = [0.0] * n
    for k in reversed(range(n)):
        rest = sum(rows[k][c] * found[c] for c in range(k + 1, n))
        found[k] = (rows[k][n] - rest) / rows[k][k]
    return found


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))
