"""Compiled loops of `vectors`, nothing else."""

from __future__ import annotations

import numpy as np
from numba import njit


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
def counting_sort(key, n_keys):  # type: ignore[no-untyped-def]
    """Return where each key's rows start, int64 (n_keys + 1,), and the stable order of rows, uint32."""
    start = np.zeros(n_keys + 1, np.int64)
    for i in range(len(key)):
        start[key[i] + 1] += 1
    for k in range(n_keys):
        start[k + 1] += start[k]
    slot = start[:-1].copy()
    order = np.empty(len(key), np.uint32)
    for i in range(len(key)):
        order[slot[key[i]]] = i
        slot[key[i]] += 1
    return start, order


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
