"""Compiled epochs of the reputation model, nothing else. Truth in plain numpy: `objective`.

A side's unknowns are one float32 table of four columns: factor, scale (a note's intercept, a
rater's reputation), shift (a rater's intercept; 0 for notes) and multiplier (what the entity
contributes to a rating's weight, which is base weight x note's x rater's). The other side looks rows
up, and how much of the processors' caches a table fills is what an epoch of a large fit waits for. So a
table has the first two columns alone where the others are 0 and 1; and where reputations are 1 as well,
either side has two, factor and intercept: the model is `plain`. A row is gathered as one or two 64-bit
words. One lane of one thread owns an entity: its ratings are added in order, its
Adam step is taken on the spot into the next epoch's table, so results are bit-equal for any number
of threads and any width of vectors. Terms are float32, summed in float32 over at most 128 ratings of
an entity, then in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel
from bridgenotes.scoring.math_kernels import F32, SUMMING, fast_exp, fast_softplus
from bridgenotes.scoring.mf.sliced_kernels import BUFFER, LANES, ask, overflows, position_ahead

FACTOR, SCALE, SHIFT, MULTIPLIER = range(4)
LINES = BUFFER // LANES
"""Ratings of an entity that are added up in float32, then in float64."""


@njit(error_model="numpy", nogil=True, forceinline=True)
def _gather(begin, end, packed, table, pairs, rests, whole_row):  # type: ignore[no-untyped-def]
    """Copy the other side's rows next to each other: plain loads beat the gathers of vector units."""
    if not whole_row:
        for r in range(np.uint64(begin), np.uint64(end)):
            pairs[r - np.uint64(begin)] = table[np.uint64(packed[r] >> np.uint32(2))]
        return
    for r in range(np.uint64(begin), np.uint64(end)):
        row = np.uint64(packed[r] >> np.uint32(2)) << np.uint64(1)
        pairs[r - np.uint64(begin)] = table[row]
        rests[r - np.uint64(begin)] = table[row | np.uint64(1)]


def _lane_sums(*, logistic: bool, with_loss: bool, whole_row: bool) -> Any:
    """Make the loop over a slice's gathered ratings, specialised: the flags are constants when it compiles.

    Without ``whole_row`` the other side's rows are pairs.
    """

    @njit(fastmath=SUMMING, error_model="numpy", nogil=True, forceinline=True)
    def sums(begin, end, packed, table, asks, pairs, rests, lanes, positive_weight):  # type: ignore[no-untyped-def]
        """Add to the last four rows of ``lanes``: loss, slopes, slopes x factor, slopes x scale.

        ``lanes`` is one array, rows of 16 one after the other; the first three: factor, scale, base.
        Apart from it nothing is written, so the compiler sees that the lanes can go side by side.
        """
        # Unsigned: numba then spares negative indices, and the loop reads its ratings in a row.
        ahead = position_ahead(begin, end, packed)
        for r in range(np.uint64(0), np.uint64(end - begin), np.uint64(LANES)):
            if asks:
                ask(ahead + r, packed, table, np.uint64(whole_row))
            for k in range(np.uint64(0), np.uint64(LANES)):
                level = packed[np.uint64(begin) + r + k] & np.uint32(3)
                place = (r + k) << np.uint64(1)
                x, q = pairs[place], pairs[place | np.uint64(1)]
                w = positive_weight if level == np.uint32(2) else F32(1.0)
                w = F32(0.0) if level == np.uint32(3) else w
                p = lanes[2 * LANES + k] + lanes[k] * x + lanes[LANES + k] * q
                if whole_row:
                    p += rests[place]
                    w *= rests[place | np.uint64(1)]
                if logistic:
                    is_one = level == np.uint32(2)
                    away = -p if is_one else p
                    g = (-w if is_one else w) / (F32(1.0) + fast_exp(-away))
                    if with_loss:
                        lanes[3 * LANES + k] += w * fast_softplus(away)
                else:
                    error = p - F32(level) * F32(0.5)
                    g = F32(2.0) * w * error
                    lanes[3 * LANES + k] += w * error * error
                lanes[4 * LANES + k] += g
                lanes[5 * LANES + k] += g * x
                lanes[6 * LANES + k] += g * q

    return sums


