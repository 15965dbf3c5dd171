"""Compiled loops over sliced ratings, nothing else (layout: `sliced`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel
from bridgenotes.scoring.math_kernels import F32, SUMMING, fast_exp, fast_log1p
from bridgenotes.scoring.mf.adam_kernels import completed
from bridgenotes.scoring.prefetch import prefetch

LANES = 16
"""Entities of a slice: what 512 bits hold of float32."""
BUFFER = 2048
"""Ratings gathered at a time; they stay in the first-level cache. Terms are added in float32 within."""
AHEAD = 2 * BUFFER
"""Ratings from one whose terms are added to one whose row is asked for: memory then works beside the arithmetic."""
NEAR = 1 << 18
"""Words of a table that processors' second-level caches hold most of; to ask for its rows early is lost time."""


@njit(cache=True, nogil=True)
def lay_out(start, packed, weight, order, row_of_other, slice_start, words, weights):  # type: ignore[no-untyped-def]
    """Write ratings in slices into ``words``, which is filled up before, and ``weights``; see `sliced.SlicedSide`."""
    last = len(packed) - 1
    for row in range(len(order)):
        place = slice_start[row // LANES] + row % LANES
        for r in range(start[order[row]], start[order[row] + 1]):
            prefetch(row_of_other, np.uint64(packed[min(r + LANES, last)] >> np.uint32(2)))
            words[place] = row_of_other[packed[r] >> np.uint32(2)] << np.uint32(2) | packed[r] & np.uint32(3)
            if len(weight):
                weights[place] = weight[r]
            place += LANES


@njit(error_model="numpy", nogil=True, forceinline=True)
def _gather(begin, end, packed, table, pairs):  # type: ignore[no-untyped-def]
    """Copy the other side's pairs next to each other: plain loads beat the gathers of vector units."""
    for r in range(np.uint64(begin), np.uint64(end)):
        pairs[r - np.uint64(begin)] = table[np.uint64(packed[r] >> np.uint32(2))]


@njit(nogil=True, forceinline=True)
def overflows(table):  # type: ignore[no-untyped-def]
    """Tell whether a table, one-dimensional, is so large that its rows are better asked for early."""
    return len(table) > NEAR


@njit(nogil=True, forceinline=True)
def position_ahead(begin, end, packed):  # type: ignore[no-untyped-def]
    """Return from which rating on rows are asked for while those from ``begin`` to ``end`` are added up."""
    return np.uint64(min(begin + AHEAD, len(packed) - (end - begin)))


@njit(nogil=True, forceinline=True)
def ask(first, packed, table, doubled):  # type: ignore[no-untyped-def]
    """Ask for the rows of 16 ratings, of 2 words each if ``doubled`` is 1, else of one."""
    for k in range(np.uint64(0), np.uint64(LANES)):
        prefetch(table, np.uint64(packed[first + k] >> np.uint32(2)) << doubled)


def _squared_sums(*, weighted: bool) -> Any:
    """Make the loop over a slice's gathered ratings with squared errors; the flag is a constant to it."""

    @njit(fastmath=SUMMING, error_model="numpy", nogil=True, forceinline=True)
    def sums(begin, end, packed, weight, table, asks, pairs, lanes):  # type: ignore[no-untyped-def]
        """Add squared losses, slopes / 2 and slopes x factor / 2 to the last three rows of ``lanes``.

        ``lanes``, float64, is one array, rows of 16 one after the other; the first two: base and factor.
        ``pairs``, float32, are (intercept, factor). Apart from ``lanes`` nothing is written, so the compiler
        sees that they can go side by side.
        """
        # Unsigned: numba then spares negative indices, and the loop reads its ratings in a row.
        ahead = position_ahead(begin, end, packed)
        for r in range(np.uint64(0), np.uint64(end - begin), np.uint64(LANES)):
            if asks:
                ask(ahead + r, packed, table, np.uint64(0))
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


def _logistic_sums(*, with_loss: bool, weighted: bool) -> Any:
    """Make the loop over a slice's gathered ratings with cross-entropy; the flags are constants to it."""

    @njit(fastmath=SUMMING, error_model="numpy", nogil=True, forceinline=True)
    def sums(begin, end, packed, weight, table, asks, pairs, lanes, positive_weight):  # type: ignore[no-untyped-def]
        """As `_squared_sums` in float32: losses, slopes, slopes x factor; label 1/2 is part of both."""
        ahead = position_ahead(begin, end, packed)
        for r in range(np.uint64(0), np.uint64(end - begin), np.uint64(LANES)):
            if asks:
                ask(ahead + r, packed, table, np.uint64(0))
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


# Whether there are weights is a constant as well: a loop that might read them is made twice, for vectors and for
# one at a time, and which one runs would depend on where an array of no weights happens to lie in memory.
_logistic_weighted_loss = _logistic_sums(with_loss=True, weighted=True)
_logistic_weighted = _logistic_sums(with_loss=False, weighted=True)
_logistic_plain_loss = _logistic_sums(with_loss=True, weighted=False)
_logistic_plain = _logistic_sums(with_loss=False, weighted=False)


@njit(error_model="numpy", nogil=True, forceinline=True)
def _add_logistic(begin, end, packed, weight, table, asks, pairs, lanes, positive_weight, with_loss):  # type: ignore[no-untyped-def]
    """Call the loop that is made for these ratings."""
    if len(weight):
        if with_loss:
            _logistic_weighted_loss(begin, end, packed, weight, table, asks, pairs, lanes, positive_weight)
        else:
            _logistic_weighted(begin, end, packed, weight, table, asks, pairs, lanes, positive_weight)
    elif with_loss:
        _logistic_plain_loss(begin, end, packed, weight, table, asks, pairs, lanes, positive_weight)
    else:
        _logistic_plain(begin, end, packed, weight, table, asks, pairs, lanes, positive_weight)


TOTALS = 4
"""What `slopes` says of a chunk: data loss, sum of data slopes, penalty, squared norm of the gradient."""


@kernel(makes=lambda *given: np.zeros((len(given[3]) - 1, TOTALS)))
def slopes(  # type: ignore[no-untyped-def]
    first, last, start, packed, weight, chunks, table, own, slope, ridge, n_ratings, mu, positive_weight, logistic,
    with_loss, totals,
):  # fmt: skip
    """Write into ``slope``, float64, shape (n_rows, 2), the gradient of L; return `TOTALS` per chunk.

    ``table`` is the other side's (intercept, factor), as one 64-bit word each; ``own`` this side's, float32;
    ``ridge`` its penalties and that of the diamond term, in ratings. Loss, sum and penalty are times R; the loss of
    cross-entropy is 0 unless ``with_loss``.
    """
    lanes, narrow = np.zeros(5 * LANES), np.zeros(5 * LANES, F32)
    pairs, asks = np.empty(2 * BUFFER, F32), overflows(table)
    ridge_i, ridge_f, diamond = ridge
    for chunk in range(first, last):
        loss = total = penalty = norm = 0.0
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
                        _squared_weighted(begin, end, packed, weight, table, asks, pairs, lanes)
                    else:
                        _squared_plain(begin, end, packed, weight, table, asks, pairs, lanes)
                    continue
                narrow[2 * LANES :] = F32(0.0)
                _add_logistic(
                    begin, end, packed, weight, table, asks, pairs, narrow, positive_weight, with_loss
                )
                for k in range(2 * LANES, 5 * LANES):
                    lanes[k] += np.float64(narrow[k])
            scale = 1.0 if logistic else 2.0
            for k in range(LANES):
                i, f = np.float64(own[s * LANES + k, 0]), np.float64(own[s * LANES + k, 1])
                loss += lanes[2 * LANES + k]
                total += scale * lanes[3 * LANES + k]
                a, b = completed(
                    i, f, scale * lanes[3 * LANES + k], scale * lanes[4 * LANES + k], ridge, n_ratings
                )
                slope[s * LANES + k, 0], slope[s * LANES + k, 1] = a, b
                penalty += ridge_i * i * i + ridge_f * f * f + diamond * abs(i * f)
                norm += a * a + b * b
        totals[chunk, 0], totals[chunk, 1], totals[chunk, 2], totals[chunk, 3] = loss, total, penalty, norm
