"""The two rounds of a scorer's factorization, by code (spec 03 C.5 steps 2 and 10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring import vectors
from bridgenotes.scoring.batches import count_by_note, flags
from bridgenotes.scoring.errors import UnfitForFactorizationError
from bridgenotes.scoring.index import IndexedRatings, by_appearance, index_ratings
from bridgenotes.scoring.mf.draws import Draws
from bridgenotes.scoring.mf.early_stopped import Schedule
from bridgenotes.scoring.mf.normalised import reweighted
from bridgenotes.scoring.mf.objective import Parameters
from bridgenotes.scoring.mf.random_start import random_start, skip_tables
from bridgenotes.scoring.mf.solver import Fit, data_error
from bridgenotes.scoring.mf.trainers import HERE, Trainers
from bridgenotes.scoring.mf.warm_start import warm_start
from bridgenotes.scoring.note_statistics import spread
from bridgenotes.scoring.preprocess import UNASSIGNED

if TYPE_CHECKING:
    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.preprocess import Community
    from bridgenotes.scoring.profile import Model
    from bridgenotes.scoring.ratings import Ratings

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Round:
    """A fit by code.

    Attributes
    ----------
    fit : Fit
    note_intercept, note_factor : numpy.ndarray, float64, shape (n_notes,)
    rater_intercept, rater_factor : numpy.ndarray, float64, shape (n_contributors,)
        NaN where the fit has no such note or rater.
    size : tuple of int
        Ratings, notes and raters of the fit.
    """

    fit: Fit
    note_intercept: FloatArray
    note_factor: FloatArray
    rater_intercept: FloatArray
    rater_factor: FloatArray
    size: tuple[int, int, int]

    @classmethod
    def of(cls, fit: Fit, data: IndexedRatings) -> Round:
        """Spread a fit over all codes."""
        x, n, u = fit.parameters, len(data.notes.position), len(data.raters.position)
        return cls(
            fit=fit,
            note_intercept=spread(x.note_intercept, data.notes.codes, n),
            note_factor=spread(x.note_factor, data.notes.codes, n),
            rater_intercept=spread(x.rater_intercept, data.raters.codes, u),
            rater_factor=spread(x.rater_factor, data.raters.codes, u),
            size=(data.matrix.n_ratings, data.matrix.n_notes, data.matrix.n_raters),
        )

    def start_for(self, data: IndexedRatings) -> Parameters:
        """Return these parameters for other data; what is absent starts at 0."""
        notes, raters = data.notes.codes, data.raters.codes
        return Parameters(
            note_intercept=np.nan_to_num(self.note_intercept[notes]),
            note_factor=np.nan_to_num(self.note_factor[notes]),
            rater_intercept=np.nan_to_num(self.rater_intercept[raters]),
            rater_factor=np.nan_to_num(self.rater_factor[raters]),
            global_intercept=self.fit.parameters.global_intercept,
        )

    def record(self) -> dict[str, float | int | str]:
        """Return what the run's record keeps of the fit."""
        return self.fit.record()


def first_round(
    community: Community,
    training: Ratings,
    model: Model,
    seed: int,
    trainers: Trainers = HERE,
    earlier: Handover | None = None,
) -> Round:
    """Fit all training ratings, started from the stable group's ratings where there are any.

    Parameters
    ----------
    training : Ratings
        In the order of the run's ratings, which random starts follow.
    seed : int
        Of the run, as the reference has it.
    trainers : Trainers
        Where fits are made.
    earlier : Handover, optional
        What an earlier prescoring learned; an exact fit begins from it.

    Raises
    ------
    UnfitForFactorizationError
        If the mean error exceeds the model's limit on data of production size.
    """
    data = index_ratings(training, community.shape)
    if model.trains_exactly:
        fit = _exact_first(community, training, data, model, trainers, earlier)
    else:
        fit = _early_stopped_first(community, training, data, model, seed, trainers)
    if model.normalised is not None:
        drawn = drawn_start(training, data, Draws(seed))
        fit = reweighted(data.matrix, model.objective, model, fit, drawn).identified()
    _check_error(data, fit, model)
    return Round.of(fit, data)


def _exact_first(
    community: Community,
    training: Ratings,
    data: IndexedRatings,
    model: Model,
    trainers: Trainers,
    earlier: Handover | None,
) -> Fit:
    known = _from_earlier(earlier, data, community.shape, model)
    if known is not None:
        return trainers.solve(data.matrix, model.objective, known).identified()
    stable = stable_subset(community, training, model)
    if not len(stable):
        return trainers.solve_cold(data.matrix, model.objective)
    start = stable_start(stable, community.shape, model, Draws(0), trainers).start_for(data)
    return trainers.solve(data.matrix, model.objective, start).identified()


