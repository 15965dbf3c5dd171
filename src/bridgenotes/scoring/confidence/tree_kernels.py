"""Compiled loops of gradient boosting over binned values, nothing else (layout: `boosting.Binned`).

Sums are taken over whole numbers: a row's slope and curvature, float32 numbers, in units so small that the
sums of all rows just fit (`units`). They are exact in any order, what is subtracted leaves no rest, and columns
that cut alike tie. A histogram has two numbers per cell (a bin of a column): the slopes, and the curvatures
above the count of rows, so that a row costs two additions per cell.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel
from bridgenotes.scoring.prefetch import prefetch

WIDTH = 2
"""Numbers per cell and row."""
AHEAD = 16
"""Rows of a node are far apart; after so many more, what is asked for now has come."""
CELLS_PER_LINE = 32
"""Cells of two bytes in a line of memory, which is what is fetched."""
ROWS_TO_SHARE = 20_000
"""Rows from which on several threads add a histogram up."""
ROWS_AT_ONCE = 64
"""Of which values are put into bins column by column: what is written then are whole lines of memory."""
TINY = 1e-15
"""Added to sums of curvatures, which could be 0."""
LEAST_CURVATURE = 1e-3
"""Sum that each side of a cut must have."""


@njit(nogil=True, forceinline=True)
def _search(values, edges, begin, end, place):  # type: ignore[no-untyped-def]
    """Write for each value the first edge from ``begin`` on that reaches it, or ``end``; all halve step by step."""
    place[:] = begin
    left = end - begin
    while left > 1:
        half = left >> 1
        for i in range(len(values)):
            place[i] += half * (edges[place[i] + half - 1] < values[i])
        left -= half
    if left == 1:
        for i in range(len(values)):
            place[i] += edges[place[i]] < values[i]


@kernel(makes=lambda *_: (), large=ROWS_TO_SHARE)
def find_bins(first, last, packed, chunks, edges, ends, before, bins):  # type: ignore[no-untyped-def]
    """Write each value's bin into ``bins``, uint8, (n_columns, any): the first whose upper edge reaches it.

    ``packed`` (n_rows, n_columns): the values of the rows from ``before`` on; ``chunks``: boundaries of rows; the
    edges of column k are ``edges[ends[k]:ends[k + 1]]``.
    """
    values, place = np.empty(ROWS_AT_ONCE), np.empty(ROWS_AT_ONCE, np.uint32)
    for begin in range(chunks[first], chunks[last], ROWS_AT_ONCE):
        n = min(ROWS_AT_ONCE, chunks[last] - begin)
        for k in range(len(ends) - 1):
            for i in range(n):
                values[i] = packed[begin + i, k]
            _search(values, edges, np.uint32(ends[k]), np.uint32(ends[k + 1]), place)
            for i in range(n):
                bins[k, before + begin + i] = place[i] - np.uint32(ends[k])


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


@njit(nogil=True, forceinline=True)
def _expect(row, last, moves, start, cells):  # type: ignore[no-untyped-def]
    """Ask for what will be read of a row, and where the cells are of the row ``last``, needed later still."""
    prefetch(start, np.uint64(last))
    prefetch(moves, np.uint64(row) << np.uint64(1))
    for k in range(np.uint64(start[row]), np.uint64(start[row + np.uint32(1)]), np.uint64(CELLS_PER_LINE)):
        prefetch(cells, k)


@njit(nogil=True, forceinline=True)
def _add_rows(rows, moves, start, cells, out):  # type: ignore[no-untyped-def]
    """Add rows to a histogram, flat, its columns' common bins left out; return the rows' two totals."""
    slopes = rest = 0
    all_moves, n, ahead = moves.reshape(-1), np.uint64(len(rows)), np.uint64(AHEAD)
    for i in range(n):
        if i + ahead + ahead < n:
            _expect(rows[i + ahead], rows[i + ahead + ahead], all_moves, start, cells)
        row = rows[i]
        slope, others = moves[row, 0], moves[row, 1]
        slopes += slope
        rest += others
        for k in range(np.uint64(start[row]), np.uint64(start[row + np.uint32(1)])):
            place = np.uint64(cells[k]) << np.uint64(1)
            out[place] += slope
            out[place | np.uint64(1)] += others
    return slopes, rest


@njit(cache=True, nogil=True)
def _complete(slopes, rest, common, offset, out):  # type: ignore[no-untyped-def]
    """Write into the common bins what is left of the two totals."""
    for k in range(len(common)):
        a, b = slopes, rest
        for cell in range(offset[k], offset[k + 1]):
            a -= out[WIDTH * cell]
            b -= out[WIDTH * cell + 1]
        out[WIDTH * (offset[k] + common[k])] = a
        out[WIDTH * (offset[k] + common[k]) + 1] = b


@njit(cache=True, nogil=True)
def _add_up(rows, moves, start, cells, common, offset, out):  # type: ignore[no-untyped-def]
    """Write the histogram of ``rows`` into ``out``, flat; return its two totals."""
    out[:] = 0
    slopes, rest = _add_rows(rows, moves, start, cells, out)
    _complete(slopes, rest, common, offset, out)
    return slopes, rest


@kernel(
    makes=lambda _, chunks, *given: np.zeros((len(chunks) - 1, given[-1] + WIDTH), np.int64),
    large=ROWS_TO_SHARE,
)
def histogram_parts(first, last, packed, chunks, moves, start, cells, width, out):  # type: ignore[no-untyped-def]
    """Per chunk of the rows ``packed``: their histogram, ``width`` numbers without common bins, and the two totals."""
    for chunk in range(first, last):
        rows = packed[chunks[chunk] : chunks[chunk + 1]]
        out[chunk, width], out[chunk, width + 1] = _add_rows(rows, moves, start, cells, out[chunk])


@njit(cache=True, nogil=True)
def join_parts(parts, common, offset, out):  # type: ignore[no-untyped-def]
    """Write the histogram of all chunks into ``out``, flat; return its two totals."""
    width = len(out)
    out[:] = 0
    slopes = rest = 0
    for part in range(len(parts)):
        out += parts[part, :width]
        slopes += parts[part, width]
        rest += parts[part, width + 1]
    _complete(slopes, rest, common, offset, out)
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
def _weigh(node, ranges, sums, gain, found, histogram, offset, units, least):  # type: ignore[no-untyped-def]
    """Look for the best cut of a node whose histogram is there."""
    if ranges[node, 1] - ranges[node, 0] >= 2 * least:
        gain[node] = _best_cut(histogram, sums[node, 0], sums[node, 1], offset, units, least, found[node])


@njit(cache=True, nogil=True)
def _weigh_both(  # type: ignore[no-untyped-def]
    node, most_depth, ranges, sums, depth, room, gain, found, is_free, pool, offset, units, least
):  # fmt: skip
    """Make the histogram of the larger child from that of the smaller, ``node``; look for both's cuts."""
    sibling = node + 1 if node % 2 else node - 1
    pool[room[sibling]] -= pool[room[node]]
    for child in (node, sibling):
        _weigh(child, ranges, sums, gain, found, pool[room[child]], offset, units, least)
        is_free[room[child]] = gain[child] == 0.0 or depth[child] + 1 == most_depth


