"""A table as one file per column, read by mapping the files: memory holds what is looked at, as long as it is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

_STORED: dict[pl.DataType, type[np.generic]] = {
    pl.Int32(): np.int32,
    pl.Int64(): np.int64,
    pl.UInt8(): np.uint8,
    pl.UInt32(): np.uint32,
    pl.Boolean(): np.bool_,
}


def write_columns(frame: pl.DataFrame, folder: Path) -> None:
    """Write a table without nulls to a new folder, one ``.npy`` per column.

    Raises
    ------
    OSError
        If there is no room.
    """
    folder.mkdir()
    for column in frame.iter_columns():
        np.save(folder / f"{column.name}.npy", column.to_numpy())


def map_columns(folder: Path, schema: pl.Schema) -> pl.DataFrame:
    """Return a table that `write_columns` wrote; its numbers stay on disk, flags are read.

    Raises
    ------
    OSError, ValueError
        If a file is missing, too short, or of another type.
    """
    return pl.DataFrame(
        [pl.Series(name, _mapped(folder / f"{name}.npy", dtype), dtype) for name, dtype in schema.items()]
    )


def _mapped(path: Path, dtype: pl.DataType) -> npt.NDArray[np.generic]:
    try:
        values: npt.NDArray[np.generic] = np.load(path, mmap_mode="r")
    except EOFError as error:
        raise ValueError(f"{path} is empty") from error
    if values.ndim != 1 or values.dtype != _STORED[dtype]:
        raise ValueError(f"{path} holds {values.dtype} of shape {values.shape}, not a column of {dtype}")
    return values