_logistic_loss = _lane_sums(logistic=True, with_loss=True, whole_row=True)
_logistic_whole = _lane_sums(logistic=True, with_loss=False, whole_row=True)
_logistic_pair_loss = _lane_sums(logistic=True, with_loss=True, whole_row=False)
_logistic_pair = _lane_sums(logistic=True, with_loss=False, whole_row=False)
_squared_whole = _lane_sums(logistic=False, with_loss=True, whole_row=True)
_squared_pair = _lane_sums(logistic=False, with_loss=True, whole_row=False)


@njit(error_model="numpy", nogil=True, forceinline=True)
def _slice_sums(  # type: ignore[no-untyped-def]
    begin, end, packed, table, asks, lanes, sums, buffers, positive_weight, logistic, with_loss, whole_row
):  # fmt: skip
    """Write into ``sums``, float64, shape (4, 16), what `_lane_sums` adds up over a slice."""
    pairs, rests = buffers[0], buffers[1]
    sums[:] = 0.0
    for first in range(begin, end, BUFFER):
        stop = min(first + BUFFER, end)
        lanes[3 * LANES :] = F32(0.0)
        _gather(first, stop, packed, table, pairs.view(np.uint64), rests.view(np.uint64), whole_row)
        if not logistic and whole_row:
            _squared_whole(first, stop, packed, table, asks, pairs, rests, lanes, positive_weight)
        elif not logistic:
            _squared_pair(first, stop, packed, table, asks, pairs, rests, lanes, positive_weight)
        elif with_loss and whole_row:
            _logistic_loss(first, stop, packed, table, asks, pairs, rests, lanes, positive_weight)
        elif whole_row:
            _logistic_whole(first, stop, packed, table, asks, pairs, rests, lanes, positive_weight)
        elif with_loss:
            _logistic_pair_loss(first, stop, packed, table, asks, pairs, rests, lanes, positive_weight)
        else:
            _logistic_pair(first, stop, packed, table, asks, pairs, rests, lanes, positive_weight)
        for s in range(4):
            for k in range(LANES):
                sums[s, k] += np.float64(lanes[(3 + s) * LANES + k])


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def adam(x, slope, moments, e, k, rate, root):  # type: ignore[no-untyped-def]
    """Return x after Adam's step, all in float32 as the reference's; moments (2, k, n) are renewed."""
    m = moments[0, k, e]
    m += (slope - m) * F32(0.1)
    v = moments[1, k, e] * F32(0.999) + slope * slope * F32(0.001)
    moments[0, k, e], moments[1, k, e] = m, v
    return x - rate * m / (np.sqrt(v) / root + F32(1e-8))


@njit(error_model="numpy", nogil=True, forceinline=True)
def _step_column(lo, hi, own, upcoming, pull, moments, k, per_rating, ridge, rate, root):  # type: ignore[no-untyped-def]
    """Take one unknown's step for entities from ``lo`` to ``hi``; ``pull`` are their slopes, times R."""
    for e in range(np.uint64(lo), np.uint64(hi)):
        slope = F32(pull[e - np.uint64(lo)] * per_rating + 2 * ridge * own[e, k])
        upcoming[e, k] = adam(own[e, k], slope, moments, e, k, rate, root)


