"""Raters that act as one count once (spec 02 B.6)."""

from __future__ import annotations

import polars as pl

from bridgenotes.scoring.coalesce import SIMILARITY_SCHEMA, coalesce, in_both_detectors, no_similarity
from bridgenotes.scoring.preprocess import prepare
from bridgenotes.scoring.profile import load_profile
from support.tables import NOW_MS, dataset

HISTORY = load_profile("x-2026").history


def similarity(*rows: tuple[int, int | None, int | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SIMILARITY_SCHEMA, orient="row")


def survivors(
    table: pl.DataFrame, ratings: list[dict[str, int]], *, min_notes: int = 0, author: int = 90
) -> list:
    data = dataset(notes=[{"note": 0, "author": author}, {"note": 1}], ratings=ratings)
    community = prepare(data, HISTORY)
    kept = coalesce(community.ratings, community, table, min_notes)
    return kept.frame("note", "rater").rows()


def at(note: int, rater: int, minute: int) -> dict[str, int]:
    return {"note": note, "rater": rater, "created_at_ms": NOW_MS + 60_000 * minute}


def test_the_earliest_of_a_group_speaks_for_it() -> None:
    table = similarity((1, 7, None), (2, 7, None))
    assert survivors(table, [at(0, 1, 5), at(0, 2, 3), at(0, 3, 9)]) == [(0, 2), (0, 3)]


def test_groups_speak_once_per_note() -> None:
    table = similarity((1, 7, None), (2, 7, None), (3, 8, None))
    rows = [at(0, 1, 1), at(0, 2, 2), at(1, 2, 1), at(0, 3, 9)]
    assert survivors(table, rows) == [(0, 1), (0, 3), (1, 2)]


def test_equal_times_keep_file_order() -> None:
    table = similarity((1, 7, None), (2, 7, None))
    assert survivors(table, [at(0, 2, 1), at(0, 1, 1)]) == [(0, 2)]


def test_nobody_speaks_for_a_note_of_their_own_group() -> None:
    table = similarity((1, 7, None), (5, 7, None))
    assert survivors(table, [at(0, 1, 1), at(0, 3, 1)], author=5) == [(0, 3)]


def test_small_data_is_not_coalesced() -> None:
    table = similarity((1, 7, None), (2, 7, None))
    assert len(survivors(table, [at(0, 1, 1), at(0, 2, 2)], min_notes=3)) == 2


def test_quasi_cliques_are_flagged_and_kept() -> None:
    data = dataset(notes=[{"note": 0}], ratings=[at(0, 1, 1), at(0, 2, 2)])
    community = prepare(data, HISTORY)
    kept = coalesce(community.ratings, community, similarity((1, None, 1)), 0)
    assert kept.is_correlated.tolist() == [True, False]


def test_final_scoring_honours_raters_that_both_detectors_found() -> None:
    table = similarity((1, 7, None), (2, 7, 1), (3, None, 1))
    assert in_both_detectors(table)["rater"].to_list() == [2]


def test_without_similarity_nothing_changes() -> None:
    assert survivors(no_similarity(), [at(0, 1, 1), at(0, 2, 2)]) == [(0, 1), (0, 2)]
