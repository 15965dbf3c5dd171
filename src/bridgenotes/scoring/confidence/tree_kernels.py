"""Compiled loops of gradient boosting over binned values, nothing else (layout: `boosting.Binned`).

Sums are taken over whole numbers: a row's slope and curvature, float32 numbers, in units so small that the
sums of all rows just fit (`units`). They are exact in any order, what is subtracted leaves no rest, and columns
that cut alike tie. A histogram has two numbers per cell (a bin of a column): the slopes, and the curvatures
above the count of rows, so that a row costs two additions per cell.
"""

from __future__ import annotations

import numpy as np
from numba import njit

WIDTH = 2
"""Numbers per cell and row."""
TINY = 1e-15
"""Added to sums of curvatures, which could be 0."""
LEAST_CURVATURE = 1e-3
"""Sum that each side of a cut must have."""


@njit(cache=True, nogil=True)
def find_bins(values, edges, ends, first, out):  # type: ignore[no-untyped-def]
    """Write each value's bin into ``out``, uint8, (n_columns, any): the first whose upper edge reaches it.

    ``values`` (n_rows, n_columns) are of the rows from ``first`` on; the edges of column k are
    ``edges[ends[k]:ends[k + 1]]``.
    """
    for i in range(len(values)):
        for k in range(len(ends) - 1):
            low, high = ends[k], ends[k + 1]
            value = values[i, k]
            while low < high:
                middle = (low + high) >> 1
                if value <= edges[middle]:
                    high = middle
                else:
                    low = middle + 1
            out[k, first + i] = low - ends[k]


@njit(cache=True, nogil=True)
def rare_cells(bins, common, offset, start):  # type: ignore[no-untyped-def]
    """Return per row, from ``start`` on, its cells but those of its columns' most common bins: uint16."""
    cells = np.empty(start[-1], np.uint16)
    slot = start[:-1].copy()
    for k in range(len(bins)):
        for i in range(bins.shape[1]):
            if bins[k, i] != common[k]:
                cells[slot[i]] = offset[k] + bins[k, i]
                slot[i] += 1
    return cells


@njit(cache=True, nogil=True)
def derive(score, outcome, units, out):  # type: ignore[no-untyped-def]
    """Write slope, and curvature above a count of 1, of the rows' cross-entropy into ``out``, int64, (n_rows, 2).

    ``units`` are three exponents of 2: slopes per 1, curvatures per 1, and the bits below for counts.
    """
    per_slope, per_curvature = 2.0 ** units[0], 2.0 ** units[1]
    for i in range(len(score)):
        chance = 1.0 / (1.0 + np.exp(-score[i]))
        slope, curvature = np.float32(chance - outcome[i]), np.float32(chance * (1.0 - chance))
        out[i, 0] = np.int64(np.round(np.float64(slope) * per_slope))
        out[i, 1] = (np.int64(np.round(np.float64(curvature) * per_curvature)) << units[2]) + 1


@njit(cache=True, nogil=True)
def _add_up(rows, moves, start, cells, common, offset, out):  # type: ignore[no-untyped-def]
    """Write the histogram of ``rows`` into ``out``, flat; return its two totals."""
    out[:] = 0
    slopes = rest = 0
    for row in rows:
        slope, others = moves[row, 0], moves[row, 1]
        slopes += slope
        rest += others
        for k in range(np.uint64(start[row]), np.uint64(start[row + np.uint32(1)])):
            place = np.uint64(cells[k]) << np.uint64(1)
            out[place] += slope
            out[place | np.uint64(1)] += others
    for k in range(len(common)):
        a, b = slopes, rest
        for cell in range(offset[k], offset[k + 1]):
            a -= out[WIDTH * cell]
            b -= out[WIDTH * cell + 1]
        out[WIDTH * (offset[k] + common[k])] = a
        out[WIDTH * (offset[k] + common[k]) + 1] = b
    return slopes, rest


@njit(nogil=True, forceinline=True)
def _plain(slopes, rest, units):  # type: ignore[no-untyped-def]
    """Return (slope, curvature, count) that two sums mean."""
    return slopes * 0.5 ** units[0], (rest >> units[2]) * 0.5 ** units[1], rest & ((1 << units[2]) - 1)


