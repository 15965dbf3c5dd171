"""Contributor scoring: what the run means for people (spec 06 section 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.dataset import STATUS_HISTORY_SCHEMA
from bridgenotes.data.outputs import OUTPUT_TABLES, from_public, to_public
from bridgenotes.scoring.assembly import rater_models
from bridgenotes.scoring.contributors.assembly import score_contributors
from bridgenotes.scoring.preprocess import prepare
from bridgenotes.scoring.shelf import collected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.phases.context import Context
    from bridgenotes.scoring.phases.prescoring import Prescored
    from bridgenotes.scoring.profile import Profile
    from bridgenotes.scoring.shelf import Table

READ_OF_HISTORY: Final = ("note", "author", "created_at_ms", "current_status", "latest_non_nmr_status_at_ms")


def score_people(
    dataset: Dataset,
    profile: Profile,
    prescored: Prescored,
    tables: Mapping[str, Table],
    context: Context,
) -> pl.DataFrame:
    """Return the output table ``helpfulness_scores`` under public names, ascending by contributor.

    Parameters
    ----------
    prescored : Prescored
        For what models say of raters.
    tables : mapping of str to Table
        ``scored_notes``, ``aux_note_info`` and ``note_status_history`` of final scoring, as it wrote them.
    """
    with context.watch("scoring contributors"):
        community = prepare(dataset, profile.history)
        results = _coded(
            tables, "scored_notes", ("note", "num_ratings", "core_note_intercept"), dataset
        ).join(
            _coded(tables, "aux_note_info", ("note", "num_ratings_last28"), dataset),
            on="note",
            how="left",
            maintain_order="left",
        )
        results = results.with_columns(pl.col("core_note_intercept").cast(pl.Float32))
        history = _coded(tables, "note_status_history", READ_OF_HISTORY, dataset)
        models = rater_models(profile, prescored.handovers, prescored.similarity, community.group)
        people = score_contributors(
            dataset,
            community.ratings,
            history.cast({name: STATUS_HISTORY_SCHEMA[name] for name in READ_OF_HISTORY}),
            results,
            models,
            profile,
            context.now_ms,
        )
        return to_public(people, "helpfulness_scores", dataset)


def _coded(tables: Mapping[str, Table], name: str, fields: tuple[str, ...], dataset: Dataset) -> pl.DataFrame:
    """Return some columns of a public table under our names, with codes for ids."""
    public = [column.name for column in OUTPUT_TABLES[name] if column.field in fields]
    return from_public(collected(tables[name].select(public)), name, dataset).select(fields)
