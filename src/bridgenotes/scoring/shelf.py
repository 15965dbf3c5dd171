"""Tables that wait until a later step needs them: in memory, or in files of a folder of their own.

What a run makes grows with notes times scorers. A table on a shelf of files takes memory only while somebody
reads it, and of it only the columns and rows that are asked for.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

import polars as pl
from polars.io.plugins import register_io_source

from bridgenotes.data.write import write_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

Table: TypeAlias = pl.DataFrame | pl.LazyFrame
"""A table at hand, or one that is read when it is collected."""

NOTES_AT_A_TIME: Final = 131_072
"""Notes whose rules run together: some 100 MB of what rules read."""


class Shelf(Protocol):
    """Where tables wait."""

    def keep(self, frame: pl.DataFrame) -> Table:
        """Take a table over; return what is to be used instead."""
        ...


class Memory:
    """Keeps tables as they are: for small communities, and for steps that run in other processes."""

    @staticmethod
    def keep(frame: pl.DataFrame) -> Table:
        """Return the table itself."""
        return frame


IN_MEMORY: Final = Memory()


class Files:
    """Keeps each table in a file; steps may use it side by side.

    Parameters
    ----------
    folder : Path
        Exists, and is nobody else's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._n_kept = 0

    def keep(self, frame: pl.DataFrame) -> Table:
        """Write the table; return a scan of its file.

        Raises
        ------
        WriteError
            If the disk does not take it.
        """
        if not frame.height:
            return frame
        with self._lock:
            self._n_kept += 1
            path = self._folder / f"{self._n_kept:06}.arrow"
        try:
            frame.write_ipc(path, compression="lz4")
        except (OSError, pl.exceptions.PolarsError) as error:
            raise write_error(path, error) from error
        return pl.scan_ipc(path, glob=False)


def note_blocks(n_notes: int) -> list[slice]:
    """Return ranges of note codes that are worked on together, at least one."""
    starts = range(0, max(n_notes, 1), NOTES_AT_A_TIME)
    return [slice(start, min(start + NOTES_AT_A_TIME, n_notes)) for start in starts]


def together(tables: Sequence[Table], how: Literal["vertical", "diagonal"] = "vertical") -> Table:
    """Return tables below each other, at hand if all of them are."""
    at_hand = [table for table in tables if isinstance(table, pl.DataFrame)]
    if len(at_hand) == len(tables):
        return pl.concat(at_hand, how=how)
    return pl.concat([table.lazy() for table in tables], how=how)


def collected(table: Table) -> pl.DataFrame:
    """Return a table at hand."""
    return table if isinstance(table, pl.DataFrame) else table.collect()


def columns_of(table: Table) -> list[str]:
    """Return the names of a table's columns."""
    return table.columns if isinstance(table, pl.DataFrame) else table.collect_schema().names()


def frames_in_turn(frames: Callable[[], Iterator[pl.DataFrame]], schema: pl.Schema) -> pl.LazyFrame:
    """Return a table that is made frame by frame whenever it is read.

    Parameters
    ----------
    frames : callable
        Yields frames of the schema, the same ones whenever it is called.
    schema : polars.Schema
    """

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        left = n_rows
        for frame in frames():
            wanted = frame if left is None else frame.head(left)
            left = None if left is None else left - wanted.height
            wanted = wanted if predicate is None else wanted.filter(predicate)
            yield wanted if columns is None else wanted.select(columns)
            if left == 0:
                return

    return register_io_source(source, schema=schema)
