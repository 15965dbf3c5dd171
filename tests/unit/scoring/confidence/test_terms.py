"""Candidate terms and the regression over them, against the libraries on terms laid out."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_selection import SelectPercentile, chi2
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve
from sklearn.preprocessing import KBinsDiscretizer
from threadpoolctl import threadpool_limits

from bridgenotes.scoring.confidence.flip_features import Bag
from bridgenotes.scoring.confidence.flips import flip_threshold
from bridgenotes.scoring.confidence.k_means import inner_edges
from bridgenotes.scoring.confidence.quantities import Bins
from bridgenotes.scoring.confidence.sparse_logistic import fit_sparse
from bridgenotes.scoring.confidence.terms import Family, ProductFamily, TokenFamily


def lay_out(family: Family, n_rows: int) -> np.ndarray:
    out = np.zeros((n_rows, family.n_terms))
    for term in range(family.n_terms):
        out[family.rows(term), term] = 1
    return out


def objective(
    flips: np.ndarray, c: float, weights: np.ndarray, intercept: float, margin: np.ndarray
) -> float:
    loss = np.logaddexp(0, -np.where(flips, 1, -1) * margin).sum()
    return float(np.abs(weights).sum() + abs(intercept) + c * loss)


@given(seed=st.integers(0, 10_000), degree=st.integers(1, 4))
def test_products_are_what_they_say(seed: int, degree: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 3, (5, 40)).astype(np.int8)
    combos = np.array([sorted(rng.permutation(5)[:degree]) for _ in range(4)], np.int64)
    family = ProductFamily.build(codes, combos, min_variance=0.001, min_factor_variance=0.001)
    matrix = lay_out(family, 40)
    weights = rng.normal(size=40)
    np.testing.assert_allclose(family.sums(weights), weights @ matrix, atol=1e-12)
    assert (matrix.var(axis=0) > 0.001).all()
    for term in range(family.n_terms):
        quantity, bins = family.factors(term)
        np.testing.assert_array_equal(matrix[:, term], (codes[quantity] == bins[:, None]).all(axis=0))


def test_bins_that_hardly_vary_are_not_multiplied() -> None:
    codes = np.zeros((2, 2_000), np.int8)
    codes[0, :1_000] = 1
    codes[1, 0] = 1  # one row in 2,000, so that bin 0 holds nearly all
    build = {"min_variance": 0.001, "min_factor_variance": 0.001}
    assert ProductFamily.build(codes, np.array([[0, 1]]), **build).n_terms == 0
    assert ProductFamily.build(codes, np.array([[0]]), **build).n_terms == 2


@given(seed=st.integers(0, 10_000))
def test_telling_tokens_are_those_of_the_library(seed: int) -> None:
    rng = np.random.default_rng(seed)
    present = rng.random((60, 30)) < rng.random(30)
    present[:, 0] = False
    flips = rng.random(60) < 0.4
    flips[:2] = [True, False]
    row, token = np.nonzero(present)
    family = TokenFamily.build(0, Bag.distinct(row, token, 60), 60).telling(flips, 5, 40)
    frequent = np.flatnonzero((present.sum(axis=0) >= 5) & (present.sum(axis=0) < 60))
    library = SelectPercentile(chi2, percentile=40).fit(present[:, frequent], flips)
    scores = library.scores_
    # Of tokens that score the same up to rounding either may stay.
    line = scores[library.get_support()].min()
    clear = np.abs(scores - line) > 1e-9
    assert set(frequent[library.get_support() & clear]) == set(family.tokens) - set(frequent[~clear])


def test_fit_is_the_optimum_over_all_terms() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, (6, 300)).astype(np.int8)
    flips = (codes[0] == codes[1]) ^ (rng.random(300) < 0.15)
    token = rng.integers(0, 8, 300)
    combos = np.array([(a, b) for a in range(6) for b in range(a + 1, 6)], np.int64)
    candidates: list[Family] = [
        TokenFamily.build(0, Bag.distinct(np.arange(300), token, 300), 300),
        ProductFamily.build(codes, combos, min_variance=0.001, min_factor_variance=0.001),
    ]
    fit = fit_sparse(candidates, flips, inverse_regularisation=0.3)
    matrix = np.hstack([lay_out(family, 300) for family in candidates])
    whole = LogisticRegression(
        l1_ratio=1.0, C=0.3, solver="liblinear", tol=1e-8, max_iter=20_000, random_state=0
    ).fit(matrix, flips)

    ours = objective(flips, 0.3, fit.weight, fit.intercept, fit.margin)
    theirs = objective(flips, 0.3, whole.coef_[0], whole.intercept_[0], whole.decision_function(matrix))
    assert ours == pytest.approx(theirs, rel=1e-3)
    assert np.corrcoef(fit.margin, whole.decision_function(matrix))[0, 1] > 0.999
    assert 0 < len(fit.weight) < 60
    assert ours <= theirs * (1 + 1e-6)


def test_an_outcome_that_terms_tell_apart_is_fitted() -> None:
    """Nearly separable: steps overshoot without a line search."""
    codes = np.zeros((2, 400), np.int8)
    codes[0, :100], codes[1, ::2] = 1, 1
    flips = codes[0] == 1
    flips[0] = False
    family = ProductFamily.build(codes, np.array([[0], [1]]), min_variance=0, min_factor_variance=0)
    fit = fit_sparse([family], flips, inverse_regularisation=50.0)
    matrix = lay_out(family, 400)
    whole = LogisticRegression(
        l1_ratio=1.0, C=50.0, solver="liblinear", tol=1e-10, max_iter=100_000, random_state=0
    ).fit(matrix, flips)
    ours = objective(flips, 50.0, fit.weight, fit.intercept, fit.margin)
    theirs = objective(flips, 50.0, whole.coef_[0], whole.intercept_[0], whole.decision_function(matrix))
    assert ours <= theirs * (1 + 1e-4)


def test_threshold_delays_the_wanted_share_of_stable_notes() -> None:
    rng = np.random.default_rng(1)
    flips = rng.random(4_000) < 0.3
    score = rng.normal(size=4_000) + flips
    threshold = flip_threshold(flips, score, 0.6)
    assert (score[~flips] > threshold).mean() == pytest.approx(0.6, abs=0.01)


@given(seed=st.integers(0, 10_000), n=st.integers(2, 60), share=st.sampled_from([0, 0.3, 0.6, 1]))
def test_threshold_is_a_corner_of_the_librarys_curve(seed: int, n: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    flips, score = rng.random(n) < 0.5, rng.integers(0, 9, n) / 8
    flips[:2] = [True, False]
    rates, _, thresholds = roc_curve(flips, score)
    assert flip_threshold(flips, score, share) == thresholds[np.argmin(np.abs(rates - share))]


@given(seed=st.integers(0, 10_000), n_values=st.integers(2, 400), n_bins=st.integers(2, 10))
def test_bins_are_the_librarys(seed: int, n_values: int, n_bins: int) -> None:
    """Also with fewer distinct values than bins, and far ones that centres without values go to."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, n_values, 500) ** 2 / 7
    values[0] = 1e3
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # too few distinct values
        library = KBinsDiscretizer([n_bins], encode="ordinal", strategy="kmeans", subsample=None)
        expected = library.fit(values[:, None]).bin_edges_[0][1:-1]
    np.testing.assert_allclose(inner_edges(values, n_bins), expected, rtol=1e-9)


