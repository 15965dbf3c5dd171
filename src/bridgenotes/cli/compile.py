"""Compile kernels before a run; the first time ever on two cores."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bridgenotes.scoring.similarity import kernels
from bridgenotes.scoring.warm_up import warm_up

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import Profile

HELPER = "from bridgenotes.scoring.warm_up import compile_similarity; compile_similarity()"


def compile_kernels(profile: Profile) -> float:
    """Compile what a profile needs, or load it from the cache on disk; return the seconds it took.

    Compiling holds one core, so where the similarity kernels (40 % of the work) are not in the
    cache a second process compiles them meanwhile; what it leaves there is loaded here.
    """
    began = time.perf_counter()
    if profile.uses_similarity and not _is_cached():
        helper = subprocess.Popen(  # noqa: S603 (our own words to our own interpreter)
            [sys.executable, "-c", HELPER], stderr=subprocess.DEVNULL
        )
        warm_up(profile, similarity=False)
        helper.wait()  # if it failed, the next line compiles here
    warm_up(profile)
    return time.perf_counter() - began


def _is_cached() -> bool:
    """Return whether the similarity kernels have been compiled before."""
    compiled = [value for value in vars(kernels).values() if hasattr(value, "py_func")]
    return all(any(Path(k.stats.cache_path).glob(f"*.{k.__name__}-*.nbi")) for k in compiled)
