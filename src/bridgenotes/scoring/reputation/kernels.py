"""Compiled epochs of the reputation model, nothing else. Truth in plain numpy: `objective`.

A side's unknowns are one float32 table of four columns: factor, scale (a note's intercept, a
rater's reputation), shift (a rater's intercept; 0 for notes) and multiplier (what the entity
contributes to a rating's weight, which is base weight x note's x rater's). A row is gathered as
one or two 64-bit words. One thread owns an entity: its ratings are added in order, its Adam step
is taken on the spot into the next epoch's table, so results are bit-equal for any number of
threads. Terms are float32, summed in float32 over at most 4,096 ratings, then in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel
from bridgenotes.scoring.math_kernels import BLOCK, F32, SUMMING, fast_exp, fast_softplus

FACTOR, SCALE, SHIFT, MULTIPLIER = range(4)
LANES = 16


@njit(error_model="numpy", nogil=True, forceinline=True)
def _low(word):  # type: ignore[no-untyped-def]
    return np.uint32(word & np.uint64(0xFFFFFFFF)).view(np.float32)


@njit(error_model="numpy", nogil=True, forceinline=True)
def _high(word):  # type: ignore[no-untyped-def]
    return np.uint32(word >> np.uint64(32)).view(np.float32)


def _entity_sums(*, logistic: bool, with_loss: bool, whole_row: bool) -> Any:
    """Make the loop over one entity's ratings, specialised: the flags are constants when it compiles.

    Without ``whole_row`` the other side's shifts are 0 and its multipliers 1.
    """

    @njit(fastmath=SUMMING, error_model="numpy", nogil=True)
    def sums(begin, end, packed, table, factor, scale, base, positive_weight):  # type: ignore[no-untyped-def]
        """Return (loss, sum of slopes, of slopes x factor, of slopes x scale)."""
        loss = slope = slope_factor = slope_scale = 0.0
        for first in range(begin, end, BLOCK):
            t = g0 = g1 = g2 = F32(0.0)
            # Unsigned: numba then spares negative indices, and the loop reads its ratings in a row.
            for r in range(np.uint64(first), np.uint64(min(first + BLOCK, end))):
                word = packed[r]
                row = np.uint64(word >> np.uint32(2)) << np.uint64(1)
                pair = table[row]
                x, q = _low(pair), _high(pair)
                is_one = (word & np.uint32(2)) != 0
                w = positive_weight if is_one else F32(1.0)
                p = base + factor * x + scale * q
                if whole_row:
                    rest = table[row | np.uint64(1)]
                    p += _low(rest)
                    w *= _high(rest)
                if logistic:
                    away = -p if is_one else p
                    chance = F32(1.0) / (F32(1.0) + fast_exp(-away))
                    g = (-w if is_one else w) * chance
                    if with_loss:
                        t += w * fast_softplus(away)
                else:
                    error = p - F32(word & np.uint32(3)) * F32(0.5)
                    g = F32(2.0) * w * error
                    t += w * error * error
                g0 += g
                g1 += g * x
                g2 += g * q
            loss += np.float64(t)
            slope += np.float64(g0)
            slope_factor += np.float64(g1)
            slope_scale += np.float64(g2)
        return loss, slope, slope_factor, slope_scale

    return sums


_logistic_loss = _entity_sums(logistic=True, with_loss=True, whole_row=True)
_logistic_whole = _entity_sums(logistic=True, with_loss=False, whole_row=True)
_logistic_pair = _entity_sums(logistic=True, with_loss=False, whole_row=False)
_squared = _entity_sums(logistic=False, with_loss=True, whole_row=True)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def adam(x, slope, moments, e, k, rate, root):  # type: ignore[no-untyped-def]
    """Return x after Adam's step, all in float32 as the reference's; moments (2, k, n) are renewed."""
    m = moments[0, k, e]
    m += (slope - m) * F32(0.1)
    v = moments[1, k, e] * F32(0.999) + slope * slope * F32(0.001)
    moments[0, k, e], moments[1, k, e] = m, v
    return x - rate * m / (np.sqrt(v) / root + F32(1e-8))


@njit(error_model="numpy", nogil=True)
def _step_column(lo, hi, own, upcoming, pull, moments, k, per_rating, ridge, rate, root):  # type: ignore[no-untyped-def]
    """Take one unknown's step for entities from ``lo`` to ``hi``; ``pull`` are their slopes, times R."""
    for e in range(np.uint64(lo), np.uint64(hi)):
        slope = F32(pull[e - np.uint64(lo)] * per_rating + 2 * ridge * own[e, k])
        upcoming[e, k] = adam(own[e, k], slope, moments, e, k, rate, root)


