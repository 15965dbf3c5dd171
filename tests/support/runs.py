"""Communities and runs of `bridgenotes score` inside this process, and what they wrote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from bridgenotes.cli.score import Request, run_score
from bridgenotes.data.outputs import output_schema
from bridgenotes.lab.simulate import simulate
from bridgenotes.lab.spec import community

OUTPUTS = ("scored_notes", "aux_note_info", "note_status_history", "helpfulness_scores")
CORE = "MFCoreScorer"


def made_up(folder: Path, *, ratings: int, seed: int = 4, **spec: Any) -> Path:
    """Simulate a community; ``spec`` changes what `bridgenotes.lab.spec.community` proposes."""
    simulate(replace(community(ratings=ratings, seed=seed), **spec), out=folder)
    return folder


def score(source: Path | Iterable[Path], out: Path, **options: Any) -> Path:
    """Score as the command does, with one thread and without a cache beside the input."""
    inputs = [source] if isinstance(source, Path) else list(source)
    run_score(Request(inputs=inputs, out=out, **({"threads": 1, "cache": False, "as_json": True} | options)))
    return out


def one_by_one(source: Path, folder: Path, **options: Any) -> dict[str, Path]:
    """Run the four phases, each from the folders of the former ones."""
    similarity = score(source, folder / "similarity", phase="similarity", **options)
    prescoring = score(
        source, folder / "prescoring", phase="prescoring", handed_over=(similarity,), **options
    )
    final = score(source, folder / "final", phase="final", handed_over=(prescoring,), **options)
    contributor = score(
        source, folder / "contributor", phase="contributor", handed_over=(prescoring, final), **options
    )
    return {"scored_notes": final, "aux_note_info": final, "note_status_history": final,
            "helpfulness_scores": contributor}  # fmt: skip


def table(folder: Path, name: str) -> pl.DataFrame:
    """An output table."""
    return pl.read_parquet(folder / f"{name}.parquet")


def assert_sound(folder: Path) -> None:
    """All four tables are there with exactly their columns and types, one row per note or contributor."""
    for name in OUTPUTS:
        frame = table(folder, name)
        assert frame.schema == output_schema(name), name
        assert frame.to_series(0).is_unique().all()
    notes = table(folder, "scored_notes")
    assert notes["noteId"].equals(table(folder, "aux_note_info")["noteId"])
    assert notes["noteId"].equals(table(folder, "note_status_history")["noteId"])
    assert notes["finalRatingStatus"].null_count() == 0


def differing_columns(a: pl.DataFrame, b: pl.DataFrame) -> set[str]:
    """Columns that do not hold the same values; fails if the shapes differ."""
    assert a.schema == b.schema
    assert a.height == b.height
    return {name for name in a.columns if not a[name].equals(b[name], null_equal=True)}
