"""Compiled loops of logistic regression with an L1 penalty, nothing else.

Proximal Newton: the loss's second-order model is minimised term by term, then a step towards there is taken.
G.-X. Yuan, C.-H. Ho, C.-J. Lin, "An Improved GLMNET for L1-regularized Logistic Regression", JMLR 2012.
"""

from __future__ import annotations

import numpy as np
from numba import njit

MOST_STEPS = 200
MOST_SWEEPS = 1000
FORCING = 0.1
"""The model is minimised down to this share of the violation at hand."""
ENOUGH = 0.01
"""Share of the decrease a step promises that it must bring."""
SMALLEST = 1e-12
"""Added to curvatures, which could be 0."""


@njit(nogil=True, forceinline=True)
def _violation(weight, slope):  # type: ignore[no-untyped-def]
    """How far the slope of a term's loss is from what the penalty of its weight balances."""
    if weight > 0:
        return abs(slope + 1.0)
    if weight < 0:
        return abs(slope - 1.0)
    return max(abs(slope) - 1.0, 0.0)


@njit(cache=True, nogil=True)
def _loss(margin, outcome):  # type: ignore[no-untyped-def]
    """Sum the cross-entropy of rows."""
    total = 0.0
    for i in range(len(margin)):
        away = -margin[i] if outcome[i] else margin[i]
        total += max(away, 0.0) + np.log1p(np.exp(-abs(away)))
    return total


@njit(cache=True, nogil=True)
def _sweep(start, rows, curve, slope, bend, aim, moved, only_active, active):  # type: ignore[no-untyped-def]
    """Minimise the model term by term, ``aim`` and ``moved`` in place; return the violations before each move.

    ``moved`` is the change of rows' margins; ``active`` becomes the terms with weight or a move.
    """
    total = 0.0
    for j in range(len(aim)):
        if only_active and not active[j]:
            continue
        here = slope[j]
        for k in range(start[j], start[j + 1]):
            here += curve[rows[k]] * moved[rows[k]]
        total += _violation(aim[j], here)
        wanted = bend[j] * aim[j] - here
        new = (wanted - 1.0 if wanted > 1.0 else wanted + 1.0 if wanted < -1.0 else 0.0) / bend[j]
        step = new - aim[j]
        active[j] = new != 0.0 or step != 0.0
        if step != 0.0:
            aim[j] = new
            for k in range(start[j], start[j + 1]):
                moved[rows[k]] += step
    return total


@njit(cache=True, nogil=True)
def _model(start, rows, push, curve, weight, slope, bend):  # type: ignore[no-untyped-def]
    """Write each term's slope and curvature of the loss; return the sum of violations."""
    violation = 0.0
    for j in range(len(weight)):
        slope[j], bend[j] = 0.0, SMALLEST
        for k in range(start[j], start[j + 1]):
            slope[j] += push[rows[k]]
            bend[j] += curve[rows[k]]
        violation += _violation(weight[j], slope[j])
    return violation


@njit(cache=True, nogil=True)
def _aim(start, rows, curve, slope, bend, aim, moved, enough):  # type: ignore[no-untyped-def]
    """Move ``aim`` from the weights to the model's minimum, ``moved`` with it.

    Only terms that move are swept over, until they hold still; then all once more.
    """
    active, only_active = np.empty(len(aim), np.bool_), False
    for _ in range(MOST_SWEEPS):
        left = _sweep(start, rows, curve, slope, bend, aim, moved, only_active, active)
        if left > enough:
            only_active = True
        elif only_active:
            only_active = False
        else:
            break


@njit(cache=True, nogil=True)
def _step(outcome, strength, slope, weight, margin, aim, moved):  # type: ignore[no-untyped-def]
    """Move weights and margins towards ``aim``, as far as it pays."""
    before, promised = strength * _loss(margin, outcome), 0.0
    for j in range(len(weight)):
        before += abs(weight[j])
        promised += slope[j] * (aim[j] - weight[j]) + abs(aim[j]) - abs(weight[j])
    share = 1.0
    while share > SMALLEST:
        after = strength * _loss(margin + share * moved, outcome)
        for j in range(len(weight)):
            after += abs(weight[j] + share * (aim[j] - weight[j]))
        if after - before <= ENOUGH * share * promised:
            break
        share /= 2
    if share == 1.0:
        weight[:] = aim  # so that zeros are zeros
    else:
        weight += share * (aim - weight)
    margin += share * moved


@njit(cache=True, nogil=True)
def minimise(start, rows, outcome, strength, tolerance, weight, margin):  # type: ignore[no-untyped-def]
    """Minimise sum |w| + strength x cross-entropy over ``weight``, in place with ``margin``; return the steps taken.

    Term j is 1 in ``rows[start[j]:start[j + 1]]``. It ends when violations are ``tolerance`` of those without weights.
    """
    push, curve, moved = np.empty(len(margin)), np.zeros(len(margin)), np.empty(len(margin))
    slope, bend, nothing = np.empty(len(weight)), np.empty(len(weight)), np.zeros(len(weight))
    push[:] = strength * (0.5 - outcome)
    allowed = tolerance * _model(start, rows, push, curve, nothing, slope, bend)
    for step in range(MOST_STEPS):
        for i in range(len(margin)):
            chance = 1.0 / (1.0 + np.exp(-margin[i]))
            push[i], curve[i] = strength * (chance - outcome[i]), strength * chance * (1.0 - chance)
        violation = _model(start, rows, push, curve, weight, slope, bend)
        if violation <= allowed:
            return step
        aim = weight.copy()
        moved[:] = 0.0
        _aim(start, rows, curve, slope, bend, aim, moved, FORCING * violation)
        _step(outcome, strength, slope, weight, margin, aim, moved)
    return MOST_STEPS
