"""A fit that begins from an earlier one ends where one from nothing ends, and sooner."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring.mf.cold import solve_cold
from bridgenotes.scoring.mf.matrix import RatingMatrix
from bridgenotes.scoring.mf.objective import Objective, Parameters
from bridgenotes.scoring.mf.solver import Fit, Stopping, solve
from bridgenotes.scoring.mf.warm_start import warm_start
from support.two_camps import Camps, two_camps

WITHOUT_GAUGE = Objective(use_global_intercept=False)
"""The gauge step would leave the saddle by itself."""
TIGHT = Stopping(intercept_change=1e-7, relative_decrease=1e-9)

communities = st.builds(
    two_camps,
    n_notes=st.integers(50, 80),
    n_raters=st.integers(50, 80),
    seed=st.integers(0, 2**31),
    density=st.floats(0.5, 1.0),
    noise=st.floats(0.02, 0.2),
)


def earlier(camps: Camps, notes: int, keep: np.ndarray) -> tuple[Parameters, np.ndarray]:
    """Fit the ratings there were once; return its parameters by all notes and which notes it knew."""
    then = keep & (camps.note < notes)
    matrix = RatingMatrix.build(
        camps.note[then], camps.rater[then], camps.level[then], shape=(notes, camps.matrix.n_raters)
    )
    x = solve_cold(matrix, Objective(), TIGHT).parameters
    new = camps.matrix.n_notes - notes
    known = replace(
        x,
        note_intercept=np.append(x.note_intercept, np.full(new, np.nan)),
        note_factor=np.append(x.note_factor, np.full(new, np.nan)),
    )
    return known, np.arange(camps.matrix.n_notes) < notes


def assert_same_optimum(warm: Fit, cold: Fit) -> None:
    assert warm.objective == pytest.approx(cold.objective, rel=1e-6)
    a, b = warm.identified().parameters, cold.identified().parameters
    np.testing.assert_allclose(a.note_intercept, b.note_intercept, atol=2e-4)


@given(communities, st.integers(0, 2**31), st.integers(0, 5))
def test_a_grown_community_has_the_same_optimum_from_what_was_known(
    camps: Camps, seed: int, new_notes: int
) -> None:
    keep = np.random.default_rng(seed).random(len(camps.note)) < 0.97
    known, is_known = earlier(camps, camps.matrix.n_notes - new_notes, keep)
    start = warm_start(camps.matrix, Objective(), known, is_known)
    warm = solve(camps.matrix, Objective(), start, TIGHT)
    assert_same_optimum(warm, solve_cold(camps.matrix, Objective(), TIGHT))


def test_it_takes_fewer_iterations() -> None:
    camps = two_camps(n_notes=400, n_raters=600, seed=3, density=0.1)
    keep = np.random.default_rng(0).random(len(camps.note)) < 0.99
    known, is_known = earlier(camps, 398, keep)
    warm = solve(camps.matrix, Objective(), warm_start(camps.matrix, Objective(), known, is_known))
    assert warm.iterations < solve_cold(camps.matrix, Objective()).iterations


def test_a_block_that_nobody_knew_does_not_stay_at_the_saddle_of_zero_factors() -> None:
    here, there = (two_camps(n_notes=60, n_raters=60, seed=seed) for seed in (1, 2))
    both = RatingMatrix.build(
        np.append(here.note, there.note + 60), np.append(here.rater, there.rater + 60),
        np.append(here.level, there.level), shape=(120, 120),
    )  # fmt: skip
    x = solve_cold(here.matrix, WITHOUT_GAUGE, TIGHT).parameters
    unknown = np.full(60, np.nan)
    known = replace(
        x,
        note_intercept=np.append(x.note_intercept, unknown), note_factor=np.append(x.note_factor, unknown),
        rater_intercept=np.append(x.rater_intercept, np.zeros(60)),
        rater_factor=np.append(x.rater_factor, np.zeros(60)),
    )  # fmt: skip
    warm = solve(both, WITHOUT_GAUGE, warm_start(both, WITHOUT_GAUGE, known, np.arange(120) < 60), TIGHT)
    assert np.abs(warm.parameters.note_factor[60:]).max() > 0.1
    cold = solve_cold(both, WITHOUT_GAUGE, TIGHT)
    assert warm.objective == pytest.approx(cold.objective, rel=1e-6)  # signs of unconnected blocks may differ
