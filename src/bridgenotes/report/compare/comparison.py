"""The whole comparison of two folders, as one value."""

from __future__ import annotations

import dataclasses
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from bridgenotes.data.vocabulary import ENROLLMENT_STATES
from bridgenotes.report.compare.agreement import Agreement, agreement
from bridgenotes.report.compare.columns import ColumnAgreement, compare_columns
from bridgenotes.report.compare.folder import COMPARED, HELPFULNESS_SCORES, SCORED_NOTES, Folder, open_folder
from bridgenotes.report.compare.mirror import Mirror, find_mirrors
from bridgenotes.report.compare.pair import Overlap, Pair, pairs
from bridgenotes.report.compare.rules import RuleLists, compare_rules
from bridgenotes.report.compare.sketch import Sketch, sketches
from bridgenotes.report.compare.statuses import Statuses, compare_statuses, find_unlocked
from bridgenotes.report.compare.worst import WorstNote, worst_notes

_ENROLLMENT = "enrollmentState"


@dataclass(frozen=True)
class Side:
    """What is known of a folder.

    Attributes
    ----------
    folder : str
        Where it is.
    tables : tuple of str
        The tables it has.
    profile, version : str or None
        The profile and the program that made it, if it says so.
    seed, now_ms : int or None
        Its seed and clock, if it says so.
    """

    folder: str
    tables: tuple[str, ...]
    profile: str | None
    version: str | None
    seed: int | None
    now_ms: int | None


@dataclass(frozen=True)
class Comparison:
    """Two folders side by side.

    Attributes
    ----------
    a, b : Side
        The folders.
    overlaps : tuple of Overlap
        Rows and columns that both have, by table.
    statuses : Statuses
        Final statuses, decided-by, tags and the status of each scorer.
    rules : tuple of RuleLists
        Which rules touched the notes.
    enrollment : Agreement or None
        Enrollment states, by name.
    mirrors : tuple of Mirror
        Which fits were turned before their factors were compared.
    columns : tuple of ColumnAgreement
        Every column.
    sketches : tuple of Sketch
        Intercepts and factors of A against those of B.
    worst : tuple of WorstNote
        The notes that differ most.
    """

    a: Side
    b: Side
    overlaps: tuple[Overlap, ...]
    statuses: Statuses
    rules: tuple[RuleLists, ...]
    enrollment: Agreement | None
    mirrors: tuple[Mirror, ...]
    columns: tuple[ColumnAgreement, ...]
    sketches: tuple[Sketch, ...]
    worst: tuple[WorstNote, ...]

    @property
    def status_agreement(self) -> float:
        """Share of notes with the same final status, 0 to 1; a note that one side lacks is another status.

        Two folders without notes agree.
        """
        notes = self.overlaps[0]
        total = notes.both + notes.only_a + notes.only_b
        return self.statuses.everything.equal / total if total else 1.0

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON, shares included."""
        found = _plain(self)
        assert isinstance(found, dict)
        return {"status_agreement": self.status_agreement, **found}


def compare_folders(a: Path, b: Path, *, status_history: Path | None = None, worst: int = 10) -> Comparison:
    """Compare two folders of output tables.

    Parameters
    ----------
    a, b : Path
        Folders that `bridgenotes score` wrote, or with the reference's output tables.
    status_history : Path, optional
        The noteStatusHistory that was scored, to know which notes were locked already.
    worst : int
        How many of the notes that differ most to describe.

    Raises
    ------
    ReportError
        If a folder cannot be compared; the message names file, row and column and says what to do.
    """
    with tempfile.TemporaryDirectory(prefix="bridgenotes-compare-") as scratch:
        folders = []
        for name, path in (("a", a), ("b", b)):
            own = Path(scratch) / name
            own.mkdir()
            folders.append(open_folder(path, own))
        return _compare(*folders, status_history=status_history, worst=worst)


def _compare(a: Folder, b: Folder, *, status_history: Path | None, worst: int) -> Comparison:
    tables = pairs(a, b, COMPARED)
    notes = tables[SCORED_NOTES.name]
    mirrors = find_mirrors(tables)
    return Comparison(
        a=_side(a),
        b=_side(b),
        overlaps=tuple(pair.overlap() for pair in tables.values()),
        statuses=compare_statuses(notes, find_unlocked(a, b, status_history)),
        rules=compare_rules(notes),
        enrollment=_enrollment(tables.get(HELPFULNESS_SCORES.name)),
        mirrors=mirrors,
        columns=compare_columns(tables, mirrors),
        sketches=sketches(notes, mirrors),
        worst=worst_notes(a, b, notes, worst),
    )


def _side(folder: Folder) -> Side:
    record = folder.record
    return Side(
        folder=str(folder.path),
        tables=tuple(folder.tables),
        profile=record.get("profile"),
        version=record.get("bridgenotes"),
        seed=record.get("seed"),
        now_ms=record.get("now_ms"),
    )


def _enrollment(raters: Pair | None) -> Agreement | None:
    if raters is None or _ENROLLMENT not in raters.columns:
        return None
    names = {float(code): state for code, state in enumerate(ENROLLMENT_STATES)}
    named = [
        pl.col(f"{side}:{_ENROLLMENT}").cast(pl.Float64, strict=False).replace_strict(
            names, default=pl.col(f"{side}:{_ENROLLMENT}").cast(pl.String), return_dtype=pl.String
        )
        for side in "ab"
    ]  # fmt: skip
    return agreement(raters.join([_ENROLLMENT]).with_columns(named), _ENROLLMENT)


def _plain(value: object) -> object:
    """Return dataclasses as dicts, with ``share`` where they have one, and tuples as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        if hasattr(type(value), "share"):
            found["share"] = _plain(getattr(value, "share"))  # noqa: B009 (only some have it)
        return found
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return value
