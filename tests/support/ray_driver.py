"""The driver of a run on two machines, one of which is lost while it fits and runs steps.

    python -m support.ray_driver ADDRESS FOLDER

Fits over shards and runs steps at the same time. In the middle of each it writes ``FOLDER/fitting`` or
``FOLDER/stepping`` and waits for ``FOLDER/lost``. Writes digests of both results to ``FOLDER/result.json``.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from bridgenotes.scoring.graph import Step, run_steps
from bridgenotes.scoring.mf.early_stopped import Schedule
from bridgenotes.scoring.mf.objective import Objective, Parameters
from bridgenotes.scoring.mf.sharded import LocalShards, Margins, Shards
from bridgenotes.scoring.mf.sharded_descent import train_sharded
from support.two_camps import two_camps

N_STEPS = 6
RATINGS = two_camps(200, 300, seed=3).matrix


def fit(shards: Shards) -> str:
    draw = np.random.default_rng(1).normal
    start = Parameters(*(draw(0, 0.2, size) for size in (200, 200, 300, 300)))
    x = train_sharded(shards, Margins.of(RATINGS), Objective(), start, Schedule()).parameters
    return hashlib.sha256(x.note_intercept.tobytes() + x.rater_factor.tobytes()).hexdigest()


def numbers(seed: int) -> np.ndarray:
    time.sleep(0.3)
    return np.random.default_rng(seed).normal(size=200_000)


def pause(folder: Path | None) -> None:
    if folder is not None:
        wait_for_loss(folder, "stepping")


def digest(_: None, *parts: np.ndarray) -> str:
    return hashlib.sha256(sum(parts).tobytes()).hexdigest()


def steps(executor: object = None, folder: Path | None = None) -> str:
    made = [Step(f"numbers: {k}", partial(numbers, k)) for k in range(N_STEPS)]
    names = tuple(step.name for step in made)
    rest = [Step("pause", partial(pause, folder)), Step("digest", digest, ("pause", *names))]
    return str(run_steps([*made, *rest], ["digest"], executor=executor)["digest"])


def machine_of(shard: object) -> str:
    return str(Path("/proc/self/ns/net").readlink())  # Ray itself may be mistaken where machines share a disk


def wait_for_loss(folder: Path, reached: str) -> None:
    (folder / reached).touch()
    while not (folder / "lost").exists():
        time.sleep(0.1)


def expected() -> dict[str, str]:
    """What it finds where nothing is lost, without a cluster."""
    return {"fit": fit(LocalShards(RATINGS, 1)), "steps": steps()}


def main(address: str, folder: Path) -> None:
    from bridgenotes.scoring.executors.ray_ import RayExecutor, RayShards  # noqa: PLC0415 (slow import)

    machines: list[list[str]] = []

    class Pausing(RayShards):
        calls = 0

        def each(self, operation, *arguments):
            self.calls += 1
            if self.calls == 70:
                machines.append(sorted(super().each(machine_of)))
                wait_for_loss(folder, "fitting")
            return super().each(operation, *arguments)

    with RayExecutor(address) as executor, ThreadPoolExecutor(1) as pool:
        shards = Pausing(RATINGS, 2)
        stepping = pool.submit(steps, executor, folder)
        done = {"fit": fit(shards), "steps": stepping.result()}
        machines.append(sorted(shards.each(machine_of)))
    (folder / "result.json").write_text(json.dumps(done | {"machines": machines}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
