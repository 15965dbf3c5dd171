"""Raters stuck to one author (spec 02 B.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.scoring import vectors
from bridgenotes.scoring.batches import flags
from bridgenotes.scoring.similarity.notes import NOWHERE, Int32Array, NoteFacts

if TYPE_CHECKING:
    from bridgenotes.scoring.ratings import Ratings
    from bridgenotes.scoring.similarity.settings import AuthorPairs, EarlyWindow

HELPFUL: Final = 2
"""Level of a fully helpful rating."""


def author_pairs(facts: NoteFacts, ratings: Ratings, settings: AuthorPairs) -> Int32Array:
    """Return the suspect pairs of an author and a rater.

    Parameters
    ----------
    facts : NoteFacts
        For authors and creation times.
    ratings : Ratings
        Only helpful ratings on today's form count.
    settings : AuthorPairs
        Windows and thresholds.

    Returns
    -------
    numpy.ndarray, int32, shape (n_pairs, 2)
        Author and rater codes; a pair occurs once per window it is suspect in.
    """
    n_written = np.bincount(facts.author[facts.author != NOWHERE], minlength=1)
    early = _early(facts, ratings, max(window.window_ms for window in settings.windows))
    found = [_suspects(early, n_written, window, settings) for window in settings.windows]
    return pl.concat(found).to_numpy().reshape(-1, 2)


def _early(facts: NoteFacts, ratings: Ratings, within_ms: int) -> pl.DataFrame:
    """Return author, rater and delay of the helpful ratings made soon after their note."""
    counts = facts.is_present & (facts.author != NOWHERE)
    until = np.where(counts, facts.created_at_ms + within_ms + 1, np.iinfo(np.int64).min)
    early = ratings.where(
        flags(
            ratings,
            lambda part: (
                vectors.before(part.created_at_ms, until, part.note)
                & (part.level == HELPFUL)
                & part.has_level
            ),
        )
    )
    note = early.note
    return pl.DataFrame(
        {
            "author": vectors.take(facts.author, note),
            "rater": early.rater,
            "delay_ms": early.created_at_ms - vectors.take(facts.created_at_ms, note),
        }
    )


def _suspects(
    early: pl.DataFrame, n_written: np.ndarray, window: EarlyWindow, settings: AuthorPairs
) -> pl.DataFrame:
    inside = early.filter(pl.col("delay_ms") <= window.window_ms)
    made = inside.group_by("rater").agg(pl.len().alias("made"))
    pairs = inside.group_by("author", "rater").agg(pl.len().alias("together")).join(made, on="rater")
    written = pl.Series("written", n_written[pairs["author"].to_numpy()])
    coverage = pl.col("together") / pl.col("written") >= window.min_coverage
    affinity = pl.col("together") / pl.col("made") >= window.min_affinity
    return (
        pairs.with_columns(written)
        .filter(
            (coverage & (pl.col("written") >= settings.min_notes))
            | (affinity & (pl.col("made") >= settings.min_ratings))
        )
        .select("author", "rater")
    )
