"""The reputation scorer: notes and raters by what raters' judgement proved to be worth (spec 08 section 3).

Its columns (``coverage…``, ``raterHelpfulnessReputation``) are for information; no rule reads them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import CRH, NMR, NOT_HELPFUL_TAGS, Status
from bridgenotes.scoring import scope
from bridgenotes.scoring.accidents import findable
from bridgenotes.scoring.handover import Handover
from bridgenotes.scoring.index import IndexedRatings, index_ratings
from bridgenotes.scoring.mf.draws import Draws
from bridgenotes.scoring.note_statistics import float32_columns, spread
from bridgenotes.scoring.preprocess import min_counts
from bridgenotes.scoring.reputation.final import StoredReputation, score_notes
from bridgenotes.scoring.reputation.model import HELPFULNESS
from bridgenotes.scoring.reputation.rounds import ReputationFit, prescore
from bridgenotes.scoring.rounds import stable_start, stable_subset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.scoring.inputs import Inputs
    from bridgenotes.scoring.profile import Scorer
    from bridgenotes.scoring.ratings import Ratings

FloatArray = npt.NDArray[np.float64]

HELPFUL_ABOVE: Final = 0.28


def learn_reputations(inputs: Inputs, scorer: Scorer) -> Handover | None:
    """Fit the three rounds, started from the stable group's factors where there are any; None without ratings."""
    data = _training(inputs, scorer)
    if data is None:
        return None
    ratings, indexed = data
    draws = Draws(inputs.seed)
    stable = stable_subset(inputs.community, ratings, scorer.model)
    start = None
    if len(stable):
        start = stable_start(stable, inputs.community.shape, scorer.model, draws).start_for(indexed)
        if inputs.accidents.note_starts_lost:
            found = findable(inputs.community.dataset.note_ids[indexed.notes.codes])
            start = replace(start, note_factor=np.where(found, start.note_factor, 0.0))
    fit = prescore(
        indexed.matrix,
        HELPFULNESS,
        rater_factor=start.rater_factor if start else None,
        note_factor=start.note_factor if start else None,
        draws=draws,
    )
    return Handover(
        scorer=scorer.name,
        notes=pl.DataFrame([pl.Series("note", indexed.notes.codes), *_fitted(fit, _NOTES)]),
        raters=pl.DataFrame([pl.Series("rater", indexed.raters.codes), *_fitted(fit, _RATERS)]),
        global_intercept=float("nan"),
        tag_thresholds=np.full(len(NOT_HELPFUL_TAGS), np.nan),
        n_ratings=len(ratings),
        n_notes=len(indexed.notes.codes),
        n_raters=len(indexed.raters.codes),
        diligence_intercepts=fit.global_intercepts,
        diagnostics={},
    )


def _fitted(fit: ReputationFit, names: Mapping[str, str]) -> list[pl.Series]:
    return float32_columns([(name, getattr(fit, of)) for name, of in names.items()])


def score_coverage(inputs: Inputs, scorer: Scorer, learned: Handover) -> pl.DataFrame:
    """Return the three ``coverage`` columns by note code; null where the note was not scored."""
    n_notes, n_contributors = inputs.community.shape
    member = scope.group_members(inputs.community.group, scorer)
    captured = scope.captured_notes(inputs.ratings, member, n_notes, scorer.capture_share)
    intercept, factor = np.full(n_notes, np.nan), np.full(n_notes, np.nan)
    data = _training(inputs, scorer)
    if data is not None:
        _, indexed = data
        notes, raters = indexed.notes.codes, indexed.raters.codes
        of_note = {of: learned.note_values(name, n_notes)[notes] for name, of in _STORED_NOTES.items()}
        of_rater = {of: learned.rater_values(name, n_contributors)[raters] for name, of in _RATERS.items()}
        stored = StoredReputation(
            **of_note, **of_rater, global_intercepts=learned.diligence_intercepts or (0.0, 0.0, 0.0)
        )
        i, f = score_notes(indexed.matrix, HELPFULNESS, stored=stored)
        intercept, factor = spread(i, notes, n_notes), spread(f, notes, n_notes)
    columns = float32_columns([("coverage_note_intercept", intercept), ("coverage_note_factor1", factor)])
    status = (
        pl.when(pl.col("coverage_note_intercept") > HELPFUL_ABOVE)
        .then(pl.lit(CRH))
        .when(pl.col("coverage_note_intercept").is_not_null())
        .then(pl.lit(NMR))
        .cast(Status)
        .alias("coverage_rating_status")
    )
    return (
        pl.DataFrame(columns).with_columns(status).with_columns(pl.when(pl.Series(captured)).then(pl.all()))
    )


_NOTES: Final = {
    "intercept": "note_intercept",
    "factor": "note_factor",
    "low_diligence_intercept_round2": "note_intercept_round2",
}
_STORED_NOTES: Final = {k: v for k, v in _NOTES.items() if k != "intercept"}
_RATERS: Final = {
    "intercept": "rater_intercept",
    "factor": "rater_factor",
    "reputation": "rater_reputation",
    "low_diligence_rater_intercept_round2": "rater_intercept_round2",
}
"""Column of the hand-over, which reuses the diligence model's fields, and what the fit calls it."""


def _training(inputs: Inputs, scorer: Scorer) -> tuple[Ratings, IndexedRatings] | None:
    """Return in-scope ratings that meet the minimum counts, in both phases alike."""
    _, seen = scope.scope_of(inputs.community, inputs.ratings, inputs.topics, scorer)
    model = scorer.model
    ratings = seen.where(
        min_counts(seen.note, seen.rater, model.min_ratings_per_rater, model.min_raters_per_note)
    )
    return (ratings, index_ratings(ratings, inputs.community.shape)) if len(ratings) else None