@kernel(makes=lambda *given: np.zeros((len(given[2]) - 1, 2)))
def epoch(  # type: ignore[no-untyped-def]
    first, last, start, packed, chunks, table, own, upcoming, moments, trained, ridge, mu, per_rating,
    positive_weight, logistic, with_loss, plain, rate, root, out,
):  # fmt: skip
    """Step one side: write ``upcoming`` from ``own``; per chunk the data loss and slope sum, times R.

    ``start``, ``packed`` and ``chunks`` are a `SlicedSide`'s; ``table`` is the other side's before its own step,
    as 64-bit words, one or two per row; ``trained`` and ``ridge`` are per unknown (factor, scale, shift; in the
    plain model factor, intercept). The loss of cross-entropy is 0 unless ``with_loss``.
    """
    lanes, sums = np.zeros(7 * LANES, F32), np.empty((4, LANES))
    buffers = np.empty((2, 2 * BUFFER), F32)
    whole_row, is_wide, words = table.shape[1] == 2, own.shape[1] == 4, table.reshape(-1)
    asks = overflows(words)
    for chunk in range(first, last):
        total = total_slope = 0.0
        lo, hi = chunks[chunk] * LANES, chunks[chunk + 1] * LANES
        pulls = np.empty((3, hi - lo))
        for s in range(chunks[chunk], chunks[chunk + 1]):
            for k in range(LANES):
                e = s * LANES + k
                lanes[k], lanes[LANES + k], lanes[2 * LANES + k] = own[e, 0], own[e, 1], mu
                if plain:
                    lanes[LANES + k], lanes[2 * LANES + k] = F32(1.0), own[e, 1] + mu
                elif is_wide:
                    lanes[2 * LANES + k] = own[e, 2] + mu
            _slice_sums(
                start[s], start[s + 1], packed, words, asks, lanes, sums, buffers, positive_weight,
                logistic, with_loss, whole_row,
            )  # fmt: skip
            for k in range(LANES):
                e = s * LANES + k
                multiplier = np.float64(own[e, 3]) if is_wide else 1.0
                total += multiplier * sums[0, k]
                total_slope += multiplier * sums[1, k]
                pulls[0, e - lo] = multiplier * sums[2, k]
                pulls[1, e - lo] = sums[1, k] if plain else multiplier * sums[3, k]
                pulls[2, e - lo] = multiplier * sums[1, k]
        for k in range(len(trained)):
            if trained[k]:
                _step_column(lo, hi, own, upcoming, pulls[k], moments, k, per_rating, ridge[k], rate, root)
            else:
                upcoming[lo:hi, k] = own[lo:hi, k]
        if is_wide:
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


@njit(nogil=True, forceinline=True)
def _longest(notes, start):  # type: ignore[no-untyped-def]
    """Return the most ratings that one of the notes has."""
    most = 0
    for note in notes:
        if note >= 0:
            most = max(most, start[note + 1] - start[note])
    return most


@njit(nogil=True, forceinline=True)
def _load(notes, start, packed, raters, given, positive_weight, logistic, lines):  # type: ignore[no-untyped-def]
    """Lay the ratings of 16 notes out side by side so that p = offset + x slope; return how many lines there are.

    ``lines``, float32, has rows (offset, slope, weight), 16 notes' first ratings first; weights beyond a note's last
    are 0. ``raters`` has columns (constant, factor on ``given``, slope, multiplier). With the logistic loss the sign
    of label 1 is folded in: every rating then loses softplus(p).
    """
    longest = _longest(notes, start)
    lines[:, : longest * LANES] = F32(0.0)
    for k in range(LANES):
        e = notes[k]
        if e < 0:
            continue
        place = k
        for r in range(start[e], start[e + 1]):
            word = packed[r]
            other = word >> np.uint32(2)
            is_one = (word & np.uint32(2)) != 0
            w = raters[other, 3]
            p, x = raters[other, 0] + given[e] * raters[other, 1], raters[other, 2]
            lines[2, place] = w * positive_weight if is_one else w
            if logistic:
                sign = F32(-1.0) if is_one else F32(1.0)
                lines[0, place], lines[1, place] = sign * p, sign * x
            else:
                lines[0, place], lines[1, place] = p - F32(word & np.uint32(3)) * F32(0.5), x
            place += LANES
    return longest


def _line_sums(*, logistic: bool, with_loss: bool) -> Any:
    """Make the loop over 16 notes' laid-out ratings, specialised: the flags are constants when it compiles."""

    @njit(fastmath=SUMMING, error_model="numpy", nogil=True, forceinline=True)
    def sums(begin, end, lines, lanes):  # type: ignore[no-untyped-def]
        """Add to the last two rows of ``lanes`` the ratings in lines ``begin`` to ``end``.

        ``lanes`` is one array, rows of 16 one after the other: x, Adam's two moments, losses, slopes.
        """
        for r in range(np.uint64(begin * LANES), np.uint64(end * LANES), np.uint64(LANES)):
            for k in range(np.uint64(0), np.uint64(LANES)):
                slope, weight = lines[1, r + k], lines[2, r + k]
                p = lines[0, r + k] + lanes[k] * slope
                if logistic:
                    lanes[4 * LANES + k] += weight * slope / (F32(1.0) + fast_exp(-p))
                    if with_loss:
                        lanes[3 * LANES + k] += weight * fast_softplus(p)
                else:
                    lanes[4 * LANES + k] += F32(2.0) * weight * slope * p
                    lanes[3 * LANES + k] += weight * p * p

    return sums


