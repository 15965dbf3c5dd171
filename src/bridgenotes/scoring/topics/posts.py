"""The posts that have notes: their text and the topics whose terms occur in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.scoring.topics.settings import UNASSIGNED
from bridgenotes.scoring.topics.text import clean

if TYPE_CHECKING:
    from bridgenotes.scoring.topics.settings import TopicSettings

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Posts:
    """Posts in ascending order of id.

    Attributes
    ----------
    ids : polars.Series, Int64, length n_posts
        Unique; notes without a post share one id and hence count as one post.
    texts : polars.Series, String, length n_posts
        Cleaned text of all notes on the post.
    hits : numpy.ndarray, bool, shape (n_posts, n_topics)
        Whether a term of the topic occurs.
    """

    ids: pl.Series
    texts: pl.Series
    hits: BoolArray

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def contested(self) -> BoolArray:
        """Posts with terms of several topics: shape (n_posts,)."""
        return np.asarray(self.hits.sum(axis=1) > 1)

    @property
    def seeds(self) -> IntArray:
        """Number of the only topic whose terms occur, otherwise `UNASSIGNED`: shape (n_posts,)."""
        if not self.hits.shape[1]:
            return np.full(len(self), UNASSIGNED)
        only = self.hits.sum(axis=1) == 1
        return np.where(only, self.hits.argmax(axis=1) + 1, UNASSIGNED)


def read_posts(notes: pl.DataFrame, settings: TopicSettings) -> Posts:
    """Group notes by post and look for the terms.

    Parameters
    ----------
    notes : polars.DataFrame
        Columns note (unique), post_id and summary; a missing summary is an empty one.
    settings : TopicSettings
        Terms, and which URLs are kept.

    Notes
    -----
    Summaries are joined in the order of the note codes, so that the order of rows is irrelevant.
    Topics are looked for one by one, which equals one scan for all of them as long as no term
    of one topic can overlap a term of another.
    """
    joined = (
        notes.sort("note")
        .group_by("post_id", maintain_order=True)
        .agg(pl.col("summary").fill_null("").str.join(" "))
        .sort("post_id")
    )
    texts = pl.Series("text", [clean(t, settings.kept_in_urls) for t in joined["summary"]], pl.String)
    looked_for = [
        pl.col("text").str.contains(f"(?i){topic.pattern}").alias(topic.name) for topic in settings.topics
    ]
    hits = texts.to_frame().select(looked_for)  # together, so that topics share the processors
    shape = (len(texts), len(settings.topics))
    return Posts(joined["post_id"], texts, np.array(hits.get_columns(), bool).T.reshape(shape))
