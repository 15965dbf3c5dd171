"""Ratings as they are read: appended to column files, 31 bytes each at most, so that only a few blocks are in memory.

Note ids and contributor categories wait there until all of them are known; `bridgenotes.data.rated` replaces them by
codes.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import polars as pl

from bridgenotes.data.dataset import RATINGS_SCHEMA
from bridgenotes.data.mapped import STORED, ColumnFiles, map_columns
from bridgenotes.data.raw import MISSING, Origins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt

    from bridgenotes.data.mapped import Columns
    from bridgenotes.data.parse import Part

_CODED: Final = {name: STORED[dtype] for name, dtype in RATINGS_SCHEMA.items()}
_READ: Final = {"note_id": np.int64} | {name: dtype for name, dtype in _CODED.items() if name != "note"}
BYTES_PER_ROW: Final = sum(np.dtype(dtype).itemsize for dtype in (_READ | _CODED).values())
"""What a rating takes on disk at most."""


class Spool:
    """The ratings in reading order, on disk; a context that closes its files.

    Parameters
    ----------
    folder : Path
        Receives the columns of `RATINGS_SCHEMA`, and for a while the note ids.
    rows_at_once : int
        Rows that are looked at together.

    Attributes
    ----------
    folder : Path
        As given.
    origins : Origins
        Where each row stands in the input.

    Raises
    ------
    OSError
        From every method: the disk does not take it.
    """

    def __init__(self, folder: Path, rows_at_once: int) -> None:
        self.folder = folder
        self._rows_at_once = rows_at_once
        self.origins = Origins()
        self._read = ColumnFiles(folder, _READ)
        self._note = ColumnFiles(folder, {"note": _CODED["note"]})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for files in (self._read, self._note):
            with suppress(OSError):  # of a full disk, which who writes was told
                files.abandon()

    def __len__(self) -> int:
        return self._read.length

    def add(self, part: Part) -> None:
        """Append a block as `compact_ratings` gives it."""
        self._read.append(part.frame)
        self.origins.add(part.file, part.lines, part.unit)

    def close(self) -> None:
        """End reading."""
        self._read.close()

    def chunks(self) -> Iterator[slice]:
        """Yield the rows in pieces."""
        for start in range(0, len(self), self._rows_at_once):
            yield slice(start, min(start + self._rows_at_once, len(self)))

    def columns(self) -> Columns:
        """Return the columns, mapped: rater and what was read; after `code_notes` also the codes of notes."""
        return self._read.mapped() | (self._note.mapped() if self._note.length else {})

    def note_ids(self) -> npt.NDArray[np.int64]:
        """Return the distinct ids of rated notes, ascending."""
        column = self.columns()["note_id"]
        found = pl.Series("note", [], dtype=pl.Int64)
        for rows in self.chunks():
            found = pl.concat([found, pl.Series("note", column[rows]).unique()]).unique()
        ids: npt.NDArray[np.int64] = found.filter(found != MISSING).sort().to_numpy()
        return ids

    def code_notes(self, code: Callable[[slice, npt.NDArray[np.int64]], pl.Series]) -> None:
        """Append the codes that a function gives for rows and their note ids."""
        column = self.columns()["note_id"]
        for rows in self.chunks():
            self._note.append(pl.DataFrame([code(rows, column[rows])]))
        self._note.close()

    def keep(self, chosen: Callable[[Columns], npt.NDArray[np.bool_]]) -> None:
        """Keep the rows that a function chooses from pieces of the columns, in order."""
        columns, end = self.columns(), 0
        for rows in self.chunks():
            piece = {name: values[rows] for name, values in columns.items()}
            keep = chosen(piece)
            kept = int(np.count_nonzero(keep))
            for name, values in columns.items():
                values[end : end + kept] = piece[name][keep]
            end += kept
        del columns, piece
        self._read.shorten(end)
        self._note.shorten(end)

    def table(self) -> pl.DataFrame:
        """Return the coded ratings; their numbers stay on disk."""
        self._read.remove("note_id")
        return map_columns(self.folder, RATINGS_SCHEMA)
