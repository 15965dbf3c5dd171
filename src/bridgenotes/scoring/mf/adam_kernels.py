"""Compiled steps of Adam, nothing else (spec 00 section 1.2)."""

from __future__ import annotations

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel

PIECES = 16
"""In which a step is taken at most, by as many threads as there are."""


def pieces(size: int) -> np.ndarray:
    """Return where pieces of so many numbers begin and the last one ends, int64."""
    return np.linspace(0, size, min(PIECES, size) + 1).astype(np.int64)


@njit(nogil=True, forceinline=True)
def _move(x, slope, first, second, scale, learning_rate, epoch):  # type: ignore[no-untyped-def]
    """Move ``x`` in place, on the float32 grid, by one Adam step along ``scale`` times ``slope``."""
    rate = learning_rate / (1 - 0.9**epoch)
    root = np.sqrt(1 - 0.999**epoch)
    for k in range(len(x)):
        g = slope[k] * scale
        m = 0.9 * first[k] + 0.1 * g
        v = 0.999 * second[k] + 0.001 * g * g
        first[k], second[k] = m, v
        x[k] = np.float32(x[k] - rate * m / (np.sqrt(v) / root + 1e-8))


@kernel(makes=lambda *_: ())
def move(first, last, packed, chunks, slope, moments, scale, learning_rate, epoch):  # type: ignore[no-untyped-def]
    """Take one Adam step, as `_move`, in the numbers ``packed`` and their two ``moments``."""
    for chunk in range(first, last):
        a, b = chunks[chunk], chunks[chunk + 1]
        _move(packed[a:b], slope[a:b], moments[0, a:b], moments[1, a:b], scale, learning_rate, epoch)


@njit(cache=True, nogil=True)
def clipping(square, clip):  # type: ignore[no-untyped-def]
    """Return what a gradient is multiplied by so that its norm, given squared, stays below ``clip``."""
    return min(1.0, clip / (np.sqrt(square) + 1e-6))


@njit(cache=True, nogil=True)
def complete(table, slope, ridge, n_ratings):  # type: ignore[no-untyped-def]
    """Turn one side's data slopes, times R, into those of L, in place; return (penalty times R, squared norm).

    ``table`` and ``slope``: (intercept, factor) per row; ``ridge``: their penalties, that of the diamond term.
    """
    ridge_i, ridge_f, diamond = ridge
    squares_i = squares_f = products = norm = 0.0
    for e in range(len(table)):
        i, f = np.float64(table[e, 0]), np.float64(table[e, 1])
        squares_i += i * i
        squares_f += f * f
        products += abs(i * f)
        sign = diamond * np.sign(i * f)
        a = (slope[e, 0] + 2 * ridge_i * i + sign * f) / n_ratings
        b = (slope[e, 1] + 2 * ridge_f * f + sign * i) / n_ratings
        slope[e, 0], slope[e, 1] = a, b
        norm += a * a + b * b
    return ridge_i * squares_i + ridge_f * squares_f + diamond * products, norm


@njit(cache=True, nogil=True)
def _evaluate_notes(sums, ridge, x, n_ratings, slope):  # type: ignore[no-untyped-def]
    """Write the gradient of L into ``slope``; return (what the squared errors add to T3, penalty), times R."""
    n = len(sums)
    ridge_i, ridge_f, diamond = ridge
    errors = squares_i = squares_f = products = 0.0
    for e in range(n):
        s0, s1, s2, t1, t2 = sums[e, 0], sums[e, 1], sums[e, 2], sums[e, 3], sums[e, 4]
        i, f = x[e], x[n + e]
        di, df = s0 * i + s1 * f - t1, s1 * i + s2 * f - t2
        errors += i * (di - t1) + f * (df - t2)
        squares_i += i * i
        squares_f += f * f
        products += abs(i * f)
        sign = diamond * np.sign(i * f)
        slope[e] = (2 * (di + ridge_i * i) + sign * f) / n_ratings
        slope[n + e] = (2 * (df + ridge_f * f) + sign * i) / n_ratings
    return errors, ridge_i * squares_i + ridge_f * squares_f + diamond * products


@njit(cache=True, nogil=True)
def descend_notes(sums, ridge, frozen, n_ratings, x, learning_rate, convergence, max_epochs, patience, clip):  # type: ignore[no-untyped-def]
    """Follow Adam on per-note sums, ``x`` in place; return (steps, last change of the loss, whether it ended).

    It ends when the float32 loss moves by at most ``convergence`` or, after ``patience`` steps, rises.
    """
    first, second, slope = np.zeros_like(x), np.zeros_like(x), np.empty_like(x)
    squares = 0.0
    for e in range(len(sums)):
        squares += sums[e, 5]
    previous, epoch = np.float32(1e10), 0
    while True:
        errors, penalties = _evaluate_notes(sums, ridge, x, n_ratings, slope)
        loss = np.float32((squares + errors) / n_ratings) + np.float32((penalties + frozen) / n_ratings)
        change = np.float64(loss) - np.float64(previous)
        if abs(change) <= convergence or (epoch > patience and loss > previous):
            return epoch, change, True
        if epoch >= max_epochs or not np.isfinite(loss):
            return epoch, change, False
        previous = loss
        epoch += 1
        square = 0.0
        for k in range(len(slope)):
            square += slope[k] * slope[k]
        _move(x, slope, first, second, clipping(square, clip), learning_rate, epoch)
