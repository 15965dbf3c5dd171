"""Claim: making up and reading a community takes memory for its notes and people, hardly for its ratings.

    python -m benchmarks.reading [--ratings 500000 5000000] [--runs 3] [--keep FOLDER]

Per size, each in a process of its own that is watched: `simulate`, the first read (from text), and the second
(from the cache). Own memory are anonymous pages; pages of mapped files, which the system takes back when it wants,
are in the resident figure only. Rows per second count ratings.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import store
from benchmarks.scale import Memory
from bridgenotes.data.cache import FOLDER

SIZES = (500_000, 5_000_000)
READ = "import sys; from bridgenotes.data.read import read_dataset; read_dataset([sys.argv[1]], text=True)"


@dataclass(frozen=True)
class Taken:
    """What one process took."""

    wall: float
    cpu: float
    own: int
    resident: int


def watched(command: list[str]) -> Taken:
    """Run a command and watch its memory."""
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    memory, ended = Memory(), threading.Event()
    watcher = threading.Thread(target=memory.watch, args=(child.pid, ended))
    watcher.start()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    ended.set()
    watcher.join()
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    own, resident = memory.during(began, began + wall)
    return Taken(wall, usage.ru_utime + usage.ru_stime, own, resident)


def round_of(ratings: int, folder: Path) -> dict[str, Taken]:
    """Make up a community, if it is not there, and read it twice."""
    data = folder / f"community-{ratings}"
    taken = {}
    if not data.is_dir():
        make = ["simulate", "--ratings", str(ratings), "--seed", "7", "--out", str(data), "--json"]
        taken["simulate"] = watched([sys.executable, "-m", "bridgenotes.cli.main", *make])
    shutil.rmtree(data / FOLDER, ignore_errors=True)
    for name in ("first read", "second read"):
        taken[name] = watched([sys.executable, "-c", READ, str(data)])
    shutil.rmtree(data / FOLDER)
    return taken


def figures(taken: dict[int, list[dict[str, Taken]]]) -> dict[str, float]:
    """Return medians per size and step, and bytes per further rating."""
    found: dict[str, float] = {}
    own: dict[str, dict[int, float]] = {}
    for ratings, rounds in taken.items():
        for step in ("simulate", "first read", "second read"):
            runs = [each[step] for each in rounds if step in each]
            if not runs:
                continue
            name = f"{ratings:,}: {step}"
            found[f"{name}: wall s"] = round(statistics.median(run.wall for run in runs), 2)
            cpu = statistics.median(run.cpu for run in runs)
            found[f"{name}: CPU s"] = round(cpu, 2)
            found[f"{name}: million rows per CPU s"] = round(ratings / cpu / 1e6, 3)
            own.setdefault(step, {})[ratings] = statistics.median(run.own for run in runs)
            found[f"{name}: own MB"] = round(own[step][ratings] / 1e6)
            found[f"{name}: resident MB"] = round(statistics.median(run.resident for run in runs) / 1e6)
    few, many = min(taken), max(taken)
    for step, of in own.items():
        if few < many and few in of and many in of:
            found[f"{step}: own bytes per further rating"] = round((of[many] - of[few]) / (many - few), 1)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratings", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="keep the communities there, and use those found")
    options = parser.parse_args()
    taken: dict[int, list[dict[str, Taken]]] = {ratings: [] for ratings in sorted(options.ratings)}
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            for ratings, rounds in taken.items():
                rounds.append(round_of(ratings, options.keep or Path(folder)))
    store("reading", figures(taken) | {"load": round(os.getloadavg()[1], 1)})


if __name__ == "__main__":
    main()
