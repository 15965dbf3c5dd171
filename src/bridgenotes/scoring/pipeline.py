"""A scoring run, top to bottom: prepare, prescore, score, decide, remember (spec 06)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from bridgenotes.scoring.assembly import add_decisions, join_scorers, public_columns, rater_models
from bridgenotes.scoring.coalesce import coalesce, in_both_detectors
from bridgenotes.scoring.contributors.assembly import score_contributors
from bridgenotes.scoring.coverage import Reputations, learn_reputations, score_coverage
from bridgenotes.scoring.final import ScorerResult, score
from bridgenotes.scoring.inputs import Inputs
from bridgenotes.scoring.preprocess import prepare
from bridgenotes.scoring.prescoring import prescore
from bridgenotes.scoring.rescoring import rescoring_labels
from bridgenotes.scoring.rules.engine import NoteTable, run_rules
from bridgenotes.scoring.rules.meta import LOCKING_RULES, meta_rules
from bridgenotes.scoring.side_models import find_side
from bridgenotes.scoring.status_history import update_history

if TYPE_CHECKING:
    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.profile import Profile
    from bridgenotes.scoring.side import Side

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """The outcome of a run; tables are keyed by codes and carry our field names.

    Attributes
    ----------
    scored_notes, aux_note_info, note_status_history, helpfulness_scores : polars.DataFrame
        The public tables of spec 01 A.13.
    statistics : dict of str to polars.DataFrame
        Per scorer what its rules read: the evidence behind each status.
    effects : dict of str to polars.DataFrame
        Per rule list, how many notes each rule decided on and changed.
    diagnostics : dict
        Objective, iterations and gradient norm of every fit.
    remarks : list of str
        What could not be done and why.
    """

    scored_notes: pl.DataFrame
    aux_note_info: pl.DataFrame
    note_status_history: pl.DataFrame
    helpfulness_scores: pl.DataFrame
    statistics: dict[str, pl.DataFrame]
    effects: dict[str, pl.DataFrame]
    diagnostics: dict[str, dict[str, dict[str, float | int | str]]]
    remarks: list[str]


def score_dataset(
    dataset: Dataset,
    profile: Profile,
    *,
    now_ms: int,
    seed: int = 1,
    side: Side | None = None,
    handovers: Mapping[str, Handover] | None = None,
    progress: Progress = lambda _stage: None,
) -> Run:
    """Score a community.

    Parameters
    ----------
    dataset : Dataset
        The public tables.
    profile : Profile
        What to run and with which constants.
    now_ms : int
        Clock of the run, epoch milliseconds.
    seed : int
        For models with a random start.
    side : Side, optional
        Similarity, topics, predicted flips; found here when not given.
    handovers : mapping of str to Handover, optional
        Prescoring results by scorer name; given ones are used instead of prescoring.
    progress : callable, optional
        Called with the name of each stage as it begins.
    """
    progress("preparing ratings")
    community = prepare(dataset, profile.history)
    remarks: list[str] = []
    if side is None:
        progress("finding raters that act alike, and topics")
        side, remarks = find_side(community, profile)
    small = profile.history.small_data_notes
    training = coalesce(community.ratings, community, side.similarity, small)
    inputs = Inputs(community, training, side.topics, now_ms, seed)
    learned, reputations = _learn(inputs, profile, dict(handovers or {}), progress)
    fresh = coalesce(community.ratings, community, in_both_detectors(side.similarity), small)
    inputs = replace(inputs, ratings=fresh)
    results, coverage = _score(inputs, profile, learned, reputations, progress)
    progress("deciding statuses")
    table = join_scorers(inputs, profile, results, side.flips).hstack(coverage)
    verdict = run_rules(meta_rules(profile.meta_rules), NoteTable(table), profile)
    labels = rescoring_labels(community.history, now_ms).alias("rescoring_active_rules")
    decided = add_decisions(table, verdict, now_ms).with_columns(labels)
    history = update_history(community.history, decided, profile.history, LOCKING_RULES, now_ms)
    progress("scoring contributors")
    models = rater_models(profile, learned, community.group)
    if reputations is not None:
        models = models.join(reputations.rater_table(), on="rater", how="full", coalesce=True)
    contributors = score_contributors(dataset, community.ratings, history, decided, models, profile, now_ms)
    stabilisation = history["nmr_due_to_min_stable_crh_time_at_ms"]
    return Run(
        scored_notes=public_columns("scored_notes", decided.with_columns(stabilisation)),
        aux_note_info=public_columns("aux_note_info", decided),
        note_status_history=history,
        helpfulness_scores=contributors,
        statistics={name: result.table for name, result in results.items()},
        effects={name: result.verdict.effects() for name, result in results.items()}
        | {"meta": verdict.effects()},
        diagnostics={
            name: (learned[name].diagnostics if name in learned else {})
            | ({"notes": results[name].fit.record()} if name in results else {})
            for name in dict.fromkeys([*learned, *results])
        },
        remarks=remarks,
    )


def _learn(
    inputs: Inputs, profile: Profile, learned: dict[str, Handover], progress: Progress
) -> tuple[dict[str, Handover], Reputations | None]:
    """Prescore every scorer that is not given; those with too little data stay out."""
    reputations: Reputations | None = None
    for scorer in profile.scorers:
        if scorer.name in learned or not scorer.prescores:
            continue
        progress(f"learning raters: {scorer.name}")
        if scorer.kind == "reputation":
            reputations = learn_reputations(inputs, scorer)
        elif (found := prescore(inputs, scorer)) is not None:
            learned[scorer.name] = found
    return learned, reputations


def _score(
    inputs: Inputs,
    profile: Profile,
    learned: Mapping[str, Handover],
    reputations: Reputations | None,
    progress: Progress,
) -> tuple[dict[str, ScorerResult], pl.DataFrame]:
    """Score notes with every scorer that has learned something, or borrows from one that has."""
    results: dict[str, ScorerResult] = {}
    coverage = pl.DataFrame()
    for scorer in profile.scorers:
        source = scorer.borrows or scorer.name
        progress(f"scoring notes: {scorer.name}")
        if scorer.kind == "reputation" and reputations is not None:
            coverage = score_coverage(inputs, scorer, reputations)
        elif scorer.scores and source in learned:
            result = score(inputs, scorer, learned[source], profile)
            if result is not None:
                results[scorer.name] = result
    return results, coverage
