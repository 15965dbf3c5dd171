"""How many threads the compiled kernels use; results do not depend on it."""

from __future__ import annotations

import os

import numba


def use_threads(threads: int | None) -> int:
    """Let kernels use ``threads`` threads, or all cores this process may run on; return the number."""
    available = len(os.sched_getaffinity(0))
    most = int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    chosen = max(1, min(threads or available, most))
    numba.set_num_threads(chosen)
    return chosen
