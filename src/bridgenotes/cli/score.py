"""`bridgenotes score`: read, score, write, summarise."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from rich.markup import escape
from rich.table import Table

from bridgenotes import __version__
from bridgenotes.cli.compile import compile_kernels
from bridgenotes.cli.console import Stages, peak_memory_bytes, stderr, stdout
from bridgenotes.cli.failures import UsageError
from bridgenotes.data.atomic import AtomicFolder
from bridgenotes.data.outputs import OUTPUT_TABLES, to_public
from bridgenotes.data.read import read_dataset
from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.data.write import Format, write_table
from bridgenotes.scoring.pipeline import Run, score_dataset
from bridgenotes.scoring.profile import Profile, load_profile
from bridgenotes.scoring.threads import use_threads

if TYPE_CHECKING:
    from pathlib import Path

    from bridgenotes.data.dataset import Dataset

EVIDENCE_ON_ALL: Final = "MFCoreScorer"
MEMORY_SHARE: Final = 0.6
BASE_BYTES: Final = 350_000_000
"""Libraries and compiled kernels, measured."""
BYTES_PER_RATING: Final = 150
"""A little more than what a Core run takes per rating, measured at 0.5 to 5 million (docs/benchmarks.md)."""


@dataclass(frozen=True)
class Request:
    """The options of the command."""

    inputs: list[Path]
    out: Path
    now: str | None
    seed: int
    profile: str
    scorers: str | None
    memory: str | None
    threads: int | None
    format: Format
    cache: bool
    as_json: bool


def run_score(request: Request) -> None:
    """Run the command; results appear under ``request.out`` only when everything is there."""
    profile = _profile(request)
    budget = memory_budget(request.memory)
    given_now = parse_now(request.now)
    use_threads(request.threads)
    stages = Stages(quiet=request.as_json)
    with AtomicFolder(
        request.out
    ) as folder:  # from the start, so that a folder nobody may write to is told early
        stages("reading")
        dataset = _read(request, budget)
        now_ms = newest_time(dataset) if given_now is None else given_now
        stages("compiling kernels (kept for next time)")
        compile_seconds = compile_kernels(profile)
        run = score_dataset(dataset, profile, now_ms=now_ms, seed=request.seed, progress=stages)
        for remark in run.remarks:
            stderr.print(f"[yellow]remark:[/] {escape(remark)}", soft_wrap=True)
        stages("writing")
        for name in OUTPUT_TABLES:
            write_table(folder, name, to_public(getattr(run, name), name, dataset), format=request.format)
        write_table(folder, "evidence", _evidence(run, dataset), format=request.format)
        record = _record(request, profile, dataset, run, now_ms)
        record |= {"compile_seconds": round(compile_seconds, 3), "stages": stages.record}
        folder.open("run.json").write(json.dumps(record, indent=1).encode())
    stages.end()
    _show(run, dataset, request, stages)


def _read(request: Request, budget: int) -> Dataset:
    result = read_dataset(request.inputs, text=load_profile(request.profile).uses_topics, cache=request.cache)
    for warning in result.warnings:
        stderr.print(f"[yellow]warning:[/] {escape(warning)}", soft_wrap=True)
    if result.ignored:
        names = ", ".join(path.name for path in result.ignored)
        stderr.print(f"[dim]not public tables, left alone: {escape(names)}[/]", soft_wrap=True)
    _fits(result.dataset, budget)
    return result.dataset


def _profile(request: Request) -> Profile:
    profile = load_profile(request.profile)
    if request.scorers is None:
        return profile
    wanted = [name for name in request.scorers.split(",") if name]
    chosen = tuple(profile.scorer(name) for name in wanted)
    return replace(profile, scorers=chosen)


def parse_now(text: str | None) -> int | None:
    """Return epoch milliseconds from digits or an ISO 8601 time (UTC unless it says otherwise)."""
    if text is None:
        return None
    if re.fullmatch(r"\d+", text):
        value = int(text)
        if value < 10**11:
            raise UsageError(
                f"--now {text}: this looks like seconds; give milliseconds since 1970 or an ISO 8601 time"
            )
        return value
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--now {text!r}: give milliseconds since 1970 or an ISO 8601 time such as 2026-07-17T00:00:00Z"
        ) from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def newest_time(dataset: Dataset) -> int:
    """Return the newest time in the data, so that a run of the same data gives the same result any day."""
    columns = (
        dataset.ratings["created_at_ms"],
        dataset.notes["created_at_ms"],
        dataset.status_history["current_status_at_ms"],
    )
    return max((int(column.drop_nulls().to_numpy().max()) for column in columns if column.count()), default=0)


def memory_budget(text: str | None) -> int:
    """Return the budget in bytes: ``4GB``, ``800MB``, or 60 % of this machine's memory."""
    if text is None:
        return int(MEMORY_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kMGT]?)i?B?", text, re.IGNORECASE)
    if match is None:
        raise UsageError(f"--memory {text!r}: give a number and a unit, e.g. 800MB or 4GB")
    power = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}[match[2].lower()]
    return int(float(match[1]) * 1000**power)


