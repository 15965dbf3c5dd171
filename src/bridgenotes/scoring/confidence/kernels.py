"""Compiled loops over products of bins, trees and ranges of ratings, nothing else."""

from __future__ import annotations

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel

ROWS_TO_SHARE = 20_000
"""Rows from which on several threads sum products up."""


@kernel(makes=lambda *given: np.zeros(given[-1]), large=ROWS_TO_SHARE)
def product_sums(first, last, packed, chunks, codes, combos, base, position, _n_terms, out):  # type: ignore[no-untyped-def]
    """Sum row weights per product of bins: float64, shape (_n_terms,).

    ``packed`` (n_rows,): the weights; ``chunks``: boundaries of ``combos``; ``codes`` (n_quantities, n_rows) int8:
    bins, -1 where a bin is left out; ``combos`` (n_combos, degree): quantities multiplied, best sorted;
    ``position`` (n_combos, base ** degree) int32: the term of each combination of bins, -1 for none, shape (0, 0)
    for all in order.
    """
    degree, n_rows = combos.shape[1], len(packed)
    n_cells = base**degree
    everything = position.shape[0] == 0
    head = np.zeros(n_rows, np.int32)  # cells of all quantities but the last, shared by neighbours
    begin = chunks[first]
    for k in range(begin, chunks[last]):
        if k == begin or (combos[k, :-1] != combos[k - 1, :-1]).any():
            head[:] = 0
            for d in range(degree - 1):
                for i in range(n_rows):
                    code = codes[combos[k, d], i]
                    head[i] = head[i] * base + code if head[i] >= 0 and code >= 0 else -1
        tail = codes[combos[k, degree - 1]]
        for i in range(n_rows):
            if head[i] < 0 or tail[i] < 0:
                continue
            cell = head[i] * base + tail[i]
            term = k * n_cells + cell if everything else position[k, cell]
            if term >= 0:
                out[term] += packed[i]


@njit(cache=True, nogil=True)
def tree_sums(values, feature, threshold, left, right, leaf, roots):  # type: ignore[no-untyped-def]
    """Add up the leaves that rows fall into, over all trees: float64, shape (n_rows,).

    Nodes of all trees in one list; ``feature`` is -1 at leaves; a value up to ``threshold`` goes left.
    """
    out = np.zeros(values.shape[0])
    for i in range(values.shape[0]):
        total = 0.0
        for root in roots:
            node = root
            while feature[node] >= 0:
                node = left[node] if values[i, feature[node]] <= threshold[node] else right[node]
            total += leaf[node]
        out[i] = total
    return out


@njit(cache=True, nogil=True)
def range_tag_counts(start, end, tags, n_tags):  # type: ignore[no-untyped-def]
    """Count the tags among the ratings ``start[i]`` to ``end[i]`` of each row: float64, shape (n_rows, n_tags)."""
    out = np.zeros((len(start), n_tags))
    for i in range(len(start)):
        for k in range(start[i], end[i]):
            mask = tags[k]
            tag = 0
            while mask:
                if mask & np.uint32(1):
                    out[i, tag] += 1
                mask >>= np.uint32(1)
                tag += 1
    return out


@njit(cache=True, nogil=True)
def seen_until(start, rows, made, note, moment):  # type: ignore[no-untyped-def]
    """Return, for each note and moment, where its ratings made up to then end: int64, shape (n,).

    ``made[rows[k]]`` ascends within a note, from ``start[note]`` to ``start[note + 1] - 1``.
    """
    out = np.empty(len(note), np.int64)
    for i in range(len(note)):
        low, high = start[note[i]], start[note[i] + 1]
        while low < high:
            middle = (low + high) // 2
            if made[rows[middle]] <= moment[i]:
                low = middle + 1
            else:
                high = middle
        out[i] = low
    return out


@njit(cache=True, nogil=True)
def nearest_centre(values, centres, label):  # type: ignore[no-untyped-def]
    """Write the nearest centre of each value into ``label``; return per centre the sum and number of its values."""
    total, count = np.zeros(len(centres)), np.zeros(len(centres))
    squares = centres * centres
    for i in range(len(values)):
        best, nearest = squares[0] - 2.0 * values[i] * centres[0], 0
        for k in range(1, len(centres)):
            distance = squares[k] - 2.0 * values[i] * centres[k]
            if distance < best:
                best, nearest = distance, k
        label[i] = nearest
        total[nearest] += values[i]
        count[nearest] += 1.0
    return total, count
