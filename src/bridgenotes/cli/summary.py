"""What a run says at its end, to people, to programs and to its record."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table

from bridgenotes import __version__
from bridgenotes.cli.console import Stages, peak_memory_bytes, stdout
from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.scoring.shelf import collected

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.phases.context import Context
    from bridgenotes.scoring.phases.final import ScoredNotes
    from bridgenotes.scoring.profile import Profile


def newest_time(dataset: Dataset) -> int:
    """Return the newest time in the data, so that a run of the same data gives the same result any day."""
    columns = (
        dataset.ratings["created_at_ms"],
        dataset.notes["created_at_ms"],
        dataset.status_history["current_status_at_ms"],
    )
    return max((newest(column) for column in columns), default=0)


def newest(times: pl.Series) -> int:
    """Return the largest value, 0 if there is none."""
    return int(times.drop_nulls().to_numpy().max()) if times.count() else 0


def run_record(
    profile: Profile, dataset: Dataset, context: Context, files: tuple[Path, ...]
) -> dict[str, Any]:
    """Return what run.json says of any phase."""
    return {
        "bridgenotes": __version__,
        "profile": profile.name,
        "scorers": [scorer.name for scorer in profile.scorers],
        "now_ms": context.now_ms,
        "seed": context.seed,
        "inputs": [str(path.resolve()) for path in files],
        "newest_rating_ms": newest(dataset.ratings["created_at_ms"]),
        "counts": {
            "notes": dataset.n_notes,
            "ratings": dataset.ratings.height,
            "raters": dataset.ratings["rater"].n_unique(),
        },
        "thresholds": {s.name: asdict(s.thresholds) | {"tags": asdict(s.tags)} for s in profile.scorers},
    }


@dataclass(frozen=True)
class Counts:
    """What is said of the notes of a run.

    Attributes
    ----------
    statuses : dict of str to int
        Notes per final status.
    waiting : int
        Notes that qualify and are not shown yet.
    """

    statuses: dict[str, int]
    waiting: int

    @classmethod
    def of(cls, notes: ScoredNotes) -> Counts:
        """Count, while the tables are there."""
        final, before = (
            collected(notes.tables[name].select(column))[column]
            for name, column in (
                ("scored_notes", "finalRatingStatus"),
                ("aux_note_info", "preStabilizationRatingStatus"),
            )
        )
        return cls(notes.status_counts(), int(((before == CRH) & (final != CRH)).sum()))


def show_notes(found: Counts, dataset: Dataset, out: Path, stages: Stages, *, as_json: bool) -> None:
    """Print how many notes have which status."""
    counts = found.statuses
    if as_json:
        _print_json(out, stages, statuses=counts)
        return
    table = Table(
        title=f"{dataset.n_notes:,} notes, {dataset.ratings.height:,} ratings", title_justify="left"
    )
    table.add_column("Status")
    table.add_column("Notes", justify="right")
    table.add_column("Share", justify="right")
    words = {CRH: "Helpful", CRNH: "Not Helpful", NMR: "Needs More Ratings"}
    for status, count in counts.items():
        table.add_row(words[status], f"{count:,}", f"{count / max(dataset.n_notes, 1):.1%}")
    if waiting := found.waiting:
        share = waiting / max(dataset.n_notes, 1)
        table.add_row("  of which qualify and wait", f"{waiting:,}", f"{share:.1%}")
    stdout.print(table)
    _print_end(out, stages)


def show_other(counts: dict[str, int], out: Path, stages: Stages, *, as_json: bool) -> None:
    """Print what a phase that scores no notes has found."""
    if as_json:
        _print_json(out, stages, **counts)
        return
    for what, count in counts.items():
        stdout.print(f"{count:,} {what}")
    _print_end(out, stages)


def _print_json(out: Path, stages: Stages, **found: object) -> None:
    known = {"out": str(out), "seconds": round(stages.elapsed, 3), "peak_bytes": peak_memory_bytes()}
    stdout.print_json(json.dumps(known | found | {"steps": stages.record}))


def _print_end(out: Path, stages: Stages) -> None:
    stdout.print(
        f"{stages.elapsed:.1f} s, at most {peak_memory_bytes() / 1e6:.0f} MB. Results: {out}", soft_wrap=True
    )
