"""A run that compiles its kernels and one that loads them from the cache give the same bits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FITS = """
import hashlib, numpy as np
from bridgenotes.scoring.mf.draws import Draws
from bridgenotes.scoring.mf.early_stopped import Schedule, train
from bridgenotes.scoring.mf.matrix import RatingMatrix
from bridgenotes.scoring.mf.objective import Objective
from bridgenotes.scoring.mf.random_start import random_start
from bridgenotes.scoring.reputation.final import StoredReputation, score_notes
from bridgenotes.scoring.reputation.model import DILIGENCE, HELPFULNESS
from bridgenotes.scoring.reputation.rounds import prescore

rng = np.random.default_rng(0)
pairs = np.unique(rng.integers(0, 400 * 150, 9_000))
rng.shuffle(pairs)
ratings = RatingMatrix.build(pairs // 150, pairs % 150, 2 * rng.integers(0, 2, len(pairs)))
found = hashlib.sha256()
for model in (DILIGENCE, HELPFULNESS):
    fit = prescore(ratings, model, rater_factor=None, draws=Draws(1))
    stored = StoredReputation(**{name: getattr(fit, name) for name in StoredReputation.__dataclass_fields__})
    for values in (fit.note_factor, fit.rater_factor, *score_notes(ratings, model, stored=stored)):
        found.update(values.tobytes())
start = random_start(np.arange(ratings.n_notes), np.arange(ratings.n_raters), Draws(1))
for loss in ("squared", "logistic"):
    fit = train(ratings, Objective(loss=loss), start, Schedule(1.0))
    found.update(fit.parameters.note_factor.tobytes())
print(found.hexdigest())
"""


@pytest.mark.slow
def test_kernels_compiled_and_loaded_give_the_same_bits(tmp_path: Path) -> None:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    compiled, loaded = (
        subprocess.run(
            [sys.executable, "-c", FITS], env=environment, check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    )
    assert compiled == loaded
    assert len(compiled) == 65
