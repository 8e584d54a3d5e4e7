"""No small count can be found: an attacker tries every table that fits what is published."""

from itertools import product
from random import Random

import pytest

from hypervisor.exports.suppression import TOTAL, Entry, K, first_safe, is_small, with_totals, withheld

ROWS, COLUMNS = ("bicycle", "car", "person"), ("backward", "forward")


def possible(counts: dict[Entry, int], hidden: frozenset[Entry], highest: int) -> dict[Entry, set[int]]:
    """Return the values that each withheld cell can have for someone who knows all that is published, and the rules."""
    table = with_totals(counts)
    inner = [entry for entry in counts if entry in hidden]
    sums = {total: [entry for entry in counts if _adds_to(entry, total)] for total in table if total not in counts}
    known = {total: entries for total, entries in sums.items() if total not in hidden}
    found: dict[Entry, set[int]] = {entry: set() for entry in inner}
    for guess in product(range(1, highest + 1), repeat=len(inner)):  # no zero is ever withheld
        tried = counts | dict(zip(inner, guess, strict=True))
        if all(sum(tried[entry] for entry in entries) == table[total] for total, entries in known.items()):
            for entry, value in zip(inner, guess, strict=True):
                found[entry].add(value)
    return found


def _adds_to(entry: Entry, total: Entry) -> bool:
    return total[0] in (TOTAL, entry[0]) and total[1] in (TOTAL, entry[1])


@pytest.mark.parametrize(("rows", "k", "highest", "seeds"), [(2, 5, 8, 150), (3, 3, 5, 40)])
def test_no_withheld_count_can_be_computed(rows: int, k: int, highest: int, seeds: int) -> None:
    for seed in range(seeds):
        chance = Random(seed)
        counts = {entry: max(0, chance.randint(-2, highest - 1)) for entry in product(ROWS[:rows], COLUMNS)}
        hidden = withheld(counts, k)
        assert {entry for entry, count in counts.items() if is_small(count, k)} <= hidden
        for entry, values in possible(counts, hidden, highest).items():
            assert len(values) > 1 or not is_small(counts[entry], k), (counts, sorted(hidden), entry)


def test_small_counts_and_small_totals_are_withheld_and_zeros_are_not() -> None:
    counts = {("car", "forward"): 3, ("car", "backward"): 0, ("person", "forward"): 40, ("person", "backward"): 30}
    hidden = withheld(counts)
    assert ("car", "forward") in hidden
    assert ("car", TOTAL) in hidden
    assert ("car", "backward") not in hidden
    assert ("person", "forward") in hidden or (TOTAL, "forward") in hidden  # else the column's total would tell
    assert all(count > 0 for entry, count in with_totals(counts).items() if entry in hidden)


def test_one_and_one_are_not_told_by_a_total_of_two() -> None:
    counts = {("a", "x"): 1, ("a", "y"): 1, ("a", "z"): 10, ("b", "x"): 1, ("b", "y"): 1, ("b", "z"): 10}
    hidden = withheld(counts)
    for row in "ab":
        if (row, TOTAL) not in hidden:
            assert sum(counts[row, column] for column in "xyz" if (row, column) in hidden) >= K


def test_nothing_is_withheld_where_nothing_is_small() -> None:
    assert withheld({(row, column): n for n, (row, column) in enumerate(product(ROWS, COLUMNS), K)}) == frozenset()
    assert withheld({("car", "forward"): 0, ("car", "backward"): 0}) == frozenset()


def test_a_bridge_between_two_blocks_is_found() -> None:
    """Every row and column has two withheld cells, and yet one could be computed."""
    small = {("r1", "c1"), ("r1", "c2"), ("r2", "c1"), ("r2", "c2"), ("r3", "c3"), ("r3", "c4"), ("r4", "c3")}
    small |= {("r4", "c4"), ("r2", "c3")}
    counts = {
        (f"r{row}", f"c{column}"): 4 if (f"r{row}", f"c{column}") in small else 50
        for row in range(1, 5)
        for column in range(1, 5)
    }
    hidden = withheld(counts)
    assert small < hidden
    assert len(hidden - small) >= 1


def test_the_first_step_without_small_counts_is_taken() -> None:
    assert first_safe([[0, 7, None, 9], [16], [16]]) == 0
    assert first_safe([[0, 3, None, 9], [12], [12]]) == 1
    assert first_safe([[1, 0], [1], [4]]) == 2
