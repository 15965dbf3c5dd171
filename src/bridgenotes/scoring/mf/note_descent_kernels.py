"""The compiled descent of note-only fits on per-note sums, nothing else (spec 00 sections 1.2 and 6).

A note's gradient is a function of its own sums. So while Adam's gradient is not clipped, which takes all notes'
together, each note goes several steps on its own while it is in cache, eight side by side; what the loss of each step
is made of is added up in the notes' order, and the steps stand up to the one that ends the fit.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from bridgenotes.scoring.mf.adam_kernels import clipping, completed, move_all

LANES = 8
"""Notes side by side: what 512 bits hold of float64."""
STEPS_AT_ONCE = 16
"""Of a note while it is in cache; those beyond the end of the fit are taken for nothing."""
PARTS = 5
"""What a step is judged by, sums over notes, times R but the last: errors without T3, squares of intercepts, squares of
factors, sizes of products of both, squared norm of the gradient."""


@njit(cache=True, nogil=True)
def _evaluate(sums, ridge, x, n_ratings, slope, parts):  # type: ignore[no-untyped-def]
    """Write the gradient of L into ``slope`` and what it is judged by into ``parts``."""
    n = len(sums)
    parts[:] = 0.0
    for e in range(n):
        s0, s1, s2, t1, t2 = sums[e, 0], sums[e, 1], sums[e, 2], sums[e, 3], sums[e, 4]
        i, f = x[e], x[n + e]
        di, df = s0 * i + s1 * f - t1, s1 * i + s2 * f - t2
        parts[0] += i * (di - t1) + f * (df - t2)
        parts[1] += i * i
        parts[2] += f * f
        parts[3] += abs(i * f)
        slope[e], slope[n + e] = completed(i, f, 2 * di, 2 * df, ridge, n_ratings)
    for k in range(2 * n):
        parts[4] += slope[k] * slope[k]


@njit(error_model="numpy", nogil=True, forceinline=True)
def _step_lanes(lanes, ridge, n_ratings, rate, root):  # type: ignore[no-untyped-def]
    """Take an unclipped step with `LANES` notes side by side.

    ``lanes`` is one array, rows of 8 one after the other: the notes' first five sums, intercepts, factors, first
    moments of both, second moments of both, and what the notes add to the `PARTS` before the step.
    """
    ridge_i, ridge_f, diamond = ridge
    for k in range(np.uint64(0), np.uint64(LANES)):
        s1, t1, t2 = lanes[LANES + k], lanes[3 * LANES + k], lanes[4 * LANES + k]
        i, f = lanes[5 * LANES + k], lanes[6 * LANES + k]
        di = lanes[k] * i + s1 * f - t1
        df = s1 * i + lanes[2 * LANES + k] * f - t2
        sign = diamond if i * f > 0.0 else (-diamond if i * f < 0.0 else 0.0)
        g = (2 * (di + ridge_i * i) + sign * f) / n_ratings
        h = (2 * (df + ridge_f * f) + sign * i) / n_ratings
        lanes[11 * LANES + k] = i * (di - t1) + f * (df - t2)
        lanes[12 * LANES + k], lanes[13 * LANES + k] = i * i, f * f
        lanes[14 * LANES + k], lanes[15 * LANES + k] = abs(i * f), g * g + h * h
        m, v = 0.9 * lanes[7 * LANES + k] + 0.1 * g, 0.999 * lanes[9 * LANES + k] + 0.001 * g * g
        lanes[7 * LANES + k], lanes[9 * LANES + k] = m, v
        lanes[5 * LANES + k] = np.float64(np.float32(i - rate * m / (np.sqrt(v) / root + 1e-8)))
        m, v = 0.9 * lanes[8 * LANES + k] + 0.1 * h, 0.999 * lanes[10 * LANES + k] + 0.001 * h * h
        lanes[8 * LANES + k], lanes[10 * LANES + k] = m, v
        lanes[6 * LANES + k] = np.float64(np.float32(f - rate * m / (np.sqrt(v) / root + 1e-8)))


@njit(cache=True, error_model="numpy", nogil=True)
def _advance(sums, ridge, n_ratings, rates, state, after, parts):  # type: ignore[no-untyped-def]
    """Take as many unclipped steps as ``parts`` has rows, from ``state`` to ``after``, some notes at a time.

    Both (3, 2 n_notes): unknowns, first, second moments. A row of ``parts``, (any, `PARTS`), is filled from before the
    step.
    """
    n = len(sums)
    lanes = np.zeros(16 * LANES)
    parts[:] = 0.0
    for first in range(0, n, LANES):
        here = min(LANES, n - first)
        for k in range(here):
            for part in range(5):
                lanes[part * LANES + k] = sums[first + k, part]
            for row in range(3):
                lanes[(5 + 2 * row) * LANES + k] = state[row, first + k]
                lanes[(6 + 2 * row) * LANES + k] = state[row, n + first + k]
        for t in range(len(parts)):
            _step_lanes(lanes, ridge, n_ratings, rates[t, 0], rates[t, 1])
            for part in range(PARTS):
                total = parts[t, part]
                for k in range(here):
                    total += lanes[(11 + part) * LANES + k]
                parts[t, part] = total
        for k in range(here):
            for row in range(3):
                after[row, first + k] = lanes[(5 + 2 * row) * LANES + k]
                after[row, n + first + k] = lanes[(6 + 2 * row) * LANES + k]


@njit(cache=True, nogil=True)
def _rates(learning_rate, epoch, n):  # type: ignore[no-untyped-def]
    """Return step size and root of the second moment's bias from step ``epoch`` on, as `move_all` has them; (n, 2)."""
    rates = np.empty((n, 2))
    for t in range(n):
        rates[t, 0], rates[t, 1] = learning_rate / (1 - 0.9 ** (epoch + t)), np.sqrt(1 - 0.999 ** (epoch + t))
    return rates


