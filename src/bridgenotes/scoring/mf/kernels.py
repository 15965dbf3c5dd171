"""Compiled loops over packed ratings, nothing else.

One thread owns an entity and adds its ratings in order, so results are bit-equal for any
number of threads. The other side's parameters are gathered as one interleaved float32 pair
per rating; sums are float64. Truth in plain numpy: `objective`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel
from bridgenotes.scoring.math_kernels import BLOCK, F32, SUMMING, fast_exp, fast_log1p
from bridgenotes.scoring.prefetch import prefetch

AHEAD = 16
"""Ratings from one that is put into its place to one whose place is asked for; twice as many to where it is written."""


@njit(cache=True, nogil=True)
def group(own, other, level, start, packed, order):  # type: ignore[no-untyped-def]
    """Sort ratings by entity (stable counting sort) into ``packed``; ``start`` (n_own + 1,) comes as zeros.

    ``order``, int64, becomes the ratings' old places unless it is empty.
    """
    for r in range(len(own)):
        start[own[r] + 1] += 1
    for e in range(len(start) - 1):
        start[e + 1] += start[e]
    cursor, last = start[:-1].copy(), len(own) - 1
    for r in range(len(own)):
        prefetch(cursor, np.uint64(own[min(r + 2 * AHEAD, last)]))
        prefetch(packed, np.uint64(min(cursor[own[min(r + AHEAD, last)]], last)))
        place = cursor[own[r]]
        cursor[own[r]] = place + 1
        packed[place] = np.uint32(other[r]) << np.uint32(2) | np.uint32(level[r])
        if len(order):
            order[place] = r


@njit(cache=True, nogil=True, inline="always")
def _solve(s0, s1, s2, t1, t2, ridge_i, ridge_f):  # type: ignore[no-untyped-def]
    """Minimise a ridge problem in (intercept, factor); a zero system gives zeros."""
    a, c = s0 + ridge_i, s2 + ridge_f
    det = a * c - s1 * s1
    if det <= 1e-300:
        return (t1 / a if a > 0 else 0.0), 0.0
    return (c * t1 - s1 * t2) / det, (a * t2 - s1 * t1) / det


@njit(cache=True, nogil=True)
def solve_diamond(s0, s1, s2, t1, t2, ridge_i, ridge_f, diamond):  # type: ignore[no-untyped-def]
    """Minimise the ridge problem plus ``diamond * |intercept * factor|`` (spec 00 section 3)."""
    a, c = s0 + ridge_i, s2 + ridge_f
    best_i, best_f, best = 0.0, 0.0, 0.0
    if a > 0 and -t1 * t1 / a < best:
        best_i, best_f, best = t1 / a, 0.0, -t1 * t1 / a
    if c > 0 and -t2 * t2 / c < best:
        best_i, best_f, best = 0.0, t2 / c, -t2 * t2 / c
    for sign in (1.0, -1.0):
        b = s1 + sign * diamond / 2
        det = a * c - b * b
        if det <= 0:
            continue
        i, f = (c * t1 - b * t2) / det, (a * t2 - b * t1) / det
        value = -(t1 * i + t2 * f)
        if i * f * sign > 0 and value < best:
            best_i, best_f, best = i, f, value
    return best_i, best_f


@njit(cache=True, nogil=True, inline="always")
def settle(s0, s1, s2, t1, t2, t3, ridge_i, ridge_f, diamond):  # type: ignore[no-untyped-def]
    """Minimise one entity's squared error, given its sums; return (intercept, factor, value, residual).

    Value is the entity's data loss plus its own penalty, residual the weighted sum of label - prediction.
    """
    if diamond > 0:
        i, f = solve_diamond(s0, s1, s2, t1, t2, ridge_i, ridge_f, diamond)
    else:
        i, f = _solve(s0, s1, s2, t1, t2, ridge_i, ridge_f)
    quadratic = (s0 + ridge_i) * i * i + 2 * s1 * i * f + (s2 + ridge_f) * f * f
    value = t3 + quadratic - 2 * (t1 * i + t2 * f) + diamond * abs(i * f)
    return i, f, value, t1 - s0 * i - s1 * f


@njit(cache=True, nogil=True, inline="always")
def _sums(begin, end, packed, weight, table, mu):  # type: ignore[no-untyped-def]
    """Gather one entity's ratings: (S0, S1, S2, T1, T2, T3) with t = label - mu - other intercept."""
    weighted = len(weight) > 0
    s0 = s1 = s2 = t1 = t2 = t3 = 0.0
    for r in range(begin, end):
        word = packed[r]
        other = word >> np.uint32(2)
        f = np.float64(table[other, 1])
        t = np.float64(word & np.uint32(3)) * 0.5 - mu - np.float64(table[other, 0])
        w = np.float64(weight[r]) if weighted else 1.0
        wf, wt = w * f, w * t
        s0 += w
        s1 += wf
        s2 += wf * f
        t1 += wt
        t2 += wt * f
        t3 += wt * t
    return s0, s1, s2, t1, t2, t3


