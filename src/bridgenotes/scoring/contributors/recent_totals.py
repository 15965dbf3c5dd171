"""How an author's latest notes did (spec 04 D.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.scoring.batches import batches, count_by_note
from bridgenotes.scoring.preprocess import DAY_MS

if TYPE_CHECKING:
    from bridgenotes.scoring.ratings import Ratings

RATED_DAYS: Final = 14
ALL_DAYS: Final = 90
"""The windows are part of the columns' names."""
MIN_RATINGS: Final = 10
TOTALS: Final = tuple(
    f"{status}_total{days}d" for days in (RATED_DAYS, ALL_DAYS) for status in ("crh", "crnh", "nmr")
)


def recent_totals(ratings: Ratings, history: pl.DataFrame) -> pl.DataFrame:
    """Return how many of each author's latest notes have which status.

    Parameters
    ----------
    ratings : Ratings
        Not coalesced.
    history : polars.DataFrame
        Columns note, author, created_at_ms, current_status after this run.

    Returns
    -------
    polars.DataFrame
        One row per author: rater (int32) and `TOTALS` (int64).

    Notes
    -----
    Windows end with the newest note, not with the clock. The short one only counts notes that
    were rated, and undecided ones only with enough ratings.
    """
    status, made = pl.col("current_status"), pl.col("created_at_ms")
    is_rated = (pl.col("n_ratings") >= MIN_RATINGS) | status.is_in([CRH, CRNH])
    windows = {
        RATED_DAYS: (made > made.max() - RATED_DAYS * DAY_MS) & (pl.col("n_ratings") > 0) & is_rated,
        ALL_DAYS: made > made.max() - ALL_DAYS * DAY_MS,
    }
    counted = {"crh": CRH, "crnh": CRNH, "nmr": NMR}
    return (
        history.lazy()
        .select("note", "author", "created_at_ms", "current_status")
        .join(_per_note(ratings).lazy(), on="note", how="left")
        .with_columns(
            (is_in_window & (status == word)).fill_null(False).alias(f"{name}_total{days}d")
            for days, is_in_window in windows.items()
            for name, word in counted.items()
        )
        .drop_nulls("author")
        .group_by(rater="author")
        .agg(pl.col(TOTALS).sum().cast(pl.Int64))
        .collect()
    )


def _per_note(ratings: Ratings) -> pl.DataFrame:
    """Count the ratings of every rated note: columns note and n_ratings."""
    n_notes = 1 + max((int(part.note.max()) for part in batches(ratings)), default=-1)
    counts = count_by_note(ratings, n_notes, lambda part: np.ones(len(part), np.bool_))
    rated = np.flatnonzero(counts)
    return pl.DataFrame({"note": rated.astype(np.int32), "n_ratings": counts[rated]})
