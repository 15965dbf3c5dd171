"""Text tables become Parquet once, block by block, so that no table is ever whole in memory."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.data.blocks import UnreadableError, blocks
from bridgenotes.data.files import InputFile
from bridgenotes.report.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_PACKINGS: Final = {".zst": "zst", ".gz": "gz"}


def parse_text(path: Path, columns: Sequence[pl.Expr], scratch: Path, name: str) -> pl.LazyFrame:
    """Return the table of a text file, typed, to be scanned from Parquet files in ``scratch``.

    Parameters
    ----------
    path : Path
        Tab-separated text with a header, plain, ``.zst`` or ``.gz``.
    columns : sequence of polars.Expr
        The columns wanted, from text.
    scratch : Path
        A folder of our own; its files begin with ``name``.
    name : str
        Of the table.

    Raises
    ------
    ReportError
        If the packing is broken or a quotation mark is never closed.
    polars.exceptions.PolarsError
        If a value is not of its column's type.
    """
    header = b""
    parts: list[Path] = []
    file = InputFile(path, name, "tsv", _PACKINGS.get(path.suffix))
    try:
        for block in blocks(file):
            data = block.data if not header else header + block.data
            header = header or block.data.split(b"\n", 1)[0] + b"\n"
            rows = pl.read_csv(io.BytesIO(data), separator="\t", infer_schema=False).select(columns)
            parts.append(scratch / f"{name}-{len(parts):05d}.parquet")
            rows.write_parquet(parts[-1])
    except UnreadableError as error:
        raise ReportError(f"{path} cannot be read ({error}); write it again") from error
    return pl.scan_parquet(parts, glob=False)
