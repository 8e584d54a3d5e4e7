"""Ids sort as they were made, and are names that may stand anywhere."""

import re

import pytest

from hypervisor.ids import RANDOM_BYTES, new_id


def test_ids_sort_as_they_were_made() -> None:
    made = [new_id(second / 1000, bytes([255 - second]) * RANDOM_BYTES) for second in range(200)]
    assert sorted(made) == made
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", one) for one in made)


def test_ids_of_one_moment_differ_by_what_is_passed_in() -> None:
    assert new_id(5, bytes(RANDOM_BYTES)) != new_id(5, b"\x01" + bytes(RANDOM_BYTES - 1))
    assert new_id(5, bytes(RANDOM_BYTES)) == new_id(5, bytes(RANDOM_BYTES))


@pytest.mark.parametrize(("clock_s", "random"), [(5, b"short"), (-1, bytes(RANDOM_BYTES)), (1e15, bytes(RANDOM_BYTES))])
def test_what_has_no_place_in_an_id_is_refused(clock_s: float, random: bytes) -> None:
    with pytest.raises(ValueError, match="expected"):
        new_id(clock_s, random)
