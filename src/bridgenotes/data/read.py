"""`read_dataset`: from a folder of public files to a `Dataset`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from bridgenotes.data.assemble import Assembly
from bridgenotes.data.blocks import DEFAULT_BLOCK
from bridgenotes.data.cache import Cache
from bridgenotes.data.coding import rank_people
from bridgenotes.data.columns import Kind
from bridgenotes.data.errors import ProblemLog
from bridgenotes.data.files import find_files
from bridgenotes.data.parse import Parser
from bridgenotes.data.raw import Origins, RawTable, compact_ratings
from bridgenotes.data.tables import RATINGS, STATUS_HISTORY, TABLES
from bridgenotes.data.values import dtype_of

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
    block_size: int = DEFAULT_BLOCK,
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
    block_size : int
        Bytes of text to hold at a time.

    Raises
    ------
    InputError
        If something in the files cannot be used; names up to 20 places.

    Notes
    -----
    Equal ratings count once and ratings with neither form filled in are left out (spec 01
    A.4); ratings are "equal" when every column that is read agrees.
    """
    found = find_files(inputs)
    if history is not None:
        found = found.with_table(STATUS_HISTORY.name, history)
    files = tuple(file.path for file in found.files)
    store = _store(found, text=text) if cache else None
    if store is not None and (kept := store.load()) is not None:
        return ReadResult(kept.dataset, kept.warnings, files, found.ignored, kept.dropped, from_cache=True)
    result = _read_files(found, text=text, progress=progress, block_size=block_size)
    return result if store is None else _kept(store, result)


def _kept(store: Cache, result: ReadResult) -> ReadResult:
    """Return the same with the ratings on disk instead of in memory, if they can be kept there."""
    if trouble := store.save(result.dataset, result.warnings, result.dropped):
        result.warnings.append(trouble)
        return result
    return replace(result, dataset=replace(result.dataset, ratings=store.ratings()))


def _store(found: Found, *, text: bool) -> Cache | None:
    """Return the place of the cache, or None if a file cannot be read, which reading will tell."""
    try:
        return Cache.of(found, text=text)
    except OSError:
        return None


def _read_files(
    found: Found, *, text: bool, progress: Callable[[str, int, int], None] | None, block_size: int
) -> ReadResult:
    """Read the files themselves."""
    log = ProblemLog()
    people = pl.Categories.random()
    warnings: list[str] = []
    tables: dict[str, RawTable] = {}
    for table in TABLES.values():
        parser = Parser(table, people, log, with_text=text, block_size=block_size)
        tables[table.name] = _read_table(parser, found, progress)
        if parser.unknown:
            columns = ", ".join(sorted(parser.unknown))
            file = next(iter(parser.unknown.values()))
            warnings.append(f"{table.name}: unknown columns ignored: {columns} (first in {file})")
    assembly = Assembly(tables, rank_people(people.to_series()), log, warnings)
    dataset = assembly.run()
    log.raise_if_any()
    files = tuple(file.path for file in found.files)
    return ReadResult(dataset, warnings, files, found.ignored, assembly.dropped)


def _read_table(parser: Parser, found: Found, progress: Callable[[str, int, int], None] | None) -> RawTable:
    """Read all files of one table."""
    table = parser.table
    is_ratings = table is RATINGS
    frames: list[pl.DataFrame] = []
    origins = Origins()
    files = found.of(table.name)
    for file in files:
        for part in parser.parse(file, progress):
            frames.append(compact_ratings(part) if is_ratings else part.frame)
            origins.add(part.file, part.lines, part.unit)
    if not frames:
        frames.append(_empty(table, parser.people))
    names = tuple(file.path.name for file in files)
    return RawTable(pl.concat(frames, rechunk=False), origins, names)


def _empty(table: Table, people: pl.Categories) -> pl.DataFrame:
    """Return the table without rows."""
    if table is RATINGS:
        return pl.DataFrame(
            schema={
                "note": pl.Int64,
                "rater": pl.Categorical(people),
                "created_at_ms": pl.Int64,
                "level": pl.UInt8,
                "tags": pl.UInt32,
                "has_level": pl.Boolean,
                "is_population_sampled": pl.Boolean,
            }
        )
    return pl.DataFrame(
        schema={
            column.field or "": pl.Categorical(people)
            if column.kind is Kind.CONTRIBUTOR
            else dtype_of(column)
            for column in table.read_columns
        }
    )
