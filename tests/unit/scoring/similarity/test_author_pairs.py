"""Raters stuck to one author (spec 02 B.1)."""

from __future__ import annotations

from typing import Any

import pytest

from bridgenotes.data.dataset import Dataset
from bridgenotes.scoring.ratings import Ratings
from bridgenotes.scoring.similarity.author_pairs import author_pairs
from bridgenotes.scoring.similarity.notes import NoteFacts
from bridgenotes.scoring.similarity.settings import AuthorPairs
from support.tables import NOW_MS, dataset

MINUTE = 60_000
AUTHOR, RATER = 90, 1


def suspects(data: Dataset) -> set[tuple[int, int]]:
    pairs = author_pairs(NoteFacts.of(data), Ratings(data.ratings), AuthorPairs())
    return {(int(a), int(r)) for a, r in pairs}


def community(*, own: int, others: int = 0, written: int, delay: int = MINUTE, **rating: Any) -> Dataset:
    """The author wrote some notes; the rater rated ``own`` of them and ``others`` of other authors."""
    notes = [{"note": n, "author": AUTHOR, "created_at_ms": NOW_MS} for n in range(written)]
    notes += [{"note": written + n, "author": 50 + n, "created_at_ms": NOW_MS} for n in range(others)]
    rated = [*range(own), *range(written, written + others)]
    rows = [{"note": n, "rater": RATER, "created_at_ms": NOW_MS + delay, **rating} for n in rated]
    return dataset(notes=notes, ratings=rows)


@pytest.mark.parametrize(
    ("delay", "own", "written", "is_suspect"),
    [
        (MINUTE, 2, 10, True),
        (MINUTE, 2, 11, False),  # less than a fifth
        (MINUTE, 1, 5, False),  # too few notes to tell
        (MINUTE + 1, 2, 10, False),
        (5 * MINUTE, 3, 10, True),
        (5 * MINUTE + 1, 3, 10, False),
        (20 * MINUTE, 4, 10, True),
        (20 * MINUTE, 4, 11, False),
        (20 * MINUTE + 1, 9, 10, False),
        (-MINUTE, 2, 10, True),  # before the note: still early
    ],
)
def test_coverage(delay: int, own: int, written: int, is_suspect: bool) -> None:
    found = suspects(community(own=own, written=written, delay=delay))
    assert found == ({(AUTHOR, RATER)} if is_suspect else set())


@pytest.mark.parametrize(
    ("delay", "own", "others", "is_suspect"),
    [
        (MINUTE, 2, 8, True),
        (MINUTE, 2, 9, False),  # less than a fifth
        (MINUTE, 2, 7, False),  # too few ratings to tell
        (5 * MINUTE, 9, 11, True),
        (5 * MINUTE, 9, 12, False),
        (20 * MINUTE, 14, 6, True),
        (20 * MINUTE, 14, 7, False),
    ],
)
def test_affinity(delay: int, own: int, others: int, is_suspect: bool) -> None:
    data = community(own=own, others=others, written=100, delay=delay)
    assert ((AUTHOR, RATER) in suspects(data)) == is_suspect


@pytest.mark.parametrize("rating", [{"level": 1}, {"level": 0}, {"has_level": False}])
def test_only_helpful_ratings_on_todays_form_count(rating: dict[str, Any]) -> None:
    assert suspects(community(own=10, written=10, **rating)) == set()


def test_deleted_notes_do_not_count() -> None:
    data = dataset(
        history=[{"note": n, "author": AUTHOR, "created_at_ms": NOW_MS} for n in range(10)],
        ratings=[{"note": n, "rater": RATER, "created_at_ms": NOW_MS} for n in range(10)],
    )
    assert suspects(data) == set()


def test_no_ratings() -> None:
    assert suspects(dataset(notes=[{"note": 0}])) == set()
    assert suspects(dataset()) == set()
