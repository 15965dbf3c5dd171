"""Spec 04 D.7."""

from __future__ import annotations

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.scoring.contributors.lifetime import lifetime_counts
from bridgenotes.scoring.valid_ratings import early_ratings
from unit.scoring.contributors.tables import (
    DAY,
    HELPFUL,
    NOT_HELPFUL,
    PROFILE,
    SOMEWHAT,
    START,
    history,
    note_results,
    ratings,
)


def counts(made, notes, received=None):
    early = early_ratings(made, notes, PROFILE.scorers[0].helpfulness)
    table = lifetime_counts(
        made, early, notes, received if received is not None else note_results(len(notes))
    )
    return {row["rater"]: row for row in table.iter_rows(named=True)}


def test_ratings_by_outcome() -> None:
    decided = START + DAY
    notes = history((9, CRH), (9, CRNH), (9, NMR), (9, CRH, START, decided))
    row = counts(
        ratings(
            (0, 1, HELPFUL),
            (1, 1, NOT_HELPFUL),
            (1, 1, HELPFUL),
            (2, 1, SOMEWHAT),
            (2, 1, HELPFUL),
            (3, 1, HELPFUL, decided),
            (3, 1, HELPFUL, decided + 1),
        ),
        notes,
    )[1]
    assert row == {
        "rater": 1,
        "successful_rating_helpful_count": 1,
        "successful_rating_not_helpful_count": 1,
        "successful_rating_total": 2,
        "unsuccessful_rating_helpful_count": 0,
        "unsuccessful_rating_not_helpful_count": 1,
        "unsuccessful_rating_total": 1,
        "ratings_awaiting_more_ratings": 2,
        "rated_after_decision": 1,
        "notes_currently_rated_helpful": None,
        "notes_currently_rated_not_helpful": None,
        "notes_awaiting_more_ratings": None,
        "aggregate_rating_received_total": None,
    }


def test_late_ratings_alone_make_no_row() -> None:
    late = ratings((0, 1, HELPFUL, START + 3 * DAY))
    assert 1 not in counts(late, history((9, CRH, START, START + DAY)))


def test_an_early_rating_that_judges_nobody_makes_a_row_of_zeros() -> None:
    row = counts(ratings((0, 1, SOMEWHAT)), history((9, CRH)))[1]
    assert (row["successful_rating_total"], row["rated_after_decision"]) == (0, 0)


def test_notes_by_status() -> None:
    notes = history((4, CRH), (4, CRNH), (4, CRNH), (4, NMR), (5, None))
    received = note_results(5, num_ratings=[1, 2, 3, 4, 7])
    rows = counts(ratings(), notes, received)
    assert list(rows) == [4, 5]
    columns = (
        "notes_currently_rated_helpful",
        "notes_currently_rated_not_helpful",
        "notes_awaiting_more_ratings",
        "aggregate_rating_received_total",
        "successful_rating_total",
        "rated_after_decision",
    )
    assert [rows[4][name] for name in columns] == [1, 2, 1, 10, None, None]
    assert [rows[5][name] for name in columns] == [0, 0, 0, 7, None, None]


def test_raters_and_authors_are_united() -> None:
    assert list(counts(ratings((0, 7, HELPFUL), (0, 2, HELPFUL)), history((5, CRH)))) == [2, 5, 7]


def test_notes_without_author_count_for_nobody() -> None:
    assert counts(ratings(), history((None, CRH))) == {}
