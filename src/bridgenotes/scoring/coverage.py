"""The reputation scorer: notes and raters by what raters' judgement proved to be worth (spec 08 section 3).

Its columns (``coverage…``, ``raterHelpfulnessReputation``) are for information; no rule reads them.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import CRH, NMR, Status
from bridgenotes.scoring import scope
from bridgenotes.scoring.index import IndexedRatings, index_ratings
from bridgenotes.scoring.mf.cold import solve_cold
from bridgenotes.scoring.note_statistics import float32_columns, spread
from bridgenotes.scoring.preprocess import min_counts
from bridgenotes.scoring.reputation.final import StoredReputation, score_notes
from bridgenotes.scoring.reputation.model import HELPFULNESS
from bridgenotes.scoring.reputation.rounds import ReputationFit, prescore
from bridgenotes.scoring.rounds import Round, stable_subset

if TYPE_CHECKING:
    from bridgenotes.scoring.inputs import Inputs
    from bridgenotes.scoring.profile import Scorer

FloatArray = npt.NDArray[np.float64]

HELPFUL_ABOVE: Final = 0.28


@dataclass(frozen=True)
class Reputations:
    """What prescoring learned.

    Attributes
    ----------
    fit : ReputationFit
    data : IndexedRatings
        The ratings it was learned from.
    """

    fit: ReputationFit
    data: IndexedRatings

    def rater_table(self) -> pl.DataFrame:
        """Return columns rater and rater_helpfulness_reputation."""
        return pl.DataFrame(
            {"rater": self.data.raters.codes, "rater_helpfulness_reputation": self.fit.rater_reputation}
        )


def learn_reputations(inputs: Inputs, scorer: Scorer) -> Reputations | None:
    """Fit the three rounds, started from the stable group's factors where there are any; None without ratings."""
    data = _training(inputs, scorer)
    if data is None:
        return None
    ratings, indexed = data
    stable = stable_subset(inputs.community, ratings, scorer.model)
    start = None
    if not stable.is_empty():
        core = index_ratings(stable, inputs.community.shape)
        start = Round.of(solve_cold(core.matrix, scorer.model.objective), core).start_for(indexed)
    fit = prescore(
        indexed.matrix,
        HELPFULNESS,
        rater_factor=start.rater_factor if start else None,
        note_factor=start.note_factor if start else None,
        rng=np.random.default_rng(inputs.seed * 2**32 + zlib.crc32(b"ReputationScorer")),
    )
    return Reputations(fit, indexed)


def score_coverage(inputs: Inputs, scorer: Scorer, learned: Reputations) -> pl.DataFrame:
    """Return the three ``coverage`` columns by note code; null where the note was not scored."""
    n_notes, n_contributors = inputs.community.shape
    member = scope.group_members(inputs.community.group, scorer)
    captured = scope.captured_notes(inputs.ratings, member, n_notes, scorer.capture_share)
    intercept, factor = np.full(n_notes, np.nan), np.full(n_notes, np.nan)
    data = _training(inputs, scorer)
    if data is not None:
        _, indexed = data
        notes, raters = indexed.notes.codes, indexed.raters.codes
        of_note = {
            k: spread(getattr(learned.fit, k), learned.data.notes.codes, n_notes)[notes] for k in _NOTES
        }
        of_rater = {
            k: spread(getattr(learned.fit, k), learned.data.raters.codes, n_contributors)[raters]
            for k in _RATERS
        }
        stored = StoredReputation(**of_note, **of_rater, global_intercepts=learned.fit.global_intercepts)
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


_NOTES: Final = ("note_factor", "note_intercept_round2")
_RATERS: Final = ("rater_factor", "rater_reputation", "rater_intercept", "rater_intercept_round2")


def _training(inputs: Inputs, scorer: Scorer) -> tuple[pl.DataFrame, IndexedRatings] | None:
    """Return in-scope ratings that meet the minimum counts, in both phases alike."""
    _, seen = scope.scope_of(inputs.community, inputs.ratings, inputs.topics, scorer)
    model = scorer.model
    note, rater = seen["note"].to_numpy(), seen["rater"].to_numpy()
    keep = min_counts(note, rater, model.min_ratings_per_rater, model.min_raters_per_note)
    ratings = seen.filter(pl.Series(keep))
    return None if ratings.is_empty() else (ratings, index_ratings(ratings, inputs.community.shape))
