"""Compile every kernel once, on a handful of ratings, so that runs can show compilation apart."""

from __future__ import annotations

import time

import numpy as np

from bridgenotes.scoring import kernels
from bridgenotes.scoring.mf.early_stopped import Schedule, train, train_notes
from bridgenotes.scoring.mf.matrix import RatingMatrix
from bridgenotes.scoring.mf.objective import Objective
from bridgenotes.scoring.mf.solver import solve, solve_notes
from bridgenotes.scoring.mf.start import spectral_start


def warm_up() -> float:
    """Compile, or load from the cache on disk, all kernels; return the seconds it took."""
    began = time.perf_counter()
    note = np.repeat(np.arange(6, dtype=np.int32), 6)
    rater = np.tile(np.arange(6, dtype=np.int32), 6)
    level = ((note + rater) % 3).astype(np.uint8)
    ratings = RatingMatrix.build(note, rater, level)
    for objective in (Objective(), Objective(loss="logistic")):
        start = spectral_start(ratings, objective)
        fit = solve(ratings, objective, start)
        if objective.loss == "squared":
            solve_notes(ratings, objective, fit.parameters)
            train_notes(ratings, objective, fit.parameters, Schedule())
            _count(note, level)
        train(ratings, objective, fit.parameters, Schedule())
    return time.perf_counter() - began


def _count(note: np.ndarray, level: np.ndarray) -> None:
    """Compile the counting kernels."""
    tags = np.ones(len(note), np.uint32)
    kernels.tag_counts(note, tags, 6, 22)
    kernels.tag_weights(note, tags, np.ones(len(note)), 9, 6, 13)
    kernels.side_counts(note, np.zeros(len(note), np.int8), level, level > 1, 6)
