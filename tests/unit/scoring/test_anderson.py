"""Acceleration of a linear iteration, whose end is known."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from bridgenotes.scoring.mf import anderson_kernels
from bridgenotes.scoring.mf.anderson import MEMORY, Anderson
from bridgenotes.scoring.mf.objective import Parameters

NOTES = 2
UNKNOWNS = 2 * NOTES + 1


def parameters(vector: np.ndarray) -> Parameters:
    nobody, n = np.empty(0), len(vector) // 2
    return Parameters(vector[:n], vector[n:-1], nobody, nobody, float(vector[-1]))


def vector(x: Parameters) -> np.ndarray:
    return np.concatenate([x.note_intercept, x.note_factor, [x.global_intercept]])


@pytest.fixture
def linear() -> tuple[np.ndarray, np.ndarray]:
    """Return a matrix that shrinks, its slowest direction by 5 % per step, and where ``x -> A x + b`` ends."""
    rng = np.random.default_rng(0)
    turned = np.linalg.qr(rng.normal(size=(UNKNOWNS, UNKNOWNS)))[0]
    return turned @ np.diag([0.95, 0.9, 0.7, 0.4, -0.5]) @ turned.T, rng.normal(size=UNKNOWNS)


def test_a_linear_iteration_ends_after_as_many_steps_as_unknowns(
    linear: tuple[np.ndarray, np.ndarray],
) -> None:
    """Walker and Ni: it is then as good as GMRES. More steps than the history holds do no harm."""
    matrix, end = linear
    mixer = Anderson(np.arange(1.0, UNKNOWNS + 1))
    x = parameters(np.zeros(UNKNOWNS))
    errors = []
    for _ in range(UNKNOWNS + MEMORY):
        after = parameters(end + matrix @ (vector(x) - end))
        x = mixer.mix(x, after)
        errors.append(np.abs(vector(x) - end).max())
    assert errors[0] > 0.5
    assert max(errors[UNKNOWNS + 1 :]) < 1e-6


def test_after_a_restart_the_plain_iteration_goes_on(linear: tuple[np.ndarray, np.ndarray]) -> None:
    matrix, end = linear
    mixer = Anderson(np.ones(UNKNOWNS))
    x = parameters(np.zeros(UNKNOWNS))
    for _ in range(3):
        after = parameters(end + matrix @ (vector(x) - end))
        x = mixer.mix(x, after)
    assert mixer.has_history
    x = mixer.restart()
    np.testing.assert_array_equal(vector(x), vector(after))
    assert not mixer.has_history
    for _ in range(2):  # once, then twice as often with every restart
        after = parameters(end + matrix @ (vector(x) - end))
        x = mixer.mix(x, after)
        np.testing.assert_array_equal(vector(x), vector(after))


def test_it_is_what_the_paper_says_in_plain_numpy() -> None:
    """The mixture whose residual is least by weighted least squares, over more iterations than the history holds."""
    rng = np.random.default_rng(1)
    weights, start = rng.uniform(1, 9, 101), rng.normal(size=101)
    turned = rng.normal(size=(101, 101)) / 12

    def iterated(v: np.ndarray) -> np.ndarray:
        return np.tanh(turned @ v) + 0.1 * start

    mixer, x = Anderson(weights), start
    points, residuals = [], []
    for _ in range(MEMORY + 3):
        after = iterated(x)
        points.append(after)
        residuals.append((after - x) * np.sqrt(weights))
        del points[: -MEMORY - 1], residuals[: -MEMORY - 1]
        changes, steps = np.diff(residuals, axis=0), np.diff(points, axis=0)
        expected = after
        if len(changes):
            expected = after - np.linalg.lstsq(changes.T, residuals[-1])[0] @ steps
        x = vector(mixer.mix(parameters(x), parameters(after)))
        np.testing.assert_allclose(x, expected, atol=2e-5 * np.abs(after).max())


def test_threads_give_the_same_bits() -> None:
    n = anderson_kernels.NUMBERS_TO_SHARE + 77
    rng = np.random.default_rng(2)
    moves = [(rng.normal(size=2 * n + 1), rng.normal(size=2 * n + 1)) for _ in range(4)]
    weights, before = rng.uniform(1, 5, 2 * n + 1), numba.get_num_threads()
    found = []
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            mixer = Anderson(weights)
            found.append([vector(mixer.mix(parameters(a), parameters(b))).tobytes() for a, b in moves])
    finally:
        numba.set_num_threads(before)
    assert found[0] == found[1]
    assert len(set(found[0])) == len(moves)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_not_mixed(bad: float) -> None:
    mixer = Anderson(np.ones(UNKNOWNS))
    for k, last in enumerate((1.0, 2.0, bad, 3.0)):
        after = parameters(np.array([1.0, 0, 2, -k, last]))
        x = mixer.mix(parameters(np.zeros(UNKNOWNS)), after)
    assert x is after
    assert np.isfinite(vector(x)).all()
