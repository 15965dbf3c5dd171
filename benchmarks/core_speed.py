"""Claim: a Core run of 500,000 simulated ratings takes seconds and little memory, and what a sweep reaches.

    python -m benchmarks.core_speed [--ratings 500000] [--runs 5]

Whole-process figures come from the operating system's accounting of each finished run; the share
of bandwidth compares, interleaved in one process, a note sweep with a plain read of the same bytes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numba import njit

from benchmarks.common import interleaved, store
from bridgenotes.data.read import read_dataset
from bridgenotes.scoring.index import index_ratings
from bridgenotes.scoring.mf import kernels
from bridgenotes.scoring.mf.objective import Objective
from bridgenotes.scoring.mf.start import spectral_start
from bridgenotes.scoring.ratings import Ratings

COMMAND = [sys.executable, "-m", "bridgenotes.cli.main"]
CORE = ("--scorers", "MFCoreScorer")


@njit(cache=True)
def plain_read(words: np.ndarray) -> np.uint64:
    """Add all words: the cheapest thing that touches every byte."""
    total = np.uint64(0)
    for k in range(len(words)):
        total += np.uint64(words[k])
    return total


def run(data: Path, out: Path) -> dict[str, float]:
    """Score once; return wall and CPU seconds, peak bytes and the compile seconds shown apart."""
    command = [*COMMAND, "score", str(data), "--out", str(out), "--no-cache", "--json", *CORE]
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return {
        "wall": time.perf_counter() - began,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * 1024,
        "compile": json.loads((out / "run.json").read_text())["compile_seconds"],
    }


def sweep_share(data: Path, runs: int) -> dict[str, float]:
    """Compare one thread's note sweep with a plain read of the same packed ratings."""
    dataset = read_dataset([data], cache=False).dataset
    matrix = index_ratings(Ratings(dataset.ratings), (dataset.n_notes, dataset.n_contributors)).matrix
    side, objective = matrix.by_note, Objective()
    x = spectral_start(matrix, objective)
    table = np.stack([x.rater_intercept, x.rater_factor], axis=1).astype(np.float32)
    repeat = max(1, 20_000_000 // matrix.n_ratings)

    def sweep() -> float:
        began = time.perf_counter()
        for _ in range(repeat):
            kernels.sweep_squared(
                side.start, side.packed, side.weight, side.chunks, table, 0.1, 6.0, 1.2, 0.0
            )
        return (time.perf_counter() - began) / repeat

    def read() -> float:
        began = time.perf_counter()
        for _ in range(repeat):
            plain_read(side.packed)
        return (time.perf_counter() - began) / repeat

    import numba  # noqa: PLC0415

    numba.set_num_threads(1)
    beyond_caches = np.arange(128_000_000, dtype=np.uint32)  # written, so that every page is real

    def stream() -> float:
        began = time.perf_counter()
        plain_read(beyond_caches)
        return time.perf_counter() - began

    sweep(), read(), stream()
    swept, plain, streamed = interleaved(runs, sweep, read, stream)
    gigabyte = side.packed.nbytes / 1e9
    layout = sum(s.packed.nbytes + s.start.nbytes for s in (matrix.by_note, matrix.by_rater))
    return {
        "sweep, ns per rating and core": swept / matrix.n_ratings * 1e9,
        "sweep, GB/s of packed ratings": gigabyte / swept,
        "plain read of the same bytes (in cache), GB/s": gigabyte / plain,
        "memory bandwidth (plain read of 512 MB), GB/s": beyond_caches.nbytes / 1e9 / streamed,
        "sweep, share of memory bandwidth": gigabyte / swept / (beyond_caches.nbytes / 1e9 / streamed),
        "packed layout, bytes per rating": layout / matrix.n_ratings,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratings", type=int, default=500_000)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder) / "data", Path(folder) / "out"
        simulate = [*COMMAND, "simulate", "--ratings", str(chosen.ratings), "--seed", "1", "--out", str(data)]
        subprocess.run(simulate, check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        cold_cache = {**os.environ, "NUMBA_CACHE_DIR": str(Path(folder) / "jit")}
        began = time.perf_counter()
        subprocess.run(
            [*COMMAND, "score", str(data), "--out", str(out), "--no-cache", "--json", *CORE],
            check=True, env=cold_cache, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        cold_wall = time.perf_counter() - began
        cold_compile = json.loads((out / "run.json").read_text())["compile_seconds"]
        runs = [run(data, out) for _ in range(chosen.runs)]
        middle = {key: statistics.median(r[key] for r in runs) for key in runs[0]}
        figures = {
            "ratings": chosen.ratings,
            "wall s, first run ever": cold_wall,
            "of which compiling s": cold_compile,
            "wall s, median": middle["wall"],
            "of which loading compiled kernels s": middle["compile"],
            "CPU s, median": middle["cpu"],
            "ratings per wall second": chosen.ratings / middle["wall"],
            "peak memory MB": middle["peak"] / 1e6,
            "peak bytes per rating": middle["peak"] / chosen.ratings,
            **sweep_share(data, chosen.runs),
        }
    store(f"core-speed-{chosen.ratings}", {k: round(v, 3) for k, v in figures.items()})


if __name__ == "__main__":
    main()
