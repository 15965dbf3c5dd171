"""Who a tag comes from counts: tag weights near the note's viewpoint (spec 05 sections 5 and 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import HELPFUL_TAGS, NOT_HELPFUL_TAG_MASK, NOT_HELPFUL_TAGS, tag_bit
from bridgenotes.scoring import kernels, vectors
from bridgenotes.scoring.batches import batches
from bridgenotes.scoring.quantile import percentile
from bridgenotes.scoring.vectors import still

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgenotes.scoring.profile import TagFilter
    from bridgenotes.scoring.ratings import Ratings

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TagWeights:
    """Weighted tag sums per note.

    Attributes
    ----------
    rating_weight : numpy.ndarray, float32, shape (n_notes,)
        Sum of rating weights.
    adjusted : numpy.ndarray, float32, shape (n_notes, 13)
        Weighted count of each not-helpful tag, in file order.
    has_row : numpy.ndarray, bool, shape (n_notes,)
        Whether the note has parameters.
    """

    rating_weight: Float32Array
    adjusted: Float32Array
    has_row: BoolArray

    def of(self, notes: slice | BoolArray) -> TagWeights:
        """Return the sums of some notes."""
        return TagWeights(self.rating_weight[notes], self.adjusted[notes], self.has_row[notes])

    @property
    def ratio(self) -> Float32Array:
        """Each tag's share of the weight, float32, shape (n_notes, 13)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return (self.adjusted / self.rating_weight[:, None]).astype(np.float32)


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
    of_note, of_rater = _standardised(note_factor), _standardised(rater_factor)

    def distances() -> Iterator[FloatArray]:
        for part in batches(ratings):
            yield _distance(part, of_note, of_rater)

    scale = percentile(distances, settings.distance_percentile)
    total, adjusted = np.zeros(len(note_factor)), np.zeros((len(note_factor), len(NOT_HELPFUL_TAGS)))
    for part in batches(ratings):
        weight = _distance(part, of_note, of_rater)
        with np.errstate(invalid="ignore", divide="ignore"):
            weight /= scale
            weight **= settings.distance_exponent
            weight += 1
            np.divide(1, weight, out=weight)
        kernels.add_tag_weights(part.note, part.tags, weight, len(HELPFUL_TAGS), total, adjusted)
    return TagWeights(total.astype(np.float32), adjusted.astype(np.float32), ~np.isnan(note_factor))


def _distance(ratings: Ratings, of_note: FloatArray, of_rater: FloatArray) -> FloatArray:
    """Return how far each rating's rater is from the note, NaN where either has no place."""
    distance: FloatArray = vectors.take(of_rater, ratings.rater)
    distance -= vectors.take(of_note, ratings.note)
    np.abs(distance, out=distance)
    return distance


def _standardised(values: FloatArray) -> FloatArray:
    known = values[~np.isnan(values)]
    spread = known.std() if len(known) else 0.0
    out: FloatArray = (
        (values - known.mean()) / spread if spread > 0 else np.where(np.isnan(values), np.nan, 0.0)
    )
    return out


def tag_thresholds(weights: TagWeights, is_crh: BoolArray, settings: TagFilter) -> FloatArray:
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
    rows = weights.of(is_crh & weights.has_row).ratio.astype(np.float64)
    if not len(rows):
        return np.zeros(len(NOT_HELPFUL_TAGS))
    thresholds: FloatArray = np.nanquantile(rows, settings.threshold_percentile / 100, axis=0)
    return thresholds


def incorrect_usage(ratings: Ratings, n_contributors: int) -> pl.DataFrame:
    """Count, per rater, ratings with a not-helpful tag and those with ``notHelpfulIncorrect``.

    Source: spec 03 C.9, 05 section 6 (prescoring).
    """
    incorrect, tagged = (np.zeros(n_contributors, np.int64) for _ in range(2))
    for part in batches(ratings):
        rater, tags = part.rater, part.tags
        kernels.add_counts(rater, still(_has(tags, NOT_HELPFUL_TAG_MASK)), tagged)
        kernels.add_counts(rater, still(_has(tags, tag_bit("notHelpfulIncorrect"))), incorrect)
    rows = np.flatnonzero(tagged)
    return pl.DataFrame(
        {
            "rater": rows.astype(np.int32),
            "incorrect_tag_ratings_made_by_rater": incorrect[rows],
            "total_ratings_made_by_rater": tagged[rows],
        }
    )


def _has(tags: npt.NDArray[np.uint32], mask: int) -> BoolArray:
    found: BoolArray = (tags & np.uint32(mask)) != 0
    return found


@dataclass(frozen=True)
class NearVotes:
    """What raters near the note's viewpoint say about its correctness (spec 05 section 6).

    Attributes
    ----------
    voters, incorrect : numpy.ndarray, int64, shape (n_notes,)
        Raters that are near and gave a not-helpful tag, and those of them that call it incorrect.
    habit : numpy.ndarray, float64, shape (n_notes,)
        Sum over the voters of how often they say so.
    """

    voters: npt.NDArray[np.int64]
    incorrect: npt.NDArray[np.int64]
    habit: FloatArray

    def frame(self, block: slice = slice(None)) -> pl.DataFrame:
        """Return what rules read, one row per note of the block; null where no rating is near."""
        voters, incorrect, habit = self.voters[block], self.incorrect[block], self.habit[block]
        with np.errstate(invalid="ignore", divide="ignore"):
            score = incorrect / np.log1p(habit)
        return pl.DataFrame(
            {
                "not_helpful_incorrect_interval": incorrect.astype(np.float64),
                "p_incorrect_user_interval": habit,
                "num_voters_interval": voters.astype(np.float64),
                "tf_idf_incorrect_interval": score,
            }
        ).with_columns(pl.when(pl.Series(voters > 0)).then(pl.all()))


def near_votes(
    ratings: Ratings,
    note_factor: FloatArray,
    rater_factor: FloatArray,
    incorrect_share: FloatArray,
    settings: TagFilter,
) -> NearVotes:
    """Count what raters near the note's viewpoint say about its correctness.

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
    """
    n, clip = len(note_factor), settings.incorrect_factor_clip
    of_rater, of_note = (
        np.clip(factor.astype(np.float32), -clip, clip) for factor in (rater_factor, note_factor)
    )
    habit_of, limit = np.nan_to_num(incorrect_share), np.float32(settings.incorrect_interval)
    voters, incorrect, habit = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n)
    for part in batches(ratings):
        tagged = part.where(_has(part.tags, NOT_HELPFUL_TAG_MASK))
        distance = vectors.take(of_rater, tagged.rater) - vectors.take(of_note, tagged.note)
        close = tagged.where(np.abs(distance) < limit)
        note = close.note
        kernels.add_counts(note, still(np.ones(len(close), np.bool_)), voters)
        kernels.add_counts(note, still(_has(close.tags, tag_bit("notHelpfulIncorrect"))), incorrect)
        kernels.add_values(note, still(vectors.take(habit_of, close.rater)), habit)
    return NearVotes(voters, incorrect, habit)
