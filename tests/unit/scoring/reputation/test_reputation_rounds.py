"""Prescoring and final scoring of a reputation model, as a reader of the specification expects them."""

from __future__ import annotations

from dataclasses import fields, replace

import numba
import numpy as np
import pytest

from bridgenotes.scoring.errors import ShapeError
from bridgenotes.scoring.mf.draws import Draws
from bridgenotes.scoring.mf.matrix import RatingMatrix
from bridgenotes.scoring.reputation import objective as truth
from bridgenotes.scoring.reputation.final import StoredReputation, score_notes
from bridgenotes.scoring.reputation.model import DILIGENCE, HELPFULNESS, ReputationModel
from bridgenotes.scoring.reputation.objective import Parameters
from bridgenotes.scoring.reputation.rounds import DivergedError, ReputationFit, prescore, train
from support.two_camps import Camps

MODELS = [DILIGENCE, HELPFULNESS]


def matrix(
    camps: Camps, *, order: np.ndarray | None = None, weight: np.ndarray | None = None
) -> RatingMatrix:
    order = np.arange(len(camps.note)) if order is None else order
    level = np.where(camps.level == 0, 2, 0)
    shape = (len(camps.kind), len(camps.camp))
    return RatingMatrix.build(camps.note[order], camps.rater[order], level[order], shape=shape, weight=weight)


def stored(fit: ReputationFit) -> StoredReputation:
    return StoredReputation(**{f.name: getattr(fit, f.name) for f in fields(StoredReputation)})


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("model", MODELS)
def test_the_second_round_keeps_note_intercepts_and_the_third_all_factors(
    camps: Camps, model: ReputationModel
) -> None:
    ratings = matrix(camps)
    fit = prescore(ratings, model, rater_factor=camps.camp.astype(float), draws=Draws(1))
    assert not np.array_equal(fit.note_intercept, fit.note_intercept_round2)
    assert not np.array_equal(fit.rater_intercept, fit.rater_intercept_round2)
    assert not np.allclose(fit.rater_reputation, 1)
    assert len(set(fit.global_intercepts)) == 3
    assert all(e == model.last_epoch + 1 or e % model.check_every == 0 for e in fit.epochs)


def test_notes_that_are_said_to_lack_sources_get_high_intercepts(camps: Camps) -> None:
    """Level 0 stands for the tag here: poor notes carry it from everybody, bridging ones from nobody."""
    fit = prescore(matrix(camps), DILIGENCE, rater_factor=camps.camp.astype(float), draws=Draws(1))
    assert (
        fit.note_intercept[camps.of_kind("poor")].min() > fit.note_intercept[camps.of_kind("bridging")].max()
    )


@pytest.mark.parametrize("model", MODELS)
def test_the_order_of_rows_changes_nothing_but_rounding(camps: Camps, model: ReputationModel) -> None:
    """Short rounds: over hundreds of epochs float32 rounding grows as it does in the reference."""
    short = replace(model, last_epoch=29, convergence=0.0)
    order = rng(5).permutation(len(camps.note))
    fits = [
        prescore(m, short, rater_factor=camps.camp.astype(float), draws=Draws(1))
        for m in (matrix(camps), matrix(camps, order=order))
    ]
    np.testing.assert_allclose(fits[0].note_intercept, fits[1].note_intercept, atol=2e-3)
    np.testing.assert_allclose(fits[0].rater_reputation, fits[1].rater_reputation, atol=2e-3)


@pytest.mark.parametrize("model", MODELS)
def test_new_names_for_notes_and_raters_change_nothing_but_rounding(
    camps: Camps, model: ReputationModel
) -> None:
    short = replace(model, last_epoch=29, convergence=0.0)
    ratings = matrix(camps)
    n, u = ratings.n_notes, ratings.n_raters
    notes, raters = rng(6).permutation(n), rng(7).permutation(u)
    level = np.where(camps.level == 0, 2, 0)
    renamed = RatingMatrix.build(notes[camps.note], raters[camps.rater], level, shape=(n, u))
    draw = rng(8)
    x = Parameters(*(draw.normal(0, 1, size) for size in (n, n, u, u, u)), 0.0)
    of_note, of_rater = np.argsort(notes), np.argsort(raters)
    y = Parameters(
        x.note_factor[of_note], x.note_intercept[of_note],
        x.rater_factor[of_rater], x.rater_intercept[of_rater], x.rater_reputation[of_rater],
    )  # fmt: skip
    plain, other = train(ratings, short, x), train(renamed, short, y)
    np.testing.assert_allclose(plain.note_intercept, other.note_intercept[notes], atol=2e-3)
    np.testing.assert_allclose(plain.rater_intercept, other.rater_intercept[raters], atol=2e-3)


def test_the_same_draws_give_the_same_fit_and_given_starts_do_not_shift_them(camps: Camps) -> None:
    ratings = matrix(camps)
    once, twice = (prescore(ratings, DILIGENCE, rater_factor=None, draws=Draws(4)) for _ in range(2))
    np.testing.assert_array_equal(once.note_intercept, twice.note_intercept)
    draws = Draws(4)
    note_factor, rater_factor = draws.normal(ratings.n_notes), draws.normal(ratings.n_raters)
    given = prescore(ratings, DILIGENCE, rater_factor=rater_factor, note_factor=note_factor, draws=Draws(4))
    np.testing.assert_array_equal(once.note_intercept, given.note_intercept)


