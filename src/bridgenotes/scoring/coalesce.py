"""Apply rater similarity: one rating per note and group of raters that act as one (spec 02 B.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from bridgenotes.scoring.preprocess import Community

SIMILARITY_SCHEMA: Final = pl.Schema(
    {"rater": pl.Int32(), "post_selection_value": pl.Int64(), "quasi_clique_value": pl.Int64()}
)


def no_similarity() -> pl.DataFrame:
    """Return the empty similarity table: nobody acts like anybody else."""
    return pl.DataFrame(schema=SIMILARITY_SCHEMA)


def in_both_detectors(similarity: pl.DataFrame) -> pl.DataFrame:
    """Keep raters that both detectors found: all that final scoring honours (spec 02 B.6, accidental)."""
    return similarity.drop_nulls(["post_selection_value", "quasi_clique_value"])


def coalesce(
    ratings: pl.DataFrame, community: Community, similarity: pl.DataFrame, min_notes: int
) -> pl.DataFrame:
    """Flag correlated raters and drop the ratings that repeat their group's.

    Parameters
    ----------
    ratings : polars.DataFrame
        Columns note, rater, created_at_ms and others, in file order.
    community : Community
        For the authors of notes.
    similarity : polars.DataFrame
        Columns of `SIMILARITY_SCHEMA`; a rater may have several rows.
    min_notes : int
        Below this many notes nothing is dropped.

    Returns
    -------
    polars.DataFrame
        The kept ratings with ``is_correlated``; ratings of grouped raters first.
    """
    n_contributors = community.shape[1]
    correlated = np.zeros(n_contributors, np.bool_)
    correlated[similarity.filter(pl.col("quasi_clique_value") >= 1)["rater"].to_numpy()] = True
    flagged = ratings.with_columns(pl.Series("is_correlated", correlated[ratings["rater"].to_numpy()]))
    if community.dataset.notes.height < min_notes:
        return flagged
    groups = similarity.drop_nulls("post_selection_value")
    group = np.zeros(n_contributors, np.int64)
    group[groups["rater"].to_numpy()] = groups["post_selection_value"].to_numpy()
    author = np.full(community.shape[0], -1, np.int64)
    written = community.dataset.notes.drop_nulls("author")
    author[written["note"].to_numpy()] = written["author"].to_numpy()
    own = group[ratings["rater"].to_numpy()]
    writers = author[ratings["note"].to_numpy()]
    of_author = np.where(writers >= 0, group[np.maximum(writers, 0)], 0) if n_contributors else own
    flagged = flagged.with_columns(pl.Series("group", own))
    grouped = (
        flagged.filter(pl.Series((own > 0) & (own != of_author)))
        .sort("note", "created_at_ms", maintain_order=True)
        .unique(["note", "group"], keep="first", maintain_order=True)
    )
    return pl.concat([grouped, flagged.filter(pl.Series(own == 0))]).drop("group")
