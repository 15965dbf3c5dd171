"""Raters who keep rating the same notes close in time (spec 02 B.2)."""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import Any

import pytest

from bridgenotes.data.dataset import Dataset
from bridgenotes.scoring.ratings import Ratings
from bridgenotes.scoring.similarity.notes import NoteFacts
from bridgenotes.scoring.similarity.rater_pairs import rater_pairs
from bridgenotes.scoring.similarity.settings import RaterPairs
from support.tables import NOW_MS, dataset

WINDOW = 20 * 60_000
SETTINGS = RaterPairs()
ONLY_OVERLAP = replace(SETTINGS, min_npmi=2.0)
ONLY_NPMI = replace(SETTINGS, min_overlap=2.0)


def suspects(data: Dataset, settings: RaterPairs = SETTINGS) -> set[tuple[int, int]]:
    pairs = rater_pairs(NoteFacts.of(data), Ratings(data.ratings), settings)
    assert len(pairs) == len({tuple(pair) for pair in pairs.tolist()})
    return {(int(x), int(y)) for x, y in pairs}


def at(note: int, rater: int, after: int = 0) -> dict[str, Any]:
    return {"note": note, "rater": rater, "created_at_ms": NOW_MS + after}


def community(
    *, together: int, alone: tuple[int, int] = (0, 0), gap: int = WINDOW, bystanders: int = 0
) -> Dataset:
    """Raters 1 and 2 meet on some posts and are alone on others, where raters from 3 on make up the mass."""
    ratings = [at(n, 1) for n in range(together)] + [at(n, 2, gap) for n in range(together)]
    first = together
    for rater, many in zip((1, 2), alone, strict=True):
        ratings += [at(first + n, rater) for n in range(many)]
        first += many
    for n in range(bystanders):
        ratings.append(at(first, 3 + n))
    return dataset(
        notes=[{"note": n, "post_id": n} for n in range(first + 1)], ratings=ratings, n_contributors=10_000
    )


@pytest.mark.parametrize(
    ("together", "alone", "gap", "is_suspect"),
    [
        (8, (2, 2), WINDOW, True),  # 8 / (10 + 10)
        (8, (2, 200), WINDOW, True),  # the smaller total counts
        (8, (3, 3), WINDOW, False),  # 8 / (11 + 10)
        (7, (3, 3), WINDOW, False),
        (9, (0, 1), WINDOW, False),  # too few posts
        (10, (0, 0), WINDOW + 1, False),
        (10, (0, 0), -WINDOW, True),
    ],
)
def test_overlap(together: int, alone: tuple[int, int], gap: int, is_suspect: bool) -> None:
    found = suspects(community(together=together, alone=alone, gap=gap), ONLY_OVERLAP)
    assert found == ({(1, 2)} if is_suspect else set())


@pytest.mark.parametrize("bystanders", [0, 400, 4_000])
def test_mutual_information(bystanders: int) -> None:
    """Sixty posts together of sixty each; everybody else makes up the mass of ratings."""
    data = community(together=60, bystanders=bystanders)
    mass = 120 + bystanders
    npmi = log(60 * mass / (560 * 560)) / -log(60 / mass)
    assert suspects(data, replace(ONLY_NPMI, min_npmi=npmi - 1e-9)) == {(1, 2)}
    assert suspects(data, replace(ONLY_NPMI, min_npmi=npmi + 1e-9)) == set()


def test_a_post_counts_once_per_pair() -> None:
    """Twelve notes on six posts: six together, ten posts in all."""
    notes = [{"note": n, "post_id": n // 2} for n in range(12)] + [
        {"note": n, "post_id": n} for n in range(12, 20)
    ]
    ratings = [at(n, r) for n in range(12) for r in (1, 2)]
    ratings += [at(n, 1) for n in range(12, 16)] + [at(n, 2) for n in range(16, 20)]
    data = dataset(notes=notes, ratings=ratings)
    assert suspects(data, replace(ONLY_OVERLAP, min_overlap=6 / 20)) == {(1, 2)}
    assert suspects(data, replace(ONLY_OVERLAP, min_overlap=6 / 20 + 1e-9)) == set()


def test_different_notes_of_one_post_are_no_meeting() -> None:
    notes = [{"note": n, "post_id": n // 2} for n in range(40)]
    assert suspects(dataset(notes=notes, ratings=[at(n, 1 + n % 2) for n in range(40)])) == set()


@pytest.mark.parametrize("lost", ["post", "note"])
def test_unavailable_posts_and_deleted_notes_do_not_count(lost: str) -> None:
    ratings = [at(n, r) for n in range(20) for r in (1, 2)]
    rows = [{"note": n, "post_id": -1} for n in range(20)]
    data = dataset(notes=rows, ratings=ratings) if lost == "post" else dataset(history=rows, ratings=ratings)
    assert suspects(data) == set()


def test_one_rater() -> None:
    data = dataset(
        notes=[{"note": n, "post_id": n} for n in range(20)], ratings=[at(n, 1) for n in range(20)]
    )
    assert suspects(data) == set()


def test_no_ratings() -> None:
    assert suspects(dataset()) == set()
    assert suspects(dataset(notes=[{"note": 0}])) == set()
