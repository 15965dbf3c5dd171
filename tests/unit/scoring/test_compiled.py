"""A kernel's two versions come from one source and give the same bits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

from bridgenotes.scoring import compiled
from bridgenotes.scoring.compiled import Kernel, kernel
from bridgenotes.scoring.gaussian import kernels as gaussian_kernels
from bridgenotes.scoring.gaussian.score import gaussian_scores
from bridgenotes.scoring.gaussian.settings import GAUSSIAN
from bridgenotes.scoring.mf import kernels as mf_kernels
from bridgenotes.scoring.mf.early_stopped import Schedule, train, train_notes
from bridgenotes.scoring.mf.objective import Objective, Parameters
from bridgenotes.scoring.mf.solver import solve
from bridgenotes.scoring.mf.start import spectral_start
from bridgenotes.scoring.reputation import kernels as reputation_kernels
from bridgenotes.scoring.reputation.final import StoredReputation, score_notes
from bridgenotes.scoring.reputation.model import DILIGENCE, HELPFULNESS
from bridgenotes.scoring.reputation.rounds import prescore
from support.two_camps import two_camps

CAMPS = two_camps(n_notes=200, n_raters=300, seed=5, density=0.2)


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch):
    """Make every fit count as large, on two threads."""
    monkeypatch.setattr(compiled, "LARGE", 0)
    before = numba.get_num_threads()
    numba.set_num_threads(2)
    yield
    numba.set_num_threads(before)


@kernel(work="values")
def doubled(values, out):  # type: ignore[no-untyped-def]
    for k in numba.prange(len(values)):
        out[k] = 2 * values[k]


def squared_fits() -> list[np.ndarray]:
    objective = Objective()
    fit = solve(CAMPS.matrix, objective, spectral_start(CAMPS.matrix, objective))
    trained = train(CAMPS.matrix, objective, fit.parameters, Schedule(max_epochs=500))
    notes = train_notes(CAMPS.matrix, objective, fit.parameters, Schedule())
    return [values for f in (fit, trained, notes) for values in _arrays(f.parameters)]


def logistic_fits() -> list[np.ndarray]:
    objective = Objective(loss="logistic", positive_weight=3.0)
    start = spectral_start(CAMPS.matrix, Objective())
    fit = solve(CAMPS.matrix, objective, start)
    trained = train(CAMPS.matrix, objective, start, Schedule(learning_rate=2.0))
    return [values for f in (fit, trained) for values in _arrays(f.parameters)]


def reputation_fits() -> list[np.ndarray]:
    found = []
    for model in (DILIGENCE, HELPFULNESS):
        fit = prescore(CAMPS.matrix, model, rater_factor=None, rng=np.random.default_rng(2))
        names = StoredReputation.__dataclass_fields__
        stored = StoredReputation(**{name: getattr(fit, name) for name in names})
        found += [fit.note_factor, fit.rater_reputation, *score_notes(CAMPS.matrix, model, stored=stored)]
    return found


def gaussian_fits() -> list[np.ndarray]:
    factor = np.linspace(-0.5, 0.5, CAMPS.matrix.n_raters)
    nobody = np.full(CAMPS.matrix.n_notes, -1)
    return list(gaussian_scores(CAMPS.matrix.by_note, factor, nobody, GAUSSIAN))


def _arrays(x: Parameters) -> list[np.ndarray]:
    return [x.note_intercept, x.note_factor, x.rater_intercept, x.rater_factor]


FITS = [squared_fits, logistic_fits, reputation_fits, gaussian_fits]
SERIAL = {fits.__name__: fits() for fits in FITS}


@pytest.mark.parametrize("fits", FITS)
@pytest.mark.usefixtures("everything_is_large")
def test_both_versions_give_the_same_bits(fits) -> None:
    for serial, parallel in zip(SERIAL[fits.__name__], fits(), strict=True):
        assert np.isfinite(serial).all()
        assert serial.tobytes() == parallel.tobytes()


def test_those_fits_use_every_kernel() -> None:
    test_modules = (mf_kernels, reputation_kernels, gaussian_kernels)
    kernels = [k for module in test_modules for k in vars(module).values() if isinstance(k, Kernel)]
    assert len(kernels) >= 10
    assert [k.__name__ for k in kernels if not k.serial.signatures] == []


def test_small_work_starts_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "LARGE", 4)
    monkeypatch.setattr(numba, "get_num_threads", lambda: 2)
    calls = []
    monkeypatch.setattr(doubled, "parallel", lambda *_: calls.append("parallel"))
    monkeypatch.setattr(doubled, "serial", lambda *_: calls.append("serial"))
    doubled(np.zeros(3), np.zeros(3))
    doubled(np.zeros(4), np.zeros(4))
    monkeypatch.setattr(numba, "get_num_threads", lambda: 1)
    doubled(np.zeros(4), np.zeros(4))
    assert calls == ["serial", "parallel", "serial"]


def test_parallel_loops_run_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = [], []

    def parallel(values: np.ndarray, out: np.ndarray) -> None:
        running.append(1)
        most.append(len(running))
        np.copyto(out, 2 * values)
        running.pop()

    monkeypatch.setattr(compiled, "LARGE", 0)
    monkeypatch.setattr(numba, "get_num_threads", lambda: 2)
    monkeypatch.setattr(doubled, "parallel", parallel)
    arrays = [(np.full(2_000, k, float), np.empty(2_000)) for k in range(40)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: doubled(*pair), arrays))
    assert max(most) == 1
    assert all((out == 2 * values).all() for values, out in arrays)
