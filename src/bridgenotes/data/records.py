"""Where each record of a block begins, on which line, and how many fields it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TAB, _NEWLINE, _RETURN, _QUOTE = (np.uint8(ord(sign)) for sign in '\t\n\r"')


@dataclass(frozen=True)
class Records:
    """The records of a block, blank lines left out.

    Attributes
    ----------
    starts, ends : ndarray of int64, shape (n_records,)
        Byte positions; the line end belongs to the record.
    lines : ndarray of int64, shape (n_records,)
        Line on which the record begins, the first line of the block being 0.
    fields : ndarray of int64, shape (n_records,)
        Number of fields.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    lines: NDArray[np.int64]
    fields: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.starts)


def count(data: bytes, sign: str) -> int:
    """Return how often an ASCII sign occurs; counting by numpy is faster than `bytes.count`."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord(sign)))


def count_lines(data: bytes) -> int:
    """Return the number of lines, the last of which may lack its end."""
    return count(data, "\n") + (not data.endswith(b"\n"))


def is_regular(data: bytes, n_fields: int, n_lines: int) -> bool:
    """Return whether every line is one record and the fields add up, as far as a count can tell.

    Records with too many fields can hide others with too few; the parser refuses the former.
    """
    if b'"' in data:
        return False
    return count(data, "\t") == n_lines * (n_fields - 1) and (n_fields > 1 or b"\n\n" not in data)


def split_records(data: bytes) -> Records:
    """Return the records of a block that begins at one."""
    signs = np.frombuffer(data, np.uint8)
    newline = signs == _NEWLINE
    tab = signs == _TAB
    all_newlines = np.flatnonzero(newline)
    if b'"' in data:
        # a running count modulo 256 keeps the parity and one byte per sign
        outside = (np.cumsum(signs == _QUOTE, dtype=np.uint8) & 1) == 0
        newline &= outside
        tab &= outside
    ends = np.flatnonzero(newline) + 1
    if not data.endswith(b"\n") or not len(ends) or ends[-1] != len(data):
        ends = np.append(ends, len(data))
    starts = np.concatenate(([0], ends[:-1]))
    tabs = np.flatnonzero(tab)
    fields = np.searchsorted(tabs, ends) - np.searchsorted(tabs, starts) + 1
    lengths = ends - starts
    is_blank = (lengths == 0) | ((lengths == 1) & (signs[starts] == _NEWLINE))
    is_blank |= (
        (lengths == 2)
        & (signs[starts] == _RETURN)
        & (signs[np.minimum(starts + 1, len(signs) - 1)] == _NEWLINE)
    )
    kept = ~is_blank
    lines = np.searchsorted(all_newlines, starts)
    return Records(starts[kept], ends[kept], lines[kept], fields[kept])


def join_records(data: bytes, records: Records, kept: NDArray[np.bool_]) -> bytes:
    """Return the bytes of the chosen records."""
    chosen = zip(records.starts[kept].tolist(), records.ends[kept].tolist(), strict=True)
    return b"".join(data[start:end] for start, end in chosen)
