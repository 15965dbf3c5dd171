"""Claim: real ratings of 2021 give what X published. Prints two correlations and two AUCs.

python -m benchmarks.pilot [--profile birdwatch-2022]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import rankdata

from benchmarks.common import reference_data, store


def auc(score: np.ndarray, positive: np.ndarray) -> float:
    """Return the chance that a positive scores above a negative, ties counted half."""
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    ranks = rankdata(score)[positive].sum()
    return float((ranks - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def figures(scored: pl.DataFrame, published: Path) -> dict[str, float | int]:
    """Compare a run's notes with the published output and statuses."""
    notes = scored.select("noteId", "coreNoteIntercept", "coreNoteFactor1").drop_nulls()
    official = pl.read_csv(
        published / "reference_scoredNotes_2023-02-18_subset.tsv", separator="\t", infer_schema_length=None
    ).drop_nulls(["noteIntercept", "noteFactor1"])
    both = notes.join(official, on="noteId")
    history = pl.read_csv(
        published / "noteStatusHistory_2022-11-11_subset.tsv", separator="\t", infer_schema_length=None
    )
    judged = notes.join(history, on="noteId").with_columns(pl.col("currentStatus").fill_null(""))
    intercept = judged["coreNoteIntercept"].to_numpy()
    status = judged["currentStatus"].to_numpy()
    return {
        "notes joined with 2023-02-18": both.height,
        "intercepts, Pearson r": float(np.corrcoef(both["coreNoteIntercept"], both["noteIntercept"])[0, 1]),
        "factors, |Pearson r|": abs(float(np.corrcoef(both["coreNoteFactor1"], both["noteFactor1"])[0, 1])),
        "notes joined with 2022-11-11": judged.height,
        "AUC for Helpful": auc(intercept, status == "CURRENTLY_RATED_HELPFUL"),
        "AUC for Not Helpful": auc(-intercept, status == "CURRENTLY_RATED_NOT_HELPFUL"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="birdwatch-2022")
    profile = parser.parse_args().profile
    data = reference_data() / "birdwatch-pilot-2021"
    with tempfile.TemporaryDirectory() as out:
        command = [
            sys.executable,
            "-m",
            "bridgenotes.cli.main",
            "score",
            str(data),
            "--out",
            out,
            "--no-cache",
        ]
        subprocess.run([*command, "--profile", profile, "--json"], check=True, stdout=subprocess.DEVNULL)
        found = figures(pl.read_parquet(Path(out) / "scored_notes.parquet"), data)
    store(f"pilot-{profile}", {k: round(v, 4) for k, v in found.items()})


if __name__ == "__main__":
    main()
