"""Ratings in slices: every rating once, in its entity's lane and order, and nothing else that weighs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring.mf.matrix import RatingMatrix, Side
from bridgenotes.scoring.mf.sliced import SlicedMatrix, SlicedSide
from bridgenotes.scoring.mf.sliced_kernels import LANES

FILLING = 3

triples = st.lists(
    st.tuples(st.integers(0, 39), st.integers(0, 24), st.integers(0, 2)), min_size=1, max_size=300
)


def matrix(rows: list[tuple[int, int, int]], *, weighted: bool) -> RatingMatrix:
    note, rater, level = np.array(rows, np.int64).T
    weight = np.arange(1, len(rows) + 1, dtype=np.float64) if weighted else None
    return RatingMatrix.build(note, rater, level, shape=(40, 25), weight=weight)


def lane(side: SlicedSide, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a row's (packed ratings, weights) with what fills it up."""
    begin, end = side.start[row // LANES], side.start[row // LANES + 1]
    place = slice(begin + row % LANES, end, LANES)
    return side.packed[place], side.weight[place]


def assert_same(sliced: SlicedSide, side: Side, row_of_other: np.ndarray) -> None:
    seen = 0
    for row in range(sliced.n_rows):
        packed, weight = lane(sliced, row)
        real = packed & 3 != FILLING
        assert not weight[~real].any() if len(weight) else True
        if row >= len(sliced.order):
            assert not real.any()
            continue
        entity = sliced.order[row]
        mine = slice(side.start[entity], side.start[entity + 1])
        np.testing.assert_array_equal(packed[real] & 3, side.packed[mine] & 3)
        np.testing.assert_array_equal(packed[real] >> 2, row_of_other[side.packed[mine] >> 2])
        if len(side.weight):
            np.testing.assert_array_equal(weight[real], side.weight[mine])
        seen += int(real.sum())
    assert seen == len(side.packed)


@given(triples, st.booleans())
def test_every_rating_is_in_its_entitys_lane(rows: list[tuple[int, int, int]], weighted: bool) -> None:
    ratings = matrix(rows, weighted=weighted)
    sliced = SlicedMatrix.of(ratings)
    note, rater = np.argsort(sliced.by_note.order), np.argsort(sliced.by_rater.order)
    assert_same(sliced.by_note, ratings.by_note, rater)
    assert_same(sliced.by_rater, ratings.by_rater, note)


@given(triples)
def test_values_come_back_from_rows(rows: list[tuple[int, int, int]]) -> None:
    side = SlicedMatrix.of(matrix(rows, weighted=False)).by_note
    values = np.arange(1.0, 41)
    spread = side.rows_of(values)
    assert spread.sum() == pytest.approx(values.sum())  # nobody's rows are 0
    np.testing.assert_array_equal(side.of_rows(spread), values)


def test_entities_of_equally_many_ratings_share_a_slice() -> None:
    side = SlicedMatrix.of(
        matrix([(n, r, 1) for n in range(40) for r in range(n % 5)], weighted=False)
    ).by_note
    assert len(side.packed) - 80 <= 4 * LANES