_logistic_line_loss = _line_sums(logistic=True, with_loss=True)
_logistic_line = _line_sums(logistic=True, with_loss=False)
_squared_line = _line_sums(logistic=False, with_loss=True)


@njit(error_model="numpy", nogil=True, forceinline=True)
def _add_lines(n, lines, lanes, sums, logistic, with_loss):  # type: ignore[no-untyped-def]
    """Write into ``sums``, float64, shape (2, 16), losses and slopes of 16 notes with ``n`` lines of ratings."""
    sums[:] = 0.0
    for begin in range(0, n, LINES):
        end = min(begin + LINES, n)
        lanes[3 * LANES :] = F32(0.0)
        if not logistic:
            _squared_line(begin, end, lines, lanes)
        elif with_loss:
            _logistic_line_loss(begin, end, lines, lanes)
        else:
            _logistic_line(begin, end, lines, lanes)
        for k in range(LANES):
            sums[0, k] += np.float64(lanes[3 * LANES + k])
            sums[1, k] += np.float64(lanes[4 * LANES + k])


@njit(error_model="numpy", nogil=True, forceinline=True)
def _step_lanes(lanes, sums, multiplier, per_rating, ridge, rate, root):  # type: ignore[no-untyped-def]
    """Take Adam's step in the first three rows of ``lanes``, as `adam`; ``sums`` has slopes in its second row."""
    for k in range(np.uint64(0), np.uint64(LANES)):
        slope = F32(sums[1, k] * multiplier[k] * per_rating + 2 * ridge * lanes[k])
        m, v = lanes[LANES + k], lanes[2 * LANES + k]
        m += (slope - m) * F32(0.1)
        v = v * F32(0.999) + slope * slope * F32(0.001)
        lanes[LANES + k], lanes[2 * LANES + k] = m, v
        lanes[k] -= rate * m / (np.sqrt(v) / root + F32(1e-8))


@kernel(makes=lambda *given: np.zeros((len(given[3]) - 1, len(given[-1]))))
def note_epochs(  # type: ignore[no-untyped-def]
    first, last, start, packed, order, chunks, raters, given, multiplier, x, moments, ridge, positive_weight,
    logistic, first_epoch, rates, check_every, snapshots, out,
):  # fmt: skip
    """Run several epochs of a note-only fit of one parameter, 16 notes at a time, their ratings in cache.

    Moves ``x`` and ``moments`` by one Adam step per row (rate, root) of ``rates``, from epoch ``first_epoch``
    on; ``snapshots[c]`` receives x at the c-th check. Per chunk and check: the data loss times R. Notes are taken
    in the given ``order``, -1 for nobody; ``chunks`` are boundaries in 16 of them.
    """
    per_rating = 1.0 / max(len(packed), 1)
    lanes, sums, own = np.zeros(5 * LANES, F32), np.empty((2, LANES)), np.empty(LANES)
    for chunk in range(first, last):
        longest = _longest(order[chunks[chunk] * LANES : chunks[chunk + 1] * LANES], start)
        lines = np.empty((3, longest * LANES), F32)
        for s in range(chunks[chunk], chunks[chunk + 1]):
            notes = order[s * LANES : (s + 1) * LANES]
            n = _load(notes, start, packed, raters, given, positive_weight, logistic, lines)
            for k in range(LANES):
                e = max(notes[k], 0)  # lanes that are nobody's have no ratings
                own[k] = multiplier[e]
                lanes[k], lanes[LANES + k], lanes[2 * LANES + k] = x[e], moments[0, 0, e], moments[1, 0, e]
            check = 0
            for t in range(len(rates)):
                is_check = (first_epoch + t) % check_every == 0
                _add_lines(n, lines, lanes, sums, logistic, is_check)
                if is_check:
                    for k in range(LANES):
                        out[chunk, check] += own[k] * sums[0, k]
                        if notes[k] >= 0:
                            snapshots[check, notes[k]] = lanes[k]
                    check += 1
                _step_lanes(lanes, sums, own, per_rating, ridge, rates[t, 0], rates[t, 1])
            for k in range(LANES):
                e = notes[k]
                if e >= 0:
                    x[e] = lanes[k]
                    moments[0, 0, e], moments[1, 0, e] = lanes[LANES + k], lanes[2 * LANES + k]