@kernel(makes=lambda start, *_: np.zeros((len(start) - 1, 6)))
def sums_squared(first, last, start, packed, weight, chunks, table, mu, out):  # type: ignore[no-untyped-def]
    """Per entity (S0, S1, S2, T1, T2, T3) with t = label - mu - other intercept (spec 00 section 6)."""
    for chunk in range(first, last):
        for e in range(chunks[chunk], chunks[chunk + 1]):
            s0, s1, s2, t1, t2, t3 = _sums(start[e], start[e + 1], packed, weight, table, mu)
            out[e, 0], out[e, 1], out[e, 2], out[e, 3], out[e, 4], out[e, 5] = s0, s1, s2, t1, t2, t3


@kernel(makes=lambda start, *_: tuple(np.zeros((4, len(start) - 1))))
def sweep_squared(  # type: ignore[no-untyped-def]
    first, last, start, packed, weight, chunks, table, mu, ridge_i, ridge_f, diamond,
    intercept, factor, value, residual,
):  # fmt: skip
    """Solve every entity's two parameters with the other side fixed; see `settle`."""
    for chunk in range(first, last):
        for e in range(chunks[chunk], chunks[chunk + 1]):
            s0, s1, s2, t1, t2, t3 = _sums(start[e], start[e + 1], packed, weight, table, mu)
            i, f, value[e], residual[e] = settle(s0, s1, s2, t1, t2, t3, ridge_i, ridge_f, diamond)
            intercept[e], factor[e] = i, f


@njit(cache=True, nogil=True, inline="always")
def _log_loss(p, label, positive_weight):  # type: ignore[no-untyped-def]
    """Binary cross-entropy with logit p, its slope and its curvature."""
    decay = np.exp(-abs(p))
    chance = 1 / (1 + decay) if p >= 0 else decay / (1 + decay)
    tail = np.log1p(decay)
    up, down = positive_weight * label, 1 - label
    loss = up * (tail + max(-p, 0.0)) + down * (tail + max(p, 0.0))
    return loss, down * chance - up * (1 - chance), (up + down) * chance * (1 - chance)


@njit(cache=True, nogil=True, inline="always")
def _logistic_at(begin, end, packed, weight, table, mu, positive_weight, i, f):  # type: ignore[no-untyped-def]
    """Loss, gradient (2) and Hessian (3) of one entity at (i, f)."""
    weighted = len(weight) > 0
    loss = g1 = g2 = h11 = h12 = h22 = 0.0
    for r in range(begin, end):
        word = packed[r]
        other = word >> np.uint32(2)
        x = np.float64(table[other, 1])
        p = i + f * x + mu + np.float64(table[other, 0])
        one, slope, curve = _log_loss(p, np.float64(word & np.uint32(3)) * 0.5, positive_weight)
        w = np.float64(weight[r]) if weighted else 1.0
        loss += w * one
        g1 += w * slope
        g2 += w * slope * x
        h11 += w * curve
        h12 += w * curve * x
        h22 += w * curve * x * x
    return loss, g1, g2, h11, h12, h22


@kernel(makes=lambda *given: (given[-2].copy(), given[-1].copy(), *np.zeros((3, len(given[0]) - 1))))
def sweep_logistic(  # type: ignore[no-untyped-def]
    first, last, start, packed, weight, chunks, table, mu, ridge_i, ridge_f, positive_weight, _i0, _f0,
    intercept, factor, value, residual, curvature,
):  # fmt: skip
    """As `sweep_squared` for cross-entropy: damped Newton per entity, started at (_i0, _f0).

    ``residual`` is minus the slope of the loss in the global intercept; ``curvature`` its second derivative.
    """
    for chunk in range(first, last):
        for e in range(chunks[chunk], chunks[chunk + 1]):
            a, b, i, f = start[e], start[e + 1], intercept[e], factor[e]
            loss, g1, g2, h11, h12, h22 = _logistic_at(a, b, packed, weight, table, mu, positive_weight, i, f)
            total = loss + ridge_i * i * i + ridge_f * f * f
            for _ in range(30):
                di, df = _solve(
                    h11, h12, h22, -g1 - 2 * ridge_i * i, -g2 - 2 * ridge_f * f, 2 * ridge_i, 2 * ridge_f
                )
                step = 1.0
                accepted = False
                for _ in range(30):
                    ni, nf = i + step * di, f + step * df
                    n_loss, n1, n2, m11, m12, m22 = _logistic_at(
                        a, b, packed, weight, table, mu, positive_weight, ni, nf
                    )
                    n_total = n_loss + ridge_i * ni * ni + ridge_f * nf * nf
                    if n_total <= total:
                        accepted = True
                        break
                    step *= 0.5
                if not accepted:
                    break
                done = abs(ni - i) + abs(nf - f) < 1e-9
                i, f, total, g1, g2, h11, h12, h22 = ni, nf, n_total, n1, n2, m11, m12, m22
                if done:
                    break
            intercept[e], factor[e], value[e], residual[e], curvature[e] = i, f, total, -g1, h11


