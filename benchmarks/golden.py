"""Claim: a full run takes a small part of the reference's CPU seconds and memory.

    python -m benchmarks.golden [--runs 5]

The reference's figures are those of the golden README (2 shared cores, user + system seconds).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.common import reference_data, store

REFERENCE = {"S": (250.0, 0.8e9), "M": (963.0, 1.8e9)}
"""CPU seconds and peak bytes."""


def run(size: str, out: Path) -> tuple[float, float]:
    """Score a golden community once; return CPU seconds and peak bytes of the process."""
    data = reference_data() / "golden" / size / "input"
    now = json.loads((data / "gen_meta.json").read_text())["now"]
    command = [
        sys.executable, "-m", "bridgenotes.cli.main", "score", str(data), "--out", str(out), "--no-cache", "--json",
        "--now", str(now),
    ]  # fmt: skip
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in REFERENCE:
            run(size, Path(folder))  # compiles where nothing is compiled yet
        taken = {size: [] for size in REFERENCE}
        for _ in range(runs):
            for size in REFERENCE:
                taken[size].append(run(size, Path(folder)))
    for size, (cpu, memory) in REFERENCE.items():
        seconds = statistics.median(t[0] for t in taken[size])
        peak = statistics.median(t[1] for t in taken[size])
        figures |= {
            f"{size}: CPU s": round(seconds, 2),
            f"{size}: reference's CPU s / ours": round(cpu / seconds, 1),
            f"{size}: peak MB": round(peak / 1e6),
            f"{size}: our peak / reference's": round(peak / memory, 2),
        }
    store("golden", figures)


if __name__ == "__main__":
    main()
