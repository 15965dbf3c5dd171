"""From what scorers say to statuses, and to the tables about notes (spec 06 sections 8 to 11).

Rules look at one note at a time, so notes are decided, remembered and named publicly in blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl
from polars import selectors as cs

from bridgenotes.data.outputs import to_public
from bridgenotes.scoring.assembly import add_decisions, columns_read, join_scorers, public_columns
from bridgenotes.scoring.final import ScorerResult
from bridgenotes.scoring.flip_guard import check_flips
from bridgenotes.scoring.note_statistics import NoteCounts
from bridgenotes.scoring.phases.predictions import ABOVE, end_above, with_predicted_helpful
from bridgenotes.scoring.rules.engine import NoteTable, added_effects, run_rules
from bridgenotes.scoring.rules.meta import LOCKING_RULES, meta_rules
from bridgenotes.scoring.rules.trace import META_LIST, joined_traces, public_trace, trace
from bridgenotes.scoring.shelf import collected, note_blocks, together
from bridgenotes.scoring.status_history import update_history

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.inputs import Inputs
    from bridgenotes.scoring.phases.context import Context
    from bridgenotes.scoring.phases.selected import Selected
    from bridgenotes.scoring.previous import Previous
    from bridgenotes.scoring.profile import Profile
    from bridgenotes.scoring.shelf import Table

NOTE_TABLES: Final = ("scored_notes", "aux_note_info", "note_status_history")


@dataclass(frozen=True)
class Decided:
    """Everything decided, by note code of the selected notes.

    Attributes
    ----------
    blocks : tuple of Table
        What is known of each note, one table per block of note codes.
    status : polars.Series
        Final statuses.
    results : dict of str to ScorerResult
        What they come from.
    effects : polars.DataFrame
        Of the meta rules.
    trace : polars.DataFrame or None
        Of the meta rules, if asked for.
    """

    blocks: tuple[Table, ...]
    status: pl.Series
    results: dict[str, ScorerResult]
    effects: pl.DataFrame
    trace: pl.DataFrame | None


def decide(
    inputs: Inputs,
    selected: Selected,
    flips: pl.DataFrame,
    helpful: pl.DataFrame,
    before: pl.DataFrame,
    *found: ScorerResult | pl.DataFrame | None,
    profile: Profile,
    context: Context,
) -> Decided:
    """Let the meta rules decide between scorers.

    Parameters
    ----------
    flips, helpful, before : polars.DataFrame
        Predictions, and since when notes were predicted Helpful before the run.
    *found : ScorerResult, polars.DataFrame or None
        Of each scorer; of the reputation scorer its columns by note code.
    """
    results = {result.scorer: result for result in found if isinstance(result, ScorerResult)}
    coverages = [result for result in found if isinstance(result, pl.DataFrame)]
    n_notes = inputs.community.shape[0]
    counts = NoteCounts.of(inputs.ratings, n_notes, inputs.now_ms)
    was_above = selected.table(before)
    blocks, statuses, effects, traces = [], [], [], []
    for k, block in enumerate(note_blocks(n_notes)):
        of_scorers = {name: _read(result, k, profile) for name, result in results.items()}
        table = join_scorers(inputs, counts, profile, of_scorers, flips, block)
        for coverage in coverages:
            table = table.hstack(coverage[block])
        verdict = run_rules(meta_rules(profile.meta_rules), NoteTable(table), profile)
        decided = add_decisions(table, verdict, context.now_ms)
        decided = with_predicted_helpful(decided, helpful, was_above, context.now_ms)
        statuses.append(decided["final_rating_status"])
        effects.append(verdict.effects())
        if context.traces:
            traces.append((trace({META_LIST: verdict}), block))
        blocks.append(context.shelf.keep(decided))
    return Decided(
        tuple(blocks),
        pl.concat(statuses),
        results,
        added_effects(effects),
        joined_traces(traces) if traces else None,
    )


def _read(result: ScorerResult, k: int, profile: Profile) -> pl.DataFrame:
    """Return what is read of a scorer's block ``k``."""
    wanted = columns_read(profile.scorer(result.scorer))
    return collected(result.blocks[k].select(cs.by_name(*wanted, require_all=False)))


