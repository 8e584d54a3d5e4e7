"""Small counts are withheld from others: pure, and proved against an attacker in the tests.

A count of 1 to k − 1 passages can tell of single people. It is protected in this order:

1. *Coarsen*: a longer slot (an hour, a day) often has k and more; then nothing need be withheld.
2. *Withhold* what is still small (`primary`).
3. *Withhold more* where it could be computed from what is published beside it, totals above all (`complementary`).

Zero stays zero: nobody is told of. What is withheld is `suppressed`, never "not counted", and the other way round.

**Why step 3 is right.** Rows, columns and totals of a table are equations. Draw a node for each row and each column,
totals included, and an edge for each withheld cell: a cell can be computed exactly if and only if its edge is a bridge,
that is, on no cycle (Gusfield, SIAM J. Comput. 17(2), 1988). So cells are added until there is no bridge. Whoever knows
that no zero is ever withheld knows a little more: what is withheld below a published total must come to k at least,
and to more than one each, or else 1 + 1 = 2 would tell.
"""

from collections.abc import Iterator, Mapping, Sequence

K = 5
"""Counts below it are withheld, if they are not zero."""

TOTAL = ""
"""Row or column of the totals."""

Entry = tuple[str, str]
"""Row and column; `TOTAL` in one of them is a margin, in both the grand total."""


def is_small(count: int | None, k: int = K) -> bool:
    """Return whether a count has to be withheld by itself."""
    return count is not None and 0 < count < k


def first_safe(ladder: Sequence[Sequence[int | None]], k: int = K) -> int:
    """Return the first step of a ladder, finest first, at which no count is small; the last one if there is none."""
    return next((n for n, counts in enumerate(ladder) if not any(is_small(one, k) for one in counts)), len(ladder) - 1)


def with_totals(counts: Mapping[Entry, int]) -> dict[Entry, int]:
    """Return a table with the totals of its rows, columns and all."""
    table = dict(counts)
    for (row, column), count in counts.items():
        for margin in ((row, TOTAL), (TOTAL, column), (TOTAL, TOTAL)):
            table[margin] = table.get(margin, 0) + count
    return table


def withheld(counts: Mapping[Entry, int], k: int = K) -> frozenset[Entry]:
    """Return what has to be withheld of a table and its totals (`with_totals`), so that no small count can be found."""
    table = with_totals(counts)
    hidden = {entry for entry, count in table.items() if is_small(count, k)}
    while (more := _exposed(table, hidden, k)) is not None:
        hidden.add(more)
    return frozenset(hidden)


def _exposed(table: Mapping[Entry, int], hidden: set[Entry], k: int) -> Entry | None:
    """Return the smallest cell that has to be hidden to protect one that is not yet; None if all are."""
    for candidates in _holes(table, hidden, k):
        free = [entry for entry in candidates if entry not in hidden and table[entry] > 0]
        if free:
            return min(free, key=lambda entry: (TOTAL in entry, table[entry], entry))
    return None


def _holes(table: Mapping[Entry, int], hidden: set[Entry], k: int) -> Iterator[list[Entry]]:
    """Yield, for each cell that could be found, the cells of which one must be hidden too."""
    for entry in sorted(hidden):
        side = _reachable(entry, hidden)
        if ("column", entry[1]) not in side:  # a bridge: nothing else ties this row to this column
            yield [one for one in table if (("row", one[0]) in side) != (("column", one[1]) in side)]
    for total in (entry for entry in table if TOTAL in entry and entry not in hidden):
        added = [one for one in table if TOTAL not in one and _adds_to(one, total)]
        unknown = [table[one] for one in added if one in hidden]
        if unknown and sum(unknown) < max(k, len(unknown) + 1):
            yield [*added, total]


def _adds_to(entry: Entry, total: Entry) -> bool:
    return total[0] in (TOTAL, entry[0]) and total[1] in (TOTAL, entry[1])


def _reachable(entry: Entry, hidden: set[Entry]) -> set[tuple[str, str]]:
    """Return the nodes that hang together with an entry's row without the entry itself."""
    seen = {("row", entry[0])}
    waiting = list(seen)
    while waiting:
        kind, name = waiting.pop()
        for row, column in hidden - {entry}:
            ends = (("row", row), ("column", column))
            if (kind, name) in ends:
                fresh = set(ends) - seen
                seen |= fresh
                waiting += fresh
    return seen
