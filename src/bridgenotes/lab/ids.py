"""Public ids: contributor ids of 64 hexadecimal digits, note and post ids with their time inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_EPOCH_MS: Final = 1_288_834_974_657
_LOW_BITS: Final = 22
NOTE_STEP: Final = 2_654_435
POST_STEP: Final = 1_640_531
"""Odd, so that 2**22 consecutive items get different low bits."""


def snowflakes(times_ms: npt.NDArray[np.int64], step: int) -> npt.NDArray[np.int64]:
    """Return unique ids for items in order of time; the time is ``(id >> 22) + 1288834974657``."""
    low = (np.arange(len(times_ms), dtype=np.int64) * step) & ((1 << _LOW_BITS) - 1)
    return ((times_ms - _EPOCH_MS) << _LOW_BITS) | low


def contributor_ids(rng: np.random.Generator, count: int) -> list[str]:
    """Return ``count`` ids of 64 upper-case hexadecimal digits."""
    digits = rng.bytes(32 * count).hex().upper()
    return [digits[64 * k : 64 * (k + 1)] for k in range(count)]
