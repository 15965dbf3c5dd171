"""Compiled loops of fits over shards, nothing else: integer sums per note, and what follows from them.

Each term is a function of one rating and its rater alone and is rounded by itself, so the sums do not
depend on the cut (`fixed_point`). Without liberties of arithmetic, so that machines of different kinds agree.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel
from bridgenotes.scoring.mf.kernels import settle


@kernel(makes=lambda start, *_: np.empty((len(start) - 1, 4), np.int64))
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


NOTES_TO_SHARE = 50_000
"""Notes from which on several threads are worth their start: two divisions and fifty other operations each."""


def _of_notes(weight, chunks, *_):  # type: ignore[no-untyped-def]
    n, n_chunks = len(weight), len(chunks) - 1
    return np.empty(n), np.empty(n), np.zeros((n_chunks, 7)), np.zeros((n_chunks, 2), np.int64)


@kernel(makes=_of_notes, large=NOTES_TO_SHARE)
def solve_notes(  # type: ignore[no-untyped-def]
    first, last, packed, chunks, sums, more, scale, shift, ridge_i, ridge_f, diamond,
    intercept, factor, totals, t1_halves,
):  # fmt: skip
    """Solve every note, given its weight and sums, with the global intercept ``shift`` above that of the sums.

    ``packed`` are notes' weights; ``more`` sums are added to ``sums`` unless there are none. Totals per chunk:
    value without T3 and residual (`kernels.settle`), i, f, i i, i f, f f; T1 as sums of its high and low 32 bits,
    because 64 do not hold what all notes have.
    """
    both = len(more) > 0
    for chunk in range(first, last):
        value = pull = si = sf = sii = sif = sff = 0.0
        high = low = np.int64(0)
        for e in range(chunks[chunk], chunks[chunk + 1]):
            a, b, c, d = sums[e, 0], sums[e, 1], sums[e, 2], sums[e, 3]
            if both:
                a, b, c, d = a + more[e, 0], b + more[e, 1], c + more[e, 2], d + more[e, 3]
            high += c >> np.int64(32)
            low += c & np.int64(0xFFFFFFFF)
            s0, s1, s2 = packed[e], np.float64(a) / scale, np.float64(b) / scale
            t1, t2 = np.float64(c) / scale - shift * s0, np.float64(d) / scale - shift * s1
            i, f, v, left = settle(s0, s1, s2, t1, t2, 0.0, ridge_i, ridge_f, diamond)
            intercept[e], factor[e] = i, f
            value += v
            pull += left
            si += i
            sf += f
            sii += i * i
            sif += i * f
            sff += f * f
        totals[chunk, 0], totals[chunk, 1], totals[chunk, 2], totals[chunk, 3] = value, pull, si, sf
        totals[chunk, 4], totals[chunk, 5], totals[chunk, 6] = sii, sif, sff
        t1_halves[chunk, 0], t1_halves[chunk, 1] = high, low


@kernel(makes=lambda *_: (), large=NOTES_TO_SHARE)
def move_notes(first, last, packed, chunks, factor, d, e, q, t):  # type: ignore[no-untyped-def]
    """Move notes' intercepts, which are ``packed``, and factors in place; as `gauge.Gauge.of_notes`."""
    for k in range(chunks[first], chunks[last]):
        packed[k] = packed[k] - d * factor[k] - q
        factor[k] = (factor[k] + e) / t


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
