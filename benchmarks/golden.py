"""Claim: a full run takes a small part of the reference's CPU seconds and memory.

    python -m benchmarks.golden [--runs 5]

The reference's figures are those of the golden README (2 shared cores, user + system seconds).
CPU seconds of phases and scorers are those of the threads that ran their steps, so the data
frame library's own threads are missing from them; peaks are those of the process so far.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import environment, reference_data, store

REFERENCE = {"S": (250.0, 0.8e9), "M": (963.0, 1.8e9)}
"""CPU seconds and peak bytes."""


@dataclass(frozen=True)
class Taken:
    """What one run took: of the process, and of each step ``phase`` or ``phase: scorer``."""

    cpu_seconds: float
    peak_bytes: float
    steps: list[dict[str, float | str]]

    def by_part(self, place: int) -> dict[str, float]:
        """Add up CPU seconds by phase (place 0) or scorer (place 1)."""
        total: dict[str, float] = defaultdict(float)
        for step in self.steps:
            parts = str(step["step"]).split(": ")
            if len(parts) > place:
                total[parts[place]] += float(step["cpu_seconds"])
        return total

    def peaks(self) -> dict[str, float]:
        """Return the process's peak bytes up to the end of each phase."""
        peak: dict[str, float] = defaultdict(float)
        for step in self.steps:
            phase = str(step["step"]).split(": ")[0]
            peak[phase] = max(peak[phase], float(step["peak_bytes"]))
        return peak


def run(size: str, out: Path) -> Taken:
    """Score a golden community once."""
    data = reference_data() / "golden" / size / "input"
    now = json.loads((data / "gen_meta.json").read_text())["now"]
    command = [
        sys.executable, "-m", "bridgenotes.cli.main", "score", str(data), "--out", str(out), "--no-cache", "--json",
        "--now", str(now),
    ]  # fmt: skip
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    steps = json.loads((out / "run.json").read_text())["steps"]
    return Taken(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024.0, steps)


def summary(size: str, taken: list[Taken]) -> dict[str, float]:
    """Return the medians of some runs of one community."""
    cpu, memory = REFERENCE[size]
    seconds = statistics.median(t.cpu_seconds for t in taken)
    peak = statistics.median(t.peak_bytes for t in taken)
    figures = {
        f"{size}: CPU s": round(seconds, 2),
        f"{size}: reference's CPU s / ours": round(cpu / seconds, 1),
        f"{size}: peak MB": round(peak / 1e6),
        f"{size}: our peak / reference's": round(peak / memory, 2),
    }
    for place, kind in enumerate(("phase", "scorer")):
        parts = [t.by_part(place) for t in taken]
        medians = {name: statistics.median(p[name] for p in parts) for name in parts[0]}
        for name, value in sorted(medians.items(), key=lambda item: -item[1]):
            figures[f"{size}: {kind} {name}: CPU s"] = round(value, 3)
    peaks = [t.peaks() for t in taken]
    for name in peaks[0]:
        figures[f"{size}: phase {name}: peak MB"] = round(statistics.median(p[name] for p in peaks) / 1e6)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        for size in REFERENCE:
            run(size, Path(folder, size))  # compiles where nothing is compiled yet
        taken: dict[str, list[Taken]] = {size: [] for size in REFERENCE}
        for _ in range(runs):
            for size in REFERENCE:
                taken[size].append(run(size, Path(folder, size)))
    store("golden", {name: value for size in REFERENCE for name, value in summary(size, taken[size]).items()})


if __name__ == "__main__":
    main()
