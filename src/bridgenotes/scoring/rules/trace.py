"""The trace of a run: which rule decided on which note, and what it changed (spec 05 section 2).

One row per firing, so that a note's way from its first label to its last can be read, and the
effect of one rule on all notes can be counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.data.vocabulary import Status
from bridgenotes.scoring.errors import ScoringError
from bridgenotes.scoring.rules.engine import labels_to_status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgenotes.scoring.rules.engine import BoolArray, LabelArray, Verdict

META_LIST: Final = "meta"
"""Name of the rule list that decides between scorers."""


class TraceError(ScoringError):
    """Verdicts that are not about the same notes."""


def trace(verdicts: Mapping[str, Verdict], *, judged: Mapping[str, BoolArray] | None = None) -> pl.DataFrame:
    """Return one row per rule that decided on a note, also where the label stayed the same.

    Parameters
    ----------
    verdicts : mapping of str to Verdict
        The outcome of each rule list, by the name of its scorer or `META_LIST`, all about the same notes.
    judged : mapping of str to numpy.ndarray, bool, shape (n_notes,), optional
        Notes to keep, by list; a list without one keeps all. Most scorers may speak about few notes,
        and what they think of the others has no effect.

    Returns
    -------
    polars.DataFrame
        ``note`` (Int32, position in the verdicts), ``scorer`` (Enum of the lists), ``position`` (UInt8, of the
        rule in its list, from 0), ``rule`` (Enum of rule ids), ``rule_name`` (Enum of public names),
        ``status_before`` (null before the first rule), ``status_after`` (both `Status`) and ``changed``
        (Boolean). Sorted by list in the order given, position, note.

    Raises
    ------
    TraceError
        If two verdicts, or a verdict and its judged notes, differ in their number of notes.

    References
    ----------
    spec 05 section 2 (rules run in order, every firing is recorded).
    """
    kept = dict(judged or {})
    _check_sizes(verdicts, kept)
    rules = [rule for verdict in verdicts.values() for rule in verdict.rules]
    kinds = {
        "scorer": pl.Enum(list(verdicts)),
        "rule": pl.Enum(list(dict.fromkeys(rule.id for rule in rules))),
        "rule_name": pl.Enum(list(dict.fromkeys(rule.display_name for rule in rules))),
    }
    parts = [_empty(kinds)]
    for name, verdict in verdicts.items():
        fired = verdict.fired & kept[name] if name in kept else verdict.fired
        parts += [_firings(name, verdict, k, fired[k], kinds) for k in range(len(verdict.rules))]
    return pl.concat(parts)


def joined_traces(parts: Sequence[tuple[pl.DataFrame, slice]]) -> pl.DataFrame:
    """Return the trace of one rule list over all notes from those over blocks of note codes."""
    moved = [part.with_columns(pl.col("note") + block.start) for part, block in parts]
    return moved[0] if len(moved) == 1 else pl.concat(moved).sort("position", "note")


def public_trace(table: pl.DataFrame, note_ids: pl.Series) -> pl.DataFrame:
    """Return a trace as the output table ``trace`` has it: ``noteId`` instead of ``note``.

    Parameters
    ----------
    table : polars.DataFrame
        As `trace` returns it.
    note_ids : polars.Series, Int64, shape (n_notes,)
        Public ids by position.
    """
    ids = note_ids.gather(table["note"]).alias("noteId")
    return table.drop("note").insert_column(0, ids)


def _check_sizes(verdicts: Mapping[str, Verdict], judged: Mapping[str, BoolArray]) -> None:
    sizes = {name: len(verdict.label) for name, verdict in verdicts.items()}
    sizes |= {f"judged notes of {name}": len(kept) for name, kept in judged.items()}
    if len(set(sizes.values())) > 1:
        found = ", ".join(f"{name}: {size:,} notes" for name, size in sizes.items())
        raise TraceError(f"a trace needs verdicts about the same notes, but they differ ({found})")


def _firings(
    name: str, verdict: Verdict, k: int, fired: BoolArray, kinds: Mapping[str, pl.Enum]
) -> pl.DataFrame:
    """Return the firings of one rule."""
    rows = np.flatnonzero(fired)
    is_last = k + 1 == len(verdict.rules)
    before: LabelArray = verdict.before[k][rows]
    after: LabelArray = (verdict.label if is_last else verdict.before[k + 1])[rows]
    rule = verdict.rules[k]
    return pl.DataFrame(
        {
            "note": pl.Series(rows.astype(np.int32)),
            "scorer": pl.repeat(name, len(rows), dtype=kinds["scorer"], eager=True),
            "position": pl.repeat(k, len(rows), dtype=pl.UInt8, eager=True),
            "rule": pl.repeat(rule.id, len(rows), dtype=kinds["rule"], eager=True),
            "rule_name": pl.repeat(rule.display_name, len(rows), dtype=kinds["rule_name"], eager=True),
            "status_before": labels_to_status(before),
            "status_after": labels_to_status(after),
            "changed": pl.Series(before != after),
        }
    )


def _empty(kinds: Mapping[str, pl.Enum]) -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "note": pl.Int32,
            "scorer": kinds["scorer"],
            "position": pl.UInt8,
            "rule": kinds["rule"],
            "rule_name": kinds["rule_name"],
            "status_before": Status,
            "status_after": Status,
            "changed": pl.Boolean,
        }
    )
