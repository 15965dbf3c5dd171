"""How much is in memory at once while tables are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

_BLOCK: Final = (64 << 10, 16 << 20)
_ROWS: Final = (1 << 10, 1 << 22)
_PAIRS: Final = (1 << 10, 1 << 24)
"""Least and most: below, work is mostly calls; above, nothing gets faster."""
_BYTES_PER_BLOCK: Final = 16
"""Bytes taken per byte of a block: a few blocks at once, each as text, as columns, and as the reduced columns."""
_BYTES_PER_ROW: Final = 80
_BYTES_PER_PAIR: Final = 100
"""If all ratings are repeated; 8 if none is."""


@dataclass(frozen=True)
class Portions:
    """How much is looked at together.

    Attributes
    ----------
    block_bytes : int
        Text of a file.
    rows : int
        Ratings that are coded.
    pairs : int
        Ratings among which repeated ones are looked for.
    """

    block_bytes: int = _BLOCK[1]
    rows: int = _ROWS[1]
    pairs: int = _PAIRS[1]

    @classmethod
    def of(cls, memory: int | None) -> Self:
        """Return portions of which each takes at most some quarter of ``memory`` bytes; None for the largest."""
        if memory is None:
            return cls()
        share = memory // 4
        return cls(
            block_bytes=_within(share // _BYTES_PER_BLOCK, _BLOCK),
            rows=_within(share // _BYTES_PER_ROW, _ROWS),
            pairs=_within(share // _BYTES_PER_PAIR, _PAIRS),
        )


def _within(value: int, limits: tuple[int, int]) -> int:
    return min(max(value, limits[0]), limits[1])
