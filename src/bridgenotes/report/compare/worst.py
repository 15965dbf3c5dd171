"""The notes on which the two sides differ most, and how each side came to its status."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from bridgenotes.data.vocabulary import NMR
from bridgenotes.report.compare.folder import TRACE
from bridgenotes.report.compare.rules import LISTS
from bridgenotes.report.compare.statuses import FINAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgenotes.report.compare.folder import Folder
    from bridgenotes.report.compare.pair import Pair

_INTERCEPT: Final = re.compile(r"(?P<scorer>\w+)NoteIntercept")
_RULE: Final = "decidedBy"
_FINAL_LIST: Final = "metaScorer"
META: Final = "meta"


@dataclass(frozen=True)
class Firing:
    """A rule that decided on a note; the statuses around it are known only from a trace."""

    rule: str
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class RulePath:
    """The rules of one list that decided on a note, in order, in A and in B."""

    scorer: str
    a: tuple[Firing, ...]
    b: tuple[Firing, ...]

    @property
    def differs(self) -> bool:
        """Whether the two sides took another way."""
        return self.a != self.b


@dataclass(frozen=True)
class Intercepts:
    """A scorer's intercept of a note."""

    scorer: str
    a: float | None
    b: float | None


@dataclass(frozen=True)
class WorstNote:
    """A note on which the sides differ.

    Attributes
    ----------
    note_id : str
        As text: JSON readers round numbers this long.
    distance : int
        2 for Helpful against Not Helpful, 1 for a status against none, 0 for the same status.
    difference : float or None
        The largest difference of an intercept between the sides.
    status_a, status_b, decided_by_a, decided_by_b : str or None
        Final status and the rule that set it.
    intercepts : tuple of Intercepts
        Of every scorer that has one, the largest difference first.
    paths : tuple of RulePath
        Of every list in which a rule fired.
    """

    note_id: str
    distance: int
    difference: float | None
    status_a: str | None
    status_b: str | None
    decided_by_a: str | None
    decided_by_b: str | None
    intercepts: tuple[Intercepts, ...]
    paths: tuple[RulePath, ...]


def is_main_intercept(column: str) -> bool:
    """Return whether a column is the note intercept of a scorer, not one of its baselines or bounds.

    Examples
    --------
    >>> is_main_intercept("coreNoteIntercept"), is_main_intercept("coreNoteInterceptMin")
    (True, False)
    """
    return _INTERCEPT.fullmatch(column) is not None


def worst_notes(a: Folder, b: Folder, notes: Pair, count: int) -> tuple[WorstNote, ...]:
    """Return the notes that differ most; equal notes never.

    First the largest disagreement of status, then the same status by another rule, then the largest
    difference of an intercept.

    Parameters
    ----------
    a, b : Folder
        For their traces, if both have one; else the lists of active rules tell the way.
    notes : Pair
        Their scored notes.
    count : int
        How many at most.
    """
    intercepts = [column for column in notes.columns if is_main_intercept(column)]
    ranked = _ranked(notes, intercepts).head(count).select("noteId", "distance", "difference").collect()
    if not ranked.height:
        return ()
    lists = [column for column in notes.columns if column.endswith(LISTS)]
    shown = [FINAL, *(c for c in (_RULE,) if c in notes.columns), *intercepts, *lists]
    chosen = notes.join(shown, ids=ranked["noteId"]).collect()
    rows = ranked.join(chosen, on="noteId", maintain_order="left").to_dicts()
    if TRACE.name in a.tables and TRACE.name in b.tables:
        paths = _traced(a, b, ranked.select("noteId"))
    else:
        paths = {row["noteId"]: _listed(row, lists) for row in rows}
    return tuple(_worst_note(row, intercepts, paths.get(row["noteId"], ())) for row in rows)


def _ranked(notes: Pair, intercepts: Sequence[str]) -> pl.LazyFrame:
    rules = [_RULE] if _RULE in notes.columns else []
    a, b = (pl.col(f"{side}:{FINAL}").fill_null(NMR) for side in "ab")
    distance = pl.when(a == b).then(0).when((a == NMR) | (b == NMR)).then(1).otherwise(2).cast(pl.Int8)
    gaps = [(pl.col(f"a:{column}") - pl.col(f"b:{column}")).abs() for column in intercepts]
    difference = pl.max_horizontal(gaps) if gaps else pl.lit(None, pl.Float64)
    other_rule = pl.col(f"a:{_RULE}").ne_missing(pl.col(f"b:{_RULE}")) if rules else pl.lit(value=False)
    return (
        notes.join([FINAL, *rules, *intercepts])
        .select("noteId", distance=distance, other_rule=other_rule, difference=difference)
        .filter((pl.col("distance") > 0) | pl.col("other_rule") | (pl.col("difference") > 0))
        .sort(
            ["distance", "other_rule", "difference", "noteId"],
            descending=[True, True, True, False],
            nulls_last=True,
        )
    )


def _listed(row: Mapping[str, Any], lists: Sequence[str]) -> tuple[RulePath, ...]:
    """Return the way of a note from its lists of active rules."""
    found = []
    for column in lists:
        sides = [
            tuple(Firing(rule) for rule in (row[f"{side}:{column}"] or "").split(",") if rule)
            for side in "ab"
        ]
        name = column.removesuffix(LISTS)
        if any(sides):
            found.append(RulePath(META if name == _FINAL_LIST else name, *sides))
    return tuple(found)


def _traced(a: Folder, b: Folder, ids: pl.DataFrame) -> dict[int, tuple[RulePath, ...]]:
    """Return the way of each note from both traces."""
    wanted = ["noteId", "scorer", "rule_name", "status_before", "status_after"]
    found: dict[int, dict[str, dict[str, list[Firing]]]] = {}
    for mark, folder in (("a", a), ("b", b)):
        frame = folder.tables[TRACE.name].frame.join(ids.lazy(), on="noteId", how="semi")
        for note, scorer, *firing in (
            frame.sort("position", maintain_order=True).select(wanted).collect().iter_rows()
        ):
            sides = found.setdefault(note, {}).setdefault(scorer, {"a": [], "b": []})
            sides[mark].append(Firing(*firing))
    return {
        note: tuple(
            RulePath(scorer, tuple(sides["a"]), tuple(sides["b"])) for scorer, sides in sorted(lists.items())
        )
        for note, lists in found.items()
    }


def _worst_note(row: Mapping[str, Any], intercepts: Sequence[str], paths: tuple[RulePath, ...]) -> WorstNote:
    values = [
        Intercepts(column.removesuffix("NoteIntercept"), row[f"a:{column}"], row[f"b:{column}"])
        for column in intercepts
    ]
    known = [one for one in values if one.a is not None or one.b is not None]
    return WorstNote(
        note_id=str(row["noteId"]),
        distance=row["distance"],
        difference=row["difference"],
        status_a=row[f"a:{FINAL}"],
        status_b=row[f"b:{FINAL}"],
        decided_by_a=row.get(f"a:{_RULE}"),
        decided_by_b=row.get(f"b:{_RULE}"),
        intercepts=tuple(sorted(known, key=lambda one: -_gap(one))),
        paths=paths,
    )


def _gap(one: Intercepts) -> float:
    """Return how far two intercepts lie apart; one that is on one side only comes last."""
    return -1.0 if one.a is None or one.b is None else abs(one.a - one.b)
