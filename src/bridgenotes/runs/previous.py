"""What an earlier run found, without the notes that must be scored anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.results import read_output
from bridgenotes.data.write import write_tables

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

SCORES: Final = ("scored_notes", "aux_note_info")
HISTORY: Final = "note_status_history"


def without(notes: Collection[int], scored: Path, out: Path) -> Path:
    """Return a folder with the outputs of a run that knows nothing of some notes.

    The engine scores notes with new ratings and notes the previous run did not score. A rating that was
    edited or deleted is not new, so its note is made one that was not scored; its status history stays.

    Parameters
    ----------
    notes : collection of int
        Public numbers.
    scored : Path
        Folder of a final scoring.
    out : Path
        Where to write, if there is anything to leave out.
    """
    if not notes:
        return scored
    left_out = pl.Series(sorted(notes), dtype=pl.Int64)
    tables = {
        name: read_output(scored, name).filter(~pl.col("noteId").is_in(left_out.implode())) for name in SCORES
    }
    write_tables(out, {**tables, HISTORY: read_output(scored, HISTORY)}, format="parquet")
    return out