def _early_stopped_first(
    community: Community,
    training: Ratings,
    data: IndexedRatings,
    model: Model,
    seed: int,
    trainers: Trainers,
) -> Fit:
    stable = stable_subset(community, training, model)
    cold, warm = Schedule(model.cold_learning_rate), Schedule(model.learning_rate)
    if not len(stable):
        return trainers.train(
            data.matrix, model.objective, drawn_start(training, data, Draws(seed)), cold
        ).identified()
    start = stable_start(stable, community.shape, model, Draws(seed), trainers).start_for(data)
    return trainers.train(data.matrix, model.objective, start, warm).identified()


def stable_start(
    stable: Ratings, shape: tuple[int, int], model: Model, draws: Draws, trainers: Trainers = HERE
) -> Round:
    """Fit the stable group's ratings from nothing.

    Parameters
    ----------
    stable : Ratings
        From `stable_subset`, not empty.
    draws : Draws
        Where an early-stopped fit's start comes from; the fit goes on from where the draws are.
    """
    core = index_ratings(stable, shape)
    if model.trains_exactly:
        return Round.of(trainers.solve_cold(core.matrix, model.objective), core)
    skip_tables(core.matrix.n_notes, core.matrix.n_raters, draws)
    cold = Schedule(model.cold_learning_rate)
    fit = trainers.train(core.matrix, model.objective, drawn_start(stable, core, draws), cold)
    return Round.of(fit.identified(), core)


def drawn_start(ratings: Ratings, data: IndexedRatings, draws: Draws) -> Parameters:
    """Return a random start that follows the order of the ratings."""
    notes = by_appearance(data.notes, ratings.note)
    return random_start(notes, by_appearance(data.raters, ratings.rater), draws)


def second_round(
    final: Ratings,
    first: Round,
    shape: tuple[int, int],
    model: Model,
    seed: int,
    trainers: Trainers = HERE,
) -> Round:
    """Fit the ratings of helpful raters, started from the first round with a global intercept of 0."""
    data = index_ratings(final, shape)
    start = replace(first.start_for(data), global_intercept=0.0)
    if model.trains_exactly:
        fit = trainers.solve(data.matrix, model.objective, start).identified()
    else:
        fit = trainers.train(data.matrix, model.objective, start, Schedule(model.learning_rate)).identified()
    if model.normalised is not None:
        drawn = drawn_start(final, data, Draws(seed))
        again = replace(drawn, rater_intercept=start.rater_intercept, rater_factor=start.rater_factor)
        fit = reweighted(data.matrix, model.objective, model, fit, again).identified()
    return Round.of(fit, data)


def _from_earlier(
    earlier: Handover | None, data: IndexedRatings, shape: tuple[int, int], model: Model
) -> Parameters | None:
    """Return a start from an earlier second round; None if it knows no factor of these notes."""
    if earlier is None:
        return None
    notes, raters = data.notes.codes, data.raters.codes
    factor = earlier.note_values("factor", shape[0])[notes]
    if not np.nan_to_num(factor).any():
        return None
    known = Parameters(
        note_intercept=np.nan_to_num(earlier.note_values("intercept", shape[0])[notes]),
        note_factor=np.nan_to_num(factor),
        rater_intercept=np.nan_to_num(earlier.rater_values("intercept", shape[1])[raters]),
        rater_factor=np.nan_to_num(earlier.rater_values("factor", shape[1])[raters]),
        global_intercept=earlier.global_intercept,
    )
    return warm_start(data.matrix, model.objective, known, ~np.isnan(factor))


def stable_subset(community: Community, training: Ratings, model: Model) -> Ratings:
    """Return the stable group's ratings on notes that are mostly the group's (spec 03 C.5 step 2)."""
    if model.stable_group is None:
        return training.take(np.empty(0, np.uint32))
    is_enrolled, is_own = community.group != UNASSIGNED, community.group == model.stable_group
    n_notes = community.shape[0]
    total = count_by_note(training, n_notes, lambda part: vectors.take(is_enrolled, part.rater))
    own = count_by_note(training, n_notes, lambda part: vectors.take(is_own, part.rater))
    share = own / np.maximum(total, 1)
    fits = (share >= model.stable_group_share) & (total >= model.min_raters_per_note)
    return training.where(
        flags(training, lambda part: vectors.take(is_own, part.rater) & vectors.take(fits, part.note))
    )


def _check_error(data: IndexedRatings, fit: Fit, model: Model) -> None:
    if data.matrix.n_notes < model.min_notes_for_error_check:
        return
    error = data_error(data.matrix, fit.parameters)
    if error > model.max_first_error:
        raise UnfitForFactorizationError(
            f"the first fit leaves a mean squared error of {error:.3f}, above {model.max_first_error}: these "
            "ratings do not look like ratings of notes; check the helpfulness levels of the input"
        )
