"""What several threads learn together is what one learns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numba
import numpy as np
import pytest

from bridgenotes.scoring.confidence import kernels, tree_kernels
from bridgenotes.scoring.confidence.boosting import find_bins
from bridgenotes.scoring.confidence.newton import ROWS_AT_ONCE, curvatures
from bridgenotes.scoring.confidence.terms import ProductFamily


@pytest.fixture
def with_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Give a function that sets the number of threads, for however few rows."""
    monkeypatch.setattr(kernels.product_sums, "_large", 0)
    monkeypatch.setattr(tree_kernels.find_bins, "_large", 0)
    before = numba.get_num_threads()
    yield numba.set_num_threads
    numba.set_num_threads(before)


@pytest.mark.parametrize("n_rows", [1, ROWS_AT_ONCE, 3 * ROWS_AT_ONCE + 7])
def test_pairs_of_terms(n_rows: int, with_threads: Callable[[int], None]) -> None:
    rng = np.random.default_rng(1)
    cells, curve = (rng.random((9, n_rows)) < 0.4).astype(np.uint8), rng.random(n_rows) / 4
    found = []
    for threads in (1, 2):
        with_threads(threads)
        found.append(curvatures(cells, curve))
    np.testing.assert_array_equal(found[0], found[1])


def test_sums_of_products(with_threads: Callable[[int], None]) -> None:
    """Neighbours share what they begin with, also where a part begins between them."""
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 3, (7, 400)).astype(np.int8)
    combos = np.array([(a, b, c) for a in range(5) for b in range(a + 1, 6) for c in range(b + 1, 7)])
    family = ProductFamily.build(codes, combos, min_variance=0.001, min_factor_variance=0.0)
    weights = rng.normal(size=400)
    found = []
    for threads in (1, 2):
        with_threads(threads)
        found.append(family.sums(weights))
    np.testing.assert_array_equal(found[0], found[1])
    for term in range(0, family.n_terms, 11):
        assert found[0][term] == pytest.approx(weights[family.rows(term)].sum())


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("n_rows", [1, 63, 64, 65, 1_000])
def test_bins(n_rows: int, threads: int, with_threads: Callable[[int], None]) -> None:
    """A value on an edge is in the bin that ends there; columns have any number of edges, also none."""
    with_threads(threads)
    rng = np.random.default_rng(n_rows)
    edges = [np.sort(rng.choice(100, n, replace=False)).astype(np.float64) for n in (0, 1, 2, 7, 64, 99)]
    values = rng.integers(-1, 102, (n_rows, len(edges))).astype(np.float64)
    blocks = [values[: n_rows // 3], values[n_rows // 3 :]]
    expected = [np.searchsorted(one, values[:, k]) for k, one in enumerate(edges)]
    np.testing.assert_array_equal(find_bins(blocks, edges, n_rows), np.stack(expected))
