"""Meta rules that let models decide, promote and demote (spec 05 sections 9.1 to 9.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bridgenotes.data.vocabulary import CRH, CRNH, FIRM_REJECT, NEEDS_YOUR_HELP, NMR
from bridgenotes.scoring.rules.engine import CODE, NO_LABEL, Decision, LabelArray, NoteTable, Rule

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import GroupRule, Profile, TopicRule

BoolArray = npt.NDArray[np.bool_]
Decide = Callable[[NoteTable, LabelArray, "Profile"], Decision]

SHOWN: Final = (CODE[CRH], CODE[NEEDS_YOUR_HELP])
UNDECIDED: Final = (CODE[NMR], CODE[NEEDS_YOUR_HELP])
REJECTED: Final = (CODE[FIRM_REJECT], CODE[CRNH])


def blocked(notes: NoteTable) -> BoolArray:
    """Return notes that core (else expansion) has rejected: no other model may show them."""
    core, expansion = notes.labels("core_rating_status"), notes.labels("expansion_rating_status")
    return np.where(core == NO_LABEL, np.isin(expansion, REJECTED), np.isin(core, REJECTED))


def _apply(column: str, *, group_column: str | None = None, group: int = 0) -> Decide:
    """Overwrite the label with a model's status; with a group, rejected notes are not shown."""

    def decide(notes: NoteTable, _label: LabelArray, _profile: Profile) -> Decision:
        source = notes.labels(column)
        applies = source != NO_LABEL
        if group_column is not None:
            applies &= (notes[group_column] == group) & ~(blocked(notes) & np.isin(source, SHOWN))
        return Decision(applies, np.where(source == CODE[FIRM_REJECT], CODE[NMR], source).astype(np.int8))

    return decide


def _promote(group: int) -> Decide:
    def decide(notes: NoteTable, label: LabelArray, profile: Profile) -> Decision:
        setting = _group(profile, group)
        source = notes.labels("group_rating_status")
        core, expansion = notes["core_note_intercept"], notes["expansion_note_intercept"]
        intercept = np.where(np.isnan(core), expansion, core)
        fits = intercept > np.float32(
            setting.promotes_above if setting.promotes_above is not None else np.inf
        )
        if setting.promotes_below is not None:
            fits &= intercept < np.float32(setting.promotes_below)
        news = np.isin(label, UNDECIDED) & ~((source == CODE[NEEDS_YOUR_HELP]) & (label == source))
        of_group = (notes["modeling_group"] == group) & np.isin(source, SHOWN)
        return Decision(of_group & ~blocked(notes) & news & fits, source)

    return decide


def _demote(group: int) -> Decide:
    def decide(notes: NoteTable, label: LabelArray, profile: Profile) -> Decision:
        doubts = np.isin(notes.labels("group_rating_status"), (CODE[NMR], CODE[CRNH]))
        applies = (notes["modeling_group"] == group) & doubts & np.isin(label, SHOWN)
        return Decision(applies & _group(profile, group).demotes, CODE[NMR])

    return decide


def _group(profile: Profile, group: int) -> GroupRule:
    return next(setting for setting in profile.group_rules if setting.group == group)


def _gaussian(column: str) -> Decide:
    def decide(notes: NoteTable, label: LabelArray, _profile: Profile) -> Decision:
        source = notes.labels(column)
        repeats = (source == CODE[NEEDS_YOUR_HELP]) & (label == source)
        shows = np.isin(source, SHOWN) & ~blocked(notes) & ~repeats
        return Decision(np.isin(label, UNDECIDED) & (shows | (source == CODE[CRNH])), source)

    return decide


def _topic(number: int) -> Decide:
    def decide(notes: NoteTable, label: LabelArray, profile: Profile) -> Decision:
        setting: TopicRule = next(rule for rule in profile.topic_rules if rule.id == number)
        doubts = notes["topic_note_intercept"] < setting.min_intercept
        doubts |= np.abs(notes["topic_note_factor1"]) > setting.max_factor
        of_topic = (notes["note_topic"] == setting.topic) & notes["topic_note_confident"]
        return Decision(np.isin(label, SHOWN) & of_topic & doubts, CODE[NMR])

    return decide


def _group_rules() -> list[Rule]:
    promoting = [
        Rule(
            f"GROUP_MODEL_{g}",
            f"GroupModel{g:02}",
            "1.1",
            _promote(g),
            f"Raters of modeling group {g} find it helpful, and the core model nearly does.",
            locks=True,
            needs=("CORE_MODEL", "EXPANSION_MODEL"),
        )
        for g in (*range(1, 15), 33)
    ]
    demoting = [
        Rule(
            f"GROUP_MODEL_{g}_NMR",
            f"GroupModel{g}NMR",
            "1.1",
            _demote(g),
            f"Raters of modeling group {g}, who rated it most, do not find it helpful enough.",
            locks=True,
            needs=("CORE_MODEL", "EXPANSION_MODEL"),
        )
        for g in (15, 18, 33)
    ]
    return promoting + demoting


def _topic_rules() -> list[Rule]:
    return [
        Rule(
            f"TOPIC_MODEL_{t}",
            f"TopicModel{t:02}",
            "1.0",
            _topic(t),
            "Among ratings on its topic alone it is not helpful enough: {note[topic_note_intercept]:.2f}.",
            needs=("CORE_MODEL", "EXPANSION_MODEL", "GAUSSIAN_MODEL"),
        )
        for t in range(1, 6)
    ]


MODEL_RULES: Final = (
    Rule(
        "EXPANSION_PLUS_MODEL",
        "ExpansionPlusModel",
        "1.1",
        _apply("expansion_plus_rating_status"),
        "The model over all raters decides.",
        needs=("META_INITIAL_NMR",),
    ),
    Rule(
        "EXPANSION_MODEL",
        "ExpansionModel",
        "1.1",
        _apply("expansion_rating_status"),
        "The expansion model decides.",
        locks=True,
        needs=("META_INITIAL_NMR",),
    ),
    Rule(
        "CORE_WITH_TOPICS_MODEL",
        "CoreWithTopicsModel",
        "1.1",
        _apply("core_with_topics_rating_status"),
        "The core model that includes topics decides.",
        locks=True,
        needs=("META_INITIAL_NMR",),
    ),
    Rule(
        "CORE_MODEL",
        "CoreModel",
        "1.1",
        _apply("core_rating_status"),
        "The core model decides.",
        locks=True,
        needs=("META_INITIAL_NMR",),
    ),
    Rule(
        "MULTI_GROUP_MODEL_1",
        "MultiGroupModel01",
        "1.0",
        _apply("multi_group_rating_status", group_column="modeling_multi_group", group=1),
        "The model of several groups together decides.",
        locks=True,
        needs=("CORE_MODEL", "EXPANSION_MODEL"),
    ),
    *_group_rules(),
    Rule(
        "GAUSSIAN_MODEL",
        "GaussianModel",
        "1.0",
        _gaussian("gaussian_rating_status"),
        "The model that looks at every viewpoint apart decides.",
        locks=True,
        needs=("CORE_MODEL", "EXPANSION_MODEL"),
    ),
    Rule(
        "GAUSSIAN_CORE_WITH_TOPICS_MODEL",
        "GaussianCoreWithTopicsModel",
        "1.0",
        _gaussian("gaussian_core_with_topics_rating_status"),
        "The model that looks at every viewpoint apart, topics included, decides.",
        locks=True,
        needs=("CORE_MODEL", "EXPANSION_MODEL"),
    ),
    *_topic_rules(),
)