def _fits(dataset: Dataset, budget: int) -> None:
    need = BASE_BYTES + BYTES_PER_RATING * dataset.ratings.height
    if need > budget:
        raise UsageError(
            f"{dataset.ratings.height:,} ratings may need {need / 1e9:.1f} GB, more than the memory budget of "
            f"{budget / 1e9:.1f} GB; raise --memory or score a part of the data"
        )


def _evidence(run: Run, dataset: Dataset) -> pl.DataFrame:
    """Return what the rules read of each note, with public ids: the input of `explain` and `report`."""
    tables = []
    for name, table in run.statistics.items():
        ids = pl.Series("noteId", dataset.note_ids)
        kept = table.drop("note", "author").with_columns(pl.lit(name).alias("scorer"))
        # Of other scorers only the notes they may speak about; Core's table is the evidence on all.
        tables.append(kept.insert_column(0, ids).filter(pl.col("captured") | (name == EVIDENCE_ON_ALL)))
    return pl.concat(tables, how="diagonal") if tables else pl.DataFrame(schema={"noteId": pl.Int64})


def _record(request: Request, profile: Profile, dataset: Dataset, run: Run, now_ms: int) -> dict[str, Any]:
    return {
        "bridgenotes": __version__,
        "profile": profile.name,
        "scorers": [scorer.name for scorer in profile.scorers],
        "now_ms": now_ms,
        "seed": request.seed,
        "inputs": [str(path.resolve()) for path in request.inputs],
        "remarks": run.remarks,
        "counts": {
            "notes": dataset.n_notes,
            "ratings": dataset.ratings.height,
            "raters": dataset.ratings["rater"].n_unique(),
        },
        "statuses": status_counts(run),
        "fits": run.diagnostics,
        "effects": {name: table.to_dicts() for name, table in run.effects.items()},
        "thresholds": {s.name: asdict(s.thresholds) | {"tags": asdict(s.tags)} for s in profile.scorers},
    }


def status_counts(run: Run) -> dict[str, int]:
    """Return the number of notes per final status."""
    found = dict(run.scored_notes["final_rating_status"].cast(pl.String).value_counts().iter_rows())
    return {status: int(found.get(status, 0)) for status in (CRH, CRNH, NMR)}


def _show(run: Run, dataset: Dataset, request: Request, stages: Stages) -> None:
    counts = status_counts(run)
    if request.as_json:
        stdout.print_json(
            json.dumps(
                {
                    "out": str(request.out),
                    "statuses": counts,
                    "seconds": round(stages.elapsed, 3),
                    "peak_bytes": peak_memory_bytes(),
                    "stages": stages.record,
                }
            )
        )
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
    waiting = run.aux_note_info.filter(
        (pl.col("pre_stabilization_rating_status") == CRH) & (pl.col("crh_bool") == 0)
    ).height
    if waiting:
        table.add_row(
            "  of which qualify and wait", f"{waiting:,}", f"{waiting / max(dataset.n_notes, 1):.1%}"
        )
    stdout.print(table)
    stdout.print(
        f"{stages.elapsed:.1f} s, at most {peak_memory_bytes() / 1e6:.0f} MB. Results: {request.out}",
        soft_wrap=True,
    )