@njit(cache=True, nogil=True)
def grow(  # type: ignore[no-untyped-def]
    ready, bins, start, cells, common, offset, moves, units, most_depth, least, rows, spare, pool, many,
    n_nodes, cuts, children, ranges, sums, depth, room, gain, found, is_free,
):  # fmt: skip
    """Grow a tree, the best cut first, until a node needs a histogram of ``many`` rows; return it, -1 at the end.

    That histogram is to be written into ``pool[room[node]]``, and ``node`` to be given back as ``ready``; the
    first is the root's, with its ``sums``. What is known of nodes, from ``n_nodes`` on, is kept from call to call:
    cuts (column, bin, sums of the left side; column -1 at leaves), children, ranges of ``rows``, sums, depth,
    histogram in the ``pool``, and gain and place of the best cut.
    """
    if ready == 0:
        _weigh(0, ranges, sums, gain, found, pool[0], offset, units, least)
    elif ready > 0:
        _weigh_both(
            ready, most_depth, ranges, sums, depth, room, gain, found, is_free, pool, offset, units, least
        )
    while n_nodes[0] < len(gain) and gain[: n_nodes[0]].max() > 0.0:
        node = np.argmax(gain[: n_nodes[0]])
        gain[node], cuts[node] = 0.0, found[node]
        first, end = ranges[node]
        middle = first + _cut(rows[first:end], bins[cuts[node, 0]], cuts[node, 1], spare)
        left, right = n_nodes[0], n_nodes[0] + 1
        children[node], n_nodes[0] = (left, right), n_nodes[0] + 2
        ranges[left], ranges[right] = (first, middle), (middle, end)
        sums[left] = cuts[node, 2:]
        sums[right] = sums[node] - sums[left]
        depth[left] = depth[right] = depth[node] + 1
        if depth[left] == most_depth:
            continue
        small, large = (left, right) if middle - first < end - middle else (right, left)
        room[small], room[large] = np.argmax(is_free), room[node]
        is_free[room[small]] = False
        if ranges[large, 1] - ranges[large, 0] < 2 * least:
            is_free[room[small]] = is_free[room[large]] = True
            continue
        a, b = ranges[small]
        if b - a >= many:
            return small
        _add_up(rows[a:b], moves, start, cells, common, offset, pool[room[small]])
        _weigh_both(
            small, most_depth, ranges, sums, depth, room, gain, found, is_free, pool, offset, units, least
        )
    return -1


@njit(cache=True, nogil=True)
def leaf_values(sums, units, rate):  # type: ignore[no-untyped-def]
    """Return what each node, were it a leaf, adds to the log-odds: float64."""
    values = np.zeros(len(sums))
    for e in range(len(sums)):
        slope, curvature, _ = _plain(sums[e, 0], sums[e, 1], units)
        values[e] = -rate * slope / (curvature + TINY)
    return values


@njit(cache=True, nogil=True)
def add_leaves(bins, cuts, children, values, out):  # type: ignore[no-untyped-def]
    """Add to ``out``, shape (n_rows,), the value of the leaf that each column of ``bins`` falls into."""
    for i in range(len(out)):
        node = 0
        while cuts[node, 0] >= 0:
            node = children[node, 0 if bins[cuts[node, 0], i] <= cuts[node, 1] else 1]
        out[i] += values[node]
