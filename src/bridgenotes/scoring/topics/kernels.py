"""The compiled loop of topic regression, nothing else.

Classes lie side by side, filled up to whole lines of 8 numbers, so that a token's weights are one or two vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel
from bridgenotes.scoring.prefetch import prefetch

LANES = 8
AHEAD = 24
"""Tokens from one whose weights are added to one whose weights are asked for."""


@njit(error_model="numpy", nogil=True, forceinline=True)
def _add_weights(begin, end, packed, values, weights, slope, scores):  # type: ignore[no-untyped-def]
    """Add to ``scores`` the weights of a post's tokens; ask for those of tokens to come, and for their own slopes."""
    width, last = np.uint64(len(scores)), np.uint64(len(packed) - 1)
    for r in range(np.uint64(begin), np.uint64(end)):
        row, value = np.uint64(packed[r]) * width, values[r]
        later = np.uint64(packed[min(r + np.uint64(AHEAD), last)]) * width
        for first in range(np.uint64(0), width, np.uint64(LANES)):
            prefetch(weights, later + first)
            prefetch(slope, row + first)
        for first in range(np.uint64(0), width, np.uint64(LANES)):
            for c in range(np.uint64(0), np.uint64(LANES)):
                scores[first + c] += value * weights[row + first + c]


@njit(error_model="numpy", nogil=True, forceinline=True)
def _add_slopes(begin, end, packed, values, residuals, slope):  # type: ignore[no-untyped-def]
    """Add to ``slope`` what a post pulls its tokens' weights by."""
    width = np.uint64(len(residuals))
    for r in range(np.uint64(begin), np.uint64(end)):
        row, value = np.uint64(packed[r]) * width, values[r]
        for first in range(np.uint64(0), width, np.uint64(LANES)):
            for c in range(np.uint64(0), np.uint64(LANES)):
                slope[row + first + c] += value * residuals[first + c]


def _made(*given: Any) -> tuple[Any, Any]:
    chunks, weights = given[3], given[5]
    n_chunks = len(chunks) - 1
    return np.zeros(n_chunks), np.zeros((n_chunks, len(weights)))


@kernel(makes=_made)
def misfit_and_slope(  # type: ignore[no-untyped-def]
    first, last, start, packed, values, chunks, right, weights, n_classes, width, misfit, slope
):  # fmt: skip
    """Per chunk of posts: the sum of -ln p(right class), and its slope in ``weights``.

    Post i has ``values`` at the tokens ``packed``, both from ``start[i]`` to ``start[i + 1]``. ``weights`` are rows of
    tokens, the last one intercepts, each of ``width`` numbers: those of the classes, then 0.
    """
    scores = np.zeros(width)
    intercepts = weights[-width:]
    for chunk in range(first, last):
        for i in range(chunks[chunk], chunks[chunk + 1]):
            scores[:] = 0.0
            _add_weights(start[i], start[i + 1], packed, values, weights, slope[chunk], scores)
            highest = -np.inf
            for c in range(n_classes):
                scores[c] += intercepts[c]
                highest = max(highest, scores[c])
            misfit[chunk] -= scores[right[i]] - highest
            total = 0.0
            for c in range(n_classes):
                scores[c] = np.exp(scores[c] - highest)
                total += scores[c]
            misfit[chunk] += np.log(total)
            for c in range(n_classes):
                scores[c] /= total
            scores[right[i]] -= 1.0
            for c in range(n_classes):
                slope[chunk, len(weights) - width + c] += scores[c]
            _add_slopes(start[i], start[i + 1], packed, values, scores, slope[chunk])
