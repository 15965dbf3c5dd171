"""Give memory back to the system as soon as it is freed."""

from __future__ import annotations

import ctypes
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgenotes.scoring.graph import Watch

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
"""``M_TRIM_THRESHOLD`` and ``M_MMAP_THRESHOLD`` of glibc's malloc.h."""
LARGE: Final = 32 << 20
RESPITE: Final = 1.0
"""Seconds between two trims of the heaps."""


def return_freed_arrays() -> None:
    """Let the C library map arrays of `LARGE` bytes and more by themselves; unmapping them returns them.

    Left alone, glibc takes the size of what was freed as the new threshold, and steps of a run need arrays of other
    sizes than the steps before, so that the process grows by what nobody uses. Smaller arrays stay in the heap until
    the step ends (`returning_freed`): given back at once, as glibc does from 128 kB on, their pages cost system time
    again and again: with the decay in `bridgenotes.cli` 1.3 of golden M's 21.6 CPU seconds (docs/benchmarks.md).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_TRIM_THRESHOLD, LARGE)


def returning_freed(watch: Watch) -> Watch:
    """Return a watch that also gives back what smaller arrays of an ended step have left in the heaps.

    Trees and tables leave many: 0.07 GB after all steps at 0.4 million ratings. Small communities have dozens of steps
    in a second; what one gives back the next would ask for again, so heaps are left alone for `RESPITE` seconds.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    trimmed_at = time.monotonic()

    @contextmanager
    def watched(step: str) -> Iterator[None]:
        nonlocal trimmed_at
        with watch(step):
            yield
        if trim is not None and time.monotonic() - trimmed_at > RESPITE:
            trim(0)
            trimmed_at = time.monotonic()

    return watched
