"""Percentiles in two passes are numpy's, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring.quantile import percentile

sizes = st.floats(0, 1e6) | st.just(float("nan"))


@given(st.lists(st.lists(sizes, max_size=9), max_size=5), st.floats(0, 100))
def test_of_batches_as_of_all_at_once(batches: list[list[float]], percent: float) -> None:
    together = np.array([value for batch in batches for value in batch], np.float64)
    known = together[~np.isnan(together)]
    expected = np.percentile(known, percent) if len(known) else 1.0
    assert percentile(lambda: (np.array(batch, np.float64) for batch in batches), percent) == expected


@pytest.mark.parametrize("percent", [0, 10, 75, 99.9, 100])
def test_of_many_numbers_of_one_size(percent: float) -> None:
    values = np.abs(np.random.default_rng(3).normal(1, 0.3, 20_001))
    found = percentile(lambda: iter(np.array_split(values, 7)), percent)
    assert found == np.percentile(values, percent)
