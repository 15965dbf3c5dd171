"""Compiled loops of the Gaussian score, nothing else.

A rating's kernel depends on its rater alone, so kernels are tabulated per rater and every note
adds up table rows by rating level; the rest of a note's score needs only those sums. Sums are
float64, what the reference keeps in float32 is rounded to it. One thread owns a note and adds
its ratings in order, so results are bit-equal for any number of threads.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from bridgenotes.scoring.compiled import kernel


@njit(cache=True, nogil=True)
def rater_kernels(factor, points, bandwidth, normalises):  # type: ignore[no-untyped-def]
    """Tabulate the kernels: float32, shape (n_raters, n_points).

    A normalised row is NaN where float32 underflows at every point.
    """
    n, n_points = len(factor), len(points)
    table = np.empty((n, n_points), np.float32)
    width, height = np.float32(bandwidth), np.float32(bandwidth * np.sqrt(2 * np.pi))
    for r in range(n):
        f = np.float32(factor[r])
        total = 0.0
        for q in range(n_points):
            z = (f - points[q]) / width
            k = np.exp(np.float32(-0.5) * z * z) / height
            table[r, q] = k
            total += k
        if normalises:
            mass = np.float32(total)
            for q in range(n_points):
                table[r, q] = table[r, q] / mass if mass > 0 else np.float32(np.nan)
    return table


@njit(cache=True, nogil=True)
def _spread_multiplier(begin, end, packed, factor, opposing, mean, n, slope, cap, window, steepness):  # type: ignore[no-untyped-def]
    """Weigh opposition the more, the more of it comes from far away from its own mean (spec 07 section 5.4)."""
    total = 0.0
    for r in range(begin, end):
        if packed[r] & np.uint32(3) == opposing:
            distance = abs(factor[packed[r] >> np.uint32(2)] - mean)
            total += 1 / (1 + np.exp(-steepness * (distance - window / 2)))
    return min(cap, 1 + slope * total / n)


@njit(cache=True, nogil=True)
def _curve(mass, values, opposing, weight, points, tilt, is_sparse, limits):  # type: ignore[no-untyped-def]
    """Return exp of the mean log value over the viewpoints; 0 where a viewpoint has too little mass or NaN."""
    prior, floor, sparse_prior, prior_weight, lowest, highest, min_mass = limits
    total = 0.0
    for q in range(len(points)):
        if np.float32(mass[0, q] + mass[1, q] + mass[2, q]) < np.float32(min_mass):
            return 0.0
        above, below = 0.0, 0.0
        for level in range(3):
            w = mass[level, q] * (weight if level == opposing else 1.0)
            above += w * values[level]
            below += w
        expected = max(floor, min(prior, prior + tilt * points[q] / 2))
        if is_sparse:
            expected = sparse_prior
        x = np.float32((above + prior_weight * expected) / (below + prior_weight))
        if np.isnan(x):
            return 0.0
        total += np.log(min(max(x, np.float32(lowest)), np.float32(highest)))
    return np.exp(total / len(points))


@kernel(makes=lambda start, *_: tuple(np.zeros((2, len(start) - 1))))
def note_scores(  # type: ignore[no-untyped-def]
    first, last, start, packed, chunks, factor, table, author_row, points, values, opposing, opposing_weight,
    spread, sparse_count, prior_weight, prior_weight_ratings, limits, score, tilts,
):  # fmt: skip
    """Score every note in one direction: (score, tilt), float64 each.

    ``author_row[n]`` is the row of an author who counts as rating note n helpful, or -1. ``values``
    are those of the levels; ``spread`` is (slope, cap, window, steepness); ``limits`` is (prior,
    floor, sparse prior, lowest, highest, least mass).
    """
    n_points = len(points)
    mirrors = opposing == 2
    slope, cap, window, steepness = spread
    prior, floor, sparse_prior, lowest, highest, min_mass = limits
    for chunk in range(first, last):
        mass = np.empty((3, n_points))
        for e in range(chunks[chunk], chunks[chunk + 1]):
            begin, end, author = start[e], start[e + 1], author_row[e]
            n = end - begin + (author >= 0)
            if n == 0:
                continue
            mass[:] = 0.0
            n_negative = n_positive = n_opposing = 0
            leaning = far = 0.0
            for r in range(begin, end + (author >= 0)):
                row = packed[r] >> np.uint32(2) if r < end else np.uint32(author)
                level = packed[r] & np.uint32(3) if r < end else np.uint32(2)
                f = factor[row]
                n_negative += f < 0
                n_positive += f > 0
                leaning += (np.float64(level) - 1.0) * f
                if level == opposing:
                    n_opposing += 1
                    far += f
                for q in range(n_points):
                    mass[level, q] += table[row, q]
            tilt = -leaning / n if mirrors else leaning / n
            weight = opposing_weight
            if n_opposing > 0:
                mean = far / n_opposing
                weight *= _spread_multiplier(
                    begin, end, packed, factor, opposing, mean, n, slope, cap, window, steepness
                )
            strength = prior_weight * np.log(max(np.float64(n), prior_weight_ratings))
            strength /= np.log(prior_weight_ratings)
            tilts[e] = tilt
            score[e] = _curve(
                mass, values, opposing, weight, points, tilt, min(n_negative, n_positive) < sparse_count,
                (prior, floor, sparse_prior, strength, lowest, highest, min_mass),
            )  # fmt: skip
