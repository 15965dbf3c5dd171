"""Claim: a full run's memory and CPU seconds grow no faster than the number of ratings.

    python -m benchmarks.scale [--ratings 60000 500000 2200000 5000000] [--keep FOLDER]

Makes up a community of each size, scores it in a process of its own and watches that process's memory,
50 times a second: what is its own (anonymous pages), and what it holds in all with pages of mapped files,
which the system takes back when it wants. A step's figures are the highest while it ran, other steps' memory
included; where steps run side by side, both get it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.common import RESULTS, environment, store

SIZES = (60_000, 500_000, 2_200_000, 5_000_000)
COMMAND = [sys.executable, "-m", "bridgenotes.cli.main"]
PERIOD = 0.02


@dataclass
class Memory:
    """Samples of a process's memory: monotonic seconds, own bytes, resident bytes."""

    samples: list[tuple[float, int, int]] = field(default_factory=list)

    def watch(self, process: int, ended: threading.Event) -> None:
        """Sample until told that the process has ended."""
        page = os.sysconf("SC_PAGE_SIZE")
        while not ended.wait(PERIOD):
            try:
                _, resident, shared, *_ = Path(f"/proc/{process}/statm").read_text().split()
            except (OSError, ValueError):
                return
            own = (int(resident) - int(shared)) * page
            self.samples.append((time.perf_counter(), own, int(resident) * page))

    def during(self, began: float, ended: float) -> tuple[int, int]:
        """Return the highest own and resident bytes between two moments; 0 if nobody looked."""
        inside = [sample for sample in self.samples if began - PERIOD <= sample[0] <= ended + PERIOD]
        return max((s[1] for s in inside), default=0), max((s[2] for s in inside), default=0)


@dataclass(frozen=True)
class Taken:
    """What one run took."""

    wall: float
    cpu: float
    peak: int
    memory: Memory
    steps: list[dict[str, float | str]]

    def by_stage(self) -> dict[str, dict[str, float]]:
        """Return per stage (steps of one kind together) CPU seconds and the highest bytes, in order of begin."""
        stages: dict[str, dict[str, float]] = {}
        for step in sorted(self.steps, key=lambda step: float(step["began"])):
            began = float(step["began"])
            own, resident = self.memory.during(began, began + float(step["seconds"]))
            stage = stages.setdefault(str(step["step"]).split(": ")[0], defaultdict(float))
            stage["cpu"] += float(step["cpu_seconds"])
            stage["seconds"] += float(step["seconds"])
            stage["own"] = max(stage["own"], own)
            stage["resident"] = max(stage["resident"], resident)
        return stages


def make(ratings: int, folder: Path) -> Path:
    """Make up a community, if it is not there."""
    out = folder / f"community-{ratings}"
    if not out.is_dir():
        command = [
            *COMMAND,
            "simulate",
            "--ratings",
            str(ratings),
            "--seed",
            "7",
            "--out",
            str(out),
            "--json",
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return out


def run(data: Path, out: Path, *options: str) -> Taken:
    """Score a community once, watched."""
    command = [*COMMAND, "score", str(data), "--out", str(out), "--no-cache", "--json", *options]
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment())
    memory, ended = Memory(), threading.Event()
    watcher = threading.Thread(target=memory.watch, args=(child.pid, ended))
    watcher.start()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    ended.set()
    watcher.join()
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    steps = json.loads((out / "run.json").read_text())["steps"]
    return Taken(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, memory, steps)


def figures(ratings: int, taken: list[Taken]) -> dict[str, float]:
    """Return medians over the runs of one size."""
    name = f"{ratings:,}"

    def median(values: list[float], digits: int = 0) -> float:
        return round(statistics.median(values), digits)

    found = {
        f"{name}: wall s": median([t.wall for t in taken], 2),
        f"{name}: CPU s": median([t.cpu for t in taken], 2),
        f"{name}: CPU microseconds per rating": median([t.cpu / ratings * 1e6 for t in taken], 2),
        f"{name}: peak MB": median([t.peak / 1e6 for t in taken]),
    }
    stages = [t.by_stage() for t in taken]
    for stage in stages[0]:
        found[f"{name}: {stage}: CPU s"] = median([s[stage]["cpu"] for s in stages], 2)
        found[f"{name}: {stage}: own MB"] = median([s[stage]["own"] / 1e6 for s in stages])
        found[f"{name}: {stage}: resident MB"] = median([s[stage]["resident"] / 1e6 for s in stages])
    return found


