"""The similarity table: who is in which group (spec 02 B.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bridgenotes.scoring.coalesce import SIMILARITY_SCHEMA
from bridgenotes.scoring.similarity.author_pairs import author_pairs
from bridgenotes.scoring.similarity.components import components
from bridgenotes.scoring.similarity.notes import NoteFacts
from bridgenotes.scoring.similarity.quasi_cliques import quasi_cliques
from bridgenotes.scoring.similarity.rater_pairs import rater_pairs

if TYPE_CHECKING:
    import polars as pl

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.ratings import Ratings
    from bridgenotes.scoring.similarity.settings import SimilaritySettings


def rater_similarity(dataset: Dataset, ratings: Ratings, settings: SimilaritySettings) -> pl.DataFrame:
    """Find the contributors that act alike.

    Parameters
    ----------
    dataset : Dataset
        For its notes; deleted notes count for nothing.
    ratings : Ratings
        The ratings in scope (`preprocess.Community.ratings`).
    settings : SimilaritySettings
        Thresholds.

    Returns
    -------
    polars.DataFrame
        Columns of `SIMILARITY_SCHEMA`, sorted by rater and clique. ``post_selection_value``
        names the component of suspect pairs, ``quasi_clique_value`` the clique; null = none.
        A contributor in several cliques has a row for each; an author who never rated may
        be in a component. The numbers are labels only.

    References
    ----------
    spec 02 B.1 to B.5.
    """
    facts = NoteFacts.of(dataset)
    pairs = np.concatenate(
        [
            author_pairs(facts, ratings, settings.author_pairs),
            rater_pairs(facts, ratings, settings.rater_pairs),
        ]
    )
    cliques = quasi_cliques(facts, ratings, settings.quasi_cliques)
    return (
        components(pairs)
        .join(cliques, on="rater", how="full", coalesce=True)
        .select(SIMILARITY_SCHEMA.names())
        .cast(SIMILARITY_SCHEMA)
        .sort("rater", "quasi_clique_value")
    )
