"""Final statuses, on all notes and on those that were still open, and what each scorer says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from bridgenotes.report.compare.agreement import Agreement, Confusion, agreement, confusion
from bridgenotes.report.compare.folder import SCORED_NOTES, STATUS_HISTORY, SUFFIXES, scan_text
from bridgenotes.report.errors import ReportError

if TYPE_CHECKING:
    from pathlib import Path

    from bridgenotes.report.compare.folder import Folder
    from bridgenotes.report.compare.pair import Pair

FINAL: Final = "finalRatingStatus"
_CLOCK: Final = "timestampMillisOfCurrentStatus"
_LOCK, _LOCKED_AT = "lockedStatus", "timestampMillisOfStatusLock"
_INPUT_HISTORY: Final = "noteStatusHistory"
_TAGS: Final = ("firstTag", "secondTag")


@dataclass(frozen=True)
class Unlocked:
    """The notes whose status the run could still change.

    Attributes
    ----------
    how : str
        Where that is known from.
    locked : polars.DataFrame or None
        ``noteId`` of the notes locked at input; None if nothing says which.
    """

    how: str
    locked: pl.DataFrame | None


@dataclass(frozen=True)
class Statuses:
    """How final statuses agree.

    Attributes
    ----------
    everything : Confusion
        Of all notes that both have.
    unlocked : Confusion or None
        Of those not locked at input; None if it is not known which.
    unlocked_how : str
        Where that is known from.
    decided_by : Agreement or None
        Of the rule that set the status.
    tags : tuple of Agreement
        Of the two explanation tags, among notes with the same status.
    scorers : tuple of Agreement
        Of each status column of a scorer.
    """

    everything: Confusion
    unlocked: Confusion | None
    unlocked_how: str
    decided_by: Agreement | None
    tags: tuple[Agreement, ...]
    scorers: tuple[Agreement, ...]


def compare_statuses(notes: Pair, unlocked: Unlocked) -> Statuses:
    """Return how the statuses of the notes of both sides agree."""
    final = notes.join([FINAL]).collect()
    known = [column for column in notes.columns if column.endswith("RatingStatus") and column != FINAL]
    tags = [tag for tag in _TAGS if tag in notes.columns]
    same = notes.join([FINAL, *tags]).filter(pl.col(f"a:{FINAL}").eq_missing(pl.col(f"b:{FINAL}")))
    return Statuses(
        everything=confusion(final, FINAL),
        unlocked=None
        if unlocked.locked is None
        else confusion(final.join(unlocked.locked, on="noteId", how="anti"), FINAL),
        unlocked_how=unlocked.how,
        decided_by=agreement(notes.join(["decidedBy"]), "decidedBy")
        if "decidedBy" in notes.columns
        else None,
        tags=tuple(agreement(same, tag) for tag in tags),
        scorers=tuple(agreement(notes.join([column]), column) for column in known),
    )


def find_unlocked(a: Folder, b: Folder, status_history: Path | None) -> Unlocked:
    """Return which notes were not locked at input.

    Parameters
    ----------
    a, b : Folder
        Without a status history of the input, the output history of the first that has one tells: a lock
        older than the run's clock was there before it.
    status_history : Path, optional
        The input's noteStatusHistory, a file or a folder with its parts.

    Raises
    ------
    ReportError
        If ``status_history`` is no such table.
    """
    if status_history is not None:
        return Unlocked(f"by the input's status history ({status_history.name})", _locked_in(status_history))
    for side, folder in (("A", a), ("B", b)):
        locked = _locked_before(folder)
        if locked is not None:
            how = f"by the locks in {side}'s {STATUS_HISTORY.name} that are older than the run's clock"
            return Unlocked(how, locked)
    return Unlocked("not known: neither folder has a note_status_history with locks", None)


def _locked_before(folder: Folder) -> pl.DataFrame | None:
    history, notes = folder.tables.get(STATUS_HISTORY.name), folder.tables[SCORED_NOTES.name]
    if history is None or not {_LOCK, _LOCKED_AT} <= history.kinds.keys() or _CLOCK not in notes.kinds:
        return None
    clock = notes.frame.select(pl.col(_CLOCK).max()).collect().item()
    if clock is None:
        return None
    before = pl.col(_LOCK).is_not_null() & (pl.col(_LOCKED_AT) < clock)
    return history.frame.filter(before).select("noteId").collect()


def _locked_in(path: Path) -> pl.DataFrame:
    if not path.exists():
        raise ReportError(f"--status-history {path}: no such file or folder")
    files = [path]
    if path.is_dir():
        files = sorted(
            file for file in path.glob(f"{_INPUT_HISTORY}*") if file.name.split(".", 1)[-1] in SUFFIXES
        )
    if not files:
        names = ", ".join(f"{_INPUT_HISTORY}-00000.{suffix}" for suffix in SUFFIXES)
        raise ReportError(f"--status-history {path}: no {_INPUT_HISTORY} table there (looked for {names})")
    found = []
    for file in files:
        try:
            frame = scan_text(file)
            missing = [column for column in ("noteId", _LOCK) if column not in frame.collect_schema()]
            if missing:
                raise ReportError(f"--status-history {file}: column {missing[0]} is missing")
            locked = frame.filter(pl.col(_LOCK).cast(pl.String).str.len_chars() > 0)
            found.append(locked.select(pl.col("noteId").cast(pl.Int64)).collect())
        except (pl.exceptions.PolarsError, OSError) as error:
            raise ReportError(f"--status-history {file} cannot be read: {error}") from error
    return pl.concat(found).unique()