def note_tables(
    decided: Decided,
    selected: Selected,
    before: pl.DataFrame,
    dataset: Dataset,
    profile: Profile,
    context: Context,
    previous: Previous | None,
) -> dict[str, Table]:
    """Update the history, add the rows of notes that were not scored, and name everything publicly.

    Parameters
    ----------
    selected : Selected
        All notes that get a row as scored.
    before : polars.DataFrame
        Since when notes of ``dataset`` were predicted Helpful before the run.

    Returns
    -------
    dict of str to Table
        `NOTE_TABLES`, ascending by note id.

    Raises
    ------
    TooManyFlipsError
        If flips are checked and too many statuses would change.
    """
    history, chosen = selected.community.history, selected.selection.chosen
    if context.checks_flips:
        scored = selected.selection.among(chosen)
        check_flips(history.filter(chosen), decided.status.filter(chosen), scored)
    ids = selected.community.dataset.note_ids
    parts: dict[str, list[Table]] = {name: [] for name in NOTE_TABLES}
    for block, table in zip(note_blocks(history.height), decided.blocks, strict=True):
        found = _public(collected(table), selected, block, profile, context)
        if previous is not None:
            lower = int(ids[block.start]) if block.start else None
            upper = int(ids[block.stop]) if block.stop < len(ids) else None
            scored_ids = found["scored_notes"]["noteId"]
            found = {
                name: pl.concat([new, previous.passed_through(name, scored_ids, lower, upper)]).sort("noteId")
                for name, new in found.items()
            }
        for name, ended in end_above(found, dataset, before, context.now_ms).items():
            parts[name].append(context.shelf.keep(ended))
    return {name: together(tables) for name, tables in parts.items()}


def _public(
    table: pl.DataFrame, selected: Selected, block: slice, profile: Profile, context: Context
) -> dict[str, pl.DataFrame]:
    """Return the public rows of the scored notes of a block."""
    selection = selected.selection.within(block)
    chosen = selection.chosen
    decided = table.filter(chosen).with_columns(
        selection.among(chosen).labels().alias("rescoring_active_rules")
    )
    history = update_history(
        selected.community.history[block].filter(chosen),
        decided.with_columns(decided[ABOVE].alias(f"new_{ABOVE}")),
        profile.history,
        LOCKING_RULES,
        context.now_ms,
    )
    waits = history["nmr_due_to_min_stable_crh_time_at_ms"]
    new = {
        "scored_notes": public_columns("scored_notes", decided.with_columns(waits)),
        "aux_note_info": public_columns("aux_note_info", decided),
        "note_status_history": history,
    }
    return {name: to_public(new[name], name, selected.community.dataset) for name in NOTE_TABLES}


def evidence(results: Mapping[str, ScorerResult], selected: Selected) -> Table:
    """Return what the rules of each scorer read of each note it speaks about: noteId, scorer and more."""
    chosen = selected.selection.chosen
    tables: list[Table] = []
    for name, result in results.items():
        for block, table in zip(note_blocks(len(chosen)), result.blocks, strict=True):
            scored = table
            if not chosen[block].all():
                codes = selected.community.history["note"][block].filter(chosen[block])
                scored = table.filter(pl.col("note").is_in(codes.implode()))
            tables.append(
                scored.select("noteId", pl.exclude("noteId", "note", "author"), pl.lit(name).alias("scorer"))
            )
    return together(tables, "diagonal") if tables else pl.DataFrame(schema={"noteId": pl.Int64})


def whole_trace(decided: Decided, selected: Selected) -> pl.DataFrame:
    """Return the trace of all rule lists on scored notes."""
    parts = [r.trace for r in decided.results.values() if r.trace is not None]
    parts += [decided.trace] if decided.trace is not None else []
    words = pl.col("scorer", "rule", "rule_name").cast(pl.String)
    ids = pl.Series("noteId", selected.community.dataset.note_ids, dtype=pl.Int64)
    return pl.concat([public_trace(selected.of_scored(part).with_columns(words), ids) for part in parts])
