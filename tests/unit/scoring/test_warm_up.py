"""After warming up nothing is compiled during a run, so compilation can be shown apart."""

from __future__ import annotations

from pathlib import Path

from numba.core.dispatcher import Dispatcher

from bridgenotes.data.read import read_dataset
from bridgenotes.lab.simulate import simulate
from bridgenotes.lab.spec import community
from bridgenotes.scoring import kernels as scoring_kernels
from bridgenotes.scoring.confidence import kernels as confidence_kernels
from bridgenotes.scoring.confidence import logistic_kernels, tree_kernels
from bridgenotes.scoring.gaussian import kernels as gaussian_kernels
from bridgenotes.scoring.mf import adam_kernels, anderson_kernels, note_descent_kernels, sliced_kernels
from bridgenotes.scoring.mf import kernels as mf_kernels
from bridgenotes.scoring.phases.context import Context
from bridgenotes.scoring.pipeline import score_dataset
from bridgenotes.scoring.profile import PROFILES, load_profile
from bridgenotes.scoring.reputation import kernels as reputation_kernels
from bridgenotes.scoring.similarity import kernels as similarity_kernels
from bridgenotes.scoring.topics import kernels as topic_kernels
from bridgenotes.scoring.warm_up import warm_up


def compiled() -> dict[str, int]:
    modules = (
        scoring_kernels,
        mf_kernels,
        adam_kernels,
        anderson_kernels,
        sliced_kernels,
        note_descent_kernels,
        gaussian_kernels,
        reputation_kernels,
        similarity_kernels,
        topic_kernels,
        confidence_kernels,
        logistic_kernels,
        tree_kernels,
    )
    found = {
        f"{m.__name__}.{name}": getattr(k, "compiled", k) for m in modules for name, k in vars(m).items()
    }
    return {
        name: len(k.signatures) for name, k in found.items() if isinstance(k, Dispatcher) and k.signatures
    }


def test_a_run_compiles_nothing_that_warming_up_did_not(tmp_path: Path) -> None:
    for profile in PROFILES:
        assert warm_up(load_profile(profile)) > 0
    before = compiled()
    assert len(before) > 15
    simulate(community(8_000, 3), out=tmp_path / "community")
    dataset = read_dataset([tmp_path / "community"], text=True, cache=False).dataset
    for profile in PROFILES:
        score_dataset(dataset, load_profile(profile), Context(1_767_225_600_000))
    assert compiled() == before
