"""Give the memory of large arrays back to the system as soon as they are freed."""

from __future__ import annotations

import ctypes
from typing import Final

_MMAP_THRESHOLD: Final = -3
"""``M_MMAP_THRESHOLD`` of glibc's malloc.h."""
LARGE: Final = 4 << 20


def return_freed_arrays() -> None:
    """Let the C library map arrays of `LARGE` bytes and more by themselves; unmapping them returns them.

    Left alone, glibc takes the size of what was freed as the new threshold, up to 32 MB, and keeps smaller
    arrays for later. Steps of a run need arrays of other sizes than the steps before, so that the process
    grows by what nobody uses: a fifth of the peak at 2 million ratings. Other C libraries are left alone.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
