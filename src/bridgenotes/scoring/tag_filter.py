"""Who a tag comes from counts: tag weights near the note's viewpoint (spec 05 sections 5 and 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import HELPFUL_TAGS, NOT_HELPFUL_TAG_MASK, NOT_HELPFUL_TAGS, tag_bit
from bridgenotes.scoring import kernels, vectors

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import TagFilter
    from bridgenotes.scoring.ratings import Ratings

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TagWeights:
    """Weighted tag sums per note.

    Attributes
    ----------
    rating_weight : numpy.ndarray, float32, shape (n_notes,)
        Sum of rating weights.
    adjusted, ratio : numpy.ndarray, float32, shape (n_notes, 13)
        Weighted count of each not-helpful tag, in file order, and its share of the weight.
    has_row : numpy.ndarray, bool, shape (n_notes,)
        Whether the note has parameters.
    """

    rating_weight: npt.NDArray[np.float32]
    adjusted: npt.NDArray[np.float32]
    ratio: npt.NDArray[np.float32]
    has_row: npt.NDArray[np.bool_]


def tag_weights(
    ratings: Ratings, note_factor: FloatArray, rater_factor: FloatArray, settings: TagFilter
) -> TagWeights:
    """Return the weighted tag sums of all notes with parameters.

    Parameters
    ----------
    ratings : Ratings
        In-scope ratings.
    note_factor, rater_factor : numpy.ndarray, float64
        By code, NaN where there is none.
    settings : TagFilter
        Percentile and exponent of the distance.

    Notes
    -----
    d = |z(f_u) - z(f_n)|, w = 1 / (1 + (d / D)^e), D the percentile of all d.
    """
    known = vectors.take(~np.isnan(note_factor), ratings.note)
    known &= vectors.take(~np.isnan(rater_factor), ratings.rater)
    used = ratings.where(known)
    note = used.note
    distance = vectors.take(_standardised(rater_factor), used.rater)
    distance -= vectors.take(_standardised(note_factor), note)
    np.abs(distance, out=distance)
    scale = np.percentile(distance, settings.distance_percentile) if len(distance) else 1.0
    weight = distance  # the same memory, step by step
    with np.errstate(invalid="ignore", divide="ignore"):
        weight /= scale
        weight **= settings.distance_exponent
        weight += 1
        np.divide(1, weight, out=weight)
    total, adjusted = kernels.tag_weights(
        note, used.tags, weight, len(HELPFUL_TAGS), len(note_factor), len(NOT_HELPFUL_TAGS)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = (adjusted.astype(np.float32) / total.astype(np.float32)[:, None]).astype(np.float32)
    return TagWeights(total.astype(np.float32), adjusted.astype(np.float32), ratio, ~np.isnan(note_factor))


def _standardised(values: FloatArray) -> FloatArray:
    known = values[~np.isnan(values)]
    spread = known.std() if len(known) else 0.0
    return (values - known.mean()) / spread if spread > 0 else np.zeros_like(values)


def tag_thresholds(weights: TagWeights, is_crh: npt.NDArray[np.bool_], settings: TagFilter) -> FloatArray:
    """Return, per not-helpful tag, the high quantile of its share over helpful notes (spec 05 section 5.2).

    Parameters
    ----------
    weights : TagWeights
        From prescoring's final-round factors.
    is_crh : numpy.ndarray, bool, shape (n_notes,)
        Notes helpful by the prescoring rules.
    settings : TagFilter
        The percentile.

    Returns
    -------
    numpy.ndarray, float64, shape (13,)
        0 when no note is helpful.
    """
    rows = weights.ratio[is_crh & weights.has_row].astype(np.float64)
    if not len(rows):
        return np.zeros(len(NOT_HELPFUL_TAGS))
    thresholds: FloatArray = np.nanquantile(rows, settings.threshold_percentile / 100, axis=0)
    return thresholds


def incorrect_usage(ratings: Ratings) -> pl.DataFrame:
    """Count, per rater, ratings with a not-helpful tag and those with ``notHelpfulIncorrect``.

    Source: spec 03 C.9, 05 section 6 (prescoring).
    """
    tagged = ratings.where((ratings.tags & np.uint32(NOT_HELPFUL_TAG_MASK)) != 0)
    return (
        tagged.frame("rater", "tags")
        .lazy()
        .group_by("rater")
        .agg(
            incorrect_tag_ratings_made_by_rater=((pl.col("tags") & tag_bit("notHelpfulIncorrect")) != 0)
            .sum()
            .cast(pl.Int64),
            total_ratings_made_by_rater=pl.len().cast(pl.Int64),
        )
        .sort("rater")
        .collect()
    )


def incorrect_filter(
    ratings: Ratings,
    note_factor: FloatArray,
    rater_factor: FloatArray,
    incorrect_share: FloatArray,
    settings: TagFilter,
) -> pl.DataFrame:
    """Return what raters near the note's viewpoint say about its correctness (spec 05 section 6).

    Parameters
    ----------
    ratings : Ratings
        In-scope ratings.
    note_factor, rater_factor : numpy.ndarray, float64
        By code, NaN where there is none.
    incorrect_share : numpy.ndarray, float64, shape (n_contributors,)
        How often the rater uses the tag among ratings with not-helpful tags; NaN counts as 0.
    settings : TagFilter
        Interval and clipping.

    Returns
    -------
    polars.DataFrame
        One row per note code; null where no rating is near.
    """
    n = len(note_factor)
    tagged = ratings.where((ratings.tags & np.uint32(NOT_HELPFUL_TAG_MASK)) != 0)
    clip = settings.incorrect_factor_clip
    of_rater, of_note = (
        np.clip(factor.astype(np.float32), -clip, clip) for factor in (rater_factor, note_factor)
    )
    distance = vectors.take(of_rater, tagged.rater) - vectors.take(of_note, tagged.note)
    close = tagged.where(np.abs(distance) < np.float32(settings.incorrect_interval))
    note, rater, tags = close.note, close.rater, close.tags
    says_incorrect = (tags & np.uint32(tag_bit("notHelpfulIncorrect"))) != 0
    voters = np.bincount(note, minlength=n)
    incorrect = np.bincount(note[says_incorrect], minlength=n)
    habit = np.bincount(note, np.nan_to_num(incorrect_share[rater]), minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = incorrect / np.log1p(habit)
    has_row = pl.Series(voters > 0)
    return pl.DataFrame(
        {
            "not_helpful_incorrect_interval": incorrect.astype(np.float64),
            "p_incorrect_user_interval": habit.astype(np.float64),  # whole numbers where nobody is near
            "num_voters_interval": voters.astype(np.float64),
            "tf_idf_incorrect_interval": score,
        }
    ).with_columns(pl.when(has_row).then(pl.all()))
