"""`bridgenotes score`: read, run one phase or all of them, write, summarise."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import polars as pl
from rich.markup import escape

from bridgenotes.cli.compile import compile_kernels
from bridgenotes.cli.console import Stages, stderr
from bridgenotes.cli.failures import UsageError
from bridgenotes.cli.memory import return_freed_arrays, returning_freed
from bridgenotes.cli.options import memory_budget, parse_time
from bridgenotes.cli.ray_cluster import open_ray
from bridgenotes.cli.resume import Resumable
from bridgenotes.cli.summary import Counts, newest_time, run_record, show_notes, show_other
from bridgenotes.data.atomic import AtomicFolder
from bridgenotes.data.portions import Portions
from bridgenotes.data.read import ReadResult, read_dataset
from bridgenotes.data.results import find_table, read_output
from bridgenotes.data.write import FORMATS, Format, write_table
from bridgenotes.scoring.handover_files import read_prescored, read_similarity, write_prescored
from bridgenotes.scoring.mf.trainers import Trainers
from bridgenotes.scoring.phases.context import Context
from bridgenotes.scoring.phases.contributors import score_people
from bridgenotes.scoring.phases.deciding import NOTE_TABLES
from bridgenotes.scoring.phases.final import ScoredNotes, score_notes
from bridgenotes.scoring.phases.prescoring import Prescored, find_similar_raters, prescore_community
from bridgenotes.scoring.prediction_files import read_predictions
from bridgenotes.scoring.previous import Previous
from bridgenotes.scoring.profile import Profile, load_profile
from bridgenotes.scoring.shelf import IN_MEMORY, Files
from bridgenotes.scoring.threads import use_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Executor
    from pathlib import Path

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.graph import Elsewhere
    from bridgenotes.scoring.shelf import Shelf, Table

Workers = Literal["local", "ray"]
Phase = Literal["all", "similarity", "prescoring", "final", "contributor"]

BASE_BYTES: Final = 450_000_000
"""Libraries, compiled kernels and what a small community needs, measured."""
BYTES_PER_RATING: Final = 175
"""What a run on two threads takes per rating if nothing keeps it to less, measured at 2.2 million."""

FILES_FROM: Final = 1_000_000
"""Ratings from which on tables wait in files. A small run would spend a tenth of its seconds on them."""


@dataclass(frozen=True)
class Request:
    """The options of the command."""

    inputs: list[Path]
    out: Path
    now: str | None = None
    seed: int = 1
    profile: str = "x-2026"
    changes: tuple[str, ...] = ()
    scorers: str | None = None
    phase: Phase = "all"
    handed_over: tuple[Path, ...] = ()
    learned: Path | None = None
    previous: Path | None = None
    rating_cutoff: str | None = None
    check_flips: bool | None = None
    predictions: Path | None = None
    trace: bool = False
    memory: str | None = None
    threads: int | None = None
    executor: Workers = "local"
    address: str | None = None
    shards: int | None = None
    shard_from: int | None = None
    format: Format = "parquet"
    cache: bool = True
    as_json: bool = False


@dataclass(frozen=True)
class Job:
    """A run under way: what was asked, what was read, where it goes."""

    request: Request
    profile: Profile
    dataset: Dataset
    context: Context
    folder: AtomicFolder
    stages: Stages
    files: tuple[Path, ...]

    def write(self, tables: Mapping[str, Table]) -> None:
        """Write tables; they appear when the run ends."""
        with self.stages.step("writing"):
            for name, frame in tables.items():
                write_table(self.folder, name, frame, format=self.request.format)

    def write_notes(self, notes: ScoredNotes) -> None:
        """Write the tables about notes; a trace of an older run does not stay beside them."""
        self.write({**notes.tables, "evidence": notes.evidence})
        if notes.trace is not None:
            self.write({"trace": notes.trace})
            return
        for suffix in FORMATS:
            self.folder.remove(f"trace.{suffix}")

    def write_record(self, **more: object) -> None:
        """Write run.json."""
        known = run_record(self.profile, self.dataset, self.context, self.files)
        record = known | {
            "phase": self.request.phase,
            "changes": self.request.changes,
            **more,
            "steps": self.stages.record,
        }
        self.folder.open("run.json").write(json.dumps(record, indent=1).encode())


def run_score(request: Request) -> None:
    """Run the command; results appear under ``request.out`` only when everything is there."""
    profile = _profile(request)
    budget = _budget(request)
    given_now = parse_time(request.now, "--now")
    _check_options(request, profile)
    stages = Stages(quiet=request.as_json)
    return_freed_arrays()
    threads = use_threads(request.threads)
    # The folder is opened first, so that one nobody may write to is told early.
    with AtomicFolder(request.out) as folder, _workers(request, threads, budget) as (executor, trainers):
        with stages.step("reading"):
            found = _read(request, profile, budget)
        context = Context(
            now_ms=newest_time(found.dataset) if given_now is None else given_now,
            seed=request.seed,
            executor=executor,
            watch=returning_freed(stages.step),
            trainers=trainers,
            memory=budget,
            shelf=_shelf(request, found.dataset, folder),
            traces=request.trace,
            checks_flips=request.previous is not None if request.check_flips is None else request.check_flips,
        )
        with stages.step("compiling kernels (kept for next time)"):
            compile_kernels(profile)
        show = PHASES[request.phase](
            Job(request, profile, found.dataset, context, folder, stages, found.files)
        )
    stages.end()
    show()


def _shelf(request: Request, dataset: Dataset, folder: AtomicFolder) -> Shelf:
    """Return where tables wait: in files, once they are large enough that reading them back costs little."""
    is_small = dataset.ratings.height < FILES_FROM
    return IN_MEMORY if is_small or request.executor != "local" else Files(folder.scratch())


@contextmanager
def _workers(
    request: Request, threads: int, budget: int
) -> Iterator[tuple[Executor | Elsewhere | None, Trainers]]:
    """Open who runs steps, and who fits."""
    if request.executor == "ray":
        with open_ray(request, budget) as opened:
            yield opened
        return
    # Numba keeps the number of threads per thread, so each of the pool's is told.
    with ThreadPoolExecutor(threads, initializer=use_threads, initargs=(threads,)) as pool:
        yield (pool if threads > 1 else None), Trainers()


def _run_all(job: Job) -> Callable[[], None]:
    """Learn, score notes, score contributors; an interrupted run goes on where prescoring ended."""
    begun = sorted(job.request.learned.rglob("prescoring_*")) if job.request.learned else []
    resumable = Resumable.of(job.request.out, (*job.files, *begun), job.profile, job.context)
    prescored = resumable.load(job.dataset, job.context.shelf)
    if prescored is None:
        prescored = prescore_community(job.dataset, job.profile, job.context, earlier=_earlier(job))
        with job.stages.step("writing"):
            resumable.save(prescored, job.dataset)
    else:
        stderr.print("[dim]going on with what an interrupted run has learned[/]", soft_wrap=True)
    notes = _final(job, prescored)
    people = score_people(job.dataset, job.profile, prescored, notes.tables, job.context)
    job.write_notes(notes)
    job.write({"helpfulness_scores": people})
    job.write_record(**_about(prescored, notes))
    resumable.finish()
    _remark((*prescored.remarks, *notes.remarks))
    counts = Counts.of(notes)
    return lambda: show_notes(counts, job.dataset, job.request.out, job.stages, as_json=job.request.as_json)


def _run_similarity(job: Job) -> Callable[[], None]:
    similarity = find_similar_raters(job.dataset, job.profile, job.context)
    write_prescored(job.folder, Prescored(similarity=similarity), job.dataset)
    job.write_record()
    found = similarity["rater"].n_unique()
    return _other(job, {"raters that act alike": found})


def _run_prescoring(job: Job) -> Callable[[], None]:
    similarity = None
    if job.request.handed_over:
        similarity = pl.concat([read_similarity(f, job.dataset) for f in job.request.handed_over])
    prescored = prescore_community(
        job.dataset, job.profile, job.context, similarity=similarity, earlier=_earlier(job)
    )
    with job.stages.step("writing"):
        write_prescored(job.folder, prescored, job.dataset)
    job.write_record(
        remarks=prescored.remarks, fits={k: h.diagnostics for k, h in prescored.handovers.items()}
    )
    _remark(prescored.remarks)
    return _other(job, {"scorers": len(prescored.handovers)})


def _run_final(job: Job) -> Callable[[], None]:
    prescored = read_prescored(_prescoring_folder(job.request), job.dataset, job.context.shelf)
    notes = _final(job, prescored)
    job.write_notes(notes)
    job.write_record(**_about(prescored, notes))
    _remark(notes.remarks)
    counts = Counts.of(notes)
    return lambda: show_notes(counts, job.dataset, job.request.out, job.stages, as_json=job.request.as_json)


def _run_contributor(job: Job) -> Callable[[], None]:
    prescored = read_prescored(_prescoring_folder(job.request), job.dataset, job.context.shelf)
    folder = _folder_with(job.request.handed_over, "scored_notes", "final scoring")
    tables = {name: read_output(folder, name) for name in NOTE_TABLES}
    people = score_people(job.dataset, job.profile, prescored, tables, job.context)
    job.write({"helpfulness_scores": people})
    job.write_record()
    return _other(job, {"contributors": people.height})


PHASES: Final[Mapping[Phase, Callable[[Job], Callable[[], None]]]] = {
    "all": _run_all,
    "similarity": _run_similarity,
    "prescoring": _run_prescoring,
    "final": _run_final,
    "contributor": _run_contributor,
}


def _final(job: Job, prescored: Prescored) -> ScoredNotes:
    request = job.request
    return score_notes(
        job.dataset,
        job.profile,
        prescored,
        job.context,
        previous=_previous(request, job.dataset) if request.previous else None,
        predictions=read_predictions(request.predictions, job.dataset) if request.predictions else None,
    )


def _about(prescored: Prescored, notes: ScoredNotes) -> dict[str, object]:
    learned = prescored.handovers
    return {
        "remarks": list(dict.fromkeys((*prescored.remarks, *notes.remarks))),
        "statuses": notes.status_counts(),
        "fits": {
            name: (learned[name].diagnostics if name in learned else {})
            | ({"notes": notes.fits[name]} if name in notes.fits else {})
            for name in dict.fromkeys([*learned, *notes.fits])
        },
        "effects": {name: table.to_dicts() for name, table in notes.effects.items()},
    }


def _other(job: Job, counts: dict[str, int]) -> Callable[[], None]:
    return lambda: show_other(counts, job.request.out, job.stages, as_json=job.request.as_json)


def _remark(remarks: tuple[str, ...]) -> None:
    for remark in dict.fromkeys(remarks):
        stderr.print(f"[yellow]remark:[/] {escape(remark)}", soft_wrap=True)


def _earlier(job: Job) -> Prescored | None:
    """Return what exact fits begin from."""
    if job.request.learned is None:
        return None
    folder = _folder_with((job.request.learned,), "prescoring_rater_model_output", "prescoring", "--learned")
    return read_prescored(folder, job.dataset, job.context.shelf)


def _check_options(request: Request, profile: Profile) -> None:
    needs = {
        "final": "--from FOLDER of prescoring",
        "contributor": "--from of prescoring and of final scoring",
    }
    if request.phase in needs and not request.handed_over:
        raise UsageError(f"--phase {request.phase} needs {needs[request.phase]}")
    if request.handed_over and request.phase in ("all", "similarity"):
        raise UsageError(f"--from is for a later phase; --phase {request.phase} begins from the input alone")
    if request.learned and request.phase not in ("all", "prescoring"):
        raise UsageError(f"--learned is for learning raters, not for --phase {request.phase}")
    if request.learned and not any(s.prescores and s.model.trains_exactly for s in profile.scorers):
        raise UsageError(
            f"--learned is where exact fits begin, and profile {request.profile} has none: it stops early, from a "
            "random start, as the reference does; fit exactly with "
            "--set scorer_defaults.model.prescoring_trainer=\"'exact'\""
        )
    of_ray = {"--address": request.address, "--shards": request.shards, "--shard-from": request.shard_from}
    names = [name for name, value in of_ray.items() if value is not None]
    if names and request.executor == "local":
        raise UsageError(f"{names[0]} is for --executor ray")
    if request.shard_from is not None and request.shards is None:
        raise UsageError("--shard-from says from when on --shards holds; give that too")
    if request.previous is None and request.rating_cutoff is not None:
        raise UsageError("--rating-cutoff says what --previous has seen; give that too")
    given = {
        "--previous": request.previous,
        "--predictions": request.predictions,
        "--check-flips": request.check_flips,
    }
    if (names := [name for name, value in given.items() if value]) and request.phase not in ("all", "final"):
        raise UsageError(f"{names[0]} is for scoring notes, not for --phase {request.phase}")


def _prescoring_folder(request: Request) -> Path:
    return _folder_with(request.handed_over, "prescoring_rater_model_output", "prescoring")


def _folder_with(folders: tuple[Path, ...], table: str, phase: str, option: str = "--from") -> Path:
    """Return the folder that holds a table, itself or (of a whole run) in its ``prescoring``."""
    for folder in folders:
        for place in (folder, folder / "prescoring"):
            if any((place / f"{table}.{suffix}").is_file() for suffix in ("parquet", "tsv")):
                return place
    where = ", ".join(str(folder) for folder in folders)
    raise UsageError(f"{option} {where}: no {table}.parquet; give the folder that {phase} wrote")


def _previous(request: Request, dataset: Dataset) -> Previous:
    assert request.previous is not None
    tables = {name: read_output(request.previous, name) for name in NOTE_TABLES}
    cutoff = parse_time(request.rating_cutoff, "--rating-cutoff")
    if cutoff is None:
        try:
            cutoff = int(json.loads((request.previous / "run.json").read_bytes())["newest_rating_ms"])
        except (OSError, ValueError, KeyError, TypeError):
            raise UsageError(
                f"--previous {request.previous}: its run.json does not tell the newest rating it saw; "
                "give --rating-cutoff"
            ) from None
    return Previous.of(tables, cutoff, dataset)


def _read(request: Request, profile: Profile, budget: int) -> ReadResult:
    history = find_table(request.previous, "note_status_history") if request.previous else None
    result = read_dataset(
        request.inputs,
        text=profile.uses_topics,
        cache=request.cache,
        history=history,
        portions=Portions.of(budget),
    )
    for warning in result.warnings:
        stderr.print(f"[yellow]warning:[/] {escape(warning)}", soft_wrap=True)
    if result.ignored:
        names = ", ".join(path.name for path in result.ignored)
        stderr.print(f"[dim]not public tables, left alone: {escape(names)}[/]", soft_wrap=True)
    wanted = BASE_BYTES + BYTES_PER_RATING * result.dataset.ratings.height
    if wanted > budget:
        stderr.print(
            f"[yellow]warning:[/] {result.dataset.ratings.height:,} ratings would like {wanted / 1e9:.1f} GB, more "
            f"than the memory budget of {budget / 1e9:.1f} GB: files take what can wait, scorers take turns, and "
            "the run takes longer",
            soft_wrap=True,
        )
    return result


def _budget(request: Request) -> int:
    """Return the memory budget; what even the smallest community needs has no other place."""
    budget = memory_budget(request.memory)
    if budget < BASE_BYTES:
        raise UsageError(
            f"a run needs {BASE_BYTES / 1e6:.0f} MB whatever it scores, more than the memory budget of "
            f"{budget / 1e6:.0f} MB; raise --memory"
        )
    return budget


def _profile(request: Request) -> Profile:
    profile = load_profile(request.profile, request.changes)
    if request.scorers is None:
        return profile
    wanted = [name for name in request.scorers.split(",") if name]
    return replace(profile, scorers=tuple(profile.scorer(name) for name in wanted))