@kernel(makes=lambda *given: np.zeros((len(given[2]) - 1, 2)))
def epoch(  # type: ignore[no-untyped-def]
    first, last, start, packed, chunks, table, own, upcoming, moments, trained, ridge, mu, positive_weight,
    logistic, with_loss, whole_row, rate, root, out,
):  # fmt: skip
    """Step one side: write ``upcoming`` from ``own``; per chunk the data loss and slope sum, times R.

    ``table`` is the other side's before its own step, as 64-bit words; ``trained`` and ``ridge``
    are per column (factor, scale, shift).
    """
    per_rating = 1.0 / max(len(packed), 1)
    for chunk in range(first, last):
        total = total_slope = 0.0
        lo, hi = chunks[chunk], chunks[chunk + 1]
        pulls = np.empty((3, hi - lo))
        for e in range(lo, hi):
            a, b, f, s, base = start[e], start[e + 1], own[e, 0], own[e, 1], own[e, 2] + mu
            if not logistic:
                loss, g0, g1, g2 = _squared(a, b, packed, table, f, s, base, positive_weight)
            elif with_loss:
                loss, g0, g1, g2 = _logistic_loss(a, b, packed, table, f, s, base, positive_weight)
            elif whole_row:
                loss, g0, g1, g2 = _logistic_whole(a, b, packed, table, f, s, base, positive_weight)
            else:
                loss, g0, g1, g2 = _logistic_pair(a, b, packed, table, f, s, base, positive_weight)
            multiplier = np.float64(own[e, 3])
            total += multiplier * loss
            total_slope += multiplier * g0
            pulls[0, e - lo], pulls[1, e - lo], pulls[2, e - lo] = (
                multiplier * g1,
                multiplier * g2,
                multiplier * g0,
            )
        for k in range(3):
            if trained[k]:
                _step_column(lo, hi, own, upcoming, pulls[k], moments, k, per_rating, ridge[k], rate, root)
            else:
                upcoming[lo:hi, k] = own[lo:hi, k]
        upcoming[lo:hi, 3] = own[lo:hi, 3]
        out[chunk, 0], out[chunk, 1] = total, total_slope


@kernel(makes=lambda start, *_: np.zeros(len(start) - 1))
def weight_sums(first, last, start, packed, chunks, multiplier, positive_weight, out):  # type: ignore[no-untyped-def]
    """Per entity: sum over its ratings of base weight times the other side's multiplier."""
    for chunk in range(first, last):
        for e in range(chunks[chunk], chunks[chunk + 1]):
            total = 0.0
            for r in range(start[e], start[e + 1]):
                word = packed[r]
                base = positive_weight if (word & np.uint32(2)) != 0 else 1.0
                total += base * multiplier[word >> np.uint32(2)]
            out[e] = total


