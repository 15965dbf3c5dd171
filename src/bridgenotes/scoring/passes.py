"""One final pass: fit notes on the ratings of known raters, raters frozen (spec 03 C.7 steps 1 to 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bridgenotes.scoring import vectors
from bridgenotes.scoring.batches import count_by_note, flags
from bridgenotes.scoring.diligence import score_diligence
from bridgenotes.scoring.gaussian.final_pass import gaussian_pass, note_authors
from bridgenotes.scoring.gaussian.settings import GAUSSIAN, GAUSSIAN_TOPIC
from bridgenotes.scoring.index import index_ratings
from bridgenotes.scoring.mf.draws import Draws
from bridgenotes.scoring.mf.early_stopped import Schedule, train_notes
from bridgenotes.scoring.mf.normalised import reweighted
from bridgenotes.scoring.mf.objective import Parameters
from bridgenotes.scoring.mf.solver import Fit, solve_notes, unfitted
from bridgenotes.scoring.note_statistics import spread
from bridgenotes.scoring.pseudo_raters import intercept_bounds
from bridgenotes.scoring.rounds import drawn_start

if TYPE_CHECKING:
    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.index import IndexedRatings
    from bridgenotes.scoring.mf.objective import Objective
    from bridgenotes.scoring.preprocess import Community
    from bridgenotes.scoring.profile import Scorer
    from bridgenotes.scoring.ratings import Ratings

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pass:
    """What one pass says, by note code; NaN where it says nothing.

    Attributes
    ----------
    fit : Fit
    intercept, factor : numpy.ndarray, float64, shape (n_notes,)
    bounds : tuple of numpy.ndarray or None
        Smallest and largest intercept with a pseudo-rater.
    diligence : numpy.ndarray, float64, shape (n_notes,), or None
        Low-diligence intercepts; only in the main pass.
    used_rater : numpy.ndarray, bool, shape (n_contributors,)
        Whose factors the rules may look at.
    """

    fit: Fit
    intercept: FloatArray
    factor: FloatArray
    bounds: tuple[FloatArray, FloatArray] | None
    diligence: FloatArray | None
    used_rater: BoolArray


@dataclass(frozen=True)
class Passes:
    """The passes of one scorer over parts of its ratings.

    Attributes
    ----------
    community : Community
    scorer : Scorer
    handover : Handover
        Of the scorer, or of the one it borrows from.
    seed : int
        For models with a random start.
    second_fit_free : bool
        Whether the second fit of a normalised loss moves raters (`Accidents`).
    """

    community: Community
    scorer: Scorer
    handover: Handover
    seed: int
    second_fit_free: bool = True

    def run(
        self, seen: Ratings, ratings_per_note: float | None = None, *, is_main: bool = False
    ) -> Pass | None:
        """Fit notes on ``seen``; None when no rating by a known, helpful rater is among them.

        Parameters
        ----------
        seen : Ratings
            In-scope ratings, or a part of them.
        ratings_per_note : float, optional
            Scale of the penalties; default: prescoring's.
        is_main : bool
            Whether side models (bounds, diligence) are wanted.
        """
        if self.scorer.kind == "gaussian":
            return self._gaussian(seen, ratings_per_note, is_main=is_main)
        return self._factorization(seen, ratings_per_note, is_main=is_main)

    def _gaussian(self, seen: Ratings, ratings_per_note: float | None, *, is_main: bool) -> Pass | None:
        shape = self.community.shape
        settings = replace(
            GAUSSIAN if self.scorer.filters_helpfulness else GAUSSIAN_TOPIC,
            trainer="exact" if self.scorer.model.final_trainer == "exact" else "early-stopped",
        )
        authors = note_authors(self.community.history)
        found = gaussian_pass(
            seen, authors, self.handover, settings, shape, ratings_per_note=ratings_per_note
        )
        if found is None:
            return None
        used = seen.where(found.in_final_round)
        known = ~np.isnan(self.handover.rater_values("factor", shape[1]))
        return Pass(
            found.fit, found.intercept, found.factor, None, self._diligence(used, is_main=is_main), known
        )

    def _factorization(self, seen: Ratings, ratings_per_note: float | None, *, is_main: bool) -> Pass | None:
        n_notes, n_contributors = self.community.shape
        keep = self._takes_part(seen)
        if not keep.any():
            return None
        used = seen.where(keep)
        data = index_ratings(used, self.community.shape)
        notes, raters = data.notes.codes, data.raters.codes
        handover, model = self.handover, self.scorer.model
        start = Parameters(
            note_intercept=np.nan_to_num(handover.note_values("intercept", n_notes)[notes]),
            note_factor=np.nan_to_num(handover.note_values("factor", n_notes)[notes]),
            rater_intercept=handover.rater_values("intercept", n_contributors)[raters],
            rater_factor=handover.rater_values("factor", n_contributors)[raters],
            global_intercept=handover.global_intercept,
        )
        objective = replace(model.objective, ratings_per_note=ratings_per_note or handover.ratings_per_note)
        fit = self._fit(used, data, objective, start)
        bounds = None
        if is_main and self.scorer.uses_pseudo_raters:
            low, high = intercept_bounds(data.matrix, objective, fit.parameters, model.final_trainer)
            bounds = spread(low, notes, n_notes), spread(high, notes, n_notes)
        used_rater = np.zeros(n_contributors, np.bool_)
        used_rater[raters] = True
        return Pass(
            fit=fit,
            intercept=spread(fit.parameters.note_intercept, notes, n_notes),
            factor=spread(fit.parameters.note_factor, notes, n_notes),
            bounds=bounds,
            diligence=self._diligence(used, is_main=is_main),
            used_rater=used_rater,
        )

    def _takes_part(self, seen: Ratings) -> BoolArray:
        """Return which ratings are fitted: of notes with enough raters, by known and helpful ones."""
        n_notes, n_contributors = self.community.shape
        known = ~np.isnan(self.handover.rater_values("intercept", n_contributors))
        if self.scorer.filters_helpfulness:
            known &= self.handover.rater_values("above_helpfulness_threshold", n_contributors) == 1
        n_ratings = count_by_note(seen, n_notes, lambda part: np.ones(len(part), np.bool_))
        takes = n_ratings >= self.scorer.model.min_raters_per_note
        if self.scorer.model.final_trainer == "second round":
            takes &= ~np.isnan(self.handover.note_values("intercept", n_notes))
        return flags(seen, lambda part: vectors.take(known, part.rater) & vectors.take(takes, part.note))

    def _fit(self, used: Ratings, data: IndexedRatings, objective: Objective, start: Parameters) -> Fit:
        model, ratings = self.scorer.model, data.matrix
        if model.final_trainer == "second round":
            return unfitted(ratings, objective, start)
        if model.final_trainer == "exact" and model.normalised is None:
            return solve_notes(ratings, objective, start)
        fit = train_notes(ratings, objective, start, Schedule(learning_rate=model.learning_rate))
        if model.normalised is None:
            return fit
        # the reference's final scoring has its ratings by rater; who appears first draws first
        drawn = drawn_start(
            used.take(vectors.group(used.rater, self.community.shape[1])[1]), data, Draws(self.seed)
        )
        if not self.second_fit_free:
            notes = replace(start, note_intercept=drawn.note_intercept, note_factor=drawn.note_factor)
            return reweighted(ratings, objective, model, fit, notes, frozen=True)
        again = replace(drawn, rater_intercept=start.rater_intercept, rater_factor=start.rater_factor)
        return reweighted(ratings, objective, model, fit, again)

    def _diligence(self, used: Ratings, *, is_main: bool) -> FloatArray | None:
        if not (is_main and self.scorer.uses_diligence):
            return None
        return score_diligence(used, self.handover, self.community.shape)
