"""The compiled kernels against the readable truth."""

from __future__ import annotations

import numpy as np
import pytest

from bridgenotes.scoring.mf import objective as truth
from bridgenotes.scoring.mf.kernels import solve_diamond
from bridgenotes.scoring.mf.matrix import RatingMatrix
from bridgenotes.scoring.mf.objective import Objective, Parameters, Regularisation
from bridgenotes.scoring.mf.solver import objective_and_gradient
from support.two_camps import Camps

OBJECTIVES = [
    Objective(),
    Objective(Regularisation(0.15, 0.0075, 0.9, 0.01, 0.15, 0.75)),
    Objective(loss="logistic", positive_weight=7.0),
    Objective(ratings_per_note=12.0, ratings_per_rater=3.0),
    Objective(Regularisation(5, 0.03, 0.15, 0.03, 0.15), use_global_intercept=False),
]


def _random_parameters(matrix: RatingMatrix, seed: int = 3) -> Parameters:
    rng = np.random.default_rng(seed)
    draw = lambda size: rng.normal(0, 0.5, size).astype(np.float32).astype(np.float64)  # noqa: E731
    n, u = matrix.n_notes, matrix.n_raters
    return Parameters(draw(n), draw(n), draw(u), draw(u), 0.25)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("weighted", [False, True])
def test_compiled_objective_and_gradient_equal_the_plain_ones(
    camps: Camps, objective: Objective, weighted: bool
) -> None:
    weight = np.random.default_rng(0).uniform(0.2, 2, len(camps.note)) if weighted else None
    shape = (len(camps.kind), len(camps.camp))
    matrix = RatingMatrix.build(camps.note, camps.rater, camps.level, shape=shape, weight=weight)
    x = _random_parameters(matrix)
    total, slope = objective_and_gradient(x, matrix, objective)
    expected = truth.gradient(x, matrix, objective)
    # Cross-entropy is computed in float32.
    exact = 1e-9 if objective.loss == "squared" else 1e-7
    assert total == pytest.approx(truth.value(x, matrix, objective), rel=exact)
    for name in ("note_intercept", "note_factor", "rater_intercept", "rater_factor"):
        ours, theirs = getattr(slope, name), getattr(expected, name)
        np.testing.assert_allclose(ours, theirs, rtol=10 * exact, atol=1e-6 if exact < 1e-8 else 1e-4)
    assert slope.global_intercept == pytest.approx(expected.global_intercept, rel=exact, abs=1e-5)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_plain_gradient_equals_finite_differences(camps: Camps, objective: Objective) -> None:
    matrix = camps.matrix
    x = _random_parameters(matrix)
    slope = truth.gradient(x, matrix, objective)
    step = 1e-6
    for field in ("note_intercept", "note_factor", "rater_intercept", "rater_factor"):
        for k in (0, 7, 19):
            moved = []
            for sign in (1, -1):
                values = getattr(x, field).copy()
                values[k] += sign * step
                moved.append(truth.value(Parameters(**{**vars(x), field: values}), matrix, objective))
            assert (moved[0] - moved[1]) / (2 * step) == pytest.approx(
                getattr(slope, field)[k], rel=1e-4, abs=1e-4
            )


def test_diamond_step_is_the_global_minimum_of_its_two_variable_problem() -> None:
    rng = np.random.default_rng(5)
    grid = np.linspace(-2, 2, 401)
    i_grid, f_grid = np.meshgrid(grid, grid)
    for _ in range(40):
        f = rng.normal(0, 1, 12)
        t = rng.normal(0.3, 0.6, 12)
        s0, s1, s2, t1, t2 = 12.0, f.sum(), f @ f, t.sum(), t @ f
        diamond = rng.uniform(0, 10)

        def loss(i, g, s0=s0, s1=s1, s2=s2, t1=t1, t2=t2, diamond=diamond):
            return (
                (s0 + 2) * i * i
                + 2 * s1 * i * g
                + (s2 + 1) * g * g
                - 2 * t1 * i
                - 2 * t2 * g
                + diamond * abs(i * g)
            )

        found = loss(*solve_diamond(s0, s1, s2, t1, t2, 2.0, 1.0, diamond))
        assert found <= loss(i_grid, f_grid).min() + 1e-9
