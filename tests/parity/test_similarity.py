"""Our groups of raters that act alike are the reference's."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from bridgenotes.scoring.preprocess import prepare
from bridgenotes.scoring.profile import load_profile
from bridgenotes.scoring.similarity.settings import SimilaritySettings
from bridgenotes.scoring.similarity.table import rater_similarity
from support.golden import Golden

pytestmark = pytest.mark.parity


def groups(table: pl.DataFrame, label: str) -> set[frozenset[int]]:
    """The sets of raters sharing a label; the labels themselves mean nothing."""
    members = table.drop_nulls(label).group_by(label).agg("rater")
    return {frozenset(group) for group in members["rater"].to_list()}


@pytest.mark.parametrize("size", ["S", "M"])
def test_components_and_quasi_cliques(reference_data: Path, size: str) -> None:
    golden = Golden.load(reference_data, size)
    ratings = prepare(golden.dataset, load_profile("x-2026").history).ratings
    found = rater_similarity(golden.dataset, ratings, SimilaritySettings())
    for seed in ("s1", "s2"):
        expected = golden.with_seed(seed).similarity()
        for label in ("post_selection_value", "quasi_clique_value"):
            assert groups(found, label) == groups(expected, label), (seed, label)
