"""`read_dataset`: from a folder of public files to a `Dataset`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from bridgenotes.data.assemble import Assembly
from bridgenotes.data.cache import Cache
from bridgenotes.data.coding import rank_people
from bridgenotes.data.columns import Kind
from bridgenotes.data.errors import ProblemLog
from bridgenotes.data.files import find_files
from bridgenotes.data.parse import Parser
from bridgenotes.data.portions import Portions
from bridgenotes.data.raw import Origins, RawTable, compact_ratings
from bridgenotes.data.spool import Spool
from bridgenotes.data.tables import RATINGS, STATUS_HISTORY, TABLES
from bridgenotes.data.values import dtype_of
from bridgenotes.data.workplace import workplace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bridgenotes.data.columns import Table
    from bridgenotes.data.dataset import Dataset
    from bridgenotes.data.files import Found


@dataclass(frozen=True)
class ReadResult:
    """What was read, and what there is to say about it.

    Attributes
    ----------
    dataset : Dataset
        The tables.
    warnings : list of str
        Sentences for the user: rows left out, unknown columns, derived notes, no cache.
    files : tuple of Path
        The files read, in reading order.
    ignored : tuple of Path
        Files of the given folders that are no public tables.
    dropped : dict of str to int
        How many rows were left out, by reason.
    from_cache : bool
        Whether the coded tables of an earlier read were used.
    """

    dataset: Dataset
    warnings: list[str]
    files: tuple[Path, ...]
    ignored: tuple[Path, ...]
    dropped: dict[str, int] = field(default_factory=dict)
    from_cache: bool = False


def read_dataset(
    inputs: Sequence[Path | str],
    *,
    text: bool = False,
    cache: bool = True,
    history: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    portions: Portions | None = None,
) -> ReadResult:
    """Return the public tables among ``inputs`` as a `Dataset`.

    Parameters
    ----------
    inputs : sequence of Path or str
        Folders, files or patterns; see docs/data-format.md for the names.
    text : bool
        Read the text of the notes too.
    cache : bool
        Keep the coded tables in ``.bridgenotes-cache`` beside the input and use them next time.
    history : Path, optional
        Read this file as the status history instead of those among ``inputs``.
    progress : callable, optional
        Called after each block with file name, bytes done and bytes of the file.
    portions : Portions, optional
        How much is in memory at once; results are the same for any.

    Raises
    ------
    InputError
        If something in the files cannot be used; names up to 20 places.
    WriteError
        If there is no room on disk for the ratings, neither beside the input nor for temporary files.

    Notes
    -----
    Equal ratings count once and ratings with neither form filled in are left out (spec 01
    A.4); ratings are "equal" when every column that is read agrees. Ratings are never in memory as a whole:
    they wait in files, and those of the result are mapped.
    """
    found = find_files(inputs)
    if history is not None:
        found = found.with_table(STATUS_HISTORY.name, history)
    files = tuple(file.path for file in found.files)
    store = _store(found, text=text) if cache else None
    if store is not None and (kept := store.load()) is not None:
        return ReadResult(kept.dataset, kept.warnings, files, found.ignored, kept.dropped, from_cache=True)
    with workplace(found, store) as place:
        reading = _Reading(found, place.columns, portions or Portions(), text=text, progress=progress)
        result = reading.run()
        trouble = place.trouble
        if place.draft is not None:
            trouble = place.draft.keep(result.dataset, result.warnings, result.dropped)
    if trouble:
        result.warnings.append(trouble)
    return result


def _store(found: Found, *, text: bool) -> Cache | None:
    """Return the place of the cache, or None if a file cannot be read, which reading will tell."""
    try:
        return Cache.of(found, text=text)
    except OSError:
        return None


class _Reading:
    """Reads the files themselves; the columns of the ratings go to a folder."""

    def __init__(
        self,
        found: Found,
        folder: Path,
        portions: Portions,
        *,
        text: bool,
        progress: Callable[[str, int, int], None] | None,
    ) -> None:
        self._found, self._portions, self._text, self._progress = found, portions, text, progress
        self._log = ProblemLog()
        self._people = pl.Categories.random()
        self._warnings: list[str] = []
        self._spool = Spool(folder, portions.rows)

    def run(self) -> ReadResult:
        """Return what was read."""
        with self._spool:
            return self._run()

    def _run(self) -> ReadResult:
        tables: dict[str, RawTable] = {}
        for table in TABLES.values():
            parser = self._parser(table)
            if table is RATINGS:
                self._read_ratings(parser)
            else:
                tables[table.name] = self._read_table(parser)
            if parser.unknown:
                columns = ", ".join(sorted(parser.unknown))
                file = next(iter(parser.unknown.values()))
                self._warnings.append(f"{table.name}: unknown columns ignored: {columns} (first in {file})")
        people = rank_people(self._people.to_series())
        assembly = Assembly(
            tables, self._spool, people, self._log, self._portions.pairs, warnings=self._warnings
        )
        dataset = assembly.run()
        self._log.raise_if_any()
        files = tuple(file.path for file in self._found.files)
        return ReadResult(dataset, self._warnings, files, self._found.ignored, assembly.dropped)

    def _parser(self, table: Table) -> Parser:
        return Parser(
            table,
            self._people,
            self._log,
            with_text=self._text,
            block_size=self._portions.block_bytes,
            reduce=compact_ratings if table is RATINGS else None,
        )

    def _read_ratings(self, parser: Parser) -> None:
        """Bring all ratings to disk."""
        for file in self._found.of(RATINGS.name):
            for part in parser.parse(file, self._progress):
                self._spool.add(part)
        self._spool.close()

    def _read_table(self, parser: Parser) -> RawTable:
        """Read all files of another table."""
        frames: list[pl.DataFrame] = []
        origins = Origins()
        files = self._found.of(parser.table.name)
        for file in files:
            for part in parser.parse(file, self._progress):
                frames.append(part.frame)
                origins.add(part.file, part.lines, part.unit)
        if not frames:
            frames.append(_empty(parser.table, parser.people))
        names = tuple(file.path.name for file in files)
        return RawTable(pl.concat(frames, rechunk=False), origins, names)


def _empty(table: Table, people: pl.Categories) -> pl.DataFrame:
    """Return the table without rows."""
    return pl.DataFrame(
        schema={
            column.field or "": pl.Categorical(people)
            if column.kind is Kind.CONTRIBUTOR
            else dtype_of(column)
            for column in table.read_columns
        }
    )
