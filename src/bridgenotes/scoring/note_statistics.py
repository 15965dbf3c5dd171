"""What the status rules read about a note besides its parameters (spec 05 section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import TAGS
from bridgenotes.scoring import kernels, vectors
from bridgenotes.scoring.preprocess import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgenotes.scoring.ratings import Ratings

FloatArray = npt.NDArray[np.float64]

RECENT_DAYS: Final = 28


def note_statistics(ratings: Ratings, history: pl.DataFrame, now_ms: int) -> pl.DataFrame:
    """Return counts per note of the history (spec 05 section 4.1).

    Parameters
    ----------
    ratings : Ratings
        In-scope ratings.
    history : polars.DataFrame
        Completed status history, one row per note code.
    now_ms : int
        Clock of the run, epoch milliseconds.

    Returns
    -------
    polars.DataFrame
        Row i is note code i: note, author, created_at_ms, classification, current_status,
        locked_status, num_ratings, num_ratings_last28, num_population_sampled_ratings and one
        column per tag.
    """
    n = history.height
    note = ratings.note
    counts = kernels.tag_counts(note, ratings.tags, n, len(TAGS))
    recent = ratings.created_at_ms > now_ms - RECENT_DAYS * DAY_MS
    return history.select(
        "note", "author", "created_at_ms", "classification", "current_status", "locked_status"
    ).with_columns(
        pl.Series("num_ratings", vectors.count(note, n)),
        pl.Series("num_ratings_last28", vectors.count(note, n, recent)),
        pl.Series("num_population_sampled_ratings", vectors.count(note, n, ratings.is_population_sampled)),
        *(pl.Series(tag, counts[:, k].astype(np.int64)) for k, tag in enumerate(TAGS)),
    )


def side_statistics(ratings: Ratings, rater_factor: FloatArray, n_notes: int) -> pl.DataFrame:
    """Return what raters on each side of the spectrum said (spec 05 sections 4.2 and 4.3).

    Parameters
    ----------
    ratings : Ratings
        In-scope ratings.
    rater_factor : numpy.ndarray, float64, shape (n_contributors,)
        NaN for contributors without parameters; negative is one side, all else the other.
    n_notes : int
        Number of note codes.

    Returns
    -------
    polars.DataFrame
        Row i is note code i. Side means are float32, null for an empty side.
    """
    side = np.where(np.isnan(rater_factor), -1, np.where(rater_factor < 0, 0, 1)).astype(np.int8)
    counts = kernels.side_counts(
        ratings.note,
        vectors.take(side, ratings.rater),
        ratings.level,
        ratings.is_population_sampled,
        n_notes,
    )
    raters, helpful, not_helpful, halves, sampled = (counts[:, :, k] for k in range(5))
    net = np.maximum(0, (helpful - not_helpful).min(axis=1, initial=np.iinfo(np.int32).max))
    total = raters.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (halves / 2 / raters).astype(np.float32)
        ratio = np.where(total > 0, (net / total), 0).astype(np.float32)
    return pl.DataFrame(
        {
            "min_sign_count": raters.min(axis=1, initial=np.iinfo(np.int32).max),
            "neg_factor_mean_helpful_num": mean[:, 0],
            "pos_factor_mean_helpful_num": mean[:, 1],
            "net_min_helpful": net,
            "net_min_helpful_ratio": ratio,
            "neg_factor_population_sampled_rating_count": sampled[:, 0],
            "pos_factor_population_sampled_rating_count": sampled[:, 1],
        }
    ).with_columns(pl.col("neg_factor_mean_helpful_num", "pos_factor_mean_helpful_num").fill_nan(None))


def spread(values: npt.NDArray[np.floating], codes: npt.NDArray[np.int32], size: int) -> FloatArray:
    """Return values by code: float64, shape (size,), NaN where there is none."""
    out = np.full(size, np.nan)
    out[codes] = values
    return out


def float32_columns(columns: Sequence[tuple[str, FloatArray]]) -> list[pl.Series]:
    """Round model parameters to 32 bit, as rules compare them (spec 05 section 4.0); NaN becomes null."""
    return [
        pl.Series(name, values.astype(np.float32), dtype=pl.Float32, nan_to_null=True)
        for name, values in columns
    ]
