"""Statuses of notes, and the log of their changes (ST-10 to ST-14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from bridgenotes.data.tables import STATUS_HISTORY
from bridgenotes.data.vocabulary import CRH, CRNH, NEEDS_YOUR_HELP, NMR
from bridgenotes.notes.models import Note, NoteScore, NoteStatus, StatusChange

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.runs.apply.results import Results
    from bridgenotes.runs.models import ScoringRun

AT_ONCE: Final = 1_000
SHOWN: Final = ("status", "status_tags", "decided_by", "is_stabilising", "is_safeguarded")
_NOT_OURS: Final = frozenset({"noteId", "noteAuthorParticipantId", "createdAtMillis"})
HISTORY: Final = {c.name: c.field for c in STATUS_HISTORY.columns if c.field and c.name not in _NOT_OURS}
"""Field of `NoteStatus` by public column."""
MODELS: Final = {
    "CoreModel ": "core",
    "CoreWithTopicsModel ": "coreWithTopics",
    "ExpansionModel ": "expansion",
    "ExpansionPlusModel ": "expansionPlus",
    "GroupModel": "group",
    "MultiGroupModel": "multiGroup",
    "GaussianModel ": "gaussian",
    "GaussianCoreWithTopicsModel ": "gaussianCoreWithTopics",
    "TopicModel": "topic",
}
"""Output columns of a model by the beginning of its name in ``decidedBy``; what no model decided has the
first of these that scored it."""


def apply_statuses(results: Results, run: ScoringRun, *, now: datetime) -> list[StatusChange]:
    """Write the statuses of the notes that a run scored; return the changes.

    A status is written nowhere else: its row, its history and its change appear together (ST-10).
    Locked statuses come from the engine, which never changes them again (ST-12).
    """
    scored = results.scored_notes()
    changes: list[StatusChange] = []
    for part in scored.iter_slices(AT_ONCE):
        rows = {row["noteId"]: row for row in part.iter_rows(named=True)}
        found = Note.objects.select_for_update().only("pk", *SHOWN).order_by("pk").in_bulk(list(rows))
        moved = []
        for number, note in found.items():
            before = note.status
            if _show(note, rows[number]):
                moved.append(note)
            if note.status != before:
                changes.append(
                    StatusChange(
                        note=note,
                        at=now,
                        before=before,
                        status=note.status,
                        decided_by=note.decided_by,
                        run=str(run.pk),
                    )
                )
        Note.objects.bulk_update(moved, SHOWN, batch_size=200)
        _remember(rows, found)
        _rank(rows, found)
    StatusChange.objects.bulk_create(changes, batch_size=AT_ONCE)
    _refresh_clocks(results)
    return changes


def _refresh_clocks(results: Results) -> None:
    """Write the early-exit clocks, which move for notes that were not scored too (spec 06 section 11)."""
    for part in results.clocks().iter_slices(AT_ONCE):
        clocks = dict(part.iter_rows())
        stale = NoteStatus.objects.only("pk", "above_pcrh_threshold_at_ms").in_bulk(list(clocks))
        moved = [row for number, row in stale.items() if row.above_pcrh_threshold_at_ms != clocks[number]]
        for row in moved:
            row.above_pcrh_threshold_at_ms = clocks[row.pk]
        NoteStatus.objects.bulk_update(moved, ["above_pcrh_threshold_at_ms"], batch_size=200)


def _show(note: Note, row: dict[str, Any]) -> bool:
    """Set what pages show of a note; return whether anything is new."""
    before = [getattr(note, name) for name in SHOWN]
    note.status = row["finalRatingStatus"]
    tags = [row["firstTag"], row["secondTag"]] if note.status in {CRH, CRNH} else []
    note.status_tags = [tag for tag in tags if tag]
    note.decided_by = row["decidedBy"] or ""
    is_open = note.status == NMR
    note.is_stabilising = is_open and row["preStabilizationRatingStatus"] == CRH  # ST-13
    note.is_safeguarded = is_open and not note.is_stabilising and row["is_safeguarded"]  # ST-14
    return before != [getattr(note, name) for name in SHOWN]


def _remember(rows: dict[int, dict[str, Any]], found: dict[int, Note]) -> None:
    """Write the public history rows."""
    NoteStatus.objects.bulk_create(
        [
            NoteStatus(note_id=number, **{field: rows[number][name] for name, field in HISTORY.items()})
            for number in found
        ],
        update_conflicts=True,
        update_fields=list(HISTORY.values()),
        unique_fields=["note"],
    )


def _rank(rows: dict[int, dict[str, Any]], found: dict[int, Note]) -> None:
    """Write the private scores for ranking (NYH-5, ST-9)."""
    NoteScore.objects.bulk_create(
        [
            NoteScore(note_id=number, intercept=rows[number]["intercept"], factor=rows[number]["factor"])
            for number in found
        ],
        update_conflicts=True,
        update_fields=["intercept", "factor"],
        unique_fields=["note"],
    )


def with_deciding_model(scored: pl.DataFrame) -> pl.DataFrame:
    """Return scored notes with intercept and factor of the model that decided, and whether a safeguard holds.

    Parameters
    ----------
    scored : polars.DataFrame
        Output table ``scored_notes``, perhaps without the columns of scorers that did not run.

    Returns
    -------
    polars.DataFrame
        With ``intercept``, ``factor`` (Float64, null if no model scored the note) and ``is_safeguarded``
        (Boolean): some model would call the note Helpful but for rater balance, high-volume raters or
        independence, and so asks for help (ST-14).
    """
    present = {start: name for start, name in MODELS.items() if f"{name}NoteIntercept" in scored.columns}
    return scored.with_columns(
        _of_deciding(present, "NoteIntercept").alias("intercept"),
        _of_deciding(present, "NoteFactor1").alias("factor"),
        pl.any_horizontal(
            pl.lit(False),
            *(
                (pl.col(f"{name}RatingStatus") == NEEDS_YOUR_HELP).fill_null(False)
                for name in present.values()
            ),
        ).alias("is_safeguarded"),
    )


def _of_deciding(models: dict[str, str], column: str) -> pl.Expr:
    decided = [
        pl.when(pl.col("decidedBy").str.starts_with(start)).then(pl.col(f"{name}{column}"))
        for start, name in models.items()
    ]
    return pl.coalesce(*decided, *(pl.col(f"{name}{column}") for name in models.values()), pl.lit(None))