@njit(cache=True, nogil=True)
def _best_cut(histogram, total, rest, offset, units, least, out):  # type: ignore[no-untyped-def]
    """Write a node's best cut into ``out``, int64: column, bin, the two sums of the left side; return the gain.

    ``total`` and ``rest`` are the node's sums, ``least`` the rows that each side must have. With G and H a
    side's sums of slopes and curvatures it is worth G^2 / H. The gain is 0 if there is no cut.
    """
    best, of_slopes, of_curvatures, bits = 0.0, 0.5 ** units[0], 0.5 ** units[1], units[2]
    count_mask = (1 << bits) - 1
    slope, curvature, count = _plain(total, rest, units)
    worth = slope * slope / (curvature + TINY)
    for k in range(len(offset) - 1):
        slopes_left = rest_left = 0
        for cell in range(offset[k], offset[k + 1] - 1):
            here = histogram[WIDTH * cell + 1]
            if here == 0:
                continue
            slopes_left += histogram[WIDTH * cell]
            rest_left += here
            g, h, n = slopes_left * of_slopes, (rest_left >> bits) * of_curvatures, rest_left & count_mask
            if n < least or h < LEAST_CURVATURE:
                continue
            if count - n < least or curvature - h < LEAST_CURVATURE:
                break
            other = slope - g
            gain = g * g / (h + TINY) + other * other / (curvature - h + TINY) - worth
            if gain > best:
                best = gain
                out[0], out[1], out[2], out[3] = k, cell - offset[k], slopes_left, rest_left
    return best


@njit(cache=True, nogil=True)
def _cut(rows, bins, last, spare):  # type: ignore[no-untyped-def]
    """Put the rows whose bin is at most ``last`` first, in place; both sides keep their order."""
    n_left = n_right = 0
    for row in rows:
        if bins[row] <= last:
            rows[n_left] = row
            n_left += 1
        else:
            spare[n_right] = row
            n_right += 1
    rows[n_left:] = spare[:n_right]
    return n_left


@njit(cache=True, nogil=True)
def grow(  # type: ignore[no-untyped-def]
    bins, start, cells, common, offset, moves, units, rate, most_leaves, most_depth, least, rows, spare, pool
):  # fmt: skip
    """Grow one tree, the best cut first; return its nodes: cuts (column, bin), children, values, ranges of ``rows``.

    The column of leaves is -1. ``rows``, uint32, are all rows in any order, in the end by leaf; ``spare`` is like
    it; ``pool`` has room for as many histograms as nodes can wait for their cut, and two more.
    """
    most = 2 * most_leaves - 1
    cuts, children = np.full((most, 4), -1, np.int64), np.zeros((most, 2), np.int64)
    ranges, sums = np.zeros((most, 2), np.int64), np.zeros((most, 2), np.int64)
    depth, room, gain = np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(most)
    found = np.full((most, 4), -1, np.int64)
    is_free = np.ones(len(pool), np.bool_)
    ranges[0, 1], is_free[0] = len(rows), False
    sums[0] = _add_up(rows, moves, start, cells, common, offset, pool[0])
    gain[0] = _best_cut(pool[0], sums[0, 0], sums[0, 1], offset, units, least, found[0])
    n_nodes = 1
    while n_nodes < most and gain[:n_nodes].max() > 0.0:
        node = np.argmax(gain[:n_nodes])
        gain[node], cuts[node] = 0.0, found[node]
        first, end = ranges[node]
        middle = first + _cut(rows[first:end], bins[cuts[node, 0]], cuts[node, 1], spare)
        left, right = n_nodes, n_nodes + 1
        children[node], n_nodes = (left, right), n_nodes + 2
        ranges[left], ranges[right] = (first, middle), (middle, end)
        sums[left] = cuts[node, 2:]
        sums[right] = sums[node] - sums[left]
        depth[left] = depth[right] = depth[node] + 1
        if depth[left] == most_depth:
            continue
        small, large = (left, right) if middle - first < end - middle else (right, left)
        room[small], room[large] = np.argmax(is_free), room[node]
        is_free[room[small]] = False
        if ranges[large, 1] - ranges[large, 0] >= 2 * least:
            _add_up(
                rows[ranges[small, 0] : ranges[small, 1]],
                moves,
                start,
                cells,
                common,
                offset,
                pool[room[small]],
            )
            pool[room[large]] -= pool[room[small]]
        for child in (small, large):
            if ranges[child, 1] - ranges[child, 0] >= 2 * least:
                gain[child] = _best_cut(
                    pool[room[child]], sums[child, 0], sums[child, 1], offset, units, least, found[child]
                )
            is_free[room[child]] = gain[child] == 0.0 or depth[child] + 1 == most_depth
    values = np.zeros(n_nodes)
    for e in range(n_nodes):
        slope, curvature, _ = _plain(sums[e, 0], sums[e, 1], units)
        values[e] = -rate * slope / (curvature + TINY)
    return cuts[:n_nodes, :2], children[:n_nodes], values, ranges[:n_nodes]


@njit(cache=True, nogil=True)
def add_leaves(bins, cuts, children, values, out):  # type: ignore[no-untyped-def]
    """Add to ``out``, shape (n_rows,), the value of the leaf that each column of ``bins`` falls into."""
    for i in range(len(out)):
        node = 0
        while cuts[node, 0] >= 0:
            node = children[node, 0 if bins[cuts[node, 0], i] <= cuts[node, 1] else 1]
        out[i] += values[node]
