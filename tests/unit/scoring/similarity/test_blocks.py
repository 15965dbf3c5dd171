"""Blocks of raters cover everybody once, in order, however work is spread."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring.similarity.blocks import by_block
from bridgenotes.scoring.similarity.dense import dense


@given(st.lists(st.integers(0, 1_000), max_size=40))
def test_blocks_cover_raters_in_order(rows_per_rater: list[int]) -> None:
    start = np.concatenate([[0], np.cumsum(rows_per_rater, dtype=np.int64)]).astype(np.int64)
    ranges = by_block(range, start)
    assert [rater for block in ranges for rater in block] == list(range(len(rows_per_rater)))


@given(st.lists(st.integers(0, 50)))
def test_dense_numbers(values: list[int]) -> None:
    distinct, number = dense(np.array(values, np.int32))
    assert distinct.tolist() == sorted(set(values))
    assert distinct[number].tolist() == values
    assert number.dtype == np.int32
