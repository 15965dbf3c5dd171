"""Spec 04 D.1."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.data.vocabulary import CRH, CRNH, FIRM_REJECT, NMR, Status
from bridgenotes.scoring.profile import load_profile
from bridgenotes.scoring.ratings import Ratings
from bridgenotes.scoring.valid_ratings import RATING_CLASSES, early_ratings, valid_counts

SETTINGS = load_profile("x-2026").scorers[0].helpfulness
ERA = SETTINGS.first_ratings_before_ms
WITHIN = SETTINGS.valid_within_ms
NOW = ERA + 10**10
HELPFUL, SOMEWHAT, NOT_HELPFUL = 2, 1, 0


def ratings(*rows: tuple[int, int, int, int]) -> Ratings:
    schema = {"note": pl.Int32, "rater": pl.Int32, "created_at_ms": pl.Int64, "level": pl.UInt8}
    return Ratings(pl.DataFrame(rows, schema=schema, orient="row").with_columns(tags=pl.lit(0, pl.UInt32)))


def history(*rows: tuple[int, int, int | None]) -> pl.DataFrame:
    schema = {"note": pl.Int32, "created_at_ms": pl.Int64, "latest_non_nmr_status_at_ms": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def statuses(*values: str | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"note": np.arange(len(values), dtype=np.int32), "status": pl.Series(values, dtype=Status)}
    )


def early_raters(made: Ratings, notes: pl.DataFrame) -> list[int]:
    return early_ratings(made, notes, SETTINGS).rater.tolist()


@pytest.mark.parametrize(("age", "is_early"), [(-1, True), (0, True), (WITHIN - 1, True), (WITHIN, False)])
def test_early_means_strictly_within_the_limit(age: int, *, is_early: bool) -> None:
    assert early_raters(ratings((0, 7, NOW + age, HELPFUL)), history((0, NOW, None))) == [7] * is_early


@pytest.mark.parametrize(("after", "is_early"), [(-1, True), (0, False), (1, False)])
def test_early_means_strictly_before_the_decision(after: int, *, is_early: bool) -> None:
    decided = NOW + 1000
    made = ratings((0, 7, decided + after, HELPFUL))
    assert early_raters(made, history((0, NOW, decided))) == [7] * is_early


def test_the_first_era_counts_the_first_five_early_ratings_whatever_was_decided() -> None:
    created = ERA - 1
    made = ratings(*((0, k, created + 60 - k, HELPFUL) for k in range(7)), (0, 9, created - WITHIN, HELPFUL))
    assert early_raters(made, history((0, created, created + 1))) == [3, 4, 5, 6, 9]


def test_late_ratings_take_no_place_among_the_first_five() -> None:
    created = ERA - 1
    made = ratings((0, 0, created + WITHIN, HELPFUL), *((0, k, created + k, HELPFUL) for k in range(1, 6)))
    assert early_raters(made, history((0, created, None))) == [1, 2, 3, 4, 5]


def test_ties_for_the_fifth_place_keep_the_input_order() -> None:
    made = ratings(*((0, rater, ERA - 1, HELPFUL) for rater in (8, 3, 9, 1, 7, 0, 2)))
    assert early_raters(made, history((0, ERA - 1, None))) == [8, 3, 9, 1, 7]


def test_the_second_era_starts_at_its_first_millisecond() -> None:
    made = ratings(*((0, k, ERA + k, HELPFUL) for k in range(7)))
    assert early_raters(made, history((0, ERA, ERA + 6))) == [0, 1, 2, 3, 4, 5]


def test_notes_without_history_have_no_early_ratings() -> None:
    assert early_raters(ratings((1, 0, NOW, HELPFUL)), history((0, NOW, None))) == []


def test_nothing_in_nothing_out() -> None:
    early = early_ratings(ratings(), history(), SETTINGS)
    assert not len(early)
    valid = valid_counts(early, statuses())
    assert valid.is_empty()
    assert valid.columns == ["rater", *RATING_CLASSES]


@pytest.mark.parametrize(
    ("status", "level", "position"),
    [(CRH, HELPFUL, 0), (CRNH, NOT_HELPFUL, 1), (CRH, NOT_HELPFUL, 2), (CRNH, HELPFUL, 3)],
)
def test_each_valid_rating_falls_in_one_class(status: str, level: int, position: int) -> None:
    row = valid_counts(ratings((0, 5, NOW, level)), statuses(status)).row(0, named=True)
    assert row == {"rater": 5} | {name: int(k == position) for k, name in enumerate(RATING_CLASSES)}


@pytest.mark.parametrize("status", [NMR, FIRM_REJECT, None])
def test_undecided_notes_have_no_valid_counts(status: str | None) -> None:
    assert valid_counts(ratings((0, 5, NOW, HELPFUL)), statuses(status)).is_empty()


def test_somewhat_helpful_takes_no_side() -> None:
    assert valid_counts(ratings((0, 5, NOW, SOMEWHAT)), statuses(CRH)).is_empty()


def test_notes_without_a_status_row_have_no_valid_counts() -> None:
    assert valid_counts(ratings((1, 5, NOW, HELPFUL)), statuses(CRH)).is_empty()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 5), st.sampled_from([0, 1, 2])), max_size=30))
def test_the_result_is_the_definition(drawn: list[tuple[int, int, int]]) -> None:
    """Against the sentence of the specification, read rating by rating."""
    notes = history((0, ERA - 3, ERA), (1, ERA, ERA + 2), (2, ERA + 1, None))
    made = ratings(*((note, rater, ERA + at, level) for rater, (note, at, level) in enumerate(drawn)))
    expected = []
    for note, created, decided in notes.iter_rows():
        own = [row for row in made.table.iter_rows() if row[0] == note]
        if created < ERA:
            expected += [row[1] for row in sorted(own, key=lambda row: row[2])[:5]]
        else:
            expected += [row[1] for row in own if decided is None or row[2] < decided]
    assert sorted(early_raters(made, notes)) == sorted(expected)
