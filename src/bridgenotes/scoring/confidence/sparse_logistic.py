"""Logistic regression with an L1 penalty over terms that are never laid out (spec 10.4.5)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse, special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgenotes.scoring.confidence.terms import Family

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MOST_ROUNDS: Final = 100
"""Of adding terms; a handful is usual."""
TERMS_PER_ROUND: Final = 200
SLACK: Final = 0.01
"""Share by which a term without weight may exceed the optimality condition."""
TOLERANCE: Final = 1e-5
"""Of the solver, relative to the gradient at its start."""


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


def fit_sparse(
    families: Sequence[Family], outcome: BoolArray, *, inverse_regularisation: float, seed: int
) -> SparseFit:
    """Return the terms and weights that explain an outcome.

    Parameters
    ----------
    families : sequence of Family
        Candidate terms.
    outcome : numpy.ndarray, bool, shape (n_rows,)
        What to explain; both values must occur.
    inverse_regularisation : float
        C.
    seed : int
        Of the order in which the solver visits terms.

    Notes
    -----
    Minimised is |b| + sum |w| + C sum_rows ln(1 + exp(-y margin)), y = +-1. A term without weight is
    at the optimum if C |sum of its rows' residuals| <= 1. So: solve for few terms, look at the sums
    of all, add those that are not, repeat. The result is liblinear's for all terms at once, closer to
    the optimum than its own stopping rule asks for.
    """
    offsets = np.cumsum([0, *(family.n_terms for family in families)])
    chosen = np.zeros(0, np.int64)
    weight, intercept = np.zeros(0), 0.0
    margin = np.zeros(len(outcome))
    columns = sparse.csc_array((len(outcome), 0))
    for _ in range(MOST_ROUNDS):
        residual = outcome - special.expit(margin)
        pull = np.abs(np.concatenate([family.sums(residual) for family in families]))
        pull *= inverse_regularisation
        pull[chosen] = 0
        loose = np.flatnonzero(pull > 1 + SLACK)
        if not len(loose):
            break
        loose = loose[np.argsort(-pull[loose], kind="stable")][:TERMS_PER_ROUND]
        has_weight = weight != 0
        chosen = np.concatenate([chosen[has_weight], loose])
        added = _columns(families, offsets, loose, len(outcome))
        columns = sparse.hstack([columns[:, has_weight], added], format="csc")
        weight, intercept = _solve(columns, outcome, inverse_regularisation, seed)
        margin = columns @ weight + intercept
    kept = weight != 0
    family = np.searchsorted(offsets, chosen[kept], side="right") - 1
    return SparseFit(family, chosen[kept] - offsets[family], weight[kept], intercept, margin)


def _columns(families: Sequence[Family], offsets: IntArray, terms: IntArray, n_rows: int) -> sparse.csc_array:
    """Lay some terms out: float64, shape (n_rows, n_terms)."""
    family = np.searchsorted(offsets, terms, side="right") - 1
    rows = [families[f].rows(int(term - offsets[f])) for f, term in zip(family, terms, strict=True)]
    ends = np.cumsum([0, *(len(one) for one in rows)], dtype=np.int32)  # liblinear takes no wider index
    positions = np.concatenate(rows).astype(np.int32)
    return sparse.csc_array((np.ones(ends[-1]), positions, ends), shape=(n_rows, len(terms)))


def _solve(
    columns: sparse.csc_array, outcome: BoolArray, inverse_regularisation: float, seed: int
) -> tuple[FloatArray, float]:
    """Return (weights, intercept) for terms laid out."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 (slow to import)
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    model = LogisticRegression(
        l1_ratio=1.0,
        C=inverse_regularisation,
        solver="liblinear",
        max_iter=2500,
        tol=TOLERANCE,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(columns, outcome)
    return model.coef_[0], float(model.intercept_[0])