def growth(sizes: list[int], taken: dict[int, list[Taken]]) -> dict[str, float]:
    """Return bytes per further rating between the smallest and the largest size, in all and by stage."""
    few, many = min(sizes), max(sizes)
    if few == many:
        return {}

    def per_rating(of: dict[int, float]) -> float:
        return round((of[many] - of[few]) / (many - few), 1)

    found = {
        "bytes per rating: peak": per_rating(
            {n: statistics.median(t.peak for t in taken[n]) for n in (few, many)}
        )
    }
    stages = {n: [t.by_stage() for t in taken[n]] for n in (few, many)}
    for stage in stages[many][0]:
        for kind in ("own", "resident"):
            of = {n: statistics.median(s.get(stage, {}).get(kind, 0) for s in stages[n]) for n in (few, many)}
            found[f"bytes per rating: {stage}: {kind}"] = per_rating(of)
    return found


def draw(sizes: list[int], taken: dict[int, list[Taken]], path: Path) -> None:
    """Plot cost against size, and memory over time of the largest run."""
    import altair as alt  # noqa: PLC0415 (an extra)

    cost = [
        {"ratings": n, "CPU microseconds per rating": t.cpu / n * 1e6, "peak bytes per rating": t.peak / n}
        for n in sizes
        for t in taken[n]
    ]
    x = alt.X("ratings:Q", scale=alt.Scale(type="log"))
    charts = [
        alt.Chart(alt.Data(values=cost)).mark_line(point=True).encode(x=x, y=f"{name}:Q")
        for name in ("CPU microseconds per rating", "peak bytes per rating")
    ]
    longest = taken[max(sizes)][0]
    began = longest.memory.samples[0][0]
    every = max(1, len(longest.memory.samples) // 500)
    over_time = [
        {"seconds": when - began, "MB": value / 1e6, "memory": kind}
        for when, own, resident in longest.memory.samples[::every]
        for kind, value in (("own", own), ("with mapped files", resident))
    ]
    steps = [
        {"begin": float(s["began"]) - began, "end": float(s["began"]) - began + float(s["seconds"]),
         "step": str(s["step"]).split(": ")[0]}
        for s in longest.steps
    ]  # fmt: skip
    time_axis = alt.X("seconds:Q")
    lines = alt.Chart(alt.Data(values=over_time), title=f"{max(sizes):,} ratings").mark_line()
    bars = alt.Chart(alt.Data(values=steps)).mark_bar()
    memory = alt.vconcat(
        lines.encode(x=time_axis, y="MB:Q", color="memory:N").properties(width=700),
        bars.encode(x=alt.X("begin:Q", title="seconds"), x2="end:Q", y=alt.Y("step:N", sort=None)).properties(
            width=700
        ),
    )
    alt.vconcat(alt.hconcat(*charts), memory).save(str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratings", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="keep the communities there, and use those found")
    parser.add_argument("--name", default="scale", help="name of the result")
    options = parser.parse_args()
    sizes = sorted(options.ratings)
    with tempfile.TemporaryDirectory() as folder:
        data = options.keep or Path(folder)
        run(make(min(sizes), data), Path(folder, "warm"))  # compiles where nothing is compiled yet
        taken: dict[int, list[Taken]] = {n: [] for n in sizes}
        for k in range(options.runs):
            for n in sizes:
                taken[n].append(run(make(n, data), Path(folder, f"{n}-{k}")))
    found = {name: value for n in sizes for name, value in figures(n, taken[n]).items()}
    store(options.name, found | growth(sizes, taken))
    draw(sizes, taken, RESULTS / f"{options.name}.svg")


if __name__ == "__main__":
    main()
