"""From blocks of a file to checked frames under our names, with the line of every row."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.ahead import ahead
from bridgenotes.data.blocks import DEFAULT_BLOCK, UnreadableError, blocks
from bridgenotes.data.columns import DTYPES, Column, Kind, Table
from bridgenotes.data.errors import Problem, ProblemLog
from bridgenotes.data.records import is_regular, join_records, split_records
from bridgenotes.data.values import check, dtype_of, says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from bridgenotes.data.blocks import Block
    from bridgenotes.data.files import InputFile

_PARQUET_ROWS: Final = 500_000


@dataclass(frozen=True)
class Part:
    """Checked rows of one block.

    Attributes
    ----------
    frame : polars.DataFrame
        The table's read columns under our names; contributor ids still as text or category.
    file : str
        Name of the file.
    lines : range or ndarray of int64
        Line (Parquet: row) of every row.
    unit : str
        ``line`` or ``row``.
    """

    frame: pl.DataFrame
    file: str
    lines: range | NDArray[np.int64]
    unit: str = "line"


@dataclass
class Parser:
    """Parses the files of one table.

    Attributes
    ----------
    table : Table
        What is expected.
    people : polars.Categories
        Receives every contributor id.
    log : ProblemLog
        Receives the problems.
    with_text : bool
        Read `summary` too.
    block_size : int
        Bytes of text to hold at a time; a few blocks are parsed at once.
    reduce : callable, optional
        What is done with each part before it is yielded, on the thread that parsed it.
    """

    table: Table
    people: pl.Categories
    log: ProblemLog
    with_text: bool = False
    block_size: int = DEFAULT_BLOCK
    reduce: Callable[[Part], Part] | None = None

    def __post_init__(self) -> None:
        """Start without unknown columns."""
        self.unknown: dict[str, str] = {}

    @property
    def wanted(self) -> tuple[Column, ...]:
        """The columns to read."""
        return tuple(c for c in self.table.read_columns if c.field != "summary" or self.with_text)

    def parse(
        self, file: InputFile, progress: Callable[[str, int, int], None] | None = None
    ) -> Iterator[Part]:
        """Yield the rows of a file; what is wrong goes to the log."""
        name, size = file.path.name, file.path.stat().st_size
        parts = self._parquet(file) if file.format == "parquet" else self._text(file)
        try:
            for part, position in parts:
                yield part
                if progress is not None:
                    progress(name, position, size)
        except UnreadableError as error:
            self.log.add(Problem(name, error.line, None, None, str(error)))
        except OSError as error:
            self.log.add(Problem(name, None, None, None, f"cannot be read ({error.strerror or error})"))

    def _text(self, file: InputFile) -> Iterator[tuple[Part, int]]:
        """Yield the parts of a text file."""
        name = file.path.name
        for part, position, log in ahead(lambda given: self._alone(*given, name), self._headed_blocks(file)):
            self.log.extend(log)
            yield part, position

    def _alone(self, block: Block, header: _Header, file: str) -> tuple[Part, int, ProblemLog]:
        """Parse a block with a log of its own: others are parsed at the same time."""
        parser = replace(self, log=ProblemLog())
        part = parser._block(block, header, file)  # noqa: SLF001 - ours
        return self._reduced(part), block.position, parser.log

    def _reduced(self, part: Part) -> Part:
        return part if self.reduce is None else self.reduce(part)

    def _headed_blocks(self, file: InputFile) -> Iterator[tuple[Block, _Header]]:
        """Yield the blocks of a text file, the header taken off the first."""
        header: _Header | None = None
        for block in blocks(file, self.block_size):
            if header is None:
                line, _, rest = block.data.partition(b"\n")
                header = self._header(line.rstrip(b"\r"), file.path.name)
                if header is None:
                    return
                block = replace(block, data=rest, first_line=2, n_lines=block.n_lines - 1)  # noqa: PLW2901 - the header is done with
            if block.data:
                yield block, header
        if header is None:
            raise UnreadableError("is empty; expected at least a header line")

    def _header(self, line: bytes, file: str) -> _Header | None:
        """Return where the columns are, or log why the header will not do."""
        text = line.decode("utf-8", errors="replace")
        names = next(csv.reader([text], delimiter="\t"), [])
        if len(names) < 2 and any(text.count(sign) > 1 for sign in ",;"):
            sign = "," if text.count(",") > text.count(";") else ";"
            said = (
                f"the header has no tab but {text.count(sign)} times {sign!r}; "
                "fields must be separated by tabs"
            )
            self.log.add(Problem(file, 1, None, None, said))
            return None
        return self._match(names, file, 1)

    def _match(self, names: Sequence[str], file: str, line: int | None) -> _Header | None:
        """Find every column by name."""
        before = self.log.count
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.log.add(Problem(file, line, name, None, "occurs twice in the header; keep one"))
        places: dict[str, int] = {}
        for column in self.wanted:
            found = [name for name in dict.fromkeys(names) if name in column.names]
            if len(found) > 1:
                self.log.add(
                    Problem(file, line, found[0], None, f"and {found[1]} are the same column; keep one")
                )
            elif found and column.field:
                places[column.field] = names.index(found[0])
            elif column.required:
                said = " or ".join(column.names)
                self.log.add(Problem(file, line, None, None, f"the required column {said} is missing"))
        if self.table.either and not any(name in names for name in self.table.either):
            said = " or ".join(self.table.either)
            self.log.add(Problem(file, line, None, None, f"one of the columns {said} is required"))
        known = {name for column in self.table.columns for name in column.names}
        for name in names:
            if name not in known:
                self.unknown.setdefault(name, file)
        return None if self.log.count > before else _Header(tuple(names), places)

    def _block(self, block: Block, header: _Header, file: str) -> Part:
        """Parse a block; rows that are no records are logged and left out."""
        data = self._sound_text(block, file)
        lines: range | NDArray[np.int64]
        n_lines = block.n_lines
        if is_regular(data, len(header.names), n_lines):
            lines = range(block.first_line, block.first_line + n_lines)
            raw = self._typed(data, header)
            if raw is not None:
                return Part(self._checked(raw, header, file, lines), file, lines)
        records = split_records(data)
        fits = records.fields == len(header.names)
        ragged = np.flatnonzero(~fits)
        for place in ragged.tolist():
            n_fields, line = records.fields[place], block.first_line + int(records.lines[place])
            said = (
                f"has {n_fields} fields, the header {len(header.names)}; "
                'look for a missing or extra tab or an unpaired "'
            )
            self.log.add(Problem(file, line, None, None, said))
        data = join_records(data, records, fits) if len(ragged) or len(records) != n_lines else data
        lines = records.lines[fits] + block.first_line
        raw = self._typed(data, header)
        if raw is None or len(raw) != len(lines):
            raw = self._as_text(data, header)
        return Part(self._checked(raw, header, file, lines), file, lines)

    def _sound_text(self, block: Block, file: str) -> bytes:
        """Return the block's bytes, logging the first that are not UTF-8."""
        if block.data.isascii():
            return block.data
        try:
            block.data.decode()
        except UnicodeDecodeError as error:
            line = block.first_line + block.data.count(b"\n", 0, error.start)
            bad = block.data[error.start : error.end].hex(" ")
            self.log.add(Problem(file, line, None, None, f"byte {bad} is not UTF-8; save the file as UTF-8"))
            return block.data.decode(errors="replace").encode()
        return block.data

    def _typed(self, data: bytes, header: _Header) -> pl.DataFrame | None:
        """Return the columns in their types, or None when something does not fit."""
        types = {field: self._dtype(self.table.column(field)) for field in header.places}
        return _read(data, header, types)

    def _dtype(self, column: Column) -> pl.DataType | type[pl.DataType]:
        """Return the type the parser should try."""
        if column.kind is Kind.CONTRIBUTOR:
            return pl.Categorical(self.people)
        if column.kind is Kind.WORD:
            return pl.Enum([*column.words, *(spelling for spelling, _ in column.synonyms)])
        return DTYPES[column.kind]

    def _as_text(self, data: bytes, header: _Header) -> pl.DataFrame:
        """Return the columns as text, by a slower parser if need be."""
        types: dict[str, pl.DataType | type[pl.DataType]] = dict.fromkeys(header.places, pl.String)
        frame = _read(data, header, types)
        expected = len(split_records(data))
        if frame is not None and len(frame) == expected:
            return frame
        rows = csv.reader(io.StringIO(data.decode(), newline=""), delimiter="\t")
        columns = list(zip(*(row for row in rows if row), strict=False))
        return pl.DataFrame(
            {field: columns[place] for field, place in header.places.items()},
            schema=dict.fromkeys(header.places, pl.String),
        )

    def _parquet(self, file: InputFile) -> Iterator[tuple[Part, int]]:
        """Yield the parts of a Parquet file."""
        size = file.path.stat().st_size
        try:
            scan = pl.scan_parquet(file.path, glob=False)
            names = list(scan.collect_schema())
            n_rows = scan.select(pl.len()).collect().item()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise UnreadableError(_parquet_trouble(error)) from error
        header = self._match(names, file.path.name, None)
        if header is None:
            return
        chosen = [pl.col(names[place]).alias(field) for field, place in header.places.items()]
        for start in range(0, n_rows, _PARQUET_ROWS):
            try:
                raw = scan.slice(start, _PARQUET_ROWS).select(chosen).collect()
            except (pl.exceptions.PolarsError, OSError) as error:
                raise UnreadableError(_parquet_trouble(error)) from error
            lines = range(start + 1, start + 1 + len(raw))
            frame = self._checked(raw, header, file.path.name, lines, unit="row")
            part = self._reduced(Part(frame, file.path.name, lines, "row"))
            yield part, size * (start + len(raw)) // n_rows

    def _checked(
        self,
        raw: pl.DataFrame,
        header: _Header,
        file: str,
        lines: range | NDArray[np.int64],
        *,
        unit: str = "line",
    ) -> pl.DataFrame:
        """Check every value and supply absent columns."""
        done: dict[str, pl.Series] = {}
        for column in self.wanted:
            field = column.field or ""
            if field not in header.places:
                continue
            given = raw[field]
            values, bad = check(given, column)
            if bad is not None:
                public = header.names[header.places[field]]
                self._report(given, bad, column, _Place(file, lines, unit, public))
            if column.kind is Kind.CONTRIBUTOR and not isinstance(values.dtype, pl.Categorical):
                values = values.cast(pl.Categorical(self.people))
            done[field] = values.alias(field)
        supplied = [
            self._absent(column, len(raw)) for column in self.table.read_columns if column.field not in done
        ]
        frame = pl.DataFrame([*done.values(), *supplied])
        return frame.select([column.field for column in self.table.read_columns if column.field])

    def _absent(self, column: Column, length: int) -> pl.Series:
        """Return what an absent column is taken to hold."""
        dtype = pl.Categorical(self.people) if column.kind is Kind.CONTRIBUTOR else dtype_of(column)
        value = None if column.field == "summary" else column.missing
        return pl.repeat(value, length, dtype=dtype, eager=True).alias(column.field or "")

    def _report(self, given: pl.Series, bad: pl.Series, column: Column, place: _Place) -> None:
        """Log bad values: the first ones in full, the rest as a number."""
        rows = bad.arg_true()
        shown = max(1, self.log.wanted)
        for row in rows[:shown].to_list():
            value = given[row]
            text = None if value is None else str(value)
            problem = Problem(
                place.file, int(place.lines[row]), place.column, text, says(text, column), place.unit
            )
            self.log.add(problem)
        self.log.count += max(0, len(rows) - shown)


@dataclass(frozen=True)
class _Header:
    """Header names of a file, and the position of each of our fields in them."""

    names: tuple[str, ...]
    places: dict[str, int]


@dataclass(frozen=True)
class _Place:
    """Where a run of values stands."""

    file: str
    lines: range | NDArray[np.int64]
    unit: str
    column: str


def _read(
    data: bytes, header: _Header, types: dict[str, pl.DataType | type[pl.DataType]]
) -> pl.DataFrame | None:
    """Return the chosen fields of a block, or None if the parser refuses."""
    if not data:
        return pl.DataFrame(schema=types)
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        f"column_{place + 1}": pl.String for place in range(len(header.names))
    }
    schema |= {f"column_{header.places[field] + 1}": dtype for field, dtype in types.items()}
    try:
        frame = pl.read_csv(
            data, has_header=False, separator="\t", schema=schema, columns=sorted(header.places.values())
        )
    except pl.exceptions.PolarsError:
        return None
    ours = {f"column_{place + 1}": field for field, place in header.places.items()}
    return frame.rename(ours).select(list(header.places))


def _parquet_trouble(error: Exception) -> str:
    first = (str(error).splitlines() or ["no reason given"])[0]
    return f"is not a sound Parquet file ({first}); write or fetch it again"
