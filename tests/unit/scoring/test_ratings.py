"""Rows of a ratings table without copies."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring import vectors
from bridgenotes.scoring.ratings import Ratings

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), max_size=40)


def table(pairs: list[tuple[int, int, bool]]) -> Ratings:
    return Ratings(
        pl.DataFrame(
            {
                "note": pl.Series([n for n, _, _ in pairs], dtype=pl.Int32),
                "rater": pl.Series([r for _, r, _ in pairs], dtype=pl.Int32),
                "has_level": pl.Series([b for _, _, b in pairs], dtype=pl.Boolean),
                "created_at_ms": pl.Series([10 * r for _, r, _ in pairs], dtype=pl.Int64),
            }
        )
    )


def rows(ratings: Ratings) -> list[tuple[int, int]]:
    return list(zip(ratings.note.tolist(), ratings.rater.tolist(), strict=True))


@given(PAIRS)
def test_parts_of_parts_are_what_filtering_twice_gives(pairs: list[tuple[int, int, bool]]) -> None:
    whole = table(pairs)
    once = whole.where(whole.has_level)
    twice = once.where(once.note > 2)
    assert rows(once) == [(n, r) for n, r, b in pairs if b]
    assert rows(twice) == [(n, r) for n, r, b in pairs if b and n > 2]
    assert len(twice) == len(rows(twice))
    assert rows(twice.followed_by(once)) == rows(twice) + rows(once)


@given(PAIRS)
def test_counting_and_sorting_are_numpys(pairs: list[tuple[int, int, bool]]) -> None:
    ratings = table(pairs)
    note = ratings.note
    assert vectors.count(note, 6).tolist() == np.bincount(note, minlength=6).tolist()
    mine = note[ratings.has_level]
    assert vectors.count(note, 6, ratings.has_level).tolist() == np.bincount(mine, minlength=6).tolist()
    start, order = vectors.group_by_time(note, ratings.created_at_ms, 6)
    assert order.tolist() == np.lexsort((ratings.created_at_ms, note)).tolist()
    assert start.tolist() == np.searchsorted(note[order], np.arange(7)).tolist()


@given(st.lists(st.integers(-3, 3)), st.sampled_from([np.int32, np.int64, np.float64]))
def test_distinct_values_are_numpys(values: list[int], kind: type[np.generic]) -> None:
    numbers = np.array(values, kind)
    found = vectors.distinct(numbers)
    assert found.dtype == kind
    assert found.tolist() == np.unique(numbers).tolist()


def test_choosing_everything_copies_nothing() -> None:
    whole = table([(0, 1, True), (1, 2, True)])
    assert whole.where(whole.has_level) is whole
    assert np.shares_memory(whole.note, whole.table["note"].to_numpy())


def test_columns_cannot_be_written() -> None:
    whole = table([(0, 1, True), (1, 2, False)])
    for ratings in (whole, whole.where(whole.has_level)):
        with pytest.raises(ValueError, match="read-only"):
            ratings.note[0] = 5


def test_flags_follow_the_rater() -> None:
    whole = table([(0, 1, True), (1, 2, True), (2, 1, True)])
    flagged = Ratings(whole.table, high_volume=np.array([False, True, False]))
    assert flagged.where(flagged.note != 0).is_high_volume.tolist() == [False, True]
    with pytest.raises(ValueError, match="flag them first"):
        _ = flagged.is_correlated


def test_a_batch_lays_out_no_flags_but_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags are a bit each. Laid out whole for every batch, they would cost the square of the ratings."""
    n = 1_000
    flags = np.arange(n) % 3 == 0
    whole = Ratings(pl.DataFrame({"has_level": flags, "is_population_sampled": ~flags}))
    some = whole.take(np.array([999, 0, 4, 3]))
    laid_out = []
    plain = pl.Series.to_numpy
    monkeypatch.setattr(pl.Series, "to_numpy", lambda column: laid_out.append(len(column)) or plain(column))
    assert some.has_level.tolist() == [True, True, False, True]
    assert some.is_population_sampled.tolist() == [False, False, True, False]
    assert max(laid_out, default=0) <= len(some)
