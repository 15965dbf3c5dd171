"""Reading back what a run wrote: output tables and hand-overs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bridgenotes.data.errors import DataError
from bridgenotes.data.outputs import output_schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    PolarsType = pl.DataType | type[pl.DataType]


def read_output(folder: Path, table: str) -> pl.DataFrame:
    """Return an output table of a folder, in Parquet or TSV, with exactly its public columns.

    Raises
    ------
    DataError
        If the file is missing or damaged, or lacks a column; says which.
    """
    path = find_table(folder, table)
    schema = output_schema(table)
    try:
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path, glob=False)
        else:
            frame = pl.read_csv(path, separator="\t", infer_schema=False, glob=False)
        missing = [name for name in schema if name not in frame.columns]
        if not missing:
            return frame.select(_typed(frame[name], dtype) for name, dtype in schema.items())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path} cannot be read ({error}); score again") from error
    raise DataError(
        f"{path} lacks column {', '.join(missing[:5])}; it was written by another version: score again"
    )


def find_table(folder: Path, table: str) -> Path:
    """Return the file of a table in a folder.

    Raises
    ------
    DataError
        If there is none.
    """
    for suffix in ("parquet", "tsv"):
        path = folder / f"{table}.{suffix}"
        if path.is_file():
            return path
    raise DataError(
        f"{folder} has no {table}.parquet (or .tsv); is it a folder that `bridgenotes score` wrote?"
    )


def typed(frame: pl.DataFrame, schema: Mapping[str, PolarsType], what: str, remedy: str) -> pl.DataFrame:
    """Return the columns of a schema, in its order and types; other columns are left out.

    Parameters
    ----------
    schema : mapping of str to polars type
        Wanted columns.
    what : str
        How messages call the table.
    remedy : str
        What they tell to do.

    Raises
    ------
    DataError
        If a column is missing or holds values that are not of its type; names it.
    """
    if missing := [name for name in schema if name not in frame.columns]:
        raise DataError(f"{what} lacks column {', '.join(missing)}; {remedy}")
    columns = []
    for name, dtype in schema.items():
        try:
            columns.append(frame[name].cast(dtype))
        except pl.exceptions.PolarsError as error:
            raise DataError(f"{what}, column {name}: {frame[name].dtype} is not {dtype}; {remedy}") from error
    return pl.DataFrame(columns)


def _typed(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    if dtype == pl.Boolean and values.dtype == pl.String:
        return values.replace_strict(
            {"1": True, "true": True, "0": False, "false": False}, return_dtype=dtype
        )
    return values.cast(dtype)
