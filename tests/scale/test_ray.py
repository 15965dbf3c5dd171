"""On real Ray: the same bytes for any number of workers, and whatever is lost on the way."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from bridgenotes.cli.summary import newest_time
from bridgenotes.data.read import read_dataset
from bridgenotes.lab.simulate import simulate
from bridgenotes.lab.spec import community
from bridgenotes.scoring.graph import Step, run_steps
from bridgenotes.scoring.mf.early_stopped import Schedule
from bridgenotes.scoring.mf.objective import Objective, Parameters
from bridgenotes.scoring.mf.shard import sweep
from bridgenotes.scoring.mf.sharded import LocalShards, Margins, Shards, solve_sharded
from bridgenotes.scoring.mf.sharded_descent import descend, train_sharded
from bridgenotes.scoring.mf.sharded_start import spectral_start_sharded
from bridgenotes.scoring.phases.context import Context
from bridgenotes.scoring.pipeline import score_dataset
from bridgenotes.scoring.profile import load_profile
from support.two_camps import two_camps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgenotes.scoring.executors.ray_ import RayExecutor
    from bridgenotes.scoring.mf.matrix import RatingMatrix
    from bridgenotes.scoring.mf.solver import Fit

FIELDS = ("note_intercept", "note_factor", "rater_intercept", "rater_factor")
SOME = ("MFCoreScorer", "MFExpansionScorer", "GaussianScorer", "ReputationScorer")
"""One scorer of each kind, and two that learn side by side."""


def bits(fit: Fit) -> list[object]:
    arrays = [getattr(fit.parameters, name).tobytes() for name in FIELDS]
    return [*arrays, fit.parameters.global_intercept, fit.objective, fit.iterations, fit.gradient_norm]


def fits(shards: Shards, ratings: RatingMatrix, start: Parameters) -> list[list[object]]:
    """Both trainers, the exact one also from a start of its own."""
    margins, objective = Margins.of(ratings), Objective()
    found = spectral_start_sharded(shards, margins, objective)
    return [
        bits(solve_sharded(shards, margins, objective, found)),
        bits(train_sharded(shards, margins, objective, start, Schedule())),
    ]


@pytest.fixture(scope="module")
def ratings() -> RatingMatrix:
    return two_camps(200, 300, seed=3).matrix


@pytest.fixture(scope="module")
def start(ratings: RatingMatrix) -> Parameters:
    draw = np.random.default_rng(1).normal
    n, u = ratings.n_notes, ratings.n_raters
    return Parameters(*(draw(0, 0.2, size) for size in (n, n, u, u)))


def test_a_run_gives_the_same_tables(cluster: RayExecutor, tmp_path: Path) -> None:
    simulate(community(8_000, seed=4), out=tmp_path / "data")
    profile = load_profile("x-2026")
    profile = replace(profile, scorers=tuple(profile.scorer(name) for name in SOME))
    dataset = read_dataset([tmp_path / "data"], text=True, cache=False).dataset
    seen: dict[str, dict[str, float]] = {}

    @contextmanager
    def watch(step: str) -> Iterator[dict[str, float]]:
        seen[step] = {}
        yield seen[step]

    here = Context(now_ms=newest_time(dataset), traces=True)
    expected = score_dataset(dataset, profile, here)
    found = score_dataset(dataset, profile, replace(here, executor=cluster, watch=watch))
    for name, table in expected.tables.items():
        assert found.tables[name].equals(table), name
        assert found.tables[name].schema == table.schema
    assert found.notes.evidence.equals(expected.notes.evidence)
    assert found.diagnostics == expected.diagnostics
    learned = seen["learning raters: MFCoreScorer"]
    assert learned["cpu_seconds"] > 0
    assert learned["peak_bytes"] > 50_000_000


@pytest.mark.slow
def test_one_two_and_four_workers_fit_to_the_same_bits(
    cluster: RayExecutor, ratings: RatingMatrix, start: Parameters
) -> None:
    from bridgenotes.scoring.executors.ray_ import ray_shards  # noqa: PLC0415 (slow import)

    expected = fits(LocalShards(ratings, 3), ratings, start)
    for n_workers in (1, 2, 4):
        with ray_shards(n_workers, ratings) as workers:
            assert fits(workers, ratings, start) == expected


@pytest.mark.slow
def test_workers_killed_in_the_middle_of_fits_change_nothing(
    cluster: RayExecutor, ratings: RatingMatrix, start: Parameters
) -> None:
    from bridgenotes.scoring.executors.ray_ import RayShards  # noqa: PLC0415 (slow import)
    from support.losses import process_of  # noqa: PLC0415 (imports ray)

    killed = []

    class Losing(RayShards):
        calls = 0

        def each(self, operation, *arguments):
            self.calls += 1
            if self.calls in {4, 60}:  # in the start of the exact fit, in the middle of the other
                killed.append((operation, next(iter(super().each(process_of)))))
                os.kill(killed[-1][1], signal.SIGKILL)
            return super().each(operation, *arguments)

    shards = Losing(ratings, 2)
    try:
        assert fits(shards, ratings, start) == fits(LocalShards(ratings, 1), ratings, start)
    finally:
        shards.close()
    assert [operation for operation, _ in killed] == [sweep, descend]


def test_a_step_whose_worker_is_killed_is_run_again(cluster: RayExecutor, tmp_path: Path) -> None:
    from support.losses import dies_once, fails  # noqa: PLC0415 (imports ray)

    steps = [
        Step("first", partial(dies_once, str(tmp_path / "died")), ("given",)),
        Step("second", partial(dies_once, str(tmp_path / "died")), ("first",)),
    ]
    assert run_steps(steps, ["second"], given={"given": 5}, executor=cluster) == {"second": 20}
    assert (tmp_path / "died").exists()
    with pytest.raises(ValueError, match="5 is not to my liking"):
        run_steps([Step("bad", fails, ("given",))], ["bad"], given={"given": 5}, executor=cluster)


def test_frames_come_back_as_they_were() -> None:
    from bridgenotes.scoring.executors import ray_  # noqa: PLC0415 (slow import)

    frame = pl.DataFrame(
        {
            "code": pl.Series([1, None, 3], dtype=pl.Int32),
            "word": ["a", None, "more than twelve bytes"],
            "said": [True, False, None],
            "kind": pl.Series(["p", "q", None], dtype=pl.Enum(["p", "q", "r"])),
            "name": pl.Series(["x", "y", "x"], dtype=pl.Categorical),
            "many": [[1, 2], [], None],
            "share": pl.Series([0.5, float("nan"), None], dtype=pl.Float32),
        }
    )
    for one in (frame, frame.clear(), frame[1:2], pl.DataFrame(), pl.concat([frame, frame], rechunk=False)):
        again = ray_._from_arrow(ray_._to_arrow(one))
        assert again.equals(one)
        assert again.schema == one.schema
    series = ray_._series_from_arrow(ray_._series_to_arrow(frame["kind"]))
    assert series.equals(frame["kind"])
    assert (series.name, series.dtype) == ("kind", frame["kind"].dtype)