@kernel(makes=lambda start, *_: np.zeros(len(start) - 1))
def residual_product(  # type: ignore[no-untyped-def]
    first, last, start, packed, chunks, own_intercept, other_intercept, mu, vector, out
):  # fmt: skip
    """Multiply the residual matrix of a factor-free fit by a vector over the other side."""
    for chunk in range(first, last):
        for e in range(chunks[chunk], chunks[chunk + 1]):
            total = 0.0
            for r in range(start[e], start[e + 1]):
                word = packed[r]
                other = word >> np.uint32(2)
                left = np.float64(word & np.uint32(3)) * 0.5 - mu - own_intercept[e] - other_intercept[other]
                total += left * vector[other]
            out[e] = total


@njit(fastmath=SUMMING, error_model="numpy", nogil=True, forceinline=True)
def _squared_slopes(begin, end, packed, weight, table, base, factor):  # type: ignore[no-untyped-def]
    """Return an entity's squared loss, sum of slopes, sum of slopes times the other factor, in float64."""
    weighted = len(weight) > 0
    loss = g1 = g2 = 0.0
    # Unsigned: numba then spares negative indices, and the loop reads its ratings in a row.
    for r in range(np.uint64(begin), np.uint64(end)):
        word = packed[r]
        other = np.uint64(word >> np.uint32(2))
        x = np.float64(table[other, 1])
        label = np.float64(np.int32(word & np.uint32(3))) * 0.5
        error = base + factor * x + np.float64(table[other, 0]) - label
        push = np.float64(weight[r]) * error if weighted else error
        loss += push * error
        g1 += push
        g2 += push * x
    return loss, 2 * g1, 2 * g2


def _logistic_slopes(*, with_loss: bool) -> Any:
    """Make the loop over one entity's ratings with cross-entropy, in float32; the flag is a constant to it."""

    @njit(fastmath=SUMMING, error_model="numpy", nogil=True, forceinline=True)
    def sums(begin, end, packed, weight, table, base, factor, positive_weight):  # type: ignore[no-untyped-def]
        """Return (loss, sum of slopes, of slopes times the other factor); a label between 0 and 1 is part of both."""
        weighted = len(weight) > 0
        loss = g1 = g2 = 0.0
        for first in range(begin, end, BLOCK):
            t = s1 = s2 = F32(0.0)
            # Unsigned: numba then spares negative indices, and the loop reads its ratings in a row.
            for r in range(np.uint64(first), np.uint64(min(first + BLOCK, end))):
                word = packed[r]
                other = np.uint64(word >> np.uint32(2))
                x = table[other, 1]
                p = base + table[other, 0] + factor * x
                label = F32(word & np.uint32(3)) * F32(0.5)
                up, down = positive_weight * label, F32(1.0) - label
                if weighted:
                    up, down = up * weight[r], down * weight[r]
                if with_loss:
                    decay = fast_exp(-abs(p))
                    chance_of_zero = (decay if p > 0 else F32(1.0)) / (F32(1.0) + decay)
                    t += (up + down) * (max(p, F32(0.0)) + fast_log1p(decay)) - up * p
                else:
                    chance_of_zero = F32(1.0) / (F32(1.0) + fast_exp(p))
                g = down - (up + down) * chance_of_zero
                s1 += g
                s2 += g * x
            loss += np.float64(t)
            g1 += np.float64(s1)
            g2 += np.float64(s2)
        return loss, g1, g2

    return sums


_logistic_with_loss = _logistic_slopes(with_loss=True)
_logistic_without = _logistic_slopes(with_loss=False)


@kernel(makes=lambda start, *_: np.zeros((len(start) - 1, 3)))
def slopes(  # type: ignore[no-untyped-def]
    first, last, start, packed, weight, chunks, table, mu, own_intercept, own_factor, positive_weight,
    logistic, with_loss, out,
):  # fmt: skip
    """Per entity: loss (for cross-entropy 0 unless ``with_loss``), sum of slopes, and of slopes times the other factor.

    For Adam: cross-entropy is float32, as the reference's.
    """
    for chunk in range(first, last):
        for e in range(chunks[chunk], chunks[chunk + 1]):
            a, b, i, f = start[e], start[e + 1], own_intercept[e], own_factor[e]
            if not logistic:
                loss, g1, g2 = _squared_slopes(a, b, packed, weight, table, mu + i, f)
            elif with_loss:
                loss, g1, g2 = _logistic_with_loss(
                    a, b, packed, weight, table, F32(mu + i), F32(f), F32(positive_weight)
                )
            else:
                loss, g1, g2 = _logistic_without(
                    a, b, packed, weight, table, F32(mu + i), F32(f), F32(positive_weight)
                )
            out[e, 0], out[e, 1], out[e, 2] = loss, g1, g2


