"""Final scoring: score notes with raters frozen, decide statuses, remember them (spec 06 sections 4 to 11)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from bridgenotes.data.outputs import to_public
from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.scoring.accidents import without_lost_starts
from bridgenotes.scoring.assembly import add_decisions, join_scorers, public_columns
from bridgenotes.scoring.coalesce import coalesce, in_both_detectors
from bridgenotes.scoring.coverage import score_coverage
from bridgenotes.scoring.final import ScorerResult, score
from bridgenotes.scoring.flip_guard import check_flips
from bridgenotes.scoring.graph import Step, run_steps
from bridgenotes.scoring.inputs import Inputs
from bridgenotes.scoring.phases.predictions import (
    ABOVE,
    Predictions,
    before_run,
    end_above,
    flips_of_run,
    helpful_of_run,
    with_predicted_helpful,
)
from bridgenotes.scoring.phases.selected import Selected, select_notes
from bridgenotes.scoring.preprocess import most_active, prepare, with_high_volume
from bridgenotes.scoring.rules.engine import NoteTable, run_rules
from bridgenotes.scoring.rules.meta import LOCKING_RULES, meta_rules
from bridgenotes.scoring.rules.trace import META_LIST, public_trace, trace
from bridgenotes.scoring.status_history import update_history
from bridgenotes.scoring.topics import UnreliableTopicsError, assign_topics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.phases.context import Context
    from bridgenotes.scoring.phases.prescoring import Prescored, Topics
    from bridgenotes.scoring.previous import Previous
    from bridgenotes.scoring.profile import Profile, Scorer

NOTE_TABLES: Final = ("scored_notes", "aux_note_info", "note_status_history")
INPUTS: Final = "preparing fresh ratings"
FLIPS: Final = "predicting flips"
HELPFUL: Final = "predicting Helpful"
DECIDING: Final = "deciding statuses"


@dataclass(frozen=True)
class ScoredNotes:
    """What final scoring says.

    Attributes
    ----------
    tables : dict of str to polars.DataFrame
        `NOTE_TABLES` under public names and with public ids, ascending by note id.
    evidence : polars.DataFrame
        What the rules of each scorer read of each note it speaks about: noteId, scorer and more.
    trace : polars.DataFrame or None
        Which rule decided on which note and what it changed, where that was asked for.
    effects : dict of str to polars.DataFrame
        Per rule list, how many notes each rule decided on and changed.
    fits : dict of str to dict
        Objective, iterations and gradient norm of each scorer's note-only fit.
    remarks : tuple of str
        What could not be done, and why.
    """

    tables: dict[str, pl.DataFrame]
    evidence: pl.DataFrame
    trace: pl.DataFrame | None
    effects: dict[str, pl.DataFrame]
    fits: dict[str, dict[str, float | int | str]]
    remarks: tuple[str, ...] = field(default=())

    def status_counts(self) -> dict[str, int]:
        """Return the number of notes per final status."""
        found = dict(self.tables["scored_notes"]["finalRatingStatus"].value_counts().iter_rows())
        return {status: int(found.get(status, 0)) for status in (CRH, CRNH, NMR)}


def score_notes(
    dataset: Dataset,
    profile: Profile,
    prescored: Prescored,
    context: Context,
    *,
    previous: Previous | None = None,
    predictions: Predictions | None = None,
) -> ScoredNotes:
    """Score notes and decide their statuses.

    Parameters
    ----------
    dataset : Dataset
        All notes and ratings; with previous outputs its status history is theirs.
    prescored : Prescored
        Of this or an earlier state of the data.
    context : Context
        Clock, seed, executor, and what to record and to check.
    previous : Previous, optional
        Only notes that may have changed are scored, the others' rows are passed through.
    predictions : Predictions, optional
        By note code of ``dataset``; used instead of the models'.

    Raises
    ------
    TooManyFlipsError
        If flips are checked and too many statuses would change.
    """
    selected = select_notes(dataset, profile, previous, context.now_ms)
    topics, remarks = _topics(dataset, prescored.topics)
    learned = _learned(prescored, selected, profile)
    made = predictions or Predictions()
    given: dict[str, Any] = {
        "dataset": dataset,
        "prescored": prescored,
        "selected": selected,
        "topics": selected.table(topics),
        "before": before_run(dataset, previous),
    }
    if made.flips is not None:
        given[FLIPS] = selected.table(made.flips)
    if made.helpful is not None:
        given[HELPFUL] = selected.table(made.helpful)
    scorers = {
        f"scoring notes: {s.name}": s
        for s in profile.scorers
        if s.scores and (s.borrows or s.name) in learned
    }
    apart = context.for_steps()
    steps = [
        Step(
            INPUTS,
            partial(_inputs, similarity=prescored.similarity, profile=profile, context=apart),
            ("dataset", "selected", "topics"),
        ),
        *(
            Step(
                name,
                partial(_score, scorer=s, handover=learned[s.borrows or s.name], traces=context.traces),
                (INPUTS,),
            )
            for name, s in scorers.items()
        ),
        Step(
            FLIPS,
            partial(flips_of_run, profile=profile, now_ms=context.now_ms),
            ("dataset", "selected", "prescored"),
        ),
        Step(HELPFUL, helpful_of_run, (INPUTS, "selected", "prescored", "before")),
        Step(
            DECIDING,
            partial(_decide, profile=profile, context=apart),
            (INPUTS, "selected", FLIPS, HELPFUL, "before", *scorers),
        ),
    ]
    steps = [step for step in steps if step.name not in given]
    outcome: _Outcome = run_steps(
        steps, [DECIDING], given=given, executor=context.executor, watch=context.watch
    )[DECIDING]
    found = _assemble(outcome, selected, profile, context, previous)
    tables = end_above(found.tables, dataset, given["before"], context.now_ms)
    return replace(found, tables=tables, remarks=remarks)


def _learned(prescored: Prescored, selected: Selected, profile: Profile) -> dict[str, Handover]:
    """Return the hand-overs about the selected notes."""
    learned = {name: selected.handover(handover) for name, handover in prescored.handovers.items()}
    if not profile.accidents.note_starts_lost:
        return learned
    ids = selected.community.dataset.note_ids
    return {
        name: without_lost_starts(h, ids, factor=profile.scorer(name).kind == "reputation")
        for name, h in learned.items()
    }


def _topics(dataset: Dataset, topics: Topics) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the topics of all notes, also those written since prescoring."""
    if topics.model is None or not dataset.notes["summary"].count():
        return topics.table, ()
    try:
        return assign_topics(topics.model, dataset.notes), ()
    except UnreliableTopicsError as error:
        return topics.table.clear(), (f"no topics: {error}",)


