"""The rules of the meta stage: from scorer statuses to the final status (spec 05 section 9, 06 section 8).

Columns read: ``<prefix>_rating_status``, locked_status, tag counts, Core's baselines.
Settings: the `Profile`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import (
    CRH,
    CRNH,
    HELPFUL_TAG_PRIORITY,
    HELPFUL_TAGS,
    NMR,
    NOT_HELPFUL_TAG_PRIORITY,
    NOT_HELPFUL_TAGS,
)
from bridgenotes.scoring.rules.engine import (
    CODE,
    NO_LABEL,
    Decision,
    LabelArray,
    NoteTable,
    Rule,
    RuleError,
    labels_to_status,
)
from bridgenotes.scoring.rules.models import MODEL_RULES
from bridgenotes.scoring.rules.stabilisation import STABILISATION_RULE

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import Profile


def _initial(notes: NoteTable, _label: LabelArray, _profile: Profile) -> Decision:
    return Decision(np.ones(len(notes), np.bool_), CODE[NMR])


def _population_sampled(notes: NoteTable, label: LabelArray, profile: Profile) -> Decision:
    limits = profile.population_sampled
    negative = notes["core_neg_factor_population_sampled_rating_count"]
    positive = notes["core_pos_factor_population_sampled_rating_count"]
    everyone, sampled = notes["core_note_intercept"], notes["core_note_intercept_population_sampled"]
    applies = (
        (label == CODE[CRH])
        & (negative + positive >= limits.min_ratings)
        & (negative >= limits.min_per_side)
        & (positive >= limits.min_per_side)
        & (sampled < np.float32(limits.max_intercept))
        & (everyone - sampled >= np.float32(limits.min_difference))
    )
    return Decision(applies, CODE[NMR])


def _drift_guard(notes: NoteTable, label: LabelArray, _profile: Profile) -> Decision:
    locked = notes.labels("locked_status")
    applies = (locked != NO_LABEL) & (locked != label)
    unlocked = labels_to_status(np.where(applies, label, NO_LABEL).astype(np.int8))
    return Decision(applies, locked, {"unlocked_rating_status": unlocked})


def _insufficient_explanation(notes: NoteTable, label: LabelArray, profile: Profile) -> Decision:
    least = profile.contributors.tag_min_count
    first, second, explained = (np.full(len(notes), None, object) for _ in range(3))
    for status, tags, priority in (
        (CRH, HELPFUL_TAGS, HELPFUL_TAG_PRIORITY),
        (CRNH, NOT_HELPFUL_TAGS, NOT_HELPFUL_TAG_PRIORITY),
    ):
        rows = np.flatnonzero(label == CODE[status])
        top, enough = top_two_tags(np.stack([notes[t][rows] for t in tags], axis=1), priority, least)
        names = np.array(tags, dtype=object)
        first[rows[enough]] = names[top[enough, 0]]
        second[rows[enough]] = names[top[enough, 1]]
        explained[rows] = enough
    applies = explained == False  # noqa: E712 (None means: has no status to explain)
    columns = {
        "first_tag": pl.Series(first.tolist(), dtype=pl.String),
        "second_tag": pl.Series(second.tolist(), dtype=pl.String),
    }
    return Decision(applies.astype(np.bool_), CODE[NMR], columns)


def top_two_tags(
    counts: npt.NDArray[np.integer], priority: tuple[int, ...], least: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the two most frequent tags per note, and whether two occur often enough.

    Parameters
    ----------
    counts : numpy.ndarray, integer, shape (n_notes, n_tags)
    priority : tuple of int
        Breaks ties; larger wins.
    least : int
        A tag qualifies with at least this many ratings.

    Returns
    -------
    tuple
        (tag positions, int64, shape (n_notes, 2); enough, bool, shape (n_notes,)).
    """
    rank = counts.astype(np.int64) * len(priority) + np.array(priority)
    top = np.argsort(-rank, axis=1, kind="stable")[:, :2]
    enough = (counts >= least).sum(axis=1) >= 2
    return top, enough


_RULES: Final = (
    Rule("META_INITIAL_NMR", "MetaInitialNMR", "1.0", _initial, "Until a model decides, it needs more ratings."),
    *MODEL_RULES,
    Rule(
        "POPULATION_SAMPLED_INTERCEPT", "PopulationSampledIntercept", "1.0", _population_sampled,
        "Raters drawn at random see it less favourably: {note[core_note_intercept_population_sampled]:.2f} against "
        "{note[core_note_intercept]:.2f}.",
    ),
    STABILISATION_RULE,
    Rule(
        "SCORING_DRIFT_GUARD", "ScoringDriftGuard", "1.0", _drift_guard,
        "Its status was locked two weeks after it was written.",
    ),
    Rule(
        "INSUFFICIENT_EXPLANATION", "InsufficientExplanation", "1.0", _insufficient_explanation,
        "Raters gave no two common reasons; a status needs two reasons named at least twice.",
        locks=True,
    ),
)  # fmt: skip

META_RULES: Final = {rule.id: rule for rule in _RULES}
LOCKING_RULES: Final = frozenset(rule.display_name for rule in _RULES if rule.locks)


def meta_rules(ids: tuple[str, ...]) -> list[Rule]:
    """Return the rules of a profile's meta list.

    Raises
    ------
    RuleError
        Naming an id that no rule has.
    """
    unknown = [rule_id for rule_id in ids if rule_id not in META_RULES]
    if unknown:
        raise RuleError(f"there is no meta rule {unknown[0]!r}; known: {', '.join(META_RULES)}")
    return [META_RULES[rule_id] for rule_id in ids]
