"""Ratings by viewpoint: the bins hide single raters, and the notes are telling."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.report.viewpoints import MIN_RATERS, chosen_notes, viewpoint_bins

KINDS = [pl.Int64, pl.Float64, pl.Float64, pl.String, pl.String, pl.Int64]
EDGES = np.linspace(-1.0, 1.0, 8)
RATINGS = st.lists(st.tuples(st.floats(-2, 2), st.integers(0, 2)), max_size=60)


@given(RATINGS)
def test_no_bin_shows_few_raters_and_nobody_is_lost(ratings: list[tuple[float, int]]) -> None:
    factor = np.array([f for f, _ in ratings], np.float64)
    level = np.array([k for _, k in ratings], np.int64)
    bins = viewpoint_bins(factor, level, EDGES)
    assert all(one.total >= MIN_RATERS for one in bins)
    assert sum(one.total for one in bins) == (len(ratings) if len(ratings) >= MIN_RATERS else 0)
    ends = [(one.start, one.end) for one in bins]
    assert all(first[1] == second[0] for first, second in pairwise(ends))
    if bins:
        assert (bins[0].start, bins[-1].end) == (-1.0, 1.0)
        assert sum(one.counts[0] for one in bins) == (level == 2).sum()


def test_both_ends_stay_apart_where_there_are_enough() -> None:
    factor = np.array([-0.9] * 5 + [0.9] * 6)
    level = np.array([0] * 5 + [2] * 6)
    assert [(one.counts, one.total) for one in viewpoint_bins(factor, level, EDGES)] == [
        ((0, 0, 5), 5),
        ((6, 0, 0), 6),
    ]


def notes(*rows: tuple[int, float, float, str, str, int]) -> pl.DataFrame:
    names = ["noteId", "intercept", "factor", "finalRatingStatus", "active_rules", "known"]
    return pl.DataFrame(rows, schema=dict(zip(names, KINDS, strict=True)), orient="row")


def test_one_note_of_each_kind() -> None:
    table = notes(
        (1, 0.6, 0.0, CRH, "InitialNMR (v1.0),GeneralCRH (v1.0)", 40),
        (2, 0.5, 0.0, CRH, "InitialNMR (v1.0),GeneralCRH (v1.0)", 40),
        (3, 0.1, 0.9, NMR, "InitialNMR (v1.0)", 40),
        (4, 0.1, -0.8, NMR, "InitialNMR (v1.0)", 40),
        (5, -0.3, 0.1, CRNH, "InitialNMR (v1.0),GeneralCRNH (v1.0)", 40),
        (6, 0.39, 0.1, NMR, "InitialNMR (v1.0)", 40),
        (7, 0.45, 0.1, NMR, "InitialNMR (v1.0),GeneralCRH (v1.0),TagFilter (v1.0)", 40),
        (8, 0.9, 0.0, CRH, "InitialNMR (v1.0),GeneralCRH (v1.0)", 9),
    )
    assert [note for note, _ in chosen_notes(table, 0.4)] == [1, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("table", [notes(), notes((1, 0.6, 0.0, CRH, "GeneralCRH (v1.0)", 4))])
def test_nothing_to_choose(table: pl.DataFrame) -> None:
    assert chosen_notes(table, 0.4) == []
