"""The diligence model of one scorer: do raters across viewpoints report poor sourcing? (spec 08 section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.data.vocabulary import tag_bit
from bridgenotes.scoring.index import IndexedRatings, index_ratings
from bridgenotes.scoring.mf.draws import Draws
from bridgenotes.scoring.note_statistics import float32_columns, spread
from bridgenotes.scoring.reputation.final import StoredReputation, score_notes
from bridgenotes.scoring.reputation.model import DILIGENCE
from bridgenotes.scoring.reputation.rounds import prescore

if TYPE_CHECKING:
    import polars as pl

    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.ratings import Ratings

FloatArray = npt.NDArray[np.float64]

TAGS: Final = ("notHelpfulIncorrect", "notHelpfulIrrelevantSources", "notHelpfulSourcesMissingOrUnreliable")

NOTE_COLUMNS: Final = {
    "low_diligence_intercept": "note_intercept",
    "low_diligence_factor": "note_factor",
    "low_diligence_intercept_round2": "note_intercept_round2",
}
RATER_COLUMNS: Final = {
    "low_diligence_rater_intercept": "rater_intercept",
    "low_diligence_rater_factor": "rater_factor",
    "low_diligence_rater_reputation": "rater_reputation",
    "low_diligence_rater_intercept_round2": "rater_intercept_round2",
}
"""Column of the hand-over, and what the fit calls it."""


@dataclass(frozen=True)
class Diligence:
    """What prescoring learns: float32 columns by code, and the global intercept after each round."""

    notes: list[pl.Series]
    raters: list[pl.Series]
    global_intercepts: tuple[float, float, float]


def learn_diligence(
    ratings: Ratings, rater_factor: FloatArray, shape: tuple[int, int], seed: int
) -> Diligence:
    """Fit the three rounds on a scorer's final-round ratings.

    Parameters
    ----------
    ratings : Ratings
        The ratings of the second round.
    rater_factor : numpy.ndarray, float64, shape (n_contributors,)
        Factors of the second round by code: the starting values.
    shape : tuple of int
        (number of note codes, number of contributor codes).
    seed : int
        All other starting values are drawn, behind those of the second round's factors.
    """
    data = _labelled(ratings, shape)
    draws = Draws(seed)
    for size in (data.matrix.n_raters, data.matrix.n_notes):
        draws.uniform(size, 1.0)
    fit = prescore(
        data.matrix,
        DILIGENCE,
        rater_factor=rater_factor[data.raters.codes],
        draws=draws,
    )
    notes = [
        (name, spread(getattr(fit, of), data.notes.codes, shape[0])) for name, of in NOTE_COLUMNS.items()
    ]
    raters = [
        (name, spread(getattr(fit, of), data.raters.codes, shape[1])) for name, of in RATER_COLUMNS.items()
    ]
    return Diligence(float32_columns(notes), float32_columns(raters), fit.global_intercepts)


def score_diligence(ratings: Ratings, handover: Handover, shape: tuple[int, int]) -> FloatArray:
    """Return low-diligence intercepts by note code, NaN where the note has no rating.

    Parameters
    ----------
    ratings : Ratings
        The ratings of the main note-only fit.
    handover : Handover
        With diligence columns.
    """
    if handover.diligence_intercepts is None:
        return np.full(shape[0], np.nan)
    data = _labelled(ratings, shape)
    notes, raters = data.notes.codes, data.raters.codes
    stored = StoredReputation(
        note_factor=handover.note_values("low_diligence_factor", shape[0])[notes],
        note_intercept_round2=handover.note_values("low_diligence_intercept_round2", shape[0])[notes],
        rater_factor=handover.rater_values("low_diligence_rater_factor", shape[1])[raters],
        rater_reputation=handover.rater_values("low_diligence_rater_reputation", shape[1])[raters],
        rater_intercept=handover.rater_values("low_diligence_rater_intercept", shape[1])[raters],
        rater_intercept_round2=handover.rater_values("low_diligence_rater_intercept_round2", shape[1])[
            raters
        ],
        global_intercepts=handover.diligence_intercepts,
    )
    intercept, _ = score_notes(
        data.matrix,
        DILIGENCE,
        stored=stored,
        ratings_per_note=handover.n_ratings / handover.n_notes,
        ratings_per_rater=handover.n_ratings / handover.n_raters,
    )
    return spread(intercept, notes, shape[0])


def _labelled(ratings: Ratings, shape: tuple[int, int]) -> IndexedRatings:
    mask = np.uint32(sum(tag_bit(tag) for tag in TAGS))
    careless = (ratings.tags & mask) != 0
    return index_ratings(ratings, shape, careless.astype(np.uint8) * np.uint8(2))
