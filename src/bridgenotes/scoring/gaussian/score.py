"""The Gaussian score of packed ratings (spec 07 sections 5 and 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.gaussian import kernels

if TYPE_CHECKING:
    from bridgenotes.scoring.gaussian.settings import Direction, GaussianSettings
    from bridgenotes.scoring.mf.matrix import Side

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def gaussian_scores(
    ratings: Side, factor: FloatArray, author_row: IntArray, settings: GaussianSettings
) -> tuple[FloatArray, FloatArray]:
    """Return each note's score and tilt, both directions combined.

    Parameters
    ----------
    ratings : Side
        Ratings grouped by note.
    factor : numpy.ndarray, float64, shape (n_rows,)
        Factors of the raters that ``ratings`` refers to and of authors; no NaN.
    author_row : numpy.ndarray, int64, shape (n_notes,)
        Row of the author who is to count as rating the note helpful; -1 = nobody.
    settings : GaussianSettings

    Returns
    -------
    tuple
        Scores, in {0} and [0.05, 0.8] and [-0.65, -0.25] with the default settings, and tilts
        of the helpful direction: the mean of ``(2 h - 1) f`` over a note's ratings.
    """
    helpful, tilt = direction_scores(ratings, factor, author_row, settings.helpful, settings)
    not_helpful, _ = direction_scores(ratings, factor, author_row, settings.not_helpful, settings)
    return np.where(np.abs(helpful) < np.abs(not_helpful), -not_helpful, helpful), tilt


def direction_scores(
    ratings: Side,
    factor: FloatArray,
    author_row: IntArray,
    direction: Direction,
    settings: GaussianSettings,
) -> tuple[FloatArray, FloatArray]:
    """Return each note's score and tilt in one direction (parameters as `gaussian_scores`).

    Notes
    -----
    x_q = (sum_r w_rq v_r + W s_q) / (sum_r w_rq + W), clipped; score = exp(mean_q ln x_q). 0 where
    some viewpoint q has too little kernel mass or a kernel is not a number.
    """
    values = np.array([0.0, settings.somewhat_helpful, 1.0])
    opposing = np.uint32(0)
    if direction.mirrors:
        values, opposing = 1 - values, np.uint32(2)
    table = kernels.rater_kernels(factor, direction.points, direction.bandwidth, direction.normalises)
    score, tilt = kernels.note_scores(
        ratings.start, ratings.packed, ratings.chunks, factor, table,
        author_row if direction.with_authors else np.full(len(author_row), -1, np.int64),
        direction.points, values.astype(np.float32), opposing, direction.opposing_weight,
        (direction.spread_slope, direction.spread_cap, settings.spread_window, settings.spread_steepness),
        settings.sparse_count, direction.prior_weight, direction.prior_weight_ratings,
        (direction.prior, direction.prior_floor, settings.sparse_prior, direction.lowest,
         direction.highest, direction.min_mass),
    )  # fmt: skip
    return score.astype(np.float32).astype(np.float64), tilt
