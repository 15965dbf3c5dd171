"""Early-stopped fits over shards: the same bits however the ratings are cut and whatever is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring.errors import NotConvergedError
from bridgenotes.scoring.mf.early_stopped import Schedule, train
from bridgenotes.scoring.mf.objective import Objective, Regularisation
from bridgenotes.scoring.mf.shard import Shard, cut
from bridgenotes.scoring.mf.sharded import LocalShards, Margins
from bridgenotes.scoring.mf.sharded_descent import train_sharded
from bridgenotes.scoring.mf.start import spectral_start
from support.two_camps import Camps, two_camps

if TYPE_CHECKING:
    from bridgenotes.scoring.mf.matrix import RatingMatrix
    from bridgenotes.scoring.mf.solver import Fit

FIELDS = ("note_intercept", "note_factor", "rater_intercept", "rater_factor")
communities = st.builds(
    two_camps, st.integers(20, 60), st.integers(20, 80), st.integers(0, 2**31), noise=st.floats(0.02, 0.2)
)


class ForgetfulShards(LocalShards):
    """Makes a shard anew before each of the given calls, as when its process is lost."""

    def __init__(self, ratings: RatingMatrix, n_shards: int, losses: set[int]) -> None:
        super().__init__(ratings, n_shards)
        self._parts, self._losses, self._calls = cut(ratings, n_shards), losses, 0

    def each(self, operation, *arguments):
        self._calls += 1
        if self._calls in self._losses:
            lost = self._calls % len(self._parts)
            self._shards[lost] = Shard.of(self._parts[lost])
        return super().each(operation, *arguments)


def descend(ratings: RatingMatrix, shards: LocalShards, objective: Objective | None = None) -> Fit:
    objective = objective or Objective()
    start = spectral_start(ratings, objective)
    return train_sharded(shards, Margins.of(ratings), objective, start, Schedule())


def bits(fit: Fit) -> list[object]:
    arrays = [getattr(fit.parameters, name).tobytes() for name in FIELDS]
    return [*arrays, fit.parameters.global_intercept, fit.objective, fit.iterations, fit.gradient_norm]


@given(communities, st.sets(st.integers(2, 9), min_size=1, max_size=2), st.sampled_from([0.0, 0.05]))
def test_any_number_of_shards_gives_the_same_bits(camps: Camps, cuts: set[int], diamond: float) -> None:
    ratings, objective = camps.matrix, Objective(Regularisation(diamond=diamond))
    one = bits(descend(ratings, LocalShards(ratings, 1), objective))
    assert all(bits(descend(ratings, LocalShards(ratings, n), objective)) == one for n in cuts)


@given(communities)
def test_it_ends_where_one_machine_does(camps: Camps) -> None:
    ratings, objective = camps.matrix, Objective()
    start = spectral_start(ratings, objective)
    whole, shards = train(ratings, objective, start, Schedule()), descend(ratings, LocalShards(ratings, 3))
    assert abs(shards.iterations - whole.iterations) <= 5
    assert shards.objective == pytest.approx(whole.objective, rel=1e-5)
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(shards.parameters, name), getattr(whole.parameters, name), atol=2e-3
        )


@given(st.sets(st.integers(1, 260), max_size=4))
def test_shards_that_forget_change_nothing(losses: set[int]) -> None:
    ratings = two_camps(40, 60, seed=5).matrix
    expected = bits(descend(ratings, LocalShards(ratings, 3)))
    assert bits(descend(ratings, ForgetfulShards(ratings, 3, losses))) == expected


def test_a_shard_lost_at_the_very_end_changes_nothing() -> None:
    ratings = two_camps(40, 60, seed=5).matrix
    fit = descend(ratings, LocalShards(ratings, 2))
    for lost in range(fit.iterations, fit.iterations + 12):
        assert bits(descend(ratings, ForgetfulShards(ratings, 2, {lost}))) == bits(fit)


def test_epochs_that_run_out_are_an_error() -> None:
    ratings = two_camps(40, 60, seed=5).matrix
    start = spectral_start(ratings, Objective())
    with pytest.raises(NotConvergedError):
        train_sharded(
            LocalShards(ratings, 2), Margins.of(ratings), Objective(), start, Schedule(max_epochs=3)
        )
