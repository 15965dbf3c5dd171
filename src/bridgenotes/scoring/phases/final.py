"""Final scoring: score notes with raters frozen, decide statuses, remember them (spec 06 sections 4 to 11)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.scoring.accidents import without_lost_starts
from bridgenotes.scoring.coalesce import coalesce, in_both_detectors
from bridgenotes.scoring.coverage import score_coverage
from bridgenotes.scoring.final import ScorerResult, score
from bridgenotes.scoring.graph import Step, run_steps
from bridgenotes.scoring.inputs import Inputs
from bridgenotes.scoring.phases.deciding import Decided, decide, evidence, note_tables, whole_trace
from bridgenotes.scoring.phases.predictions import Predictions, before_run, flips_of_run, helpful_of_run
from bridgenotes.scoring.phases.selected import Selected, select_notes
from bridgenotes.scoring.preprocess import most_active, prepare, with_high_volume
from bridgenotes.scoring.rules.trace import META_LIST
from bridgenotes.scoring.scope import weight
from bridgenotes.scoring.shelf import collected
from bridgenotes.scoring.topics import UnreliableTopicsError, assign_topics

if TYPE_CHECKING:
    import polars as pl

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.phases.context import Context
    from bridgenotes.scoring.phases.prescoring import Prescored, Topics
    from bridgenotes.scoring.previous import Previous
    from bridgenotes.scoring.profile import Profile, Scorer
    from bridgenotes.scoring.shelf import Table

INPUTS: Final = "preparing fresh ratings"
FLIPS: Final = "predicting flips"
HELPFUL: Final = "predicting Helpful"
DECIDING: Final = "deciding statuses"
TOPICS: Final = "finding topics of notes"


@dataclass(frozen=True)
class ScoredNotes:
    """What final scoring says.

    Attributes
    ----------
    tables : dict of str to Table
        `NOTE_TABLES` under public names and with public ids, ascending by note id.
    evidence : Table
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

    tables: dict[str, Table]
    evidence: Table
    trace: pl.DataFrame | None
    effects: dict[str, pl.DataFrame]
    fits: dict[str, dict[str, float | int | str]]
    remarks: tuple[str, ...] = field(default=())

    def status_counts(self) -> dict[str, int]:
        """Return the number of notes per final status."""
        status = collected(self.tables["scored_notes"].select("finalRatingStatus"))["finalRatingStatus"]
        found = dict(status.value_counts().iter_rows())
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
    topics, remarks = _topics(dataset, prescored.topics, context)
    learned = prescored.handovers
    made = predictions or Predictions()
    given: dict[str, Any] = {
        "dataset": dataset,
        "prescored": prescored.for_steps(),
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
                partial(
                    _score, scorer=s, handover=learned[s.borrows or s.name], profile=profile, context=apart
                ),
                (INPUTS, "selected"),
                partial(_weight, scorer=s),
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
            partial(decide, profile=profile, context=apart),
            (INPUTS, "selected", FLIPS, HELPFUL, "before", *scorers),
        ),
    ]
    steps = [step for step in steps if step.name not in given]
    decided: Decided = run_steps(
        steps,
        [DECIDING],
        given=given,
        executor=context.executor,
        watch=context.watch,
        room=context.room(dataset.ratings.height),
    )[DECIDING]
    if previous is not None and selected.part is None:
        selected = selected.with_changed(decided.status)
    return ScoredNotes(
        tables=note_tables(decided, selected, given["before"], dataset, profile, context, previous),
        evidence=evidence(decided.results, selected),
        trace=whole_trace(decided, selected) if context.traces else None,
        effects={name: r.effects for name, r in decided.results.items()} | {META_LIST: decided.effects},
        fits={name: result.record for name, result in decided.results.items()},
        remarks=remarks,
    )


def _topics(dataset: Dataset, topics: Topics, context: Context) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the topics of all notes, also those written since prescoring."""
    if topics.model is None or topics.notes is dataset.notes or not dataset.notes["summary"].count():
        return topics.table, ()
    try:
        with context.watch(TOPICS):
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
    inputs: Inputs, selected: Selected, scorer: Scorer, handover: Handover, profile: Profile, context: Context
) -> ScorerResult | pl.DataFrame | None:
    """Return a scorer's result; of the reputation scorer its columns by note code."""
    learned = selected.handover(handover)
    if profile.accidents.note_starts_lost:
        is_reputation = profile.scorer(learned.scorer).kind == "reputation"
        learned = without_lost_starts(learned, inputs.community.dataset.note_ids, factor=is_reputation)
    if scorer.kind == "reputation":
        return score_coverage(inputs, scorer, learned)
    return score(inputs, scorer, learned, traces=context.traces, shelf=context.shelf)


def _weight(inputs: Inputs, _selected: Selected, scorer: Scorer) -> float:
    return weight(inputs, scorer)
