"""A hint changes nothing but the time it takes."""

from __future__ import annotations

import numpy as np
from numba import njit

from bridgenotes.scoring.prefetch import prefetch


def test_a_hint_becomes_an_instruction_and_changes_nothing() -> None:
    @njit
    def total(values: np.ndarray) -> int:
        found = 0
        for k in range(len(values)):
            prefetch(values, np.uint64(min(k + 8, len(values) - 1)))
            found += values[k]
        return found

    for values in (np.arange(100), np.arange(50, dtype=np.uint16)):
        assert total(values) == values.sum()
    assert all("llvm.prefetch" in code for code in total.inspect_llvm().values())
