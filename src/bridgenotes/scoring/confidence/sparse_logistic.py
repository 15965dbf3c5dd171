"""Logistic regression with an L1 penalty over terms that are never laid out (spec 10.4.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from scipy import special

from bridgenotes.scoring.confidence.logistic_kernels import add_terms
from bridgenotes.scoring.confidence.newton import minimise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgenotes.scoring.confidence.terms import Family

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MOST_ROUNDS: Final = 100
"""Of adding terms; a handful is usual."""
TERMS_PER_ROUND: Final = 200
"""At least; as many as have weight once those are more."""
SLACK: Final = 0.01
"""Share by which a term without weight may exceed the optimality condition."""
TOLERANCE: Final = 1e-5
"""Of the solver: what is left of how far the slopes are from the optimum's without weights."""
FIRST_TOLERANCE: Final = 0.01
"""The same while terms are added: which are missing is seen long before the weights are right."""
SHARPENING: Final = 0.1
"""Of the tolerance, once added terms move the weights little at it."""


@dataclass(frozen=True)
class SparseFit:
    """Terms with weight.

    Attributes
    ----------
    family, term : numpy.ndarray, int64, shape (n_weights,)
        Which: family number and term number within it.
    weight : numpy.ndarray, float64, shape (n_weights,)
    intercept : float
    margin : numpy.ndarray, float64, shape (n_rows,)
        Score of each training row.
    """

    family: IntArray
    term: IntArray
    weight: FloatArray
    intercept: float
    margin: FloatArray


def fit_sparse(families: Sequence[Family], outcome: BoolArray, *, inverse_regularisation: float) -> SparseFit:
    """Return the terms and weights that explain an outcome.

    Parameters
    ----------
    families : sequence of Family
        Candidate terms.
    outcome : numpy.ndarray, bool, shape (n_rows,)
        What to explain; both values must occur.
    inverse_regularisation : float
        C.

    Notes
    -----
    Minimised is |b| + sum |w| + C sum_rows ln(1 + exp(-y margin)), y = +-1. A term without weight is
    at the optimum if C |sum of its rows' residuals| <= 1. So: solve for few terms, look at the sums
    of all, add those that are not, repeat from where the weights are, more sharply from round to round. The
    result is liblinear's for all terms at once, closer to the optimum than its own stopping rule asks for.
    """
    offsets = np.cumsum([0, *(family.n_terms for family in families)])
    truth, margin = outcome.astype(np.float64), np.zeros(len(outcome))
    chosen, weight = np.zeros(0, np.int64), np.zeros(1)
    cells = np.ones((1, len(outcome)), np.uint8)  # the intercept: a term that is always 1
    tolerance = FIRST_TOLERANCE
    for _ in range(MOST_ROUNDS):
        residual = truth - special.expit(margin)
        pull = np.abs(np.concatenate([family.sums(residual) for family in families]))
        pull *= inverse_regularisation
        pull[chosen] = 0
        loose, kept = np.flatnonzero(pull > 1 + SLACK), np.flatnonzero(weight[1:])
        if not len(loose) and tolerance == TOLERANCE:
            break
        if not len(loose):
            tolerance = TOLERANCE
        loose = loose[np.argsort(-pull[loose], kind="stable")][: max(TERMS_PER_ROUND, len(kept))]
        chosen = np.concatenate([chosen[kept], loose])
        cells = _with_more(cells, kept, families, offsets, loose)
        weight = np.concatenate([weight[:1], weight[1 + kept], np.zeros(len(loose))])
        steps = minimise(cells, truth, inverse_regularisation, tolerance, weight, margin)
        if not steps and tolerance == TOLERANCE:
            break  # what is loose is so by less than the solver sees
        if steps <= 1:
            tolerance = max(TOLERANCE, tolerance * SHARPENING)
    kept = np.flatnonzero(weight[1:])
    # From the weights alone: rows of the same terms tie, whatever else they took part in on the way.
    margin = np.zeros(len(outcome))
    add_terms(cells, weight, margin)
    family = np.searchsorted(offsets, chosen[kept], side="right") - 1
    return SparseFit(family, chosen[kept] - offsets[family], weight[1 + kept], float(weight[0]), margin)


def _with_more(
    cells: npt.NDArray[np.uint8],
    kept: IntArray,
    families: Sequence[Family],
    offsets: IntArray,
    terms: IntArray,
) -> npt.NDArray[np.uint8]:
    """Return the intercept's cells, those of kept terms, and where some more terms are 1: uint8, (any, n_rows)."""
    # Row by row, so that large ones are in memory twice at most.
    found = np.zeros((1 + len(kept) + len(terms), cells.shape[1]), np.uint8)
    found[0] = cells[0]
    for mine, old in zip(found[1:], kept, strict=False):
        mine[:] = cells[1 + old]
    family = np.searchsorted(offsets, terms, side="right") - 1
    for mine, f, term in zip(found[1 + len(kept) :], family, terms, strict=True):
        mine[families[f].rows(int(term - offsets[f]))] = 1
    return found
