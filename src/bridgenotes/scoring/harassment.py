"""Tag consensus on harassment: which notes raters across viewpoints call abusive (spec 04 D.4, 08 section 4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import tag_bit
from bridgenotes.scoring import vectors
from bridgenotes.scoring.batches import batches, flags
from bridgenotes.scoring.index import index_ratings
from bridgenotes.scoring.mf.early_stopped import Schedule, train
from bridgenotes.scoring.mf.objective import Parameters
from bridgenotes.scoring.note_statistics import spread
from bridgenotes.scoring.preprocess import min_counts

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import Harassment, Model
    from bridgenotes.scoring.ratings import Ratings

FloatArray = npt.NDArray[np.float64]
UNLABELLED = 3


@dataclass(frozen=True)
class Consensus:
    """Note parameters of the tag model, float64, shape (n_notes,), NaN where there is none."""

    intercept: FloatArray
    factor: FloatArray


def harassment_consensus(
    ratings: Ratings,
    note_factor: FloatArray,
    rater_factor: FloatArray,
    settings: Harassment,
    model: Model,
) -> Consensus | None:
    """Fit the harassment tag on the ratings of helpful raters.

    Parameters
    ----------
    ratings : Ratings
        Training ratings of raters that pass the preliminary helpfulness test.
    note_factor, rater_factor : numpy.ndarray, float64
        First-round factors by code, NaN where there is none; the fit starts at a multiple of them.
    settings : Harassment
        Start date, scale, learning rate.
    model : Model
        For the minimum counts; the penalties are the default ones.

    Returns
    -------
    Consensus or None
        None when there is nothing to learn from: no rating, or only one label.
    """
    label = _labels(ratings, settings)
    labelled, label = ratings.where(label != UNLABELLED), label[label != UNLABELLED]
    keep = min_counts(labelled.note, labelled.rater, model.min_ratings_per_rater, model.min_raters_per_note)
    labelled, label = labelled.where(keep), label[keep]
    positive = float(np.mean(label == 2)) if len(label) else 0.0
    if not 0 < positive < 1:
        return None
    shape = (len(note_factor), len(rater_factor))
    data = index_ratings(labelled, shape, label)
    objective = replace(type(model.objective)(), loss="logistic", positive_weight=(1 - positive) / positive)
    start = replace(
        Parameters.zeros(data.matrix.n_notes, data.matrix.n_raters),
        note_factor=settings.factor_scale * np.nan_to_num(note_factor[data.notes.codes]),
        rater_factor=settings.factor_scale * np.nan_to_num(rater_factor[data.raters.codes]),
    )
    fit = train(data.matrix, objective, start, Schedule(learning_rate=settings.learning_rate)).identified()
    return Consensus(
        intercept=spread(fit.parameters.note_intercept, data.notes.codes, shape[0]),
        factor=spread(fit.parameters.note_factor, data.notes.codes, shape[0]),
    )


def _labels(ratings: Ratings, settings: Harassment) -> npt.NDArray[np.uint8]:
    """Return 0 (no harassment), 2 (harassment) or `UNLABELLED` per rating; later rules win."""
    whole = np.full(len(ratings), UNLABELLED, np.uint8)
    done = 0
    for part in batches(ratings):
        label, tags = whole[done : done + len(part)], part.tags
        label[(part.level == 2) & part.has_level] = 0
        label[(tags & np.uint32(tag_bit("notHelpfulOther"))) != 0] = 0
        label[(tags & np.uint32(tag_bit("notHelpfulSpamHarassmentOrAbuse"))) != 0] = 2
        label[part.created_at_ms < settings.since_ms] = UNLABELLED
        done += len(part)
    return whole


def penalties(ratings: Ratings, consensus: Consensus, settings: Harassment) -> pl.DataFrame:
    """Return what each rater loses for having rated abusive notes helpful (spec 04 D.4).

    Parameters
    ----------
    ratings : Ratings
        Training ratings, valid or not.

    Returns
    -------
    polars.DataFrame
        Columns rater and penalty (float64), one row per penalised rater.
    """
    intercept = consensus.intercept.astype(np.float32)
    is_abusive = intercept >= np.float32(settings.min_intercept)
    hits = ratings.where(flags(ratings, lambda part: vectors.take(is_abusive, part.note) & (part.level == 2)))
    each = (
        settings.penalty * intercept[hits.note].astype(np.float64) / settings.min_intercept
        if settings.multiply_by_intercept
        else np.full(len(hits), settings.penalty)
    )
    return (
        pl.DataFrame({"rater": hits.rater, "penalty": each})
        .group_by("rater", maintain_order=True)
        .agg(pl.col("penalty").sum())
    )
