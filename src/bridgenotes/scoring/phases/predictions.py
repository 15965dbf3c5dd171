"""What the confidence models say in a run, and how it enters the tables (spec 06 sections 4 and 11, 10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.outputs import from_public
from bridgenotes.data.public import note_id_of
from bridgenotes.scoring.confidence import (
    RaterFactors,
    above_times,
    flip_notes,
    flip_ratings,
    predict_flips,
    predict_helpful,
    previous_above,
    suppress_after_rules,
    suppress_at_end,
)
from bridgenotes.scoring.preprocess import prepare
from bridgenotes.scoring.side import FLIPS_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.inputs import Inputs
    from bridgenotes.scoring.phases.prescoring import Prescored
    from bridgenotes.scoring.phases.selected import Selected
    from bridgenotes.scoring.previous import Previous
    from bridgenotes.scoring.profile import Profile

ABOVE: Final = "above_pcrh_threshold_at_ms"
_PUBLIC_ABOVE: Final = "abovePcrhThresholdTime"


@dataclass(frozen=True)
class Predictions:
    """Predictions that are given instead of made, by note code.

    Attributes
    ----------
    flips : polars.DataFrame or None
        `side.FLIPS_SCHEMA`.
    helpful : polars.DataFrame or None
        `confidence.helpful.PREDICTIONS_SCHEMA`.
    """

    flips: pl.DataFrame | None = None
    helpful: pl.DataFrame | None = None


def before_run(dataset: Dataset, previous: Previous | None) -> pl.DataFrame:
    """Return since when notes are predicted Helpful, as known before the run (`above.PREVIOUS_SCHEMA`)."""
    tables = [dataset.status_history.select("note", ABOVE)]
    if previous is not None:
        scored = previous.scored_notes.select("noteId", _PUBLIC_ABOVE)
        tables.insert(0, from_public(scored, "scored_notes", dataset))
    return previous_above(tables)


def flips_of_run(
    dataset: Dataset, selected: Selected, prescored: Prescored, profile: Profile, now_ms: int
) -> pl.DataFrame:
    """Predict flips from the whole dataset, since notes on the same post tell; return selected notes only."""
    if prescored.flip_model is None:
        return pl.DataFrame(schema=FLIPS_SCHEMA)
    community = selected.community if selected.part is None else prepare(dataset, profile.history)
    factors = RaterFactors.gather(prescored.handovers, community.shape[1])
    note = flip_notes(community, now_ms)
    ratings = flip_ratings(community, prescored.similarity, note, profile.history.small_data_notes)
    return selected.table(predict_flips(prescored.flip_model, community, ratings, factors, note))


def helpful_of_run(
    inputs: Inputs, selected: Selected, prescored: Prescored, before: pl.DataFrame
) -> pl.DataFrame:
    """Predict which of the selected notes become Helpful; ratings of raters that act alike all count."""
    community = selected.community
    factors = RaterFactors.gather(prescored.handovers, community.shape[1])
    uncoalesced = replace(inputs, ratings=community.ratings)
    return predict_helpful(prescored.helpful_model, uncoalesced, factors, selected.table(before))


def with_predicted_helpful(
    decided: pl.DataFrame, predicted: pl.DataFrame, before: pl.DataFrame, now_ms: int
) -> pl.DataFrame:
    """Return the decided notes with predictions and times, ended where the statuses contradict them.

    Parameters
    ----------
    decided : polars.DataFrame
        Row i is note code i.
    before : polars.DataFrame
        As `before_run` returns it, by the same codes.
    """
    times = above_times(predicted, before, now_ms)
    joined = decided.join(predicted, on="note", how="left", maintain_order="left")
    return suppress_after_rules(joined.join(times, on="note", how="left", maintain_order="left"))


def end_above(
    tables: Mapping[str, pl.DataFrame], dataset: Dataset, before: pl.DataFrame, now_ms: int
) -> dict[str, pl.DataFrame]:
    """Return the public note tables with the times of all notes brought to an end where they are over.

    The status history takes the column over as it is, nulls included (spec 06 section 11).
    """
    scored = tables["scored_notes"]
    names = (_PUBLIC_ABOVE, "decidedBy", "coreRatingStatus", "classification")
    place = np.searchsorted(dataset.note_ids, scored["noteId"].to_numpy())
    known = dataset.note_ids[np.minimum(place, dataset.n_notes - 1)] == scored["noteId"].to_numpy()
    rows = from_public(scored.select(names), "scored_notes", dataset)
    rows = rows.with_columns(note=pl.Series(place.astype(np.int32))).filter(pl.Series(known))
    ended = suppress_at_end(rows, before, now_ms)
    times = pl.DataFrame(
        [
            note_id_of(dataset, ended["note"]).alias("noteId"),
            ended[ABOVE].cast(tables["scored_notes"].schema[_PUBLIC_ABOVE]).alias(_PUBLIC_ABOVE),
        ]
    )
    return {
        name: _with_times(table, times) if _PUBLIC_ABOVE in table.columns else table
        for name, table in tables.items()
    }


def _with_times(table: pl.DataFrame, times: pl.DataFrame) -> pl.DataFrame:
    joined = table.drop(_PUBLIC_ABOVE).join(times, on="noteId", how="left", maintain_order="left")
    kept = joined.select(table.columns)
    return kept.cast({_PUBLIC_ABOVE: table.schema[_PUBLIC_ABOVE]})
