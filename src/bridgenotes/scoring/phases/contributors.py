"""Contributor scoring: what the run means for people (spec 06 section 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bridgenotes.data.dataset import STATUS_HISTORY_SCHEMA
from bridgenotes.data.outputs import from_public, to_public
from bridgenotes.scoring.assembly import rater_models
from bridgenotes.scoring.contributors.assembly import score_contributors
from bridgenotes.scoring.preprocess import prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.phases.context import Context
    from bridgenotes.scoring.phases.prescoring import Prescored
    from bridgenotes.scoring.profile import Profile


def score_people(
    dataset: Dataset,
    profile: Profile,
    prescored: Prescored,
    tables: Mapping[str, pl.DataFrame],
    context: Context,
) -> pl.DataFrame:
    """Return the output table ``helpfulness_scores`` under public names, ascending by contributor.

    Parameters
    ----------
    prescored : Prescored
        For what models say of raters.
    tables : mapping of str to polars.DataFrame
        ``scored_notes``, ``aux_note_info`` and ``note_status_history`` of final scoring, as it wrote them.
    """
    with context.watch("scoring contributors"):
        community = prepare(dataset, profile.history)
        history = from_public(tables["note_status_history"], "note_status_history", dataset)
        scored = from_public(tables["scored_notes"], "scored_notes", dataset)
        notes = from_public(tables["aux_note_info"], "aux_note_info", dataset)
        results = scored.select("note", "num_ratings", pl.col("core_note_intercept").cast(pl.Float32)).join(
            notes.select("note", "num_ratings_last28"), on="note", how="left", maintain_order="left"
        )
        models = rater_models(profile, prescored.handovers, prescored.similarity, community.group)
        people = score_contributors(
            dataset,
            community.ratings,
            history.select(STATUS_HISTORY_SCHEMA.names()).cast(STATUS_HISTORY_SCHEMA),
            results,
            models,
            profile,
            context.now_ms,
        )
        return to_public(people, "helpfulness_scores", dataset)
