"""The engine's output tables of one run, the columns the site needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from bridgenotes.data.errors import DataError
from bridgenotes.data.outputs import output_schema
from bridgenotes.data.results import find_table, read_output
from bridgenotes.runs.apply.statuses import HISTORY, with_deciding_model

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Results:
    """Where final and contributor scoring wrote, and the clock they were given.

    Attributes
    ----------
    notes, people : Path
        Their folders.
    now_ms : int
        Clock of the run, epoch milliseconds.
    """

    notes: Path
    people: Path
    now_ms: int

    def scored_notes(self) -> pl.DataFrame:
        """Return a row per note that this run scored, ascending by number.

        Notes that an incremental run passed through carry an earlier time and are left out.
        """
        history = read_output(self.notes, "note_status_history").select("noteId", *HISTORY)
        waited = read_output(self.notes, "aux_note_info").select("noteId", "preStabilizationRatingStatus")
        scored = with_deciding_model(read_output(self.notes, "scored_notes")).select(
            "noteId", "finalRatingStatus", "firstTag", "secondTag", "decidedBy",
            "intercept", "factor", "is_safeguarded",
        )  # fmt: skip
        return (
            history.filter(pl.col("timestampMillisOfCurrentStatus") == self.now_ms)
            .join(scored, on="noteId", how="inner", validate="1:1")
            .join(waited, on="noteId", how="inner", validate="1:1")
            .sort("noteId")
        )

    def clocks(self) -> pl.DataFrame:
        """Return the clock of the early-exit model by note, of the notes that have one."""
        history = read_output(self.notes, "note_status_history")
        return history.select("noteId", "abovePcrhThresholdTime").drop_nulls()

    def columns(self, table: str, *names: str) -> pl.DataFrame:
        """Return some columns of a table of notes, without reading the others.

        Raises
        ------
        DataError
            If the table or a column is missing.
        """
        path = find_table(self.notes, table)
        if path.suffix != ".parquet":
            return read_output(self.notes, table).select(names)
        try:
            return pl.scan_parquet(path, glob=False).select(names).collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DataError(f"{path} cannot be read ({error}); score again") from error

    def judged_notes(self) -> pl.DataFrame:
        """Return every note, passed-through ones included, as the model saw it that decided.

        Returns
        -------
        polars.DataFrame
            ``noteId``, ``ratings`` (0 if nobody rated it), ``status``, ``intercept``, ``factor``.
        """
        known = output_schema("scored_notes")
        wanted = [name for name in known if name.endswith(("NoteIntercept", "NoteFactor1", "RatingStatus"))]
        names = dict.fromkeys(("noteId", "numRatings", "decidedBy", "finalRatingStatus", *wanted))
        return with_deciding_model(self.columns("scored_notes", *names)).select(
            "noteId", "intercept", "factor",
            ratings=pl.col("numRatings").fill_null(0), status="finalRatingStatus",
        )  # fmt: skip

    def contributors(self) -> pl.DataFrame:
        """Return a row per contributor of whom the run has something to say."""
        return read_output(self.people, "helpfulness_scores").sort("raterParticipantId")
