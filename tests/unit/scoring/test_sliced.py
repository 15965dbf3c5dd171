"""Ratings in slices: every rating once, in its entity's lane and order, and nothing else that weighs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from bridgenotes.scoring.mf import sliced_kernels
from bridgenotes.scoring.mf.matrix import RatingMatrix, Side
from bridgenotes.scoring.mf.sliced import SlicedMatrix, SlicedSide
from bridgenotes.scoring.mf.sliced_kernels import LANES, NEAR
from bridgenotes.scoring.reputation import kernels as reputation_kernels

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


def slopes(
    side: SlicedSide,
    table: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    logistic: bool,
    with_loss: bool = True,
) -> tuple[bytes, bytes]:
    """Return gradient and totals of made-up unknowns, as bytes."""
    own = np.random.default_rng(4).normal(0, 0.3, (side.n_rows, 2)).astype(np.float32)
    slope = np.full(own.shape, np.nan)
    totals = sliced_kernels.slopes(
        side.start, side.packed, side.weight if weight is None else weight, side.chunks,
        table.reshape(-1).view(np.uint64), own, slope, (0.1, 0.2, 0.3), 1e3, 0.1, np.float32(3), logistic, with_loss,
    )  # fmt: skip
    return slope.tobytes(), totals.tobytes()


def many_ratings(n_raters: int) -> SlicedMatrix:
    rng = np.random.default_rng(5)
    note, rater = rng.integers(0, 2_000, 60_000), rng.integers(0, n_raters, 60_000)
    return SlicedMatrix.of(
        RatingMatrix.build(note, rater, rng.integers(0, 3, 60_000), shape=(2_000, n_raters))
    )


def numbers(n_rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(6).normal(0, 0.3, (n_rows, columns)).astype(np.float32)


@pytest.mark.parametrize("logistic", [False, True])
@pytest.mark.parametrize("with_loss", [False, True])
def test_where_an_array_of_no_weights_lies_changes_no_bit(*, logistic: bool, with_loss: bool) -> None:
    """Compiled loops check which arrays overlap before they use vectors; those of no weights must not be asked."""
    side = many_ratings(500).by_note
    table = numbers(side.n_rows, 2)

    @njit
    def scratch() -> np.ndarray:
        return np.zeros(5 * LANES)

    def nothing_at(address: int) -> np.ndarray:
        place = {"shape": (0,), "typestr": "<f4", "data": (address, False), "version": 3}
        return np.asarray(type("Nothing", (), {"__array_interface__": place})())

    # Wherever near it the loops' own numbers are: as many weights as there are ratings would lie over them.
    near, span = scratch().ctypes.data, 4 * int(side.start[-1])
    places = [near + span // 2 * k for k in range(-100, 100)]
    found = {slopes(side, table, nothing_at(p), logistic=logistic, with_loss=with_loss) for p in places}
    assert len(found) == 1


@pytest.mark.parametrize("logistic", [False, True])
def test_rows_asked_for_early_are_the_same_rows(*, logistic: bool) -> None:
    """Tables that outgrow the processors' caches are read ahead of, up to the last rating."""
    sliced = many_ratings(500)
    n_used = sliced.by_rater.n_rows
    table = numbers(NEAR + 1, 2)
    assert slopes(sliced.by_note, table, logistic=logistic) == slopes(
        sliced.by_note, np.ascontiguousarray(table[:n_used]), logistic=logistic
    )


@pytest.mark.parametrize("logistic", [False, True])
@pytest.mark.parametrize(("columns", "plain"), [(2, True), (2, False), (4, False)])
def test_reputation_epochs_ask_for_rows_without_changing_them(
    columns: int, *, plain: bool, logistic: bool
) -> None:
    side = many_ratings(500).by_note
    table, own = numbers(NEAR + 1, columns), numbers(side.n_rows, 2)
    found = set()
    for rows in (table, np.ascontiguousarray(table[: side.n_rows])):
        upcoming = own.copy()
        sums = reputation_kernels.epoch(
            side.start, side.packed, side.chunks, rows.view(np.uint64), own, upcoming,
            np.zeros((2, 2, side.n_rows), np.float32), np.ones(2, np.bool_), np.full(2, 0.03), np.float32(0.1),
            1e-3, np.float32(3), logistic, True, plain, np.float32(0.2), np.float32(0.5),
        )  # fmt: skip
        found.add((sums.tobytes(), upcoming.tobytes()))
    assert len(found) == 1