@njit(cache=True, nogil=True)
def moments(i, f):  # type: ignore[no-untyped-def]
    """Return a side's (count, sum i, sum f, sum i i, sum i f, sum f f), added in order."""
    si = sf = sii = sif = sff = 0.0
    for e in range(len(i)):
        a, b = i[e], f[e]
        si += a
        sf += b
        sii += a * a
        sif += a * b
        sff += b * b
    return float(len(i)), si, sf, sii, sif, sff


@njit(cache=True, nogil=True)
def _solve_three(matrix, right):  # type: ignore[no-untyped-def]
    """Solve a positive semidefinite 3x3 system in place by elimination; directions it says nothing of stay 0."""
    smallest = 1e-13 * max(matrix[0, 0], matrix[1, 1], matrix[2, 2])
    for k in range(3):
        for r in range(k + 1, 3):
            if matrix[k, k] > smallest:
                share = matrix[r, k] / matrix[k, k]
                for c in range(k, 3):
                    matrix[r, c] -= share * matrix[k, c]
                right[r] -= share * right[k]
    for k in range(2, -1, -1):
        left = right[k]
        for c in range(k + 1, 3):
            left -= matrix[k, c] * right[c]
        right[k] = left / matrix[k, k] if matrix[k, k] > smallest else 0.0


@njit(cache=True, nogil=True)
def _gauge_half(fixed, own, other, t2, ridges, mu, matrix, right):  # type: ignore[no-untyped-def]
    """Minimise the penalty over (z, p_own, p_other), written into ``right``, with the other shift fixed.

    z is what ``own``'s factor subtracts from its intercept and what is added to the factor of
    ``other``, whose factor penalty is ``t2`` times its ridge; ``fixed`` is z of the other half.
    ``ridges``: own intercept, other intercept, other factor, global intercept.
    """
    n_own, i_own, _, _, if_own, ff_own = own
    n_other, i_other, f_other, _, _, _ = other
    lam_own, lam_other, lam_factor, lam_mu = ridges
    # (mu - z fixed + p_own + p_other)^2, own: i - z f - p_own, other: i - fixed f - p_other, t (f + z)
    slope = (-fixed, 1.0, 1.0)
    for r in range(3):
        for c in range(3):
            matrix[r, c] = lam_mu * slope[r] * slope[c]
        right[r] = -lam_mu * mu * slope[r]
    matrix[0, 0] += lam_own * ff_own + t2 * lam_factor * n_other
    matrix[0, 1] += lam_own * own[2]
    matrix[1, 0] += lam_own * own[2]
    matrix[1, 1] += lam_own * n_own
    matrix[2, 2] += lam_other * n_other
    right[0] += lam_own * if_own - t2 * lam_factor * f_other
    right[1] += lam_own * i_own
    right[2] += lam_other * (i_other - fixed * f_other)
    _solve_three(matrix, right)


@njit(cache=True, nogil=True)
def gauge(note, rater, mu, ridge, rounds, tolerance):  # type: ignore[no-untyped-def]
    """Return (d, e, p, q, t) of `gauge.Gauge`; moments as `moments`, ridge: rater i, f, note i, f, global."""
    rater_i, rater_f, note_i, note_f, lam_mu = ridge
    matrix, right = np.empty((3, 3)), np.empty(3)
    d = e = p = q = 0.0
    t = 1.0
    for _ in range(rounds):
        d0, e0, p0, q0, t0 = d, e, p, q, t
        _gauge_half(e, note, rater, t * t, (note_i, rater_i, rater_f, lam_mu), mu, matrix, right)
        d, q, p = right[0], right[1], right[2]
        _gauge_half(d, rater, note, 1 / (t * t), (rater_i, note_i, note_f, lam_mu), mu, matrix, right)
        e, p, q = right[0], right[1], right[2]
        rater_size = rater_f * (rater[5] + 2 * d * rater[2] + d * d * rater[0])
        note_size = note_f * (note[5] + 2 * e * note[2] + e * e * note[0])
        if rater_size > 0 and note_size > 0:
            t = (note_size / rater_size) ** 0.25
        moved = max(abs(d - d0), abs(e - e0), abs(p - p0), abs(q - q0), abs(t - t0))
        if moved < tolerance:
            break
    return d, e, p, q, t
