"""Prescoring of one scorer: learn the raters (spec 03 C.5).

Fit everything, judge notes provisionally, see whose ratings agree with what the notes became,
fit again on those raters only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bridgenotes.data.vocabulary import CRH
from bridgenotes.scoring import scope, vectors
from bridgenotes.scoring.batches import flags
from bridgenotes.scoring.diligence import Diligence, learn_diligence
from bridgenotes.scoring.handover import Handover
from bridgenotes.scoring.judging import Judged, judge_contributors, provisional_status
from bridgenotes.scoring.note_statistics import NoteCounts, float32_columns
from bridgenotes.scoring.preprocess import min_counts
from bridgenotes.scoring.rounds import Round, first_round, second_round
from bridgenotes.scoring.rules.engine import CODE
from bridgenotes.scoring.tag_filter import incorrect_usage, tag_thresholds, tag_weights

if TYPE_CHECKING:
    from bridgenotes.scoring.inputs import Inputs
    from bridgenotes.scoring.profile import Scorer


def prescore(inputs: Inputs, scorer: Scorer, earlier: Handover | None = None) -> Handover | None:
    """Learn rater parameters and helpfulness for one scorer.

    Parameters
    ----------
    inputs : Inputs
        The community.
    scorer : Scorer
        What to learn.
    earlier : Handover, optional
        What this scorer learned before; an exact first fit begins from it.

    Returns
    -------
    Handover or None
        None when too few ratings remain to learn from.

    Raises
    ------
    UnfitForFactorizationError
        If the first fit's mean error exceeds the profile's limit on data of production size.
    """
    community = inputs.community
    visible, seen = scope.scope_of(community, inputs.ratings, inputs.topics, scorer)
    model = scorer.model
    training = seen.where(
        min_counts(seen.note, seen.rater, model.min_ratings_per_rater, model.min_raters_per_note)
    )
    if not len(training):
        return None
    first = first_round(community, training, model, inputs.seed, inputs.trainers, earlier)
    counts = NoteCounts.of(seen, community.shape[0], inputs.now_ms)
    status = provisional_status(community, counts, first, scorer)
    judged: Judged | None = None
    final, second = training, first
    if scorer.filters_helpfulness:
        judged = judge_contributors(community, seen, training, first, status, scorer)
        if judged is None:
            return None
        trusted = judged.trusted(community.shape[1])
        final = training.where(flags(training, lambda part: vectors.take(trusted, part.rater)))
        if not len(final):
            return None
        second = second_round(final, first, community.shape, model, inputs.seed, inputs.trainers)
    diligence = (
        learn_diligence(final, second.rater_factor, community.shape, inputs.seed)
        if scorer.uses_diligence
        else None
    )
    limits = status
    if not inputs.accidents.tag_limits_of_first_fit:
        limits = provisional_status(community, counts, second, scorer)
    weights = tag_weights(seen, second.note_factor, second.rater_factor, scorer.tags)
    n_ratings, n_notes, n_raters = second.size
    return Handover(
        scorer=scorer.name,
        notes=_note_table(second, judged, diligence),
        raters=_rater_table(first, second, judged, diligence, incorrect_usage(seen, community.shape[1])),
        global_intercept=second.fit.parameters.global_intercept,
        tag_thresholds=tag_thresholds(weights, (limits == CODE[CRH]) & visible, scorer.tags),
        n_ratings=n_ratings,
        n_notes=n_notes,
        n_raters=n_raters,
        diligence_intercepts=diligence.global_intercepts if diligence else None,
        diagnostics={"first round": first.record(), "final round": second.record()},
    )


def _note_table(second: Round, judged: Judged | None, diligence: Diligence | None) -> pl.DataFrame:
    consensus = judged.consensus if judged else None
    nothing = np.full(len(second.note_intercept), np.nan)
    columns = float32_columns(
        [
            ("intercept", second.note_intercept),
            ("factor", second.note_factor),
            ("harassment_intercept", consensus.intercept if consensus else nothing),
            ("harassment_factor", consensus.factor if consensus else nothing),
        ]
    )
    notes = pl.Series("note", np.arange(len(nothing), dtype=np.int32))
    return pl.DataFrame([notes, *columns, *(diligence.notes if diligence else [])]).drop_nulls("intercept")


def _rater_table(
    first: Round, second: Round, judged: Judged | None, diligence: Diligence | None, usage: pl.DataFrame
) -> pl.DataFrame:
    """Return raters of the second fit and everybody with a helpfulness row (spec 03 C.6)."""
    raters = pl.Series("rater", np.arange(len(second.rater_intercept), dtype=np.int32))
    columns = float32_columns(
        [
            ("intercept", second.rater_intercept),
            ("factor", second.rater_factor),
            ("first_round_intercept", first.rater_intercept),
            ("first_round_factor", first.rater_factor),
        ]
    )
    table = pl.DataFrame([raters, *columns, *(diligence.raters if diligence else [])])
    known = pl.col("intercept").is_not_null()
    if judged is not None:
        known |= raters.is_in(judged.table["rater"].implode())
        table = table.join(judged.table, on="rater", how="left", maintain_order="left")
    return table.filter(known).join(usage, on="rater", how="left", maintain_order="left")