def test_missing_starting_values_count_as_zero(camps: Camps) -> None:
    factor = camps.camp.astype(float)
    fits = []
    for missing in (np.nan, 0.0):
        factor[3] = missing
        fits.append(prescore(matrix(camps), DILIGENCE, rater_factor=factor, draws=Draws(1)))
    np.testing.assert_array_equal(fits[0].note_intercept, fits[1].note_intercept)


def plain_line_fit(
    ratings: RatingMatrix, model: ReputationModel, number: int, x: Parameters, name: str, ratios: tuple
) -> np.ndarray:
    """The note-only fit of one parameter with everything spelled out, in float64."""
    settings = model.round(number)
    weight, ridge = truth.weights(ratings, settings, x.rater_reputation), settings.ridge(ratings, *ratios)
    m = v = np.zeros(ratings.n_notes)
    previous = np.inf
    for epoch in range(model.last_epoch + 1):
        if epoch % model.check_every == 0:
            loss = truth.value(x, ratings, weight, model.loss, ridge)
            if abs(previous - loss) < model.convergence:
                break
            previous = loss
        g = getattr(truth.gradient(x, ratings, weight, model.loss, ridge), name)
        m, v, t = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g, epoch + 1
        step = 0.2 / (1 - 0.9**t) * m / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        x = replace(x, **{name: getattr(x, name) - step})
    return getattr(x, name)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("ratios", [(None, None), (12.0, 7.0)])
def test_final_scoring_is_two_plain_fits_of_the_notes(
    camps: Camps, model: ReputationModel, ratios: tuple[float | None, float | None]
) -> None:
    ratings = matrix(camps)
    fit = prescore(ratings, model, rater_factor=camps.camp.astype(float), draws=Draws(1))
    given = stored(fit)
    missing = np.arange(ratings.n_raters) % 9 == 0
    given = replace(given, rater_reputation=np.where(missing, np.nan, given.rater_reputation))
    intercept, factor = score_notes(
        ratings, model, stored=given, ratings_per_note=ratios[0], ratings_per_rater=ratios[1]
    )
    x = Parameters(
        note_factor=fit.note_factor,
        note_intercept=fit.note_intercept_round2,
        rater_factor=fit.rater_factor,
        rater_intercept=fit.rater_intercept_round2,
        rater_reputation=np.where(missing, 0, fit.rater_reputation),
        global_intercept=fit.global_intercepts[1],
    )
    expected = plain_line_fit(ratings, model, 2, x, "note_factor", ratios)
    np.testing.assert_allclose(factor, expected, atol=2e-3)
    x = replace(
        x, note_factor=factor, rater_intercept=fit.rater_intercept, global_intercept=fit.global_intercepts[2]
    )
    expected = plain_line_fit(ratings, model, 3, x, "note_intercept", ratios)
    np.testing.assert_allclose(intercept, expected, atol=2e-3)


def test_final_scoring_does_not_depend_on_threads(camps: Camps) -> None:
    ratings = matrix(camps)
    given = stored(prescore(ratings, DILIGENCE, rater_factor=camps.camp.astype(float), draws=Draws(1)))
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = score_notes(ratings, DILIGENCE, stored=given)
        numba.set_num_threads(2)
        together = score_notes(ratings, DILIGENCE, stored=given)
    finally:
        numba.set_num_threads(threads)
    np.testing.assert_array_equal(alone[0], together[0])
    np.testing.assert_array_equal(alone[1], together[1])


def test_wrong_shapes_are_named(camps: Camps) -> None:
    ratings = matrix(camps)
    with pytest.raises(ShapeError, match="rater_factor has 2 values for 60"):
        prescore(ratings, DILIGENCE, rater_factor=np.zeros(2), draws=Draws(1))
    weighted = matrix(camps, weight=np.ones(len(camps.note)))
    with pytest.raises(ShapeError, match="weighs ratings itself"):
        prescore(weighted, DILIGENCE, rater_factor=None, draws=Draws(1))
    given = stored(prescore(ratings, DILIGENCE, rater_factor=None, draws=Draws(1)))
    with pytest.raises(ShapeError, match="stored note_factor has 1 values for 30"):
        score_notes(ratings, DILIGENCE, stored=replace(given, note_factor=np.zeros(1)))
    with pytest.raises(ShapeError, match="weighs ratings itself"):
        score_notes(weighted, DILIGENCE, stored=given)


def test_infinite_values_end_with_a_message(camps: Camps) -> None:
    ratings = matrix(camps)
    with pytest.raises(DivergedError, match="round 1"):
        prescore(ratings, HELPFULNESS, rater_factor=np.full(ratings.n_raters, 1e30), draws=Draws(1))
    given = stored(prescore(ratings, DILIGENCE, rater_factor=None, draws=Draws(1)))
    broken = replace(given, rater_factor=np.full(ratings.n_raters, 1e30))
    with pytest.raises(DivergedError, match="note_factor"):
        score_notes(ratings, HELPFULNESS, stored=broken)
