"""Compiled steps of Adam, nothing else (spec 00 section 1.2)."""

from __future__ import annotations

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel


@njit(nogil=True, forceinline=True)
def move_all(x, slope, first, second, scale, learning_rate, epoch):  # type: ignore[no-untyped-def]
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
    """Take one Adam step, as `move_all`, in the numbers ``packed`` and their two ``moments``."""
    for chunk in range(first, last):
        a, b = chunks[chunk], chunks[chunk + 1]
        move_all(packed[a:b], slope[a:b], moments[0, a:b], moments[1, a:b], scale, learning_rate, epoch)


@njit(cache=True, nogil=True)
def clipping(square, clip):  # type: ignore[no-untyped-def]
    """Return what a gradient is multiplied by so that its norm, given squared, stays below ``clip``."""
    return min(1.0, clip / (np.sqrt(square) + 1e-6))


@njit(nogil=True, forceinline=True)
def completed(i, f, pull_i, pull_f, ridge, n_ratings):  # type: ignore[no-untyped-def]
    """Turn one entity's data slopes, times R, into those of L; ``ridge``: its penalties, that of the diamond term."""
    ridge_i, ridge_f, diamond = ridge
    sign = diamond * np.sign(i * f)
    return (
        (pull_i + 2 * ridge_i * i + sign * f) / n_ratings,
        (pull_f + 2 * ridge_f * f + sign * i) / n_ratings,
    )


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
        a, b = completed(i, f, slope[e, 0], slope[e, 1], ridge, n_ratings)
        slope[e, 0], slope[e, 1] = a, b
        norm += a * a + b * b
    return ridge_i * squares_i + ridge_f * squares_f + diamond * products, norm
