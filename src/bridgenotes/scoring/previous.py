"""What an earlier run found, for a run that scores only what may have changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from bridgenotes.data.outputs import from_public

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.data.dataset import Dataset


@dataclass(frozen=True)
class Previous:
    """Outputs of the previous run.

    Attributes
    ----------
    scored_notes, aux_note_info, note_status_history : polars.DataFrame
        Under public names and with public ids; the status history is also that of the dataset.
    rating_cutoff_ms : int
        Time of the newest rating it saw, epoch milliseconds.
    notes : polars.Series, Int32
        Codes of the notes it scored.
    """

    scored_notes: pl.DataFrame
    aux_note_info: pl.DataFrame
    note_status_history: pl.DataFrame
    rating_cutoff_ms: int
    notes: pl.Series

    @classmethod
    def of(cls, tables: Mapping[str, pl.DataFrame], rating_cutoff_ms: int, dataset: Dataset) -> Previous:
        """Return the previous run of which ``tables`` are the public outputs."""
        return cls(
            scored_notes=tables["scored_notes"],
            aux_note_info=tables["aux_note_info"],
            note_status_history=tables["note_status_history"],
            rating_cutoff_ms=rating_cutoff_ms,
            notes=from_public(tables["scored_notes"].select("noteId"), "scored_notes", dataset)["note"],
        )

    def passed_through(
        self, table: str, rescored: pl.Series, lower: int | None = None, upper: int | None = None
    ) -> pl.DataFrame:
        """Return the rows of notes that this run does not score.

        Parameters
        ----------
        rescored : polars.Series, Int64
            Public ids of the notes it scores.
        lower, upper : int, optional
            Look only at notes with an id of at least ``lower`` and below ``upper``.
        """
        frame: pl.DataFrame = getattr(self, table)
        note = pl.col("noteId")
        inside = [] if lower is None else [note >= lower]
        inside += [] if upper is None else [note < upper]
        kept = frame.filter(*inside, ~note.is_in(rescored.implode()))
        if "rescoringActiveRules" in kept.columns:
            kept = kept.with_columns(pl.lit("").alias("rescoringActiveRules"))
        return kept
