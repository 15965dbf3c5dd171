"""The compiled epochs of the reputation model against the readable truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numba
import numpy as np
import pytest
from numba import njit

from bridgenotes.scoring import math_kernels
from bridgenotes.scoring.mf.matrix import RatingMatrix
from bridgenotes.scoring.mf.sliced import SlicedMatrix
from bridgenotes.scoring.reputation import objective as truth
from bridgenotes.scoring.reputation import rounds
from bridgenotes.scoring.reputation.model import DILIGENCE, HELPFULNESS, ReputationModel
from bridgenotes.scoring.reputation.objective import Parameters
from bridgenotes.scoring.reputation.rounds import multipliers, train_round
from support.two_camps import Camps

ROUNDS = [(model, number) for model in (DILIGENCE, HELPFULNESS) for number in (1, 2, 3)]
KINDS = ("note_factor", "note_intercept", "rater_factor", "rater_reputation", "rater_intercept")


def labelled(camps: Camps, model: ReputationModel) -> RatingMatrix:
    level = np.where(camps.level == 0, 2, 0) if model.loss == "logistic" else camps.level
    return RatingMatrix.build(camps.note, camps.rater, level, shape=(len(camps.kind), len(camps.camp)))


def random_parameters(ratings: RatingMatrix, seed: int = 3, *, alike: bool = False) -> Parameters:
    """Return some numbers; reputations of 1 if raters are ``alike``, as when prescoring begins."""
    rng = np.random.default_rng(seed)
    n, u = ratings.n_notes, ratings.n_raters
    draw = lambda size: rng.normal(0, 1, size).astype(np.float32).astype(np.float64)  # noqa: E731
    x = Parameters(draw(n), draw(n), draw(u), draw(u), draw(u), 0.25)
    return replace(x, rater_reputation=np.ones(u)) if alike else x


@pytest.mark.parametrize(
    ("fast", "plain", "low", "high", "tolerance"),
    [
        (math_kernels.fast_exp, np.exp, -86, 86, 1e-7),
        (math_kernels.fast_log1p, np.log1p, 0, 1, 2.5e-7),
        (math_kernels.fast_softplus, lambda x: np.logaddexp(0, x), -80, 80, 3e-7),
    ],
    ids=["exp", "log1p", "softplus"],
)
def test_fast_functions_are_as_exact_as_float32_allows(
    fast: Callable[[np.float32], np.float32],
    plain: Callable[..., np.ndarray],
    low: float,
    high: float,
    tolerance: float,
) -> None:
    """Softplus is made of the other two, so their errors add up."""

    @njit
    def all_of(x: np.ndarray) -> np.ndarray:
        out = np.empty_like(x)
        for k in range(len(x)):
            out[k] = fast(x[k])
        return out

    x = np.linspace(low, high, 400_001).astype(np.float32)
    np.testing.assert_allclose(all_of(x), plain(x.astype(np.float64)), rtol=tolerance, atol=1e-37)


def test_the_exponential_does_not_overflow() -> None:
    x = np.array([-1e30, -200, 200, 1e30], np.float32)
    assert np.isfinite([math_kernels.fast_exp(v) for v in x]).all()


@pytest.mark.parametrize(("model", "number"), ROUNDS)
def test_multipliers_give_each_rating_its_weight(camps: Camps, model: ReputationModel, number: int) -> None:
    ratings, settings = labelled(camps, model), model.round(number)
    x = random_parameters(ratings)
    of_note, of_rater = multipliers(ratings, settings, x.rater_reputation)
    note, rater, label, _ = truth.unpack(ratings)
    base = np.where(label == 1, settings.positive_weight, 1.0)
    expected = truth.weights(ratings, settings, x.rater_reputation)
    np.testing.assert_allclose(base * of_note[note] * of_rater[rater], expected, rtol=1e-12)


@pytest.mark.parametrize(("model", "number"), ROUNDS)
def test_weights_follow_the_definition_rating_by_rating(
    camps: Camps, model: ReputationModel, number: int
) -> None:
    """Spec 08 section 1.2 written as loops."""
    ratings, settings = labelled(camps, model), model.round(number)
    q = random_parameters(ratings).rater_reputation
    note, rater, label, _ = truth.unpack(ratings)
    weight = [settings.positive_weight if y == 1 else 1.0 for y in label]
    if number == 3:
        alpha, power = model.reputation_floor, model.reputation_exponent
        weight = [
            w * (alpha + max(q[u], 0) ** power) / (1 + alpha) for w, u in zip(weight, rater, strict=True)
        ]
    for of, power in ((note, model.note_exponent[number - 1]), (rater, model.rater_exponent[number - 1])):
        totals = dict.fromkeys(of, 0.0)
        for e, w in zip(of, weight, strict=True):
            totals[e] += w
        weight = [w * (totals[e] + 2**-20) ** power for e, w in zip(of, weight, strict=True)]
    np.testing.assert_allclose(truth.weights(ratings, settings, q), weight, rtol=1e-12)


@pytest.mark.parametrize(("model", "number"), ROUNDS)
def test_the_plain_gradient_equals_finite_differences(
    camps: Camps, model: ReputationModel, number: int
) -> None:
    ratings, settings = labelled(camps, model), model.round(number)
    x = random_parameters(ratings)
    arguments = (
        ratings,
        truth.weights(ratings, settings, x.rater_reputation),
        model.loss,
        settings.ridge(ratings),
    )
    slope = truth.gradient(x, *arguments)

    def difference(name: str, moved: Callable[[float], object]) -> float:
        up, down = (truth.value(replace(x, **{name: moved(h)}), *arguments) for h in (1e-5, -1e-5))
        return (up - down) / 2e-5

    for name in KINDS:
        for k in (0, 7, 19):
            values = getattr(x, name)
            unit = np.arange(len(values)) == k
            got = difference(name, lambda h, values=values, unit=unit: values + h * unit)
            assert got == pytest.approx(getattr(slope, name)[k], rel=1e-5, abs=1e-8)
    assert difference("global_intercept", lambda h: x.global_intercept + h) == pytest.approx(
        slope.global_intercept, rel=1e-5
    )


def plain_round(
    ratings: RatingMatrix, model: ReputationModel, number: int, x: Parameters, steps: int
) -> Parameters:
    """Adam's first steps in float64 on the plain gradient."""
    settings = model.round(number)
    weight, ridge = truth.weights(ratings, settings, x.rater_reputation), settings.ridge(ratings)
    trained = {
        1: ("note_factor", "note_intercept", "rater_factor", "rater_intercept"),
        2: ("note_factor", "rater_factor", "rater_intercept", "rater_reputation"),
        3: ("note_intercept", "rater_intercept"),
    }[number]
    first = dict.fromkeys((*trained, "global_intercept"), 0.0)
    second = dict(first)
    for t in range(1, steps + 1):
        slope = truth.gradient(x, ratings, weight, model.loss, ridge)
        moved = {}
        for name in first:
            g = getattr(slope, name)
            first[name] = 0.9 * first[name] + 0.1 * g
            second[name] = 0.999 * second[name] + 0.001 * np.square(g)
            root = np.sqrt(second[name] / (1 - 0.999**t)) + 1e-8
            moved[name] = getattr(x, name) - 0.2 * first[name] / (1 - 0.9**t) / root
        x = replace(x, **moved)
    return x


