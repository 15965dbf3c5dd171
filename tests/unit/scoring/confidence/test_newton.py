"""The second-order model of the L1 logistic fit: pairs of terms, and where it leads."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from bridgenotes.scoring.confidence import logistic_kernels as kernels
from bridgenotes.scoring.confidence import newton
from bridgenotes.scoring.confidence.newton import CURVATURE_UNIT, PANEL, ROWS_AT_ONCE, curvatures, minimise


def drawn(n_terms: int, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(6)
    cells = (rng.random((n_terms, n_rows)) < rng.uniform(0.05, 0.9, (n_terms, 1))).astype(np.uint8)
    chance = special.expit(rng.normal(0, 3, n_rows))
    return cells, chance * (1 - chance)


@pytest.mark.parametrize(("n_terms", "n_rows"), [(1, 1), (3, ROWS_AT_ONCE + 5), (PANEL + 3, 300)])
def test_curvatures_are_sums_over_rows_with_both_terms(n_terms: int, n_rows: int) -> None:
    """Rounded up by less than a unit per row."""
    cells, curve = drawn(n_terms, n_rows)
    exact = (cells * curve) @ cells.T.astype(np.float64)
    in_both = cells.astype(np.float64) @ cells.T
    excess = curvatures(cells, curve) - exact
    assert (excess >= -1e-9 * exact).all()
    assert (excess <= in_both * CURVATURE_UNIT + 1e-9).all()


def test_curvatures_are_the_same_bits_in_any_order_of_rows() -> None:
    """So a library that adds in another order, or on another machine, finds the same."""
    cells, curve = drawn(40, 3 * ROWS_AT_ONCE)
    order = np.random.default_rng(1).permutation(len(curve))
    np.testing.assert_array_equal(curvatures(cells, curve), curvatures(cells[:, order].copy(), curve[order]))


@pytest.mark.parametrize("n_rows", [5, 16, 1000])
def test_sums_and_changes_reach_every_row(n_rows: int) -> None:
    cells, values = drawn(7, n_rows)
    np.testing.assert_allclose(kernels.sums(cells, values), cells @ values, rtol=1e-12)
    out, change = np.zeros(n_rows), np.array([0.0, 1.5, -2.0, 0.0, 0.25, 1.0, -1.0])
    kernels.add_terms(cells, change, out)
    np.testing.assert_allclose(out, change @ cells, rtol=1e-12, atol=1e-12)


def test_the_end_is_where_slopes_balance_the_penalty() -> None:
    """Also with a term twice: the model is then as flat in one direction as it is steep in the other."""
    cells, _ = drawn(30, 2000)
    cells[0], cells[7] = 1, cells[8]
    truth = (np.random.default_rng(2).random(2000) < special.expit(cells[1] * 2.0 - cells[2])).astype(float)
    weight, margin = np.zeros(30), np.zeros(2000)
    minimise(cells, truth, 0.5, 1e-8, weight, margin)
    np.testing.assert_allclose(margin, weight @ cells, atol=1e-9)
    slope = 0.5 * (cells @ (special.expit(margin) - truth))
    has_weight = weight != 0
    assert 2 < has_weight.sum() < 30
    np.testing.assert_allclose(slope[has_weight], -np.sign(weight[has_weight]), atol=1e-5)
    assert (np.abs(slope[~has_weight]) <= 1 + 1e-5).all()


@pytest.mark.parametrize("fewest", [64, 500])
def test_a_table_of_some_rows_leads_to_the_same_end(fewest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with terms of two rows, which some rows say nothing of, and with so few rows that they mislead."""
    rng = np.random.default_rng(9)
    cells = (rng.random((40, 4000)) < rng.uniform(0.02, 0.6, (40, 1))).astype(np.uint8)
    cells[0], cells[30:] = 1, 0
    for j in range(30, 40):
        cells[j, 3000 + 2 * j : 3002 + 2 * j] = 1
    truth = (rng.random(4000) < special.expit(cells[1] * 2.0 - cells[2] + 3.0 * cells[35])).astype(float)
    looked_at: list[int] = []

    def curvatures_of(some: np.ndarray, curve: np.ndarray) -> np.ndarray:
        looked_at.append(len(curve))
        return curvatures(some, curve)

    monkeypatch.setattr(newton, "curvatures", curvatures_of)
    found = []
    for rows in (10**9, fewest):
        monkeypatch.setattr(newton, "FEWEST_ROWS", rows)
        monkeypatch.setattr(newton, "ROWS_PER_TERM", 0 if rows == fewest else 32)
        looked_at.clear()
        weight, margin = np.zeros(40), np.zeros(4000)
        steps = minimise(cells, truth, 0.7, 1e-8, weight, margin)
        found.append((weight, steps, looked_at.copy()))
    (exact, exact_steps, whole), (sampled, steps, some) = found
    assert whole == [4000] * exact_steps
    assert some[0] == fewest
    assert len(some) < steps or max(some) == 4000  # a table serves several steps, unless it has all rows
    np.testing.assert_allclose(sampled, exact, atol=1e-5)


def test_a_table_serves_until_a_step_brings_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is made anew, of twice the rows; of all rows it is made for every step."""
    cells, curve = drawn(3, 1000)
    looked_at: list[int] = []

    def curvatures_of(some: np.ndarray, of: np.ndarray) -> np.ndarray:
        looked_at.append(len(of))
        return curvatures(some, of)

    monkeypatch.setattr(newton, "curvatures", curvatures_of)
    monkeypatch.setattr(newton, "FEWEST_ROWS", 300)
    table = newton._Table(cells, 2.0)
    first = table.at(curve, 100.0)
    assert table.at(curve / 2, 50.0) is first
    assert table.at(curve / 2, 34.9) is first
    second = table.at(curve / 2, 25.0)
    np.testing.assert_allclose(np.diag(second), cells @ curve)  # twice half of it, and all rows
    for violation in (20.0, 1.0):
        np.testing.assert_array_equal(table.at(curve, violation), 2.0 * curvatures(cells, curve))
    assert looked_at == [300, 600, 1000, 1000]
