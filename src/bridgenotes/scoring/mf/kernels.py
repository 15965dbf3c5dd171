"""Compiled loops over packed ratings, nothing else.

One thread owns an entity and adds its ratings in order, so results are bit-equal for any
number of threads. The other side's parameters are gathered as one interleaved float32 pair
per rating; sums are float64. Truth in plain numpy: `objective`.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange


@njit(cache=True, nogil=True)
def group(own, other, level, n_own, with_order):  # type: ignore[no-untyped-def]
    """Sort ratings by entity (stable counting sort): packed uint32, order, start."""
    start = np.zeros(n_own + 1, np.int64)
    for r in range(len(own)):
        start[own[r] + 1] += 1
    for e in range(n_own):
        start[e + 1] += start[e]
    cursor = start[:-1].copy()
    packed = np.empty(len(own), np.uint32)
    order = np.empty(len(own) if with_order else 0, np.int64)
    for r in range(len(own)):
        place = cursor[own[r]]
        cursor[own[r]] = place + 1
        packed[place] = np.uint32(other[r]) << np.uint32(2) | np.uint32(level[r])
        if with_order:
            order[place] = r
    return packed, order, start


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


@njit(cache=True, nogil=True, parallel=True)
def sums_squared(start, packed, weight, chunks, table, mu):  # type: ignore[no-untyped-def]
    """Per entity (S0, S1, S2, T1, T2, T3) with t = label - mu - other intercept (spec 00 section 6)."""
    out = np.zeros((len(start) - 1, 6))
    for chunk in prange(len(chunks) - 1):
        for e in range(chunks[chunk], chunks[chunk + 1]):
            s0, s1, s2, t1, t2, t3 = _sums(start[e], start[e + 1], packed, weight, table, mu)
            out[e, 0], out[e, 1], out[e, 2], out[e, 3], out[e, 4], out[e, 5] = s0, s1, s2, t1, t2, t3
    return out


@njit(cache=True, nogil=True, parallel=True)
def sweep_squared(start, packed, weight, chunks, table, mu, ridge_i, ridge_f, diamond):  # type: ignore[no-untyped-def]
    """Solve every entity's two parameters with the other side fixed.

    Returns (intercept, factor, value, residual): value is the entity's data loss plus its own
    penalty at the solution, residual the weighted sum of label - prediction.
    """
    n = len(start) - 1
    intercept, factor, value, residual = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for chunk in prange(len(chunks) - 1):
        for e in range(chunks[chunk], chunks[chunk + 1]):
            s0, s1, s2, t1, t2, t3 = _sums(start[e], start[e + 1], packed, weight, table, mu)
            if diamond > 0:
                i, f = solve_diamond(s0, s1, s2, t1, t2, ridge_i, ridge_f, diamond)
            else:
                i, f = _solve(s0, s1, s2, t1, t2, ridge_i, ridge_f)
            intercept[e], factor[e] = i, f
            quadratic = (s0 + ridge_i) * i * i + 2 * s1 * i * f + (s2 + ridge_f) * f * f
            value[e] = t3 + quadratic - 2 * (t1 * i + t2 * f) + diamond * abs(i * f)
            residual[e] = t1 - s0 * i - s1 * f
    return intercept, factor, value, residual


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


@njit(cache=True, nogil=True, parallel=True)
def sweep_logistic(start, packed, weight, chunks, table, mu, ridge_i, ridge_f, positive_weight, i0, f0):  # type: ignore[no-untyped-def]
    """As `sweep_squared` for cross-entropy: damped Newton per entity, started at (i0, f0).

    ``residual`` is minus the slope of the loss in the global intercept; ``curvature`` its second derivative.
    """
    n = len(start) - 1
    intercept, factor, value = i0.copy(), f0.copy(), np.zeros(n)
    residual, curvature = np.zeros(n), np.zeros(n)
    for chunk in prange(len(chunks) - 1):
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
    return intercept, factor, value, residual, curvature


@njit(cache=True, nogil=True, parallel=True)
def residual_product(start, packed, chunks, own_intercept, other_intercept, mu, vector):  # type: ignore[no-untyped-def]
    """Multiply the residual matrix of a factor-free fit by a vector over the other side."""
    out = np.zeros(len(start) - 1)
    for chunk in prange(len(chunks) - 1):
        for e in range(chunks[chunk], chunks[chunk + 1]):
            total = 0.0
            for r in range(start[e], start[e + 1]):
                word = packed[r]
                other = word >> np.uint32(2)
                left = np.float64(word & np.uint32(3)) * 0.5 - mu - own_intercept[e] - other_intercept[other]
                total += left * vector[other]
            out[e] = total
    return out


@njit(cache=True, nogil=True, parallel=True)
def slopes(start, packed, weight, chunks, table, mu, own_intercept, own_factor, positive_weight, logistic):  # type: ignore[no-untyped-def]
    """Per entity: loss, sum of slopes, sum of slopes times the other factor (for Adam)."""
    out = np.zeros((len(start) - 1, 3))
    weighted = len(weight) > 0
    for chunk in prange(len(chunks) - 1):
        for e in range(chunks[chunk], chunks[chunk + 1]):
            loss = g1 = g2 = 0.0
            i, f = own_intercept[e], own_factor[e]
            for r in range(start[e], start[e + 1]):
                word = packed[r]
                other = word >> np.uint32(2)
                x = np.float64(table[other, 1])
                p = i + f * x + mu + np.float64(table[other, 0])
                label = np.float64(word & np.uint32(3)) * 0.5
                if logistic:
                    one, slope, _ = _log_loss(p, label, positive_weight)
                else:
                    error = p - label
                    one, slope = error * error, 2 * error
                w = np.float64(weight[r]) if weighted else 1.0
                loss += w * one
                g1 += w * slope
                g2 += w * slope * x
            out[e, 0], out[e, 1], out[e, 2] = loss, g1, g2
    return out


@njit(cache=True, nogil=True)
def adam_step(x, slope, first, second, learning_rate, epoch, clip):  # type: ignore[no-untyped-def]
    """Move ``x`` in place by one Adam step with clipped gradient, on the float32 grid (spec 00 section 1.2)."""
    norm = 0.0
    for k in range(len(x)):
        norm += slope[k] * slope[k]
    scale = min(1.0, clip / (np.sqrt(norm) + 1e-6))
    rate = learning_rate / (1 - 0.9**epoch)
    root = np.sqrt(1 - 0.999**epoch)
    for k in range(len(x)):
        g = slope[k] * scale
        m = 0.9 * first[k] + 0.1 * g
        v = 0.999 * second[k] + 0.001 * g * g
        first[k], second[k] = m, v
        x[k] = np.float64(np.float32(x[k] - rate * m / (np.sqrt(v) / root + 1e-8)))
