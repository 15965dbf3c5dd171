"""Compiled loops of fits over shards, nothing else: integer sums per note, and what follows from them.

Each term is a function of one rating and its rater alone and is rounded by itself, so the sums do not
depend on the cut (`fixed_point`). Without liberties of arithmetic, so that machines of different kinds agree.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel
from bridgenotes.scoring.mf.kernels import settle


@kernel(makes=lambda start, *_: np.zeros((len(start) - 1, 4), np.int64))
def note_sums(first, last, start, packed, weight, chunks, table, mu, scale, out):  # type: ignore[no-untyped-def]
    """Per note (S1, S2, T1, T2) times ``scale``, with t = label - mu - rater intercept (spec 00 section 6)."""
    weighted = len(weight) > 0
    for chunk in range(first, last):
        for e in range(chunks[chunk], chunks[chunk + 1]):
            s1 = s2 = t1 = t2 = np.int64(0)
            for r in range(start[e], start[e + 1]):
                word = packed[r]
                other = word >> np.uint32(2)
                f = np.float64(table[other, 1])
                t = np.float64(word & np.uint32(3)) * 0.5 - mu - np.float64(table[other, 0])
                w = np.float64(weight[r]) * scale if weighted else scale
                wf, wt = w * f, w * t
                s1 += np.int64(np.rint(wf))
                s2 += np.int64(np.rint(wf * f))
                t1 += np.int64(np.rint(wt))
                t2 += np.int64(np.rint(wt * f))
            out[e, 0], out[e, 1], out[e, 2], out[e, 3] = s1, s2, t1, t2


@kernel(makes=lambda start, *_: np.zeros(len(start) - 1, np.int64))
def residual_sums(  # type: ignore[no-untyped-def]
    first, last, start, packed, chunks, own_intercept, other_intercept, mu, vector, scale, out
):  # fmt: skip
    """As `kernels.residual_product`, times ``scale``, in integers."""
    for chunk in range(first, last):
        for e in range(chunks[chunk], chunks[chunk + 1]):
            total = np.int64(0)
            for r in range(start[e], start[e + 1]):
                word = packed[r]
                other = word >> np.uint32(2)
                left = np.float64(word & np.uint32(3)) * 0.5 - mu - own_intercept[e] - other_intercept[other]
                total += np.int64(np.rint(left * vector[other] * scale))
            out[e] = total


@njit(cache=True, nogil=True)
def solve_notes(weight, sums, scale, shift, ridge, diamond):  # type: ignore[no-untyped-def]
    """Solve every note, given its sums, with the global intercept ``shift`` higher than they were made with.

    Returns (intercept, factor, value without T3, residual), shape (4, n_notes); see `kernels.settle`.
    """
    out = np.empty((4, len(weight)))
    ridge_i, ridge_f = ridge
    for e in range(len(weight)):
        s0, s1, s2 = weight[e], np.float64(sums[e, 0]) / scale, np.float64(sums[e, 1]) / scale
        t1 = np.float64(sums[e, 2]) / scale - shift * s0
        t2 = np.float64(sums[e, 3]) / scale - shift * s1
        out[0, e], out[1, e], out[2, e], out[3, e] = settle(
            s0, s1, s2, t1, t2, 0.0, ridge_i, ridge_f, diamond
        )
    return out


@njit(cache=True, nogil=True)
def note_slopes(weight, sums, scale, intercept, factor):  # type: ignore[no-untyped-def]
    """Return the slopes of the data loss per note, shape (n_notes, 2), and the loss without T3."""
    out = np.empty((len(weight), 2))
    loss = 0.0
    for e in range(len(weight)):
        s0, s1, s2 = weight[e], np.float64(sums[e, 0]) / scale, np.float64(sums[e, 1]) / scale
        t1, t2 = np.float64(sums[e, 2]) / scale, np.float64(sums[e, 3]) / scale
        i, f = np.float64(intercept[e]), np.float64(factor[e])
        di, df = s0 * i + s1 * f - t1, s1 * i + s2 * f - t2
        loss += i * (di - t1) + f * (df - t2)
        out[e, 0], out[e, 1] = 2 * di, 2 * df
    return out, loss
