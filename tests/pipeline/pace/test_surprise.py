"""What moves without being known is worth a look; what moves for nothing is not."""

import numpy as np

from pipeline.pace.change import Cells
from pipeline.pace.surprise import MUTE_FIRST_S, MUTE_LONGEST_S, WAIT_LONGEST_S, Surprise
from pipeline.tracking.tracker import Outlook

SIZE = (400, 300)
SHAPE = (30, 40)


def outlook(*boxes: tuple[float, float, float, float], fresh: bool = False) -> Outlook:
    """Return that these are moving."""
    n = len(boxes)
    return Outlook(1.0, True, np.array(boxes, np.float64).reshape(n, 4), np.full(n, fresh))


def moved(*places: tuple[int, int]) -> Cells:
    """Return cells (row, column) that changed."""
    cells = np.zeros(SHAPE, np.bool_)
    for place in places:
        cells[place] = True
    return cells


def test_nothing_that_moves_is_no_surprise() -> None:
    assert not Surprise().sees(moved(), 1.0)


def test_what_moves_in_an_empty_street_is_a_surprise() -> None:
    surprise = Surprise()
    surprise.told(SIZE, outlook())
    assert surprise.possible(1.0)
    assert surprise.sees(moved((5, 35)), 1.0)


def test_while_someone_is_followed_nothing_is_a_surprise() -> None:
    surprise = Surprise()
    surprise.told(SIZE, outlook((100, 100, 140, 200)))
    assert not surprise.possible(1.0)
    surprise.told(SIZE, outlook())
    assert surprise.possible(2.0)


def test_a_tree_is_looked_at_ever_more_rarely() -> None:
    surprise, looks = Surprise(), []
    for n in range(6000):
        time_s = n / 10
        if surprise.possible(time_s) and surprise.sees(moved((2, 2)), time_s):
            looks.append(time_s)
            surprise.told(SIZE, outlook())
    assert looks[1] - looks[0] >= MUTE_FIRST_S
    assert MUTE_LONGEST_S <= looks[-1] - looks[-2] <= MUTE_LONGEST_S + 1
    assert len(looks) < 16


def test_beside_a_tree_who_is_new_is_seen_within_the_longest_wait() -> None:
    surprise = Surprise()
    for n in range(600):
        if surprise.possible(n / 10) and surprise.sees(moved((2, 2)), n / 10):
            surprise.told(SIZE, outlook())
    came_s = 60.0
    moments = [float(time_s) for time_s in np.arange(came_s, came_s + 60, 0.1)]
    both = moved((2, 2), (20, 30))
    seen_s = next(time_s for time_s in moments if surprise.possible(time_s) and surprise.sees(both, time_s))
    assert seen_s - came_s <= WAIT_LONGEST_S


def test_where_somebody_new_was_found_the_next_one_is_looked_for_at_once() -> None:
    surprise = Surprise()
    for time_s in (1.0, 1.2, 1.4):
        assert surprise.sees(moved((15, 12)), time_s)
        surprise.told(SIZE, outlook((100, 100, 140, 200), fresh=True))
        surprise.told(SIZE, outlook())


def test_another_resolution_is_taken_as_it_comes() -> None:
    surprise = Surprise()
    surprise.told(SIZE, outlook())
    assert surprise.sees(moved((5, 5)), 1.0)
    surprise.told(SIZE, outlook())
    assert surprise.sees(np.ones((18, 40), np.bool_), 30.0)
