"""Compiled loops of logistic regression with an L1 penalty, nothing else (`sparse_logistic`).

Terms are 0 or 1 per row, a byte each, term by term: most that matter are in a quarter of the rows, and looking
at all rows side by side is then faster than going from one row of a list to the next. Each sum is taken in the
same order everywhere, so that machines of different kinds agree.
"""

from __future__ import annotations

import numpy as np
from numba import njit

MOST_SWEEPS = 1000
LANES = 16
"""Partial sums side by side: what vector instructions hold."""


@njit(cache=True, nogil=True)
def sums(cells, values):  # type: ignore[no-untyped-def]
    """Sum the values of each term's rows: float64, shape (n_terms,)."""
    out, whole = np.zeros(len(cells)), len(values) // LANES * LANES
    lanes = np.empty(LANES)
    for j in range(len(cells)):
        lanes[:] = 0.0
        for first in range(0, whole, LANES):
            for k in range(LANES):
                lanes[k] += cells[j, first + k] * values[first + k]
        for i in range(whole, len(values)):
            lanes[0] += cells[j, i] * values[i]
        for k in range(LANES):
            out[j] += lanes[k]
    return out


@njit(cache=True, nogil=True)
def add_terms(cells, change, out):  # type: ignore[no-untyped-def]
    """Add to each row of ``out`` what its terms' weights change by."""
    for j in range(len(cells)):
        if change[j] != 0.0:
            for i in range(len(out)):
                out[i] += cells[j, i] * change[j]


@njit(nogil=True, forceinline=True)
def _violation(weight, slope):  # type: ignore[no-untyped-def]
    """How far the slope of a term's loss is from what the penalty of its weight balances."""
    if weight > 0:
        return abs(slope + 1.0)
    if weight < 0:
        return abs(slope - 1.0)
    return max(abs(slope) - 1.0, 0.0)


@njit(cache=True, nogil=True)
def violation(weight, slope):  # type: ignore[no-untyped-def]
    """Sum how far terms are from the optimum."""
    total = 0.0
    for j in range(len(weight)):
        total += _violation(weight[j], slope[j])
    return total


@njit(cache=True, nogil=True)
def _sweep(curvature, slope, aim, only_active, active):  # type: ignore[no-untyped-def]
    """Minimise the model term by term, ``aim`` and ``slope`` in place; return the violations before each move.

    ``active`` becomes the terms with weight or a move.
    """
    total = 0.0
    for j in range(len(aim)):
        if only_active and not active[j]:
            continue
        total += _violation(aim[j], slope[j])
        wanted, bend = curvature[j, j] * aim[j] - slope[j], curvature[j, j]
        new = (wanted - 1.0 if wanted > 1.0 else wanted + 1.0 if wanted < -1.0 else 0.0) / bend
        step = new - aim[j]
        active[j] = new != 0.0 or step != 0.0
        if step != 0.0:
            aim[j] = new
            for k in range(len(aim)):
                slope[k] += step * curvature[j, k]
    return total


@njit(cache=True, nogil=True)
def settle(curvature, slope, aim, enough):  # type: ignore[no-untyped-def]
    """Move ``aim`` to the minimum of the model: slopes and curvatures of the loss where ``aim`` is, and sum |aim|.

    Only terms that move are swept over, until they hold still; then all once more. ``slope`` is moved along.
    """
    active, only_active = np.empty(len(aim), np.bool_), False
    for _ in range(MOST_SWEEPS):
        left = _sweep(curvature, slope, aim, only_active, active)
        if left > enough:
            only_active = True
        elif only_active:
            only_active = False
        else:
            break
