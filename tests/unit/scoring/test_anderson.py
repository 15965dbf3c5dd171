"""Acceleration of a linear iteration, whose end is known."""

from __future__ import annotations

import numpy as np
import pytest

from bridgenotes.scoring.mf.anderson import MEMORY, Anderson
from bridgenotes.scoring.mf.objective import Parameters

NOTES = 2
UNKNOWNS = 2 * NOTES + 1


def parameters(vector: np.ndarray) -> Parameters:
    nobody = np.empty(0)
    return Parameters(vector[:NOTES], vector[NOTES:-1], nobody, nobody, float(vector[-1]))


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
