"""Writing tables: TSV as the public files have it, or Parquet; whole or not at all.

TSV: tabs, ordinary CSV quoting, a missing value is an empty field, floats in the shortest
form that reads back equal, flags as 0 and 1.
"""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Final, Literal, Protocol, Self, get_args

import polars as pl
import zstandard

from bridgenotes.data.atomic import AtomicFolder
from bridgenotes.data.errors import DataError, WriteError
from bridgenotes.data.public import public_slices, public_table
from bridgenotes.data.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO

    from bridgenotes.data.dataset import Dataset

Format = Literal["tsv", "parquet"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
Packing = Literal["gz", "zst"]
_ROWS_AT_A_TIME: Final = 100_000


class Sink(Protocol):
    """Where bytes go, packed on the way or not."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Take bytes."""
        ...

    def close(self) -> None:
        """Take no more."""
        ...


class TableWriter:
    """Writes public tables bit by bit; they appear together when the ``with`` block ends.

    Parameters
    ----------
    out : Path
        The folder; made if absent.
    packing : {"gz", "zst"}, optional
        Compress the files.

    Examples
    --------
    >>> with TableWriter(out, packing="zst") as writer:  # doctest: +SKIP
    ...     for frame in batches:
    ...         writer.append("ratings", frame)
    """

    def __init__(self, out: Path, *, packing: Packing | None = None) -> None:
        self.packing = packing
        self._folder = AtomicFolder(out)
        self._sinks: dict[str, Sink] = {}

    def __enter__(self) -> Self:
        self._folder.__enter__()
        return self

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Append rows to ``TABLE-00000.tsv``.

        Parameters
        ----------
        table : str
            Name of a public table.
        frame : polars.DataFrame
            Columns under public names in any order; absent ones are written empty.

        Raises
        ------
        DataError
            If the table or a column is not a public one.
        WriteError
            If the disk does not take it.
        """
        ordered = _public_order(table, frame)
        name = f"{table}-00000.tsv" + (f".{self.packing}" if self.packing else "")
        is_new = table not in self._sinks
        try:
            if is_new:
                self._sinks[table] = packed(self._folder.open(name), self.packing)
            _write_tsv(self._sinks[table], ordered, with_header=is_new)
        except OSError as error:
            raise WriteError.from_os_error(self._folder.folder / name, error) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                for sink in self._sinks.values():
                    sink.close()
        except OSError as trouble:
            self._folder.__exit__(type(trouble), trouble, None)
        else:
            self._folder.__exit__(kind, error, trace)


def write_dataset(
    out: Path,
    dataset: Dataset,
    *,
    format: Format = "tsv",  # noqa: A002 - its name
    packing: Packing | None = None,
) -> None:
    """Write a dataset as public files that read back equal.

    Empty tables other than ratings are not written. Contributor ids that no table uses are lost.

    Raises
    ------
    WriteError
        If that is not possible; nothing half-written is left.
    """
    names = [
        name for name, table in TABLES.items() if name == "ratings" or len(getattr(dataset, table.attribute))
    ]
    if format == "parquet":
        write_tables(out, {f"{name}-00000": public_table(dataset, name) for name in names}, format="parquet")
        return
    with TableWriter(out, packing=packing) as writer:
        for name in names:
            for frame in public_slices(dataset, name):
                writer.append(name, frame)


def write_tables(
    out: Path,
    tables: Mapping[str, pl.DataFrame],
    *,
    format: Format = "tsv",  # noqa: A002 - its name
) -> None:
    """Write each table to ``NAME.tsv`` or ``NAME.parquet``; all appear together or none.

    Raises
    ------
    WriteError
        If that is not possible; nothing half-written is left and old files are unchanged.
    """
    with AtomicFolder(out) as folder:
        for name, frame in tables.items():
            write_table(folder, name, frame, format=format)


def write_table(
    folder: AtomicFolder,
    name: str,
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    format: Format = "tsv",  # noqa: A002 - its name
) -> None:
    """Write one table of a folder whose files appear together; the table in another format goes.

    A table that is not at hand is written while it is read.

    Raises
    ------
    WriteError
        If the disk does not take it.
    """
    file = f"{name}.{format}"
    try:
        if format == "tsv":
            sink = folder.open(file)
            for k, piece in enumerate(_pieces(frame)):
                _write_tsv(sink, piece, with_header=not k)
        else:
            frame.lazy().with_columns(pl.selectors.float().fill_nan(None)).sink_parquet(folder.open(file))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise write_error(folder.folder / file, error) from error
    for other in FORMATS:
        if other != format:
            folder.remove(f"{name}.{other}")


def write_error(path: Path, error: Exception) -> WriteError:
    """Return what to say of an error of the system, or of the data frame library, at writing a file."""
    if isinstance(error, OSError):
        return WriteError.from_os_error(path, error)
    return WriteError(path, f"{error}. Choose another output folder")


def _public_order(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return all columns of a public table in order, absent ones empty."""
    if table not in TABLES:
        raise DataError(f"{table!r} is no public table; expected one of {', '.join(TABLES)}")
    names = [column.name for column in TABLES[table].columns]
    if unknown := [name for name in frame.columns if name not in names]:
        raise DataError(f"table {table} has no column {', '.join(unknown)}; use the public names")
    return frame.select(pl.col(name) if name in frame.columns else pl.lit(None).alias(name) for name in names)


def packed(target: BinaryIO, packing: Packing | None) -> Sink:
    """Return where to write what a file is to hold; closing it ends the packing, not the file, if there is one."""
    if packing == "gz":
        # no name and no time inside: equal tables give equal files
        return gzip.GzipFile(fileobj=target, mode="wb", compresslevel=6, filename="", mtime=0)
    if packing == "zst":
        return zstandard.ZstdCompressor(level=3).stream_writer(target, closefd=False)
    return target


def _pieces(frame: pl.DataFrame | pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Yield a table piece by piece, at least one."""
    if isinstance(frame, pl.DataFrame):
        yield frame
        return
    yield frame.head(0).collect()
    yield from frame.collect_batches(chunk_size=_ROWS_AT_A_TIME, maintain_order=True)


def _write_tsv(sink: Sink, frame: pl.DataFrame, *, with_header: bool) -> None:
    """Write rows in pieces, so that the text of a long table never exists as a whole."""
    printable = frame.with_columns(pl.selectors.boolean().cast(pl.Int8), pl.selectors.float().fill_nan(None))
    for start in range(0, max(len(frame), 1), _ROWS_AT_A_TIME):
        piece = io.BytesIO()
        rows = printable.slice(start, _ROWS_AT_A_TIME)
        rows.write_csv(piece, separator="\t", include_header=with_header and start == 0)
        sink.write(piece.getvalue())
