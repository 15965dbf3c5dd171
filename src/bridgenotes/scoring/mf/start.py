"""Where a fit begins when nothing is known: the leading singular vector of what biases leave.

Deterministic, and in measured trials always in the basin of the global optimum, also where
camps are so weakly connected that a random start leaves some of them mirrored
(docs/engine/solver.md).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.mf import kernels
from bridgenotes.scoring.mf.objective import Objective, Parameters

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.matrix import RatingMatrix, Side

FloatArray = npt.NDArray[np.float64]

BIAS_SWEEPS: Final = 8
TOLERANCE: Final = 1e-3
FACTOR_SIZE: Final = 0.5
"""Root mean square of the starting note factors, weighted by ratings."""
WHISPER: Final = 1e-4
"""Share of the biases mixed into the factors, so that a block of ratings which the singular
vector misses does not stay at the saddle point of zero factors."""


def spectral_start(ratings: RatingMatrix, objective: Objective) -> Parameters:
    """Return informed starting parameters without any prior knowledge.

    A ridge fit of intercepts only, then the leading singular pair of the residual matrix scaled
    by ``(count + ridge) ** -0.5`` on both sides.
    """
    return spectral_starts(ratings, objective, 1)[0]


def spectral_starts(ratings: RatingMatrix, objective: Objective, most: int) -> list[Parameters]:
    """Return up to ``most`` starting points, from the strongest singular pairs, strongest first."""
    from scipy.sparse.linalg import LinearOperator, svds  # noqa: PLC0415 (slow import, only needed here)

    x = _biases(ratings, objective)
    short = min(ratings.n_notes, ratings.n_raters)
    if short < 3:
        return [_whisper(x)]
    ridge = objective.ridge(ratings)
    count = ratings.by_note.count
    note_scale: FloatArray = 1 / np.sqrt(count + ridge.note_factor + 1e-12)
    rater_scale: FloatArray = 1 / np.sqrt(ratings.by_rater.count + ridge.rater_factor + 1e-12)

    def to_notes(vector: FloatArray) -> FloatArray:
        return note_scale * _product(ratings.by_note, x, rater_scale * np.ravel(vector), of_notes=True)

    def to_raters(vector: FloatArray) -> FloatArray:
        return rater_scale * _product(ratings.by_rater, x, note_scale * np.ravel(vector), of_notes=False)

    operator = LinearOperator(
        (ratings.n_notes, ratings.n_raters), matvec=to_notes, rmatvec=to_raters, dtype=np.float64
    )
    first_guess = np.cos(np.arange(1, short + 1))
    k = max(1, min(most, short - 2))
    left, strength, _ = svds(operator, k=k, v0=first_guess, tol=TOLERANCE, maxiter=50 * short)
    starts = []
    for column in np.argsort(-strength):
        note_factor = note_scale * left[:, column]
        size = np.sqrt((count @ note_factor**2) / max(int(count.sum()), 1))
        if strength[column] > 0 and size > 0:
            starts.append(_whisper(replace(x, note_factor=note_factor * FACTOR_SIZE / size)))
    return starts or [_whisper(x)]


def _biases(ratings: RatingMatrix, objective: Objective) -> Parameters:
    """Fit intercepts with all factors zero, by a few alternating sweeps."""
    x = Parameters.zeros(ratings.n_notes, ratings.n_raters)
    ridge = objective.ridge(ratings)
    if objective.use_global_intercept:
        levels = ratings.by_note.packed & 3
        mean = float(levels.mean(dtype=np.float64)) / 2 if len(levels) else 0.0
        x = replace(
            x, global_intercept=mean * ratings.n_ratings / (ratings.n_ratings + ridge.global_intercept)
        )
    for _ in range(BIAS_SWEEPS):
        for of_notes in (True, False):
            side = ratings.by_note if of_notes else ratings.by_rater
            own = x.rater_intercept if of_notes else x.note_intercept
            table = np.stack([own, np.zeros(len(own))], axis=1).astype(np.float32)
            strength = ridge.note_intercept if of_notes else ridge.rater_intercept
            i, _, _, _ = kernels.sweep_squared(
                side.start,
                side.packed,
                side.weight,
                side.chunks,
                table,
                x.global_intercept,
                strength,
                1.0,
                0.0,
            )
            x = replace(x, note_intercept=i) if of_notes else replace(x, rater_intercept=i)
    return x


def _product(side: Side, x: Parameters, vector: FloatArray, *, of_notes: bool) -> FloatArray:
    own, other = (x.note_intercept, x.rater_intercept) if of_notes else (x.rater_intercept, x.note_intercept)
    return kernels.residual_product(  # type: ignore[no-any-return]
        side.start, side.packed, side.chunks, own, other, x.global_intercept, vector
    )


def _whisper(x: Parameters) -> Parameters:
    return replace(
        x,
        note_factor=x.note_factor + WHISPER * x.note_intercept,
        rater_factor=x.rater_factor + WHISPER * x.rater_intercept,
    )
