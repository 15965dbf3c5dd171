"""Write the public tables to a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bridgenotes.data.tables import TABLES
from bridgenotes.data.write import TableWriter
from bridgenotes.datarelease import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bridgenotes.data.write import Packing


def export(
    out: Path,
    *,
    packing: Packing | None = None,
    decided_notes_only: bool = False,
    watch: Callable[[], None] = lambda: None,
) -> dict[str, int]:
    """Write all public tables of the site; they appear together or not at all.

    Equal rows give equal files. Ratings are read before notes, so that a note written meanwhile is at most
    a note without ratings, never a rating without its note.

    Parameters
    ----------
    out : Path
        The folder.
    packing : {"gz", "zst"}, optional
        Compress the files.
    decided_notes_only : bool
        See `tables.ratings`.
    watch : callable
        Called after every portion; an exception of it ends the export without a trace.

    Returns
    -------
    dict of str to int
        Rows by table.
    """
    sources: dict[str, Iterator[pl.DataFrame]] = {
        "ratings": tables.ratings(decided_notes_only=decided_notes_only),
        "notes": tables.notes(),
        "noteStatusHistory": tables.status_history(),
        "userEnrollment": tables.enrollment(),
        "noteRequests": tables.note_requests(),
    }
    rows = dict.fromkeys(sources, 0)
    with TableWriter(out, packing=packing) as writer:
        for name, portions in sources.items():
            writer.append(name, _empty(name))
            for frame in portions:
                writer.append(name, frame)
                rows[name] += frame.height
                watch()
    return rows


def _empty(table: str) -> pl.DataFrame:
    """Return a table without rows, which writes its header."""
    return pl.DataFrame(schema={column.name: pl.String for column in TABLES[table].columns})
