"""What an hour brings to a community: the time of learning and scoring anew, against going on from before.

    python -m benchmarks.incremental [--ratings 1000000] [--runs 5]

A made-up community as it was an hour ago, and as it is now. Interleaved, each in a process of its own, with the
cache of coded tables: exact prescoring from nothing and from what was learned an hour ago; final scoring
of every note and of what may have changed, in both ways the profile knows (`accidents.rescored_alone`).
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
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.common import store

COMMAND = [sys.executable, "-m", "bridgenotes.cli.main"]
EXACT = ("--set", "scorer_defaults.model.prescoring_trainer='exact'")
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Taken:
    """Wall and CPU seconds of a process, and what its record says."""

    wall: float
    cpu: float
    record: dict[str, object]

    def iterations(self) -> int:
        """Return the iterations of all first fits together."""
        fits = self.record["fits"]
        assert isinstance(fits, dict)
        return sum(fit["first round"]["iterations"] for fit in fits.values() if "first round" in fit)


def run(data: Path, out: Path, *options: str) -> Taken:
    """Score once."""
    command = [*COMMAND, "score", str(data), "--out", str(out), "--json", *options]
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    record = json.loads((out / "run.json").read_text())
    return Taken(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, record)


def an_hour_ago(data: Path, folder: Path) -> int:
    """Write what the public tables said an hour before their newest rating; return the ratings since."""
    folder.mkdir()
    made = pl.col("createdAtMillis")
    read = {"separator": "\t", "infer_schema": False}
    ratings = pl.read_csv(data / "ratings-00000.tsv", **read)
    until = ratings["createdAtMillis"].cast(pl.Int64).max() - HOUR_MS
    before = ratings.filter(made.cast(pl.Int64) <= until)
    before.write_csv(folder / "ratings-00000.tsv", separator="\t")
    notes = pl.read_csv(data / "notes-00000.tsv", **read, quote_char=None)
    notes.filter(made.cast(pl.Int64) <= until).write_csv(
        folder / "notes-00000.tsv", separator="\t", quote_style="never"
    )
    (folder / "userEnrollment-00000.tsv").symlink_to(data / "userEnrollment-00000.tsv")
    return ratings.height - before.height


def now_with_history(data: Path, scored: Path, folder: Path) -> Path:
    """Return the community as it is, with the status history of the run an hour ago."""
    folder.mkdir()
    for name in ("notes", "ratings", "userEnrollment"):
        (folder / f"{name}-00000.tsv").symlink_to(data / f"{name}-00000.tsv")
    (folder / "noteStatusHistory.parquet").symlink_to(scored / "note_status_history.parquet")
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        whole, before = root / "whole", root / "before"
        made = [
            *COMMAND,
            "simulate",
            "--ratings",
            str(options.ratings),
            "--seed",
            "7",
            "--out",
            str(whole),
            "--json",
        ]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
        new = an_hour_ago(whole, before)
        run(before, root / "then")
        run(before, root / "learned", "--phase", "prescoring", *EXACT)
        now = now_with_history(whole, root / "then", root / "now")
        learned = ("--phase", "final", "--from", str(root / "then"))
        previous = ("--previous", str(root / "then"), "--no-check-flips")
        ways = {
            "prescoring exactly, from nothing": ("--phase", "prescoring", *EXACT),
            "prescoring exactly, from an hour ago": (
                "--phase", "prescoring", *EXACT, "--learned", str(root / "learned"),
            ),
            "final scoring of every note": learned,
            "final scoring of what may have changed": (*learned, *previous),
            "the same, as if there were no others": (
                *learned, *previous, "--set", "accidents.rescored_alone=true",
            ),
        }  # fmt: skip
        run(now, root / "out", *learned)  # reads and keeps the coded tables
        taken: dict[str, list[Taken]] = {way: [] for way in ways}
        for _ in range(options.runs):
            for way, given in ways.items():
                taken[way].append(run(now, root / "out", *given))
    figures: dict[str, object] = {"ratings": options.ratings, "ratings of the last hour": new}
    for way, runs in taken.items():
        figures[f"{way}: wall s"] = round(statistics.median(t.wall for t in runs), 2)
        figures[f"{way}: CPU s"] = round(statistics.median(t.cpu for t in runs), 2)
        if way.startswith("prescoring"):
            figures[f"{way}: iterations of first fits"] = runs[0].iterations()
    figures["load average"] = round(os.getloadavg()[0], 1)
    store("incremental", figures)


if __name__ == "__main__":
    main()