def _inputs(
    dataset: Dataset,
    selected: Selected,
    topics: pl.DataFrame,
    similarity: pl.DataFrame,
    profile: Profile,
    context: Context,
) -> Inputs:
    """Return what final scoring works on."""
    accidents, small = profile.accidents, profile.history.small_data_notes
    found = in_both_detectors(similarity) if accidents.only_found_twice else similarity
    community = selected.community
    # The part that is scored again may be small; raters that act alike count once if the whole is not.
    few = small if dataset.notes.height < small else 0
    ratings = coalesce(community.ratings, community, found, few)
    n_contributors = community.shape[1]
    flagged = with_high_volume(ratings, n_contributors, profile.high_volume, small)
    if selected.part is not None and not accidents.volume_among_rescored:
        whole = prepare(dataset, profile.history)
        everything = coalesce(whole.ratings, whole, found, small)
        busy = most_active(everything, n_contributors, profile.high_volume, small)
        flagged = replace(flagged, high_volume=busy)
    return Inputs(community, flagged, topics, context.now_ms, context.seed, accidents)


def _score(
    inputs: Inputs, scorer: Scorer, handover: Handover, *, traces: bool
) -> ScorerResult | pl.DataFrame | None:
    """Return a scorer's result; of the reputation scorer its columns by note code."""
    if scorer.kind == "reputation":
        return score_coverage(inputs, scorer, handover)
    return score(inputs, scorer, handover, traces=traces)