@njit(nogil=True)
def _load(begin, end, packed, raters, given, positive_weight, logistic, offset, slope, weight):  # type: ignore[no-untyped-def]
    """Lay one note's ratings out so that p = offset + x slope; return the length padded to full lanes.

    ``raters`` has columns (constant, factor on ``given``, slope, multiplier). With the logistic
    loss the sign of label 1 is folded in: every rating then loses softplus(p).
    """
    n = end - begin
    for k in range(n):
        word = packed[begin + k]
        other = word >> np.uint32(2)
        is_one = (word & np.uint32(2)) != 0
        w = raters[other, 3]
        p, x = raters[other, 0] + given * raters[other, 1], raters[other, 2]
        weight[k] = w * positive_weight if is_one else w
        if logistic:
            sign = F32(-1.0) if is_one else F32(1.0)
            offset[k], slope[k] = sign * p, sign * x
        else:
            offset[k], slope[k] = p - F32(word & np.uint32(3)) * F32(0.5), x
    full = (n + LANES - 1) // LANES * LANES
    for k in range(n, full):
        offset[k] = slope[k] = weight[k] = F32(0.0)
    return full


def _line_sums(*, logistic: bool, with_loss: bool) -> Any:
    """Make the loop over one note's laid-out ratings: (loss, slope in x)."""

    @njit(fastmath=SUMMING, error_model="numpy", nogil=True, forceinline=True)
    def sums(x, n, offset, slope, weight):  # type: ignore[no-untyped-def]
        loss = total = 0.0
        for first in range(0, n, BLOCK):
            t = g = F32(0.0)
            for k in range(np.uint64(first), np.uint64(min(first + BLOCK, n))):
                p = offset[k] + x * slope[k]
                if logistic:
                    g += weight[k] * slope[k] / (F32(1.0) + fast_exp(-p))
                    if with_loss:
                        t += weight[k] * fast_softplus(p)
                else:
                    g += F32(2.0) * weight[k] * slope[k] * p
                    t += weight[k] * p * p
            loss += np.float64(t)
            total += np.float64(g)
        return loss, total

    return sums


_logistic_line_loss = _line_sums(logistic=True, with_loss=True)
_logistic_line = _line_sums(logistic=True, with_loss=False)
_squared_line = _line_sums(logistic=False, with_loss=True)


@kernel(makes=lambda *given: np.zeros((len(given[2]) - 1, len(given[-1]))))
def note_epochs(  # type: ignore[no-untyped-def]
    first, last, start, packed, chunks, raters, given, multiplier, x, moments, ridge, positive_weight,
    logistic, first_epoch, rates, check_every, snapshots, out,
):  # fmt: skip
    """Run several epochs of a note-only fit of one parameter, note by note, its ratings in cache.

    Moves ``x`` and ``moments`` by one Adam step per row (rate, root) of ``rates``, from epoch ``first_epoch``
    on; ``snapshots[c]`` receives x at the c-th check. Per chunk and check: the data loss times R.
    """
    per_rating = 1.0 / max(len(packed), 1)
    for chunk in range(first, last):
        longest = 0
        for e in range(chunks[chunk], chunks[chunk + 1]):
            longest = max(longest, start[e + 1] - start[e])
        lines = np.empty((3, longest + LANES), F32)
        offset, slope, weight = lines[0], lines[1], lines[2]
        for e in range(chunks[chunk], chunks[chunk + 1]):
            a, b = start[e], start[e + 1]
            n = _load(a, b, packed, raters, given[e], positive_weight, logistic, offset, slope, weight)
            own = x[e]
            check = 0
            for t in range(len(rates)):
                is_check = (first_epoch + t) % check_every == 0
                if not logistic:
                    loss, g = _squared_line(own, n, offset, slope, weight)
                elif is_check:
                    loss, g = _logistic_line_loss(own, n, offset, slope, weight)
                else:
                    loss, g = _logistic_line(own, n, offset, slope, weight)
                if is_check:
                    snapshots[check, e] = own
                    out[chunk, check] += multiplier[e] * loss
                    check += 1
                pull = F32(g * multiplier[e] * per_rating + 2 * ridge * own)
                own = adam(own, pull, moments, e, 0, rates[t, 0], rates[t, 1])
            x[e] = own
