"""Compile the kernels of the confidence models on a handful of numbers."""

from __future__ import annotations

import numpy as np

from bridgenotes.scoring.confidence.boosting import boost
from bridgenotes.scoring.confidence.kernels import nearest_centre, product_sums, range_tag_counts, seen_until
from bridgenotes.scoring.confidence.newton import minimise
from bridgenotes.scoring.confidence.settings import Boosting
from bridgenotes.scoring.vectors import still


def compile_confidence() -> None:
    """Compile, or load from the cache on disk, what learning and predicting need."""
    codes, pair = np.zeros((2, 3), np.int8), np.array([[0, 1]], np.int64)
    product_sums(np.ones(3), np.array([0, 1]), codes, pair, 1, np.zeros((1, 1), np.int32), 1)
    one, time = np.zeros(1, np.int64), still(np.zeros(1, np.int64))
    seen_until(np.zeros(2, np.int64), still(np.zeros(1, np.uint32)), time, one, still(one))
    range_tag_counts(np.zeros(1, np.int64), np.ones(1, np.int64), still(np.ones(1, np.uint32)), 22)
    outcome = np.array([0.0, 1.0, 1.0])
    minimise(np.ones((1, 3), np.uint8), outcome, 10.0, 1e-5, np.zeros(1), np.zeros(3))
    nearest_centre(np.zeros(3), np.zeros(1), np.zeros(3, np.int64))
    values, last = np.arange(3.0)[:, None], np.arange(3) > 0
    boost([values], last, Boosting(max_trees=1), validation=([values], last)).probabilities(values)
