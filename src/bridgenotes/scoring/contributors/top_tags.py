"""What raters most often say against an author's notes (spec 04 D.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import HELPFUL_TAGS, NOT_HELPFUL_TAG_PRIORITY, NOT_HELPFUL_TAGS
from bridgenotes.scoring.batches import batches
from bridgenotes.scoring.note_statistics import tag_counts
from bridgenotes.scoring.shelf import note_blocks

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import Contributors
    from bridgenotes.scoring.ratings import Ratings

TOP: Final = 2
"""How many tags a note or an author is described by; notes with fewer are not described."""


def author_top_tags(ratings: Ratings, history: pl.DataFrame, settings: Contributors) -> pl.DataFrame:
    """Return the two not-helpful tags that are most often among the top two of an author's notes.

    Parameters
    ----------
    ratings : Ratings
    history : polars.DataFrame
        Columns note and author of every note.
    settings : Contributors
        How many ratings must give a tag for it to count.

    Returns
    -------
    polars.DataFrame
        One row per author: rater (int32) and author_top_not_helpful_tag_values, tag numbers
        joined by a comma, empty when no tag qualifies.

    Notes
    -----
    Ties go to the tag of higher priority, for notes and for authors.
    """
    number = pl.col("tag")
    top = (
        note_top_tags(ratings, settings)
        .lazy()
        .join(history.lazy().select("note", "author"), on="note", how="inner")
        .group_by("author", "tag")
        .agg(n_notes=pl.len())
        .with_columns(priority=_priority(number))
        .sort("n_notes", "priority", descending=True)
        .group_by("author", maintain_order=True)
        .agg(author_top_not_helpful_tag_values=number.head(TOP).cast(pl.String).str.join(","))
    )
    return (
        history.lazy()
        .select("author")
        .drop_nulls()
        .unique()
        .join(top, on="author", how="left")
        .select(pl.col("author").alias("rater"), pl.col("author_top_not_helpful_tag_values").fill_null(""))
        .collect()
    )


def note_top_tags(ratings: Ratings, settings: Contributors) -> pl.DataFrame:
    """Return the top two not-helpful tags of each note that has two.

    Returns
    -------
    polars.DataFrame
        Columns note (int32) and tag (int64, position in `NOT_HELPFUL_TAGS`), two rows per note.
    """
    given = tag_counts(ratings, 1 + max((int(p.note.max()) for p in batches(ratings)), default=-1))
    described, top = [], []
    for block in note_blocks(len(given)):
        counts = given[block, len(HELPFUL_TAGS) :].astype(np.int64)
        rank: npt.NDArray[np.int64] = counts * len(NOT_HELPFUL_TAGS) + np.array(NOT_HELPFUL_TAG_PRIORITY)
        rank[counts < settings.tag_min_count] = -1
        rows = np.flatnonzero((rank >= 0).sum(axis=1) >= TOP)
        described.append(rows + block.start)
        top.append(np.argsort(-rank[rows], axis=1)[:, :TOP].ravel())
    return pl.DataFrame(
        {
            "note": np.repeat(np.concatenate(described), TOP).astype(np.int32),
            "tag": np.concatenate(top).astype(np.int64),
        }
    )


def _priority(tag: pl.Expr) -> pl.Expr:
    return tag.replace_strict(dict(enumerate(NOT_HELPFUL_TAG_PRIORITY)), default=None, return_dtype=pl.Int64)
