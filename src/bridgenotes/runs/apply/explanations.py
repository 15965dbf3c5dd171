"""Why each scored note has its status, from the engine's tables to what pages keep."""

from __future__ import annotations

import json
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final

import polars as pl

from bridgenotes.data.errors import DataError
from bridgenotes.data.results import find_table
from bridgenotes.data.vocabulary import HELPFUL_TAGS
from bridgenotes.insight import services as insight
from bridgenotes.insight.facts import Facts, facts_of
from bridgenotes.notes.models import Note
from bridgenotes.report.errors import ReportError
from bridgenotes.report.explain import find
from bridgenotes.report.run import model_prefix, public_prefix, read_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from bridgenotes.runs.apply.results import Results
    from bridgenotes.scoring.profile import Profile

AT_ONCE: Final = 1_000
PORTION: Final = 20_000
"""Notes whose evidence is in memory at once: some 100 MB with the scorers of the full profile."""
SCORED: Final = (
    "noteId", "finalRatingStatus", "decidedBy", "numRatings", "classification", "metaScorerActiveRules",
)  # fmt: skip
AUX: Final = ("noteId", "unlockedRatingStatus", *HELPFUL_TAGS)
HISTORY: Final = (
    "noteId", "lockedStatus", "timestampMillisOfStatusLock", "timestampMillisOfCurrentStatus",
)  # fmt: skip
TEXTS: Final = ("finalRatingStatus", "decidedBy", "classification", "lockedStatus", "unlockedRatingStatus")
CORE: Final = "core"


@contextmanager
def prepared_explanations(results: Results, watch: Callable[[], None]) -> Iterator[IO[str]]:
    """Yield a file with what a run has to say of the notes it scored, a line for each thousand; then remove it.

    Finding it takes a third of a millisecond for each note, so it is done before the transaction of the run
    begins. Only runs write explanations, one run at a time: what says nothing new now says nothing new then.

    Parameters
    ----------
    results : Results
        What the engine wrote.
    watch : callable
        Called now and then; a run that is lost may raise.

    Raises
    ------
    DataError
        If a table or the record of the run is missing or damaged.
    """
    with TemporaryFile("w+", encoding="utf-8", dir=results.notes) as lines:
        for found in _explained(results):
            watch()
            lines.write(json.dumps({"notes": list(found), "new": insight.news(found)}) + "\n")
        lines.seek(0)
        yield lines


def apply_explanations(lines: Iterable[str], *, until: datetime, at: datetime) -> dict[str, int]:
    """Write why the notes that a run scored have their statuses, and draw them where enough raters changed.

    Parameters
    ----------
    lines : iterable of str
        Of `prepared_explanations`.
    until : datetime
        Ratings given later were not scored.
    at : datetime
        Clock of the run.

    Returns
    -------
    dict of str to int
        How many were explained and drawn anew.
    """
    explained = drawn = 0
    for line in lines:
        found = json.loads(line)
        notes = Note.objects.filter(pk__among=found["notes"], deleted_at=None)
        known = set(notes.values_list("pk", flat=True))
        new = {int(note): facts for note, facts in found["new"].items()}
        explained += insight.keep_explanations({n: f for n, f in new.items() if n in known}, at=at)
        drawn += insight.draw(sorted(known), until=until, at=at)
    return {"explained": explained, "drawn": drawn}


def _explained(results: Results) -> Iterator[dict[int, Facts]]:
    """Yield facts by note, in the order of their numbers, at most `AT_ONCE` at a time."""
    profile = profile_of(results.notes)
    scored = _rated(results)
    if scored.is_empty():
        return  # nobody rated anything that was scored: the evidence has no rows, and no columns
    chosen = _deciding_evidence(results.notes, scored, profile)
    for portion in scored.iter_slices(PORTION):
        evidence = _evidence(results.notes, chosen, portion["noteId"])
        for part in portion.iter_slices(AT_ONCE):
            yield {row["noteId"]: _facts(row, evidence, profile) for row in part.iter_rows(named=True)}


def _rated(results: Results) -> pl.DataFrame:
    """Return what explanations read of the notes that this run scored and somebody rated."""
    aux = results.columns("aux_note_info", *AUX)
    history = results.columns("note_status_history", *HISTORY)
    scored = results.columns("scored_notes", *SCORED).filter(pl.col("numRatings") > 0)
    ours = history.filter(pl.col("timestampMillisOfCurrentStatus") == results.now_ms)
    return (
        scored.join(ours, on="noteId", validate="1:1")
        .join(aux, on="noteId", how="left", validate="1:1")
        .with_columns(pl.col(name).cast(pl.String) for name in TEXTS)
        .sort("noteId")
    )


def _deciding_evidence(folder: Path, scored: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Return the scorer that explains each note.

    Of several: the one whose model decided, else Core if it judges the note, else any that does.
    """
    prefixes = {scorer.name: public_prefix(scorer) for scorer in profile.scorers}
    models = {rule: model_prefix(rule or "") for rule in scored["decidedBy"].unique().to_list()}
    rows = _scan(folder).select("noteId", "scorer", "captured").collect()
    captured = pl.col("captured").cast(pl.String).is_in(["1", "true"])
    prefix = pl.col("scorer").replace_strict(prefixes, default=None, return_dtype=pl.String)
    model = pl.col("decidedBy").replace_strict(models, default=None, return_dtype=pl.String)
    rank = (
        pl.when(captured & (prefix == model)).then(0)
        .when(captured & (prefix == CORE)).then(1)
        .when(captured).then(2)
        .when(prefix == CORE).then(3)
        .otherwise(4)
    )  # fmt: skip
    ranked = rows.join(scored.select("noteId", "decidedBy"), on="noteId").with_columns(rank=rank)
    return ranked.sort("noteId", "rank", maintain_order=True).group_by("noteId", maintain_order=True).agg(
        pl.col("scorer").first()
    )  # fmt: skip


def _evidence(folder: Path, chosen: pl.DataFrame, notes: pl.Series) -> dict[int, dict[str, Any]]:
    """Return what the chosen scorer's rules read of some notes, which are sorted."""
    low, high = notes[0], notes[-1]
    rows = _scan(folder).filter(pl.col("noteId").is_between(low, high)).collect()
    wanted = rows.join(chosen, on=["noteId", "scorer"], how="semi")
    truth = pl.col("captured").cast(pl.String).is_in(["1", "true"])
    return {row["noteId"]: row for row in wanted.with_columns(truth).iter_rows(named=True)}


def _facts(row: dict[str, Any], evidence: dict[int, dict[str, Any]], profile: Profile) -> Facts:
    own = evidence.get(row["noteId"])
    return facts_of(find(own, row, profile, history=row), row, own["active_rules"] if own else None)


def _scan(folder: Path) -> pl.LazyFrame:
    return pl.scan_parquet(find_table(folder, "evidence"), glob=False)


def profile_of(folder: Path) -> Profile:
    """Return the profile of a run, with the scorers that ran.

    Raises
    ------
    DataError
        If the record of the run is missing or damaged.
    """
    try:
        return read_record(folder / "run.json")[1]
    except ReportError as error:
        raise DataError(str(error)) from error
