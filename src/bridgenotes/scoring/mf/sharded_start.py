"""Where a fit over shards begins when nothing is known: as `start`, with exchanges in place of passes.

The leading singular vector on the notes' side is the leading eigenvector of ``A A'``, of which an
exchange makes one product: raters' entries are made and used up where their ratings are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring.mf import kernels, sharded_kernels
from bridgenotes.scoring.mf.objective import Objective, Parameters
from bridgenotes.scoring.mf.shard import Shard, Terms, sweep
from bridgenotes.scoring.mf.sharded import NOBODY, Margins, Shards, added
from bridgenotes.scoring.mf.start import BIAS_SWEEPS, FACTOR_SIZE, TOLERANCE, WHISPER

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def spectral_start_sharded(shards: Shards, margins: Margins, objective: Objective) -> Parameters:
    """Return informed starting parameters of notes; raters need none.

    Raises
    ------
    ShapeError
        If the loss is not the squared one.
    """
    terms = margins.terms(objective)
    x = _biases(shards, margins, objective, terms)
    factor = _leading(shards, margins, terms, x) if min(margins.n_notes, margins.n_raters) >= 3 else None
    if factor is None:
        factor = np.zeros(margins.n_notes)
    return replace(x, note_factor=factor + WHISPER * x.note_intercept)


def _biases(shards: Shards, margins: Margins, objective: Objective, terms: Terms) -> Parameters:
    """Fit intercepts with all factors zero, by a few alternating sweeps."""
    strength, mu = terms.ridge, 0.0
    if objective.use_global_intercept:
        mu = float(margins.note_label.sum()) / (terms.n_ratings + strength.global_intercept)
    # The first sweep of notes needs nothing of the raters: all of them are 0.
    stiffness = margins.note_weight + strength.note_intercept
    stiffness[stiffness == 0] = 1.0
    intercept = (margins.note_label - mu * margins.note_weight) / stiffness
    for _ in range(BIAS_SWEEPS - 1):
        sums = added(shards.each(sweep, _flat(intercept), mu, _without_factors(terms)))
        intercept = sums.per_note[:, 2] / terms.per_note.scale / stiffness
    return Parameters(intercept, np.zeros(margins.n_notes), NOBODY, NOBODY, mu)


def _flat(intercept: FloatArray) -> npt.NDArray[np.float32]:
    return np.stack([intercept, np.zeros(len(intercept))], axis=1).astype(np.float32)


def _without_factors(terms: Terms) -> Terms:
    """Return terms in which raters' factors are zero: notes have none, and the penalty is not."""
    return replace(terms, ridge=replace(terms.ridge, rater_factor=1.0))


def _leading(shards: Shards, margins: Margins, terms: Terms, x: Parameters) -> FloatArray | None:
    """Return note factors along the leading singular vector; None if nothing is left to explain."""
    from scipy.sparse.linalg import LinearOperator, eigsh  # noqa: PLC0415 (slow import, only needed here)

    scale: FloatArray = 1 / np.sqrt(margins.note_count + terms.ridge.note_factor + 1e-12)

    def square(vector: FloatArray) -> FloatArray:
        down = scale * np.ravel(vector)
        parts = shards.each(residual_square, x.note_intercept, x.global_intercept, down, terms)
        whole = np.zeros(margins.n_notes, np.int64)
        for part in parts:
            whole += part
        return scale * (whole / terms.per_note.scale)

    first = np.cos(np.arange(1, margins.n_notes + 1))
    if not square(first).any():
        return None
    operator = LinearOperator((margins.n_notes, margins.n_notes), matvec=square, dtype=np.float64)
    # As `scipy.sparse.linalg.svds` does it: an eigenvalue is a singular value's square.
    _, vectors = eigsh(operator, k=1, v0=first, tol=TOLERANCE**2, maxiter=50 * margins.n_notes)
    factor: FloatArray = scale * vectors[:, 0]
    size = np.sqrt((margins.note_count @ factor**2) / terms.n_ratings)
    return factor * FACTOR_SIZE / size if size > 0 else None


def residual_square(
    shard: Shard, intercept: FloatArray, mu: float, vector: FloatArray, terms: Terms
) -> IntArray:
    """Return what factor-free residuals make of a vector over notes, to raters and back, int64, shape (n_notes,).

    Parameters
    ----------
    intercept : numpy.ndarray, float64, shape (n_notes,)
        Of notes; raters' follow from them.
    vector : numpy.ndarray, float64, shape (n_notes,)
    """
    by_note, by_rater = shard.ratings.by_note, shard.ratings.by_rater
    biases = _rater_biases(shard, intercept, mu, terms)
    up = kernels.residual_product(
        by_rater.start, by_rater.packed, by_rater.chunks, biases, intercept, mu, vector
    )
    up /= by_rater.count + terms.ridge.rater_factor + 1e-12
    size = float(np.abs(up).max(initial=0)) * (1 + abs(mu) + _largest(biases) + _largest(intercept))
    terms.per_note.check(size)
    found: IntArray = sharded_kernels.residual_sums(
        by_note.start, by_note.packed, by_note.chunks, intercept, biases, mu, up, terms.per_note.scale
    )
    return found


def _largest(values: FloatArray) -> float:
    return float(np.abs(values).max(initial=0))


def _rater_biases(shard: Shard, intercept: FloatArray, mu: float, terms: Terms) -> FloatArray:
    """Return raters' intercepts; those of the last call where they are asked for again."""
    remembered: Any = shard.memory.get("biases")
    if remembered is not None and remembered[1] == mu and np.array_equal(remembered[0], intercept):
        return remembered[2]  # type: ignore[no-any-return]
    found, _, _ = shard.solve_raters(_flat(intercept), mu, _without_factors(terms).ridge)
    shard.memory["biases"] = (np.array(intercept), mu, found)
    return found
