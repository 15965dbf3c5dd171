"""Fits over shards: the same bits however the ratings are cut, and the optimum of one machine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring.errors import ShapeError
from bridgenotes.scoring.mf import objective as truth
from bridgenotes.scoring.mf.fixed_point import FixedPoint, TermTooLargeError
from bridgenotes.scoring.mf.matrix import RatingMatrix
from bridgenotes.scoring.mf.objective import Objective, Parameters, Regularisation
from bridgenotes.scoring.mf.shard import OF_A_RATER, cut
from bridgenotes.scoring.mf.sharded import LocalShards, Margins, solve_sharded
from bridgenotes.scoring.mf.sharded_start import spectral_start_sharded
from bridgenotes.scoring.mf.solver import Fit, Stopping, gradient_norm, solve
from bridgenotes.scoring.mf.start import spectral_start
from support.two_camps import Camps, two_camps

FIELDS = ("note_intercept", "note_factor", "rater_intercept", "rater_factor")

communities = st.builds(
    two_camps,
    n_notes=st.integers(12, 60),
    n_raters=st.integers(12, 80),
    seed=st.integers(0, 2**31),
    density=st.floats(0.3, 1.0),
    noise=st.floats(0.02, 0.3),
)
objectives = st.sampled_from(
    [Objective(), Objective(use_global_intercept=False), Objective(Regularisation(diamond=0.05))]
)


def bits(fit: Fit) -> list[object]:
    x = fit.parameters
    arrays = [getattr(x, name).tobytes() for name in FIELDS]
    return [*arrays, x.global_intercept, fit.objective, fit.iterations, fit.gradient_norm]


def weighted(camps: Camps, seed: int) -> RatingMatrix:
    weight = np.random.default_rng(seed).uniform(0.1, 3, len(camps.note))
    return RatingMatrix.build(camps.note, camps.rater, camps.level, weight=weight)


def over(n_shards: int, ratings: RatingMatrix, objective: Objective, start: Parameters) -> Fit:
    return solve_sharded(LocalShards(ratings, n_shards), Margins.of(ratings), objective, start)


@given(communities, objectives, st.sets(st.integers(2, 12), min_size=1, max_size=3))
def test_any_number_of_shards_gives_the_same_bits(camps: Camps, objective: Objective, cuts: set[int]) -> None:
    start = spectral_start(camps.matrix, objective)
    one = bits(over(1, camps.matrix, objective, start))
    assert all(bits(over(n, camps.matrix, objective, start)) == one for n in cuts)


@given(communities, st.integers(0, 99))
def test_weights_change_nothing_about_that(camps: Camps, seed: int) -> None:
    ratings = weighted(camps, seed)
    start = spectral_start(ratings, Objective())
    assert bits(over(5, ratings, Objective(), start)) == bits(over(1, ratings, Objective(), start))


@given(communities, objectives)
def test_the_optimum_is_that_of_one_machine(camps: Camps, objective: Objective) -> None:
    start = spectral_start(camps.matrix, objective)
    whole, shards = solve(camps.matrix, objective, start), over(3, camps.matrix, objective, start)
    tolerance = 20 * Stopping().intercept_change
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(shards.parameters, name), getattr(whole.parameters, name), atol=tolerance
        )
    assert shards.objective == pytest.approx(whole.objective, rel=1e-7)


@given(communities, st.randoms(use_true_random=False))
def test_the_order_of_raters_does_not_matter(camps: Camps, random) -> None:
    raters = list(range(len(camps.camp)))
    random.shuffle(raters)
    new = np.array(raters)
    shuffled = RatingMatrix.build(camps.note, new[camps.rater], camps.level, shape=camps_shape(camps))
    start = spectral_start(camps.matrix, Objective())
    a, b = (over(3, matrix, Objective(), start).parameters for matrix in (camps.matrix, shuffled))
    assert a.note_intercept.tobytes() == b.note_intercept.tobytes()
    assert a.rater_factor.tobytes() == b.rater_factor[new].tobytes()


def camps_shape(camps: Camps) -> tuple[int, int]:
    return len(camps.kind), len(camps.camp)


def test_more_shards_than_raters_leave_some_empty() -> None:
    camps = two_camps(8, 3, seed=1)
    start = spectral_start(camps.matrix, Objective())
    assert bits(over(9, camps.matrix, Objective(), start)) == bits(over(1, camps.matrix, Objective(), start))


def test_shards_are_about_equally_much_work() -> None:
    """A rater counts as `OF_A_RATER` ratings more: one shard has few raters with many ratings, one many with few."""
    count = np.concatenate([np.full(20, 500), np.full(1000, 10)])
    rater = np.repeat(np.arange(len(count)), count)
    note = np.concatenate([np.arange(n) for n in count])
    ratings = RatingMatrix.build(note, rater, np.ones(len(note), np.uint8))
    parts = cut(ratings, 3)
    work = [len(part.packed) + OF_A_RATER * (len(part.start) - 1) for part in parts]
    assert max(work) - min(work) <= 2 * (500 + OF_A_RATER)
    assert len(parts[-1].packed) < 0.5 * len(parts[0].packed)
    assert sum(len(part.packed) for part in parts) == ratings.n_ratings
    assert [part.first for part in parts] == [0, *np.cumsum([len(part.start) - 1 for part in parts[:-1]])]


def test_objective_and_gradient_are_those_of_the_objective(camps: Camps) -> None:
    start = spectral_start(camps.matrix, Objective())
    fit = over(3, camps.matrix, Objective(), start)
    assert fit.objective == pytest.approx(truth.value(fit.parameters, camps.matrix, Objective()), rel=1e-6)
    slope = gradient_norm(truth.gradient(fit.parameters, camps.matrix, Objective()))
    assert fit.gradient_norm == pytest.approx(slope / camps.matrix.n_ratings, abs=1e-7)


def test_other_losses_are_refused(camps: Camps) -> None:
    with pytest.raises(ShapeError, match="logistic"):
        over(2, camps.matrix, Objective(loss="logistic"), Parameters.zeros(30, 60))


def test_terms_that_do_not_fit_are_refused(camps: Camps) -> None:
    start = spectral_start(camps.matrix, Objective())
    heavy = RatingMatrix.build(camps.note, camps.rater, camps.level, weight=np.full(len(camps.note), 1e6))
    with pytest.raises(TermTooLargeError, match="without shards"):
        over(2, heavy, Objective(), start)
    with pytest.raises(TermTooLargeError):
        over(2, camps.matrix, Objective(), replace(start, global_intercept=float("nan")))


@given(st.lists(st.floats(-4000, 4000), min_size=1, max_size=50), st.randoms(use_true_random=False))
def test_totals_depend_on_no_order(values: list[float], random) -> None:
    fixed = FixedPoint.for_sums_of(len(values))
    shuffled = list(values)
    random.shuffle(shuffled)
    total = fixed.total(np.array(values))
    assert total == fixed.total(np.array(shuffled))
    assert abs(total) < 2**62
    assert fixed.value(total) == pytest.approx(sum(values), abs=1e-6)


@given(st.builds(two_camps, st.integers(40, 80), st.integers(40, 80), st.integers(0, 2**31)))
def test_the_start_is_that_of_one_machine_and_of_any_cut(camps: Camps) -> None:
    ratings, objective = camps.matrix, Objective()
    starts = [
        spectral_start_sharded(LocalShards(ratings, n), Margins.of(ratings), objective) for n in (1, 2, 5)
    ]
    assert len({(x.note_intercept.tobytes(), x.note_factor.tobytes()) for x in starts}) == 1
    whole = spectral_start(ratings, objective)
    np.testing.assert_allclose(starts[0].note_intercept, whole.note_intercept, atol=1e-9)
    np.testing.assert_allclose(np.abs(starts[0].note_factor), np.abs(whole.note_factor), atol=1e-3)


def test_ratings_that_all_agree_leave_no_factor_to_start_from() -> None:
    note, rater = np.divmod(np.arange(30), 6)
    ratings = RatingMatrix.build(note, rater, np.full(30, 2))
    start = spectral_start_sharded(LocalShards(ratings, 2), Margins.of(ratings), Objective())
    assert np.abs(start.note_factor).max() < 1