@njit(cache=True, nogil=True)
def _judge(  # type: ignore[no-untyped-def]
    parts, squares, ridge, frozen, n_ratings, previous, epoch, convergence, max_epochs, patience, clip
):  # fmt: skip
    """Return (steps that stand, last loss, its last change, whether the fit has ended, whether it has failed).

    ``parts`` are of steps from ``epoch`` on; of several, one with a clipped gradient does not stand.
    """
    ridge_i, ridge_f, diamond = ridge
    change = 0.0
    for t in range(len(parts)):
        penalty = ridge_i * parts[t, 1] + ridge_f * parts[t, 2] + diamond * parts[t, 3]
        loss = np.float32((squares + parts[t, 0]) / n_ratings) + np.float32((penalty + frozen) / n_ratings)
        change = np.float64(loss) - np.float64(previous)
        if abs(change) <= convergence or (epoch + t > patience and loss > previous):
            return t, previous, change, True, False
        if epoch + t >= max_epochs or not np.isfinite(loss):
            return t, previous, change, False, True
        if len(parts) > 1 and clipping(parts[t, 4], clip) < 1.0:
            return t, previous, change, False, False
        previous = loss
    return len(parts), previous, change, False, False


@njit(cache=True, nogil=True)
def descend_notes(sums, ridge, frozen, n_ratings, x, learning_rate, convergence, max_epochs, patience, clip):  # type: ignore[no-untyped-def]
    """Follow Adam on per-note sums, ``x`` in place; return (steps, last change of the loss, whether it ended).

    It ends when the float32 loss moves by at most ``convergence`` or, after ``patience`` steps, rises.
    """
    slope, state, after = np.empty_like(x), np.zeros((3, len(x))), np.empty((3, len(x)))
    parts = np.empty((STEPS_AT_ONCE, PARTS))
    state[0] = x
    squares = 0.0
    for e in range(len(sums)):
        squares += sums[e, 5]
    previous, epoch, is_free = np.float32(1e10), 0, False
    while True:
        n_steps = STEPS_AT_ONCE if is_free else 1
        rates = _rates(learning_rate, epoch + 1, n_steps)
        if is_free:
            _advance(sums, ridge, n_ratings, rates, state, after, parts)
        else:
            _evaluate(sums, ridge, state[0], n_ratings, slope, parts[0])
        taken, previous, change, has_ended, has_failed = _judge(
            parts[:n_steps],
            squares,
            ridge,
            frozen,
            n_ratings,
            previous,
            epoch,
            convergence,
            max_epochs,
            patience,
            clip,
        )
        if is_free:
            if 0 < taken < n_steps:
                _advance(sums, ridge, n_ratings, rates, state, after, parts[:taken])
            if taken:
                state, after = after, state
            is_free = taken == n_steps
        elif taken:
            scale = clipping(parts[0, 4], clip)
            move_all(state[0], slope, state[1], state[2], scale, learning_rate, epoch + 1)
            is_free = scale == 1.0
        epoch += taken
        if has_ended or has_failed:
            x[:] = state[0]
            return epoch, change, has_ended
