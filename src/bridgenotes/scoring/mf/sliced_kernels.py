"""Compiled loops over sliced ratings, nothing else (layout: `sliced`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel
from bridgenotes.scoring.math_kernels import F32, SUMMING, fast_exp, fast_log1p, high_half, low_half

LANES = 16
"""Entities of a slice: what 512 bits hold of float32."""
BUFFER = 2048
"""Ratings gathered at a time; they stay in the first-level cache. Terms are added in float32 within."""


@njit(cache=True, nogil=True)
def lay_out(start, packed, weight, order, row_of_other, slice_start):  # type: ignore[no-untyped-def]
    """Return (packed, weight) in slices; see `sliced.SlicedSide`."""
    n_words = slice_start[-1]
    words = np.full(n_words, np.uint32(3), np.uint32)
    weights = np.zeros(n_words if len(weight) else 0, np.float32)
    for row in range(len(order)):
        place = slice_start[row // LANES] + row % LANES
        for r in range(start[order[row]], start[order[row] + 1]):
            other = np.uint32(row_of_other[packed[r] >> np.uint32(2)])
            words[place] = other << np.uint32(2) | packed[r] & np.uint32(3)
            if len(weight):
                weights[place] = weight[r]
            place += LANES
    return words, weights


@njit(error_model="numpy", nogil=True, forceinline=True)
def _gather(begin, end, packed, weight, table, pairs, weights):  # type: ignore[no-untyped-def]
    """Copy the other side's pairs, and weights, next to each other: plain loads beat the gathers of vector units."""
    weighted = len(weight) > 0
    for r in range(np.uint64(begin), np.uint64(end)):
        word = packed[r]
        pairs[r - np.uint64(begin)] = table[np.uint64(word >> np.uint32(2))]
        if weighted:
            weights[r - np.uint64(begin)] = weight[r]
        else:
            weights[r - np.uint64(begin)] = F32((word & np.uint32(3)) != np.uint32(3))


@njit(fastmath=SUMMING, error_model="numpy", nogil=True, forceinline=True)
def _squared_sums(begin, end, packed, pairs, weights, lanes):  # type: ignore[no-untyped-def]
    """Add squared losses, slopes / 2 and slopes x factor / 2 to the last three rows of ``lanes``.

    ``lanes``, float64, is one array, rows of 16 one after the other; the first two: base and factor.
    Apart from it nothing is written, so the compiler sees that the lanes can go side by side.
    """
    # Unsigned: numba then spares negative indices, and the loop reads its ratings in a row.
    for r in range(np.uint64(0), np.uint64(end - begin), np.uint64(LANES)):
        for k in range(np.uint64(0), np.uint64(LANES)):
            level = np.int32(packed[np.uint64(begin) + r + k] & np.uint32(3))
            x = np.float64(high_half(pairs[r + k]))
            error = (
                lanes[k] + lanes[LANES + k] * x + np.float64(low_half(pairs[r + k])) - np.float64(level) * 0.5
            )
            push = np.float64(weights[r + k]) * error
            lanes[2 * LANES + k] += push * error
            lanes[3 * LANES + k] += push
            lanes[4 * LANES + k] += push * x


def _logistic_sums(*, with_loss: bool) -> Any:
    """Make the loop over a slice's gathered ratings with cross-entropy; the flag is a constant to it."""

    @njit(fastmath=SUMMING, error_model="numpy", nogil=True, forceinline=True)
    def sums(begin, end, packed, pairs, weights, lanes, positive_weight):  # type: ignore[no-untyped-def]
        """As `_squared_sums` in float32: losses, slopes, slopes x factor; label 1/2 is part of both."""
        for r in range(np.uint64(0), np.uint64(end - begin), np.uint64(LANES)):
            for k in range(np.uint64(0), np.uint64(LANES)):
                level = np.int32(packed[np.uint64(begin) + r + k] & np.uint32(3))
                x = high_half(pairs[r + k])
                p = lanes[k] + lanes[LANES + k] * x + low_half(pairs[r + k])
                label = F32(level) * F32(0.5)
                up = weights[r + k] * positive_weight * label
                down = weights[r + k] * (F32(1.0) - label)
                if with_loss:
                    decay = fast_exp(-abs(p))
                    chance_of_zero = (decay if p > 0 else F32(1.0)) / (F32(1.0) + decay)
                    lanes[2 * LANES + k] += (up + down) * (max(p, F32(0.0)) + fast_log1p(decay)) - up * p
                else:
                    chance_of_zero = F32(1.0) / (F32(1.0) + fast_exp(p))
                g = down - (up + down) * chance_of_zero
                lanes[3 * LANES + k] += g
                lanes[4 * LANES + k] += g * x

    return sums


_logistic_with_loss = _logistic_sums(with_loss=True)
_logistic_without = _logistic_sums(with_loss=False)


def _made(*given: Any) -> tuple[Any, Any]:
    start, chunks = given[0], given[3]
    return np.zeros(((len(start) - 1) * LANES, 2)), np.zeros((len(chunks) - 1, 2))


@kernel(makes=_made)
def slopes(  # type: ignore[no-untyped-def]
    first, last, start, packed, weight, chunks, table, own, mu, positive_weight, logistic, with_loss, out, totals,
):  # fmt: skip
    """Per row: sum of slopes, and of slopes times the other factor; per chunk: loss, sum of slopes.

    ``table`` is the other side's (intercept, factor), as one 64-bit word each; ``own`` this side's, float32.
    The loss of cross-entropy is 0 unless ``with_loss``.
    """
    lanes, narrow = np.zeros(5 * LANES), np.zeros(5 * LANES, F32)
    pairs, weights = np.empty(BUFFER, np.uint64), np.empty(BUFFER, F32)
    for chunk in range(first, last):
        loss = total = 0.0
        for s in range(chunks[chunk], chunks[chunk + 1]):
            for k in range(LANES):
                lanes[k] = mu + np.float64(own[s * LANES + k, 0])
                lanes[LANES + k] = own[s * LANES + k, 1]
                narrow[k], narrow[LANES + k] = lanes[k], lanes[LANES + k]
            lanes[2 * LANES :] = 0.0
            for begin in range(start[s], start[s + 1], BUFFER):
                end = min(begin + BUFFER, start[s + 1])
                _gather(begin, end, packed, weight, table, pairs, weights)
                if not logistic:
                    _squared_sums(begin, end, packed, pairs, weights, lanes)
                    continue
                narrow[2 * LANES :] = F32(0.0)
                if with_loss:
                    _logistic_with_loss(begin, end, packed, pairs, weights, narrow, positive_weight)
                else:
                    _logistic_without(begin, end, packed, pairs, weights, narrow, positive_weight)
                for k in range(2 * LANES, 5 * LANES):
                    lanes[k] += np.float64(narrow[k])
            scale = 1.0 if logistic else 2.0
            for k in range(LANES):
                loss += lanes[2 * LANES + k]
                out[s * LANES + k, 0] = scale * lanes[3 * LANES + k]
                out[s * LANES + k, 1] = scale * lanes[4 * LANES + k]
                total += out[s * LANES + k, 0]
        totals[chunk, 0], totals[chunk, 1] = loss, total
