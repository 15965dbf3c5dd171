"""A note's way through every rule list of a traced run, with reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from bridgenotes.data.outputs import field_name
from bridgenotes.report.reasons import RULES_BY_NAME, reason
from bridgenotes.report.run import TRACE
from bridgenotes.report.words import status_words
from bridgenotes.scoring.rules.trace import META_LIST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.report.run import ScoredRun


@dataclass(frozen=True)
class TraceStep:
    """One rule that decided on a note.

    Attributes
    ----------
    scorer : str
        The rule list: a scorer, or ``meta`` for the final rules.
    rule : str
        Its public name.
    before : str or None
        The note's label before it, in words; None before the first rule.
    after : str
        The label after it, in words.
    changed : bool
        Whether the two differ.
    sentence : str
        Why, with this note's numbers.
    """

    scorer: str
    rule: str
    before: str | None
    after: str
    changed: bool
    sentence: str


def trace_of(run: ScoredRun, note_id: int, scored: Mapping[str, Any]) -> tuple[TraceStep, ...]:
    """Return every rule that decided on a note, list by list; nothing if the run was not traced.

    Parameters
    ----------
    run : ScoredRun
        The run.
    note_id : int
        Public id.
    scored : mapping
        Its row of scored_notes and aux_note_info, under public names: what the final rules read.
    """
    if TRACE not in run.paths:
        return ()
    of_note = pl.col("noteId") == note_id
    firings = run.scan(TRACE).filter(of_note).collect().to_dicts()
    evidence = {row["scorer"]: row for row in run.scan("evidence").filter(of_note).collect().to_dicts()}
    final = {field_name(name): value for name, value in scored.items()}
    thresholds = {scorer.name: scorer.thresholds for scorer in run.profile.scorers}
    return tuple(
        TraceStep(
            scorer=row["scorer"],
            rule=row["rule_name"],
            before=None if row["status_before"] is None else status_words(row["status_before"]),
            after=status_words(row["status_after"]),
            changed=row["changed"],
            sentence=reason(
                RULES_BY_NAME.get(row["rule_name"]),
                final if row["scorer"] == META_LIST else evidence.get(row["scorer"], {}),
                thresholds.get(row["scorer"]),
            ),
        )
        for row in firings
    )
