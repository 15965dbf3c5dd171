"""A kernel gives the same bits alone and shared among threads."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

from bridgenotes.scoring import compiled
from bridgenotes.scoring.compiled import Kernel, kernel
from bridgenotes.scoring.gaussian import kernels as gaussian_kernels
from bridgenotes.scoring.gaussian.score import gaussian_scores
from bridgenotes.scoring.gaussian.settings import GAUSSIAN
from bridgenotes.scoring.mf import adam_kernels, anderson_kernels, sliced_kernels
from bridgenotes.scoring.mf import kernels as mf_kernels
from bridgenotes.scoring.mf.draws import Draws
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


@kernel(makes=lambda values, *_: np.zeros(len(values)))
def doubled(first, last, values, packed, chunks, out):  # type: ignore[no-untyped-def]
    for chunk in range(first, last):
        for k in range(chunks[chunk], chunks[chunk + 1]):
            out[k] = 2 * values[k] + packed[k]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_begins_threads_of_its_own(everything_is_large) -> None:
    """Those of its parent are not there; to wait for them would be to wait for ever."""
    given = np.arange(3.0), np.zeros(3, np.uint32), np.array([0, 1, 3])
    expected = doubled(*given)
    child = os.fork()
    if not child:
        signal.alarm(20)
        os._exit(not np.array_equal(doubled(*given), expected))
    assert os.waitpid(child, 0)[1] == 0


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
        fit = prescore(CAMPS.matrix, model, rater_factor=None, draws=Draws(2))
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
ALONE = {fits.__name__: fits() for fits in FITS}


@pytest.mark.parametrize("fits", FITS)
@pytest.mark.usefixtures("everything_is_large")
def test_threads_give_the_same_bits(fits) -> None:
    for alone, shared in zip(ALONE[fits.__name__], fits(), strict=True):
        assert np.isfinite(alone).all()
        assert alone.tobytes() == shared.tobytes()


def test_those_fits_use_every_kernel() -> None:
    fits = (adam_kernels, anderson_kernels, mf_kernels, sliced_kernels)
    modules = (*fits, reputation_kernels, gaussian_kernels)
    kernels = [k for module in modules for k in vars(module).values() if isinstance(k, Kernel)]
    assert len(kernels) >= 10
    assert [k.__name__ for k in kernels if not k.compiled.signatures] == []


@pytest.mark.parametrize(("rows", "threads", "shared"), [(3, 2, False), (4, 2, True), (4, 1, False)])
def test_only_large_work_is_shared(
    monkeypatch: pytest.MonkeyPatch, rows: int, threads: int, shared: bool
) -> None:
    calls = []
    monkeypatch.setattr(compiled, "LARGE", 4)
    monkeypatch.setattr(numba, "get_num_threads", lambda: threads)
    monkeypatch.setattr(doubled, "compiled", lambda first, last, *_: calls.append((first, last)))
    doubled(np.zeros(rows), np.zeros(rows), np.arange(rows + 1))
    calls.sort()
    assert (len(calls) > 1) == shared
    assert [k for first, last in calls for k in range(first, last)] == list(range(rows))


@pytest.mark.usefixtures("everything_is_large")
def test_two_threads_may_call_at_once() -> None:
    rows = 2_000
    chunks = np.linspace(0, rows, 51).astype(np.int64)
    values = [np.full(rows, k, float) for k in range(40)]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda x: doubled(x, np.ones(rows), chunks), values))
    assert all((out == 2 * x + 1).all() for x, out in zip(values, results, strict=True))


@pytest.mark.usefixtures("everything_is_large")
def test_an_error_in_a_thread_is_told() -> None:
    with pytest.raises(numba.core.errors.TypingError):
        doubled(np.zeros(4), np.array(["a"] * 4), np.arange(5))
