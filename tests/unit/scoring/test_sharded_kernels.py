"""Passes over notes where sums of shards come together, against plain numpy."""

from __future__ import annotations

from collections.abc import Iterator

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring.compiled import pieces
from bridgenotes.scoring.mf import sharded_kernels
from bridgenotes.scoring.mf.fixed_point import FixedPoint, joined
from bridgenotes.scoring.mf.gauge import Gauge
from bridgenotes.scoring.mf.sharded import NO_SUMS
from bridgenotes.scoring.vectors import still

RIDGE = (2.0, 0.5)
SHIFT = 0.25
SCALE = FixedPoint(20).scale


@pytest.fixture
def threads() -> Iterator[tuple[int, ...]]:
    before = numba.get_num_threads()
    yield (1, 2)
    numba.set_num_threads(before)


def drawn(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights and sums, as of notes with some ratings each."""
    rng = np.random.default_rng(n)
    weight = rng.uniform(1, 30, n)
    f, t = rng.normal(0, 0.5, (2, n))
    sums = weight[:, None] * np.stack([f, f * f + 0.1, t, f * t], axis=1)
    return weight, np.rint(sums * SCALE).astype(np.int64)


def solved(weight: np.ndarray, sums: np.ndarray, more: np.ndarray = NO_SUMS) -> tuple[np.ndarray, ...]:
    chunks = pieces(len(weight))
    found = sharded_kernels.solve_notes(weight, chunks, still(sums), still(more), SCALE, SHIFT, *RIDGE, 0.0)
    assert isinstance(found, tuple)
    return found


def test_notes_are_solved_as_two_equations_each() -> None:
    weight, sums = drawn(200)
    i, f, totals, _ = solved(weight, sums)
    s1, s2, t1, t2 = (sums / SCALE).T
    t1, t2 = t1 - SHIFT * weight, t2 - SHIFT * s1
    matrix = np.array([[weight + RIDGE[0], s1], [s1, s2 + RIDGE[1]]]).transpose(2, 0, 1)
    expected = np.linalg.solve(matrix, np.stack([t1, t2], axis=1)[..., None])[..., 0]
    np.testing.assert_allclose(np.stack([i, f], axis=1), expected, rtol=1e-9, atol=1e-12)
    value = -(t1 * i + t2 * f).sum()
    pull = (t1 - weight * i - s1 * f).sum()
    sizes = [value, pull, i.sum(), f.sum(), i @ i, i @ f, f @ f]
    np.testing.assert_allclose(totals.sum(axis=0), sizes, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n", [0, 1, 17, sharded_kernels.NOTES_TO_SHARE + 7])
def test_threads_and_what_is_still_to_be_added_change_no_bit(n: int, threads: tuple[int, ...]) -> None:
    weight, sums = drawn(n)
    part = sums // 3
    found = set()
    for count in threads:
        numba.set_num_threads(count)
        for given_sums in ((sums,), (part, sums - part)):
            i, f, totals, halves = solved(weight, *given_sums)
            sharded_kernels.move_notes(i, pieces(n), f, 0.1, -0.2, 0.3, 1.5)
            found.add(tuple(values.tobytes() for values in (i, f, totals, halves)))
    assert len(found) == 1


def test_notes_are_moved_as_by_the_gauge() -> None:
    gauge = Gauge(d=0.1, e=-0.2, p=7.0, q=0.3, t=1.5)
    i, f = np.random.default_rng(0).normal(size=(2, 100))
    expected = gauge.of_notes(i, f)
    sharded_kernels.move_notes(i, pieces(100), f, gauge.d, gauge.e, gauge.q, gauge.t)
    np.testing.assert_array_equal((i, f), expected)


@given(st.lists(st.integers(-(2**62), 2**62), max_size=30))
def test_sums_beyond_64_bits_are_exact(values: list[int]) -> None:
    sums = np.zeros((len(values), 4), np.int64)
    sums[:, 2] = values
    assert joined(solved(np.ones(len(values)), sums)[3]) == sum(values)
