"""Compiled loops of `vectors`, nothing else."""

from __future__ import annotations

import numpy as np
from numba import njit

from bridgenotes.scoring.prefetch import prefetch

AHEAD = 16
"""Rows from one that is put into its place to one whose place is asked for; twice as many to where it is written."""


@njit(cache=True, nogil=True)
def take(values, index):  # type: ignore[no-untyped-def]
    """Return ``values[index]``."""
    out = np.empty(len(index), values.dtype)
    for k in range(len(index)):
        out[k] = values[index[k]]
    return out


@njit(cache=True, nogil=True)
def chosen(keep, n):  # type: ignore[no-untyped-def]
    """Return the ``n`` positions at which ``keep`` holds, uint32."""
    out = np.empty(n, np.uint32)
    place = 0
    for k in range(len(keep)):
        if keep[k]:
            out[place] = k
            place += 1
    return out


@njit(cache=True, nogil=True)
def chosen_of(rows, keep, n):  # type: ignore[no-untyped-def]
    """Return the ``n`` rows at whose place ``keep`` holds, uint32."""
    out = np.empty(n, np.uint32)
    place = 0
    for k in range(len(keep)):
        if keep[k]:
            out[place] = rows[k]
            place += 1
    return out


@njit(cache=True, nogil=True)
def count(codes, n_codes):  # type: ignore[no-untyped-def]
    """Return how often each code occurs, int64, shape (n_codes,)."""
    out = np.zeros(n_codes, np.int64)
    for k in range(len(codes)):
        out[codes[k]] += 1
    return out


@njit(cache=True, nogil=True)
def count_where(codes, keep, n_codes):  # type: ignore[no-untyped-def]
    """Return how often each code occurs where ``keep`` holds, int64, shape (n_codes,)."""
    out = np.zeros(n_codes, np.int64)
    for k in range(len(codes)):
        if keep[k]:
            out[codes[k]] += 1
    return out


@njit(cache=True, nogil=True)
def first_rows(position, codes, n_keys):  # type: ignore[no-untyped-def]
    """Return the first row that names each key, int64; ``position`` says which key a code is."""
    out = np.full(n_keys, -1, np.int64)
    for k in range(len(codes)):
        key = position[codes[k]]
        if out[key] < 0:
            out[key] = k
    return out


@njit(cache=True, nogil=True)
def before(time, ends, codes):  # type: ignore[no-untyped-def]
    """Return which times are before the end of their code's time, bool, shape (n_rows,)."""
    out = np.empty(len(codes), np.bool_)
    for k in range(len(codes)):
        out[k] = time[k] < ends[codes[k]]
    return out


@njit(cache=True, nogil=True)
def counting_sort(key, start, order):  # type: ignore[no-untyped-def]
    """Write where each key's rows start into ``start``, zeros (n_keys + 1,), and rows by key into ``order``; stable."""
    for i in range(len(key)):
        start[key[i] + 1] += 1
    for k in range(len(start) - 1):
        start[k + 1] += start[k]
    slot, last = start[:-1].copy(), len(key) - 1
    for i in range(len(key)):
        prefetch(slot, np.uint64(key[min(i + 2 * AHEAD, last)]))
        prefetch(order, np.uint64(min(slot[key[min(i + AHEAD, last)]], last)))
        order[slot[key[i]]] = i
        slot[key[i]] += 1


@njit(cache=True, nogil=True)
def sort_groups(start, order, value):  # type: ignore[no-untyped-def]
    """Sort the rows ``order[start[k]:start[k + 1]]`` of each group by value, in place; stable."""
    for k in range(len(start) - 1):
        a, b = start[k], start[k + 1]
        mine = order[a:b].copy()
        values = take(value, mine)
        inside = np.argsort(values, kind="mergesort")
        for i in range(b - a):
            order[a + i] = mine[inside[i]]