def test_a_value_at_an_edge_is_in_the_upper_bin() -> None:
    values = np.array([[0.0, 7.0], [0.0, 7.0], [10.0, 7.0], [10.0, 7.0]])
    bins = Bins.learn(values, np.array([2, 5]))
    assert bins.edges[0, 0] == 5
    assert bins.of(np.array([[5.0, 7.0], [4.99, 0.0], [99.0, 99.0]])).tolist() == [[1, 0, 1], [0, 0, 0]]


def test_rows_of_the_same_terms_tie() -> None:
    """The threshold is looked for between different scores: rounding must not tell equal rows apart."""
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 3, (6, 3_000)).astype(np.int8)
    flips = rng.random(3_000) < 1 / (1 + np.exp(1.0 - codes[0] * codes[1] + 0.5 * codes[2]))
    combos = np.array([(i, j) for i in range(6) for j in range(i + 1, 6)], np.int64)
    family = ProductFamily.build(codes, combos, min_variance=0.001, min_factor_variance=0.0)
    fit = fit_sparse([family], flips, inverse_regularisation=0.5)
    taken = lay_out(family, 3_000)[:, fit.term].astype(bool)
    _, kind = np.unique(taken, axis=0, return_inverse=True)
    kinds_and_scores = np.unique(np.column_stack([kind.ravel(), fit.margin]), axis=0)
    assert 1 < len(kinds_and_scores) == kind.max() + 1


def test_a_fit_ends_when_the_solver_sees_nothing_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Terms may stay loose by less than it sees: to look at them again changes nothing."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, (8, 400)).astype(np.int8)
    flips = (codes[0] == codes[1]) ^ (rng.random(400) < 0.3)
    combos = np.array([(i, j) for i in range(8) for j in range(i + 1, 8)], np.int64)
    family = ProductFamily.build(codes, combos, min_variance=0.001, min_factor_variance=0.0)
    looks = []
    plain = ProductFamily.sums

    def counted(self: ProductFamily, weights: np.ndarray) -> np.ndarray:
        looks.append(len(weights))
        return plain(self, weights)

    monkeypatch.setattr(ProductFamily, "sums", counted)
    for tolerance in ("TOLERANCE", "FIRST_TOLERANCE"):
        monkeypatch.setattr(f"bridgenotes.scoring.confidence.sparse_logistic.{tolerance}", 0.5)
    fit = fit_sparse([family], flips, inverse_regularisation=2.0)
    assert len(fit.weight) > 0
    assert len(looks) < 20
