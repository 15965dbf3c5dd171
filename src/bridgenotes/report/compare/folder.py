"""A folder of output tables, ours or the reference's, ready to be compared.

Both write the same public names (spec 01 A.13) but not the same bytes: Parquet or text, flags as
0 and 1 or as True and False, whole numbers with a decimal point. Here they become equal: ids as
they are, every number and flag float64, everything else text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from bridgenotes.data.outputs import OUTPUT_TABLES
from bridgenotes.report.compare.text import parse_text
from bridgenotes.report.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUFFIXES: Final = ("parquet", "tsv", "tsv.zst", "tsv.gz")
_KEY_TYPES: Final = {"noteId": pl.Int64, "position": pl.Int64}
_FLAGS: Final = {"true": "1", "false": "0"}
_BIT_AS_NUMBER: Final = frozenset(("aboveHelpfulnessThreshold",))
"""Declared a number, but the reference writes True and False."""
_SCORER: Final = "scorerName"
_LEFT_BY_PANDAS: Final = "__index_level_0__"

WHOLE, REAL, TEXT = "whole", "real", "text"
"""What a column holds: numbers that are equal or not, numbers equal to 32 bit, words."""
_KINDS: Final = {"int": WHOLE, "flag": WHOLE, "bool": WHOLE, "float": REAL, "text": TEXT}


@dataclass(frozen=True)
class Table:
    """A table that can be compared.

    Attributes
    ----------
    name : str
        File name without its ending, relative to the folder.
    key : tuple of str
        The columns that together occur once.
    needs : tuple of str
        Further columns without which it cannot be compared; if there are any, the table must be there.
    """

    name: str
    key: tuple[str, ...]
    needs: tuple[str, ...] = ()


SCORED_NOTES: Final = Table("scored_notes", ("noteId",), needs=("finalRatingStatus",))
AUX_NOTE_INFO: Final = Table("aux_note_info", ("noteId",))
STATUS_HISTORY: Final = Table("note_status_history", ("noteId",))
HELPFULNESS_SCORES: Final = Table("helpfulness_scores", ("raterParticipantId",))
NOTE_MODELS: Final = Table("prescoring/prescoring_note_model_output", ("noteId", "scorerName"))
RATER_MODELS: Final = Table("prescoring/prescoring_rater_model_output", ("raterParticipantId", "scorerName"))
NOTE_TOPICS: Final = Table("prescoring/note_topics", ("noteId",))
TRACE: Final = Table("trace", ("noteId", "scorer", "position"))
COMPARED: Final = (
    SCORED_NOTES, AUX_NOTE_INFO, STATUS_HISTORY, HELPFULNESS_SCORES,
    NOTE_MODELS, RATER_MODELS, NOTE_TOPICS,
)  # fmt: skip


@dataclass(frozen=True)
class Opened:
    """A table of a folder.

    Attributes
    ----------
    path : Path
        Its file.
    frame : polars.LazyFrame
        The key as it is, numbers and flags float64, all else text.
    kinds : mapping of str to str
        `WHOLE`, `REAL` or `TEXT` by column, without the key.
    """

    path: Path
    frame: pl.LazyFrame
    kinds: Mapping[str, str]


@dataclass(frozen=True)
class Folder:
    """A folder of output tables.

    Attributes
    ----------
    path : Path
        Where it is.
    record : mapping
        What its run.json says; empty if it has none.
    tables : mapping of str to Opened
        The tables it has, by name.
    """

    path: Path
    record: Mapping[str, Any]
    tables: Mapping[str, Opened]


def open_folder(path: Path, scratch: Path) -> Folder:
    """Return a folder's tables, ready to be compared.

    Parameters
    ----------
    path : Path
        A folder that `bridgenotes score` wrote, or one with the reference's outputs.
    scratch : Path
        An empty folder of our own: text is parsed once and kept there, so that it is never whole in memory.

    Raises
    ------
    ReportError
        If it is no folder or has no scored notes, or if a table lacks its key or a needed column, has an
        id twice or none, or a word where a number belongs.
    """
    if not path.is_dir():
        problem = "is a file" if path.exists() else "does not exist"
        raise ReportError(f"{path} {problem}; name a folder that `bridgenotes score` wrote")
    tables = {}
    for table in (*COMPARED, TRACE):
        file = _find(path, table.name)
        if file is not None:
            tables[table.name] = _open(table, file, scratch)
        elif table.needs:
            names = ", ".join(f"{table.name}.{suffix}" for suffix in SUFFIXES)
            raise ReportError(
                f"{path}: there is no {table.name} table (looked for {names}); name a folder that `bridgenotes "
                "score` wrote, or one with the reference's output tables"
            )
    return Folder(path, _record(path), tables)


def scan_text(path: Path) -> pl.LazyFrame:
    """Return a table, every column as it stands in the file: text from text files."""
    if path.suffix == ".parquet":
        return pl.scan_parquet(path, glob=False)
    return pl.scan_csv(path, separator="\t", infer_schema=False, glob=False)


def _find(folder: Path, name: str) -> Path | None:
    paths = [folder / f"{name}.{suffix}" for suffix in SUFFIXES]
    found = [path for path in paths if path.is_file()]
    if len(found) > 1:
        raise ReportError(
            f"{folder}: {name} is there twice, as {found[0].name} and {found[1].name}; remove the older one"
        )
    return found[0] if found else None


def _record(folder: Path) -> Mapping[str, Any]:
    path = folder / "run.json"
    if not path.is_file():
        return {}
    try:
        record = json.loads(path.read_bytes())
    except ValueError as error:
        raise ReportError(f"{path} is damaged ({error}); remove it, or score again") from error
    return record if isinstance(record, dict) else {}


def _open(table: Table, path: Path, scratch: Path) -> Opened:
    try:
        raw = scan_text(path)
        schema = raw.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ReportError(f"{path} cannot be read ({_first_line(error)}); write it again") from error
    for column in (*table.key, *table.needs):
        if column not in schema:
            raise ReportError(
                f"{path}: column {column} is missing; it has {', '.join(list(schema)[:6])} … "
                f"({len(schema)} columns). Tables to compare need the public column names"
            )
    columns = {name: kind for name, kind in schema.items() if name not in (*table.key, _LEFT_BY_PANDAS)}
    kinds = _kinds(table, raw, columns)
    keys = [pl.col(column).cast(_KEY_TYPES.get(column, pl.String)) for column in table.key]
    casts = [*keys, *_casts(table, schema, kinds)]
    try:
        if path.suffix == ".parquet":
            frame = raw.select(casts)
        else:
            frame = parse_text(path, casts, scratch, table.name.replace("/", "-"))
        if _SCORER in table.key:  # rows of no scorer repeat what is known of a rater before all scorers
            frame = frame.filter(pl.col(_SCORER).is_not_null())
        _check_key(table, path, frame)
    except pl.exceptions.PolarsError as error:
        raise _bad_value(table, path, raw, kinds, error) from error
    return Opened(path, frame, kinds)


def _kinds(table: Table, raw: pl.LazyFrame, columns: Mapping[str, pl.DataType]) -> dict[str, str]:
    """Return what each column holds: as declared for the public tables, else as its values look."""
    kinds = {
        column.name: _KINDS[column.kind]
        for column in OUTPUT_TABLES.get(table.name, ())
        if column.name in columns
    }
    unknown = [column for column in columns if column not in kinds]
    words = [
        column for column in unknown if not (columns[column].is_numeric() or columns[column] == pl.Boolean)
    ]
    kinds |= {column: REAL for column in unknown if column not in words}
    if not words:
        return kinds
    looks = raw.select(
        (_number(column, pl.String()).is_null() == pl.col(column).is_null()).all() for column in words
    )
    return kinds | {
        column: REAL if fits else TEXT for column, fits in looks.collect().row(0, named=True).items()
    }


def _number(column: str, kind: pl.DataType, *, is_flag: bool = True, strict: bool = False) -> pl.Expr:
    """Return a column as float64; ``is_flag``: it may say True and False."""
    values = pl.col(column)
    if is_flag and not (kind.is_numeric() or kind == pl.Boolean):
        words = values.cast(pl.String)
        values = words.str.to_lowercase().replace_strict(_FLAGS, default=words, return_dtype=pl.String)
    return values.cast(pl.Float64, strict=strict).fill_nan(None).alias(column)


def _casts(table: Table, schema: Mapping[str, pl.DataType], kinds: Mapping[str, str]) -> list[pl.Expr]:
    """Return every column but the key as what it holds; looking for flags costs, so only where one may be."""
    plain = {column.name for column in OUTPUT_TABLES.get(table.name, ()) if column.kind in ("int", "float")}
    plain -= _BIT_AS_NUMBER
    return [
        pl.col(column).cast(pl.String)
        if kind == TEXT
        else _number(column, schema[column], is_flag=column not in plain, strict=True)
        for column, kind in kinds.items()
    ]


def _check_key(table: Table, path: Path, frame: pl.LazyFrame) -> None:
    key = list(table.key)
    empty = frame.select(pl.any_horizontal(pl.col(key).is_null()).sum()).collect().item()
    if empty:
        raise ReportError(f"{path}: {empty:,} rows have no {' or '.join(key)}; every row needs one")
    twice = frame.group_by(key).len().filter(pl.col("len") > 1).sort(key).collect()
    if twice.height:
        first = ", ".join(f"{column} {twice[column][0]}" for column in key)
        raise ReportError(
            f"{path}: {first} occurs {twice['len'][0]} times, and {twice.height - 1:,} others more than once; "
            "every id may occur once. Remove the repeated rows"
        )


def _bad_value(
    table: Table, path: Path, raw: pl.LazyFrame, kinds: Mapping[str, str], error: Exception
) -> ReportError:
    """Return the error that names the first value that is no number."""
    schema = raw.collect_schema()
    numbers = [column for column in (*table.key, *kinds) if kinds.get(column, WHOLE) != TEXT]
    numbers = [column for column in numbers if column not in table.key or column in _KEY_TYPES]
    for column in numbers:
        bad = pl.col(column).is_not_null() & _number(column, schema[column]).is_null()
        found = (
            raw.select("row", column) if "row" in schema else raw.with_row_index("row").select("row", column)
        )
        rows = found.filter(bad).head(1).collect()
        if rows.height:
            return ReportError(
                f"{path} row {rows['row'][0] + 1}, column {column}: {rows[column][0]!r} is not a number; "
                "correct the table or write it again"
            )
    return ReportError(f"{path} cannot be read ({_first_line(error)}); write it again")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
