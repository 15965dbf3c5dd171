"""The similarity table and the spec read aloud (spec 02 B.3, B.5)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgenotes.data.dataset import Dataset
from bridgenotes.data.vocabulary import MISLEADING, NOT_MISLEADING
from bridgenotes.scoring.coalesce import SIMILARITY_SCHEMA
from bridgenotes.scoring.ratings import Ratings
from bridgenotes.scoring.similarity.author_pairs import author_pairs
from bridgenotes.scoring.similarity.components import components
from bridgenotes.scoring.similarity.notes import NoteFacts
from bridgenotes.scoring.similarity.quasi_cliques import quasi_cliques
from bridgenotes.scoring.similarity.rater_pairs import rater_pairs
from bridgenotes.scoring.similarity.settings import (
    AuthorPairs,
    QuasiCliques,
    RaterPairs,
    SimilaritySettings,
)
from bridgenotes.scoring.similarity.table import rater_similarity
from support.tables import NOW_MS, dataset
from unit.scoring.similarity import plain

MINUTE = 60_000
SMALL = SimilaritySettings(
    AuthorPairs(min_notes=2, min_ratings=3),
    RaterPairs(min_posts=2, regularisation=3.0, pseudocount=2.0),
    QuasiCliques(min_matches=2, max_weak_matches=3, min_action_raters=3, min_posts=3, min_raters=3),
)
"""Thresholds that a dozen notes can reach."""


@st.composite
def communities(draw: st.DrawFn) -> Dataset:
    """Few notes and raters, most of whom follow the same verdict within minutes."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_notes, n_raters = draw(st.integers(1, 24)), draw(st.integers(1, 12))
    share = draw(st.sampled_from([0.4, 0.8, 1.0]))
    notes = [
        {
            "note": n,
            "author": int(random.integers(20, 24)),
            "post_id": int(random.choice([-1, *range(1, 20)])),
            "created_at_ms": NOW_MS - int(random.choice([0, 90, 92])) * 86_400_000,
            "classification": NOT_MISLEADING if random.random() < 0.1 else MISLEADING,
        }
        for n in range(n_notes)
        if random.random() < 0.9
    ]
    times = {row["note"]: row["created_at_ms"] for row in notes}
    ratings = [
        {
            "note": n,
            "rater": r,
            "created_at_ms": times.get(n, NOW_MS) + int(random.choice([0, 1, 5, 20, 21, 40])) * MINUTE,
            "level": int(random.choice([2, 2, 2, n % 3])),
            "has_level": bool(random.random() < 0.9),
        }
        for n in range(n_notes)
        for r in range(n_raters)
        if random.random() < share
    ]
    return dataset(notes=notes, ratings=ratings, n_notes=n_notes, n_contributors=30)


def pairs_of(array: np.ndarray) -> set[tuple[int, int]]:
    return {(int(x), int(y)) for x, y in array}


@given(communities(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_everything_is_as_the_spec_says(data: Dataset, largest_first: bool) -> None:
    facts = NoteFacts.of(data)
    assert pairs_of(author_pairs(facts, Ratings(data.ratings), SMALL.author_pairs)) == plain.author_pairs(
        data, SMALL.author_pairs
    )
    assert pairs_of(rater_pairs(facts, Ratings(data.ratings), SMALL.rater_pairs)) == plain.rater_pairs(
        data, SMALL.rater_pairs
    )
    thresholds = replace(SMALL.quasi_cliques, largest_first=largest_first)
    table = quasi_cliques(facts, Ratings(data.ratings), thresholds)
    found = table.group_by("quasi_clique_value").agg("rater").sort("quasi_clique_value")["rater"].to_list()
    assert [set(group) for group in found] == plain.cliques(data, thresholds)


@given(communities(), st.integers(0, 1_000))
@settings(max_examples=40, deadline=None)
def test_row_order_does_not_matter(data: Dataset, seed: int) -> None:
    expected = rater_similarity(data, Ratings(data.ratings), SMALL)
    shuffled = data.ratings.sample(fraction=1.0, shuffle=True, seed=seed)
    assert rater_similarity(data, Ratings(shuffled), SMALL).equals(expected)


def test_components_join_pairs() -> None:
    table = components(np.array([[7, 3], [3, 9], [1, 2], [2, 1], [5, 5]], np.int32))
    assert table.rows() == [(1, 1), (2, 1), (3, 2), (5, 3), (7, 2), (9, 2)]


def test_no_pairs_no_components() -> None:
    assert components(np.empty((0, 2), np.int32)).is_empty()


def test_the_table_joins_both_detectors() -> None:
    """Raters 1 and 2 rate at the same time, 2 to 6 alike but hours apart."""
    posts = range(60)
    ratings = [{"note": n, "rater": 1, "created_at_ms": NOW_MS, "level": 0} for n in posts]
    ratings += [
        {"note": n, "rater": r, "created_at_ms": NOW_MS + (r - 2) * 60 * MINUTE}
        for n in posts
        for r in range(2, 7)
    ]
    data = dataset(notes=[{"note": n, "post_id": n} for n in posts], ratings=ratings)
    table = rater_similarity(data, Ratings(data.ratings), SimilaritySettings())
    assert table.schema == SIMILARITY_SCHEMA
    assert table.rows() == [(1, 1, None), (2, 1, 1), (3, None, 1), (4, None, 1), (5, None, 1), (6, None, 1)]


def test_nothing_in_nothing_out() -> None:
    data = dataset()
    table = rater_similarity(data, Ratings(data.ratings), SimilaritySettings())
    assert table.equals(pl.DataFrame(schema=SIMILARITY_SCHEMA))
