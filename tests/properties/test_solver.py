"""What holds for every fit of the exact solver."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgenotes.scoring.errors import NotConvergedError
from bridgenotes.scoring.mf import objective as truth
from bridgenotes.scoring.mf.cold import solve_cold
from bridgenotes.scoring.mf.early_stopped import Schedule, train, train_notes
from bridgenotes.scoring.mf.matrix import RatingMatrix
from bridgenotes.scoring.mf.objective import Objective, Parameters, Regularisation
from bridgenotes.scoring.mf.solver import Fit, Stopping, gradient_norm, solve_notes
from bridgenotes.scoring.mf.start import spectral_start
from support.two_camps import Camps, two_camps

TIGHT = Stopping(intercept_change=1e-7, relative_decrease=1e-9)

communities = st.builds(
    two_camps,
    n_notes=st.integers(12, 60),
    n_raters=st.integers(12, 80),
    seed=st.integers(0, 2**31),
    density=st.floats(0.3, 1.0),
    noise=st.floats(0.02, 0.3),
)

well_rated = st.builds(
    two_camps,
    n_notes=st.integers(40, 80),
    n_raters=st.integers(40, 80),
    seed=st.integers(0, 2**31),
    density=st.floats(0.5, 1.0),
    noise=st.floats(0.02, 0.2),
)
"""Enough ratings for one optimum: with a handful there are several, and no solver finds the lowest for sure."""


def fit(matrix: RatingMatrix, objective: Objective | None = None, stopping: Stopping = TIGHT) -> Fit:
    objective = objective or Objective()
    return solve_cold(matrix, objective, stopping)


@given(communities)
def test_the_gradient_vanishes_at_the_solution(camps: Camps) -> None:
    solved = fit(camps.matrix)
    slope = truth.gradient(solved.parameters, camps.matrix, Objective())
    assert gradient_norm(slope) / camps.matrix.n_ratings < 1e-6
    assert solved.gradient_norm < 1e-6


@given(communities, st.randoms(use_true_random=False))
def test_row_order_and_ids_do_not_matter(camps: Camps, random) -> None:
    notes, raters = list(range(len(camps.kind))), list(range(len(camps.camp)))
    rows = list(range(len(camps.note)))
    for part in (notes, raters, rows):
        random.shuffle(part)
    new_note, new_rater = np.array(notes), np.array(raters)
    shuffled = RatingMatrix.build(
        new_note[camps.note[rows]], new_rater[camps.rater[rows]], camps.level[rows],
        shape=(len(notes), len(raters)),
    )  # fmt: skip
    a, b = fit(camps.matrix), fit(shuffled)
    assert b.objective == pytest.approx(a.objective, rel=1e-6)
    np.testing.assert_allclose(b.parameters.note_intercept[new_note], a.parameters.note_intercept, atol=2e-4)
    np.testing.assert_allclose(
        np.abs(b.parameters.note_factor[new_note]), np.abs(a.parameters.note_factor), atol=2e-3
    )


def test_one_and_two_threads_give_the_same_bits() -> None:
    camps = two_camps(n_notes=400, n_raters=600, seed=1, density=0.2)
    results = []
    before = numba.get_num_threads()
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            results.append(fit(camps.matrix).parameters)
    finally:
        numba.set_num_threads(before)
    one, two = results
    for field in ("note_intercept", "note_factor", "rater_intercept", "rater_factor"):
        assert getattr(one, field).tobytes() == getattr(two, field).tobytes()
    assert one.global_intercept == two.global_intercept


@given(communities, st.floats(0.02, 0.5), st.floats(0.01, 0.2))
def test_no_neighbour_is_better(camps: Camps, ridge: float, factor_ridge: float) -> None:
    objective = Objective(Regularisation(ridge, factor_ridge, ridge, factor_ridge, ridge))
    solved = fit(camps.matrix, objective)
    rng = np.random.default_rng(0)
    x = solved.parameters
    best = truth.value(x, camps.matrix, objective)
    for size in (1e-3, 1e-2):
        moved = Parameters(*(v + size * rng.normal(size=v.shape) for v in (
            x.note_intercept, x.note_factor, x.rater_intercept, x.rater_factor
        )), global_intercept=x.global_intercept + size)  # fmt: skip
        assert truth.value(moved, camps.matrix, objective) > best


@settings(max_examples=25)
@given(well_rated)
def test_never_above_early_stopped_adam_from_the_same_start(camps: Camps) -> None:
    objective = Objective()
    start = spectral_start(camps.matrix, objective)
    adam = train(camps.matrix, objective, start, Schedule(learning_rate=0.2))
    assert fit(camps.matrix).objective <= adam.objective * (1 + 1e-7)


def test_every_bridging_note_stands_above_every_other_note(camps: Camps) -> None:
    x = fit(camps.matrix).parameters
    bridging = camps.of_kind("bridging")
    others = np.setdiff1d(np.arange(len(camps.kind)), bridging)
    assert x.note_intercept[bridging].min() > x.note_intercept[others].max()


def test_factors_separate_the_camps_and_most_raters_are_negative() -> None:
    camps = two_camps(n_notes=40, n_raters=61, seed=3)
    x = fit(camps.matrix).parameters
    assert abs(np.corrcoef(x.rater_factor, camps.camp)[0, 1]) > 0.9
    assert (x.rater_factor < 0).sum() >= len(camps.camp) / 2


@given(communities)
def test_the_closed_form_is_the_optimum_with_raters_frozen(camps: Camps) -> None:
    objective = Objective()
    frozen = fit(camps.matrix).parameters
    notes = solve_notes(camps.matrix, Objective(ratings_per_note=9.0), frozen)
    slope = truth.gradient(notes.parameters, camps.matrix, Objective(ratings_per_note=9.0))
    assert gradient_norm(slope, of_notes_only=True) / camps.matrix.n_ratings < 1e-6
    again = solve_notes(camps.matrix, objective, frozen)
    np.testing.assert_allclose(again.parameters.note_intercept, frozen.note_intercept, atol=1e-4)


@given(communities)
def test_early_stopped_notes_stay_near_the_closed_form(camps: Camps) -> None:
    objective = Objective()
    frozen = fit(camps.matrix).parameters
    start = Parameters(
        frozen.note_intercept * 0.5, frozen.note_factor * 0.5,
        frozen.rater_intercept, frozen.rater_factor, frozen.global_intercept,
    )  # fmt: skip
    adam = train_notes(camps.matrix, objective, start, Schedule())
    exact = solve_notes(camps.matrix, objective, frozen)
    assert adam.objective >= exact.objective * (1 - 1e-6)
    np.testing.assert_allclose(adam.parameters.note_intercept, exact.parameters.note_intercept, atol=0.1)


@pytest.mark.parametrize("objective", [
    Objective(loss="logistic", positive_weight=3.0),
    Objective(Regularisation(0.15, 0.03, 0.15, 0.03, 0.15), use_global_intercept=False),
    Objective(Regularisation(0.15, 0.03, 0.3, 0.03, 0.15, diamond=0.05)),
])  # fmt: skip
def test_every_variant_is_solved_to_a_stationary_point(camps: Camps, objective: Objective) -> None:
    solved = fit(camps.matrix, objective)
    slope = truth.gradient(solved.parameters, camps.matrix, objective)
    kink = np.abs(solved.parameters.note_intercept * solved.parameters.note_factor) < 1e-9
    for part in (slope.note_intercept, slope.note_factor):
        part[kink & (objective.regularisation.diamond > 0)] = 0
    assert gradient_norm(slope) / camps.matrix.n_ratings < 1e-5


def test_giving_up_says_how_far_it_got(camps: Camps) -> None:
    with pytest.raises(
        NotConvergedError, match=r"still change by .* after 2 iterations; raise max_iterations"
    ) as caught:
        fit(camps.matrix, stopping=Stopping(1e-12, 0, max_iterations=2))
    assert caught.value.iterations == 2


def test_camps_that_hardly_meet_still_get_one_scale() -> None:
    """Two language groups, each with two camps, share 3 % of ratings: signs must agree across them."""
    rng = np.random.default_rng(4)
    n, u = 400, 500
    note_group, rater_group = np.arange(n) % 2, np.arange(u) % 2
    note, rater = np.nonzero(
        rng.random((n, u)) < np.where(note_group[:, None] == rater_group[None, :], 0.2, 0.006)
    )
    camp, slant = rng.choice([-1, 1], u), rng.normal(0, 1, n)
    p = 0.5 + 0.35 * slant[note] * camp[rater] + rng.normal(0, 0.15, len(note))
    matrix = RatingMatrix.build(note, rater, np.clip(np.round(2 * p), 0, 2).astype(int), shape=(n, u))
    x = fit(matrix).parameters
    signs = [
        np.sign(np.corrcoef(x.rater_factor[rater_group == g], camp[rater_group == g])[0, 1]) for g in (0, 1)
    ]
    assert signs[0] == signs[1]
