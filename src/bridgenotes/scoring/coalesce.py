"""Apply rater similarity: one rating per note and group of raters that act as one (spec 02 B.6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.scoring import vectors
from bridgenotes.scoring.batches import flags

if TYPE_CHECKING:
    from bridgenotes.scoring.preprocess import Community
    from bridgenotes.scoring.ratings import Ratings

SIMILARITY_SCHEMA: Final = pl.Schema(
    {"rater": pl.Int32(), "post_selection_value": pl.Int64(), "quasi_clique_value": pl.Int64()}
)


def no_similarity() -> pl.DataFrame:
    """Return the empty similarity table: nobody acts like anybody else."""
    return pl.DataFrame(schema=SIMILARITY_SCHEMA)


def in_both_detectors(similarity: pl.DataFrame) -> pl.DataFrame:
    """Keep raters that both detectors found: all that final scoring honours (spec 02 B.6, accidental)."""
    return similarity.drop_nulls(["post_selection_value", "quasi_clique_value"])


def coalesce(ratings: Ratings, community: Community, similarity: pl.DataFrame, min_notes: int) -> Ratings:
    """Flag correlated raters and drop the ratings that repeat their group's.

    Parameters
    ----------
    ratings : Ratings
        In file order.
    community : Community
        For the authors of notes.
    similarity : polars.DataFrame
        Columns of `SIMILARITY_SCHEMA`; a rater may have several rows.
    min_notes : int
        Below this many notes nothing is dropped.

    Returns
    -------
    Ratings
        The kept ratings, correlated raters flagged; ratings of grouped raters first.
    """
    n_contributors = community.shape[1]
    correlated = np.zeros(n_contributors, np.bool_)
    correlated[similarity.filter(pl.col("quasi_clique_value") >= 1)["rater"].to_numpy()] = True
    flagged = replace(ratings, correlated=correlated)
    groups = similarity.drop_nulls("post_selection_value")
    if community.dataset.notes.height < min_notes or groups.is_empty():
        return flagged
    group = np.zeros(n_contributors, np.int64)
    group[groups["rater"].to_numpy()] = groups["post_selection_value"].to_numpy()
    has_group = group != 0
    is_grouped = flags(flagged, lambda part: vectors.take(has_group, part.rater))
    first = _first_of_group(flagged.where(is_grouped), community, group)
    return first.followed_by(flagged.where(~is_grouped))


def _first_of_group(ratings: Ratings, community: Community, group: npt.NDArray[np.int64]) -> Ratings:
    """Return each group's first rating of each note that is not by one of the group, by note and time."""
    author = np.full(community.shape[0], -1, np.int64)
    written = community.dataset.notes.drop_nulls("author")
    author[written["note"].to_numpy()] = written["author"].to_numpy()
    own, writers = group[ratings.rater], author[ratings.note]
    of_author = np.where(writers >= 0, group[np.maximum(writers, 0)], 0)
    order = (
        ratings.frame("note", "created_at_ms")
        .with_columns(pl.Series("group", own), pl.Series("position", np.arange(len(own), dtype=np.uint32)))
        .filter(pl.Series((own > 0) & (own != of_author), dtype=pl.Boolean))
        .sort("note", "created_at_ms", maintain_order=True)
        .unique(["note", "group"], keep="first", maintain_order=True)
    )
    return ratings.take(order["position"].to_numpy())
