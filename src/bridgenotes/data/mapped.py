"""A table as one ``.npy`` file per column: appended to, then mapped; memory holds what is looked at."""

from __future__ import annotations

import io
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

STORED: Final[dict[pl.DataType, type[np.generic]]] = {
    pl.Int32(): np.int32,
    pl.Int64(): np.int64,
    pl.UInt8(): np.uint8,
    pl.UInt32(): np.uint32,
    pl.Boolean(): np.bool_,
}
Columns = dict[str, "npt.NDArray[Any]"]


class ColumnFiles:
    """Columns of equal length in a folder; rows are appended, then worked on in place, then some are left out.

    Parameters
    ----------
    folder : Path
        Where the files are to be; it exists.
    dtypes : mapping of str to numpy dtype
        The columns.

    Raises
    ------
    OSError
        From every method: there is no room, or no permission.
    """

    def __init__(self, folder: Path, dtypes: Mapping[str, npt.DTypeLike]) -> None:
        self.folder = folder
        self.length = 0
        self._dtypes = {name: np.dtype(dtype) for name, dtype in dtypes.items()}
        with ExitStack() as opened:
            self._files = {
                name: opened.enter_context((folder / f"{name}.npy").open("xb")) for name in self._dtypes
            }
            for name, file in self._files.items():
                file.write(_header(self._dtypes[name], 0))
            self._opened = opened.pop_all()

    def append(self, rows: pl.DataFrame) -> None:
        """Add rows without nulls, of the columns' types."""
        for name, file in self._files.items():
            values = rows[name].to_numpy()
            if values.dtype != self._dtypes[name]:
                raise TypeError(f"column {name} is {self._dtypes[name]}, not {values.dtype}")
            file.write(np.ascontiguousarray(values).data)
        self.length += rows.height

    def close(self) -> None:
        """End appending; the files are whole then. Does nothing the second time."""
        for name, file in self._files.items():
            file.seek(0)
            file.write(_header(self._dtypes[name], self.length))
        self.abandon()

    def abandon(self) -> None:
        """Close what is open; what was appended may not be whole."""
        self._files = {}
        self._opened.close()

    def mapped(self) -> Columns:
        """Return the columns; what is written to the arrays is written to the files."""
        return {name: _map(self.folder / f"{name}.npy", "r+") for name in self._dtypes}

    def remove(self, name: str) -> None:
        """Forget a column and its file."""
        del self._dtypes[name]
        (self.folder / f"{name}.npy").unlink()

    def shorten(self, length: int) -> None:
        """Keep the first rows only; nobody may hold the mapped columns."""
        for name, dtype in self._dtypes.items():
            header = _header(dtype, length)
            with (self.folder / f"{name}.npy").open("r+b") as file:
                file.write(header)
                file.truncate(len(header) + length * dtype.itemsize)
        self.length = length


def map_columns(folder: Path, schema: pl.Schema) -> pl.DataFrame:
    """Return a table whose columns `ColumnFiles` wrote; its numbers stay on disk, flags are read.

    Raises
    ------
    OSError, ValueError
        If a file is missing, too short, or of another type.
    """
    return pl.DataFrame(
        [pl.Series(name, _mapped(folder / f"{name}.npy", dtype), dtype) for name, dtype in schema.items()]
    )


def _mapped(path: Path, dtype: pl.DataType) -> npt.NDArray[Any]:
    try:
        values = _map(path, "r")
    except EOFError as error:
        raise ValueError(f"{path} is empty") from error
    if values.ndim != 1 or values.dtype != STORED[dtype]:
        raise ValueError(f"{path} holds {values.dtype} of shape {values.shape}, not a column of {dtype}")
    return values


def _map(path: Path, mode: Literal["r", "r+"]) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = np.load(path, mmap_mode=mode)
    return values


def _header(dtype: np.dtype[Any], length: int) -> bytes:
    """Return how a ``.npy`` file of this many values begins; NumPy leaves room for any number."""
    header = io.BytesIO()
    about = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (length,)}
    np.lib.format.write_array_header_1_0(header, about)
    return header.getvalue()
