"""Compiled loops over sliced ratings, nothing else (layout: `sliced`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel
from bridgenotes.scoring.math_kernels import F32, SUMMING, fast_exp, fast_log1p

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
def _gather(begin, end, packed, table, pairs):  # type: ignore[no-untyped-def]
    """Copy the other side's pairs next to each other: plain loads beat the gathers of vector units."""
    for r in range(np.uint64(begin), np.uint64(end)):
        pairs[r - np.uint64(begin)] = table[np.uint64(packed[r] >> np.uint32(2))]


def _squared_sums(*, weighted: bool) -> Any:
    """Make the loop over a slice's gathered ratings with squared errors; the flag is a constant to it."""

    @njit(fastmath=SUMMING, error_model="numpy", nogil=True, forceinline=True)
    def sums(begin, end, packed, weight, pairs, lanes):  # type: ignore[no-untyped-def]
        """Add squared losses, slopes / 2 and slopes x factor / 2 to the last three rows of ``lanes``.

        ``lanes``, float64, is one array, rows of 16 one after the other; the first two: base and factor.
        ``pairs``, float32, are (intercept, factor). Apart from ``lanes`` nothing is written, so the compiler
        sees that they can go side by side.
        """
        # Unsigned: numba then spares negative indices, and the loop reads its ratings in a row.
        for r in range(np.uint64(0), np.uint64(end - begin), np.uint64(LANES)):
            for k in range(np.uint64(0), np.uint64(LANES)):
                level = np.int32(packed[np.uint64(begin) + r + k] & np.uint32(3))
                place = (r + k) << np.uint64(1)
                intercept, x = np.float64(pairs[place]), np.float64(pairs[place | np.uint64(1)])
                error = lanes[k] + lanes[LANES + k] * x + intercept - np.float64(level) * 0.5
                if weighted:
                    push = np.float64(weight[np.uint64(begin) + r + k]) * error
                else:
                    push = error if level != np.int32(3) else 0.0
                lanes[2 * LANES + k] += push * error
                lanes[3 * LANES + k] += push
                lanes[4 * LANES + k] += push * x

    return sums


_squared_weighted = _squared_sums(weighted=True)
_squared_plain = _squared_sums(weighted=False)


def _logistic_sums(*, with_loss: bool) -> Any:
    """Make the loop over a slice's gathered ratings with cross-entropy; the flag is a constant to it."""

    @njit(fastmath=SUMMING, error_model="numpy", nogil=True, forceinline=True)
    def sums(begin, end, packed, weight, pairs, lanes, positive_weight):  # type: ignore[no-untyped-def]
        """As `_squared_sums` in float32: losses, slopes, slopes x factor; label 1/2 is part of both."""
        weighted = len(weight) > 0
        for r in range(np.uint64(0), np.uint64(end - begin), np.uint64(LANES)):
            for k in range(np.uint64(0), np.uint64(LANES)):
                level = np.int32(packed[np.uint64(begin) + r + k] & np.uint32(3))
                place = (r + k) << np.uint64(1)
                x = pairs[place | np.uint64(1)]
                p = lanes[k] + lanes[LANES + k] * x + pairs[place]
                label = F32(level) * F32(0.5)
                w = weight[np.uint64(begin) + r + k] if weighted else F32(level != np.int32(3))
                up = w * positive_weight * label
                down = w * (F32(1.0) - label)
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
    pairs = np.empty(2 * BUFFER, F32)
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
                _gather(begin, end, packed, table, pairs.view(np.uint64))
                if not logistic:
                    if len(weight):
                        _squared_weighted(begin, end, packed, weight, pairs, lanes)
                    else:
                        _squared_plain(begin, end, packed, weight, pairs, lanes)
                    continue
                narrow[2 * LANES :] = F32(0.0)
                if with_loss:
                    _logistic_with_loss(begin, end, packed, weight, pairs, narrow, positive_weight)
                else:
                    _logistic_without(begin, end, packed, weight, pairs, narrow, positive_weight)
                for k in range(2 * LANES, 5 * LANES):
                    lanes[k] += np.float64(narrow[k])
            scale = 1.0 if logistic else 2.0
            for k in range(LANES):
                loss += lanes[2 * LANES + k]
                out[s * LANES + k, 0] = scale * lanes[3 * LANES + k]
                out[s * LANES + k, 1] = scale * lanes[4 * LANES + k]
                total += out[s * LANES + k, 0]
        totals[chunk, 0], totals[chunk, 1] = loss, total