@dataclass(frozen=True)
class _Outcome:
    """Everything decided, by note code of the selected notes."""

    decided: pl.DataFrame
    results: dict[str, ScorerResult]
    meta_effects: pl.DataFrame
    meta_trace: pl.DataFrame | None


def _decide(
    inputs: Inputs,
    selected: Selected,
    flips: pl.DataFrame,
    helpful: pl.DataFrame,
    before: pl.DataFrame,
    *found: ScorerResult | pl.DataFrame | None,
    profile: Profile,
    context: Context,
) -> _Outcome:
    results = {result.scorer: result for result in found if isinstance(result, ScorerResult)}
    table = join_scorers(inputs, profile, results, flips)
    for coverage in found:
        if isinstance(coverage, pl.DataFrame):
            table = table.hstack(coverage)
    verdict = run_rules(meta_rules(profile.meta_rules), NoteTable(table), profile)
    decided = add_decisions(table, verdict, context.now_ms)
    return _Outcome(
        decided=with_predicted_helpful(decided, helpful, selected.table(before), context.now_ms),
        results=results,
        meta_effects=verdict.effects(),
        meta_trace=trace({META_LIST: verdict}) if context.traces else None,
    )


def _assemble(
    outcome: _Outcome,
    selected: Selected,
    profile: Profile,
    context: Context,
    previous: Previous | None,
) -> ScoredNotes:
    """Update the history, add the rows of notes that were not scored, and name everything publicly."""
    if previous is not None and selected.part is None:
        selected = selected.with_changed(outcome.decided["final_rating_status"])
    before, decided = (selected.of_scored(t) for t in (selected.community.history, outcome.decided))
    selection = selected.selection.among(selected.selection.chosen)
    if context.checks_flips:
        check_flips(before, decided["final_rating_status"], selection)
    decided = decided.with_columns(selection.labels().alias("rescoring_active_rules"))
    times = decided[ABOVE].alias(f"new_{ABOVE}")
    history = update_history(
        before, decided.with_columns(times), profile.history, LOCKING_RULES, context.now_ms
    )
    waits = history["nmr_due_to_min_stable_crh_time_at_ms"]
    new = {
        "scored_notes": public_columns("scored_notes", decided.with_columns(waits)),
        "aux_note_info": public_columns("aux_note_info", decided),
        "note_status_history": history,
    }
    part = selected.community.dataset
    tables = {name: to_public(new[name], name, part) for name in NOTE_TABLES}
    if previous is not None:
        rescored = tables["scored_notes"]["noteId"]
        tables = {
            name: pl.concat([tables[name], previous.passed_through(name, rescored)]).sort("noteId")
            for name in NOTE_TABLES
        }
    ids = pl.Series("noteId", part.note_ids, dtype=pl.Int64)
    return ScoredNotes(
        tables=tables,
        evidence=_evidence(outcome.results, selected, ids),
        trace=_whole_trace(outcome, selected, ids) if context.traces else None,
        effects={name: r.effects for name, r in outcome.results.items()} | {META_LIST: outcome.meta_effects},
        fits={name: result.record for name, result in outcome.results.items()},
    )


def _evidence(results: Mapping[str, ScorerResult], selected: Selected, ids: pl.Series) -> pl.DataFrame:
    found = {name: selected.of_scored(result.table) for name, result in results.items()}
    tables = [
        table.drop("note", "author")
        .with_columns(pl.lit(name).alias("scorer"))
        .insert_column(0, ids.gather(table["note"]))
        for name, table in found.items()
    ]
    return pl.concat(tables, how="diagonal") if tables else pl.DataFrame(schema={"noteId": pl.Int64})


def _whole_trace(outcome: _Outcome, selected: Selected, ids: pl.Series) -> pl.DataFrame:
    parts = [r.trace for r in outcome.results.values() if r.trace is not None]
    parts += [outcome.meta_trace] if outcome.meta_trace is not None else []
    words = pl.col("scorer", "rule", "rule_name").cast(pl.String)
    return pl.concat([public_trace(selected.of_scored(part).with_columns(words), ids) for part in parts])
