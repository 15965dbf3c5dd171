"""What the status rules read about a note besides its parameters (spec 05 section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import TAGS
from bridgenotes.scoring import kernels, vectors
from bridgenotes.scoring.batches import batches
from bridgenotes.scoring.preprocess import DAY_MS
from bridgenotes.scoring.vectors import still

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgenotes.scoring.ratings import Ratings

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]

RECENT_DAYS: Final = 28
WHOLE: Final = slice(None)


@dataclass(frozen=True)
class NoteCounts:
    """Counts per note (spec 05 section 4.1).

    Attributes
    ----------
    ratings, recent, sampled : numpy.ndarray, int64, shape (n_notes,)
        All ratings, those of the last 28 days, those by people drawn at random.
    tags : numpy.ndarray, int32, shape (n_notes, n_tags)
    """

    ratings: Int64Array
    recent: Int64Array
    sampled: Int64Array
    tags: Int32Array

    @classmethod
    def of(cls, ratings: Ratings, n_notes: int, now_ms: int) -> NoteCounts:
        """Count.

        Parameters
        ----------
        ratings : Ratings
            In-scope ratings.
        n_notes : int
            Number of note codes.
        now_ms : int
            Clock of the run, epoch milliseconds.
        """
        every, recent, sampled = (np.zeros(n_notes, np.int64) for _ in range(3))
        tags = tag_counts(ratings, n_notes)
        for part in batches(ratings):
            note = part.note
            kernels.add_counts(note, still(np.ones(len(part), np.bool_)), every)
            kernels.add_counts(note, still(part.created_at_ms > now_ms - RECENT_DAYS * DAY_MS), recent)
            kernels.add_counts(note, still(part.is_population_sampled), sampled)
        return cls(every, recent, sampled, tags)

    def frame(self, history: pl.DataFrame, block: slice = WHOLE) -> pl.DataFrame:
        """Return the counts of a block of notes beside what the history says of them.

        Parameters
        ----------
        history : polars.DataFrame
            Completed status history, one row per note code.
        block : slice
            Note codes.

        Returns
        -------
        polars.DataFrame
            One row per note code: note, author, created_at_ms, classification, current_status, locked_status,
            num_ratings, num_ratings_last28, num_population_sampled_ratings and one column per tag.
        """
        return (
            history[block]
            .select("note", "author", "created_at_ms", "classification", "current_status", "locked_status")
            .with_columns(
                pl.Series("num_ratings", self.ratings[block]),
                pl.Series("num_ratings_last28", self.recent[block]),
                pl.Series("num_population_sampled_ratings", self.sampled[block]),
                *(pl.Series(tag, self.tags[block, k].astype(np.int64)) for k, tag in enumerate(TAGS)),
            )
        )


def tag_counts(ratings: Ratings, n_notes: int) -> Int32Array:
    """Return how often each tag occurs per note: int32, shape (n_notes, n_tags)."""
    out = np.zeros((n_notes, len(TAGS)), np.int32)
    for part in batches(ratings):
        kernels.add_tag_counts(part.note, part.tags, out)
    return out


def side_counts(ratings: Ratings, rater_factor: FloatArray, n_notes: int) -> Int32Array:
    """Count what raters on each side of the spectrum said (spec 05 sections 4.2 and 4.3).

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
    numpy.ndarray, int32, shape (n_notes, 2, 5)
        As in `kernels.add_side_counts`.
    """
    side = np.where(np.isnan(rater_factor), -1, np.where(rater_factor < 0, 0, 1)).astype(np.int8)
    out = np.zeros((n_notes, 2, 5), np.int32)
    for part in batches(ratings):
        of_rating = still(vectors.take(side, part.rater))
        kernels.add_side_counts(part.note, of_rating, part.level, part.is_population_sampled, out)
    return out


def side_statistics(counts: Int32Array) -> pl.DataFrame:
    """Return what rules read of `side_counts`, one row per note.

    Side means are float32, null for an empty side.
    """
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
