"""Compiled passes of Anderson acceleration, nothing else.

Rows of the history are float32: they are differences, so that rounding them errs by a share of a step, which
vanishes as the iteration ends. All that is added up is float64.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel

MEMORY = 6
BLOCK = 1024
"""Unknowns that are near when they are read again."""
NUMBERS_TO_SHARE = 100_000
"""Unknowns from which on several threads are worth their start: each takes part in a dozen products."""


@njit(fastmath={"reassoc", "contract", "nsz"}, error_model="numpy", nogil=True, forceinline=True)
def _product(left, right):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(len(left)):
        total += np.float64(left[k]) * np.float64(right[k])
    return total


@kernel(makes=lambda _packed, chunks, *_: np.zeros((len(chunks) - 1, 2, MEMORY)), large=NUMBERS_TO_SHARE)
def advance(  # type: ignore[no-untyped-def]
    first, last, packed, chunks, after, previous, root, residual, changes, steps, row, n_rows, products
):  # fmt: skip
    """Put an iteration from ``packed`` to ``after`` in ``row`` of the history, and its residual in place of the last.

    ``changes`` are of the residual, ``steps`` of the image, from the last one, ``previous``. Products per chunk:
    of the new change, and of the new residual, with each of the first ``n_rows`` changes.
    """
    for chunk in range(first, last):
        for a in range(chunks[chunk], chunks[chunk + 1], BLOCK):
            b = min(a + BLOCK, chunks[chunk + 1])
            for k in range(a, b):
                left = (after[k] - packed[k]) * root[k]
                changes[row, k] = left - residual[k]
                steps[row, k] = after[k] - previous[k]
                residual[k] = left
            for other in range(n_rows):
                products[chunk, 0, other] += _product(changes[row, a:b], changes[other, a:b])
                products[chunk, 1, other] += _product(residual[a:b], changes[other, a:b])


@njit(error_model="numpy", nogil=True, forceinline=True)
def _take(values, share, step):  # type: ignore[no-untyped-def]
    for k in range(len(values)):
        values[k] -= share * np.float64(step[k])


@kernel(makes=lambda packed, *_: np.empty(len(packed)), large=NUMBERS_TO_SHARE)
def mixed(first, last, packed, chunks, steps, shares, out):  # type: ignore[no-untyped-def]
    """``packed`` less as much of each of the first steps as ``shares`` says."""
    for chunk in range(first, last):
        for a in range(chunks[chunk], chunks[chunk + 1], BLOCK):
            b = min(a + BLOCK, chunks[chunk + 1])
            near = out[a:b]
            near[:] = packed[a:b]
            for row in range(len(shares)):
                _take(near, shares[row], steps[row, a:b])