@pytest.mark.parametrize("alike", [False, True])
@pytest.mark.parametrize(("model", "number"), ROUNDS)
def test_a_round_is_adam_on_the_plain_gradient(
    camps: Camps, model: ReputationModel, number: int, *, alike: bool
) -> None:
    ratings = labelled(camps, model)
    x = random_parameters(ratings, alike=alike)
    short = replace(model, last_epoch=11, convergence=0.0)
    got, steps = train_round(ratings, short, number, x)
    expected = plain_round(ratings, short, number, x, 12)
    assert steps == 12
    for name in KINDS:
        np.testing.assert_allclose(getattr(got, name), getattr(expected, name), atol=3e-4, err_msg=name)
    assert got.global_intercept == pytest.approx(expected.global_intercept, abs=1e-4)


@pytest.mark.parametrize("alike", [False, True])
@pytest.mark.parametrize(("model", "number"), ROUNDS)
def test_the_compiled_loss_equals_the_plain_one(
    camps: Camps, model: ReputationModel, number: int, *, alike: bool
) -> None:
    """Read through the stopping rule: it fires exactly at the plain loss's change between two checks."""
    ratings = labelled(camps, model)
    x, settings = random_parameters(ratings, alike=alike), model.round(number)
    arguments = (
        ratings,
        truth.weights(ratings, settings, x.rater_reputation),
        model.loss,
        settings.ridge(ratings),
    )
    period = model.check_every
    endless = replace(model, last_epoch=period - 1, convergence=0.0)
    later, _ = train_round(ratings, endless, number, x)
    change = abs(truth.value(x, *arguments) - truth.value(later, *arguments))
    for margin, expected in ((1.0001, period), (0.9999, 2 * period)):
        settled = replace(model, convergence=change * margin, last_epoch=2 * period - 1)
        assert train_round(ratings, settled, number, x)[1] == expected


@pytest.mark.parametrize("alike", [False, True])
@pytest.mark.parametrize(("model", "number"), ROUNDS)
def test_the_whole_loss_counts_what_stands_still(
    camps: Camps, model: ReputationModel, number: int, *, alike: bool
) -> None:
    """Penalties of unknowns that do not move, too: as float32, a loss changes by the size that it has."""
    ratings, settings = labelled(camps, model), model.round(number)
    x = random_parameters(ratings, alike=alike)
    weight = truth.weights(ratings, settings, x.rater_reputation)
    expected = truth.value(x, ratings, weight, model.loss, settings.ridge(ratings))
    descent = rounds._Descent(ratings, SlicedMatrix.of(ratings), model, number, x)
    assert descent.evaluate_notes(with_loss=True) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("alike", [False, True])
def test_threads_change_nothing(camps: Camps, *, alike: bool) -> None:
    ratings = labelled(camps, DILIGENCE)
    x = random_parameters(ratings, alike=alike)
    threads = numba.get_num_threads()
    fits = []
    try:
        for count in (1, 2):
            numba.set_num_threads(count)
            fits.append(train_round(ratings, DILIGENCE, 1, x))
    finally:
        numba.set_num_threads(threads)
    for name in KINDS:
        np.testing.assert_array_equal(getattr(fits[0][0], name), getattr(fits[1][0], name))
    assert fits[0][0].global_intercept == fits[1][0].global_intercept
    assert fits[0][1] == fits[1][1]
