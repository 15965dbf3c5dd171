"""The gauge step changes no prediction and never raises the penalty."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring.mf.gauge import rebalance
from bridgenotes.scoring.mf.objective import Objective, Parameters, penalty, predictions, unpack
from support.two_camps import Camps, two_camps


def _drawn(seed: int, n: int, u: int) -> Parameters:
    rng = np.random.default_rng(seed)
    draw = lambda size: rng.normal(rng.normal(), 0.7, size)  # noqa: E731
    return Parameters(draw(n), draw(n), draw(u), draw(u), float(rng.normal()))


@given(st.integers(0, 2**31))
def test_predictions_stay_and_the_penalty_falls(seed: int) -> None:
    matrix = two_camps(8, 12, seed=1).matrix
    ridge = Objective().ridge(matrix)
    before = _drawn(seed, matrix.n_notes, matrix.n_raters)
    after = rebalance(before, ridge)
    note, rater, _, _ = unpack(matrix)
    np.testing.assert_allclose(predictions(after, note, rater), predictions(before, note, rater), atol=1e-9)
    assert penalty(after, ridge) <= penalty(before, ridge) * (1 + 1e-12)


def test_again_changes_nothing_more(camps: Camps) -> None:
    matrix = camps.matrix
    ridge = Objective().ridge(matrix)
    x = _drawn(3, matrix.n_notes, matrix.n_raters)
    for _ in range(60):
        x = rebalance(x, ridge)
    assert penalty(rebalance(x, ridge), ridge) == pytest.approx(penalty(x, ridge), rel=1e-9)
