"""Each model's meta rule fires where it should and just does not where it should not (spec 05 sections 9.1 to 9.7)."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from bridgenotes.data.vocabulary import CRH, CRNH, FIRM_REJECT, NEEDS_YOUR_HELP, NMR, Status
from bridgenotes.scoring.profile import load_profile
from bridgenotes.scoring.rules.engine import CODE, NoteTable, labels_to_status
from bridgenotes.scoring.rules.meta import META_RULES

PROFILE = load_profile("x-2026")
NYH = NEEDS_YOUR_HELP
MINUTE = 60_000
NOW = 1_780_000_000_000

STATUSES = {
    "core_rating_status": NMR,
    "core_with_topics_rating_status": None,
    "expansion_rating_status": None,
    "expansion_plus_rating_status": None,
    "group_rating_status": None,
    "multi_group_rating_status": None,
    "gaussian_rating_status": None,
    "gaussian_core_with_topics_rating_status": None,
    "current_status": NMR,
    "first_non_nmr_status": None,
}
NUMBERS = {
    "core_note_intercept": 0.35,
    "expansion_note_intercept": 0.35,
    "topic_note_intercept": 0.5,
    "topic_note_factor1": 0.1,
    "modeling_group": None,
    "modeling_multi_group": None,
    "nmr_due_to_min_stable_crh_time_at_ms": None,
}


def decide(rule: str, label: str, profile=PROFILE, **changes: object):
    """The label a rule gives such a note (None: leaves it alone) and its extra columns."""
    row = {
        **STATUSES, **NUMBERS, "note_topic": None, "topic_note_confident": None, "is_predicted_stable": True,
        "now_ms": NOW, **changes,
    }  # fmt: skip
    frame = pl.DataFrame([row]).with_columns(
        pl.col(list(STATUSES)).cast(Status),
        pl.col("core_note_intercept", "expansion_note_intercept").cast(pl.Float32),
        pl.col("topic_note_intercept", "topic_note_factor1").cast(pl.Float64),
        pl.col("modeling_group", "modeling_multi_group", "nmr_due_to_min_stable_crh_time_at_ms").cast(
            pl.Float64
        ),
        pl.col("note_topic").cast(pl.String),
        pl.col("topic_note_confident", "is_predicted_stable").cast(pl.Boolean),
        pl.lit(row["note_topic"] is not None).alias("has_topic"),
    )
    decision = META_RULES[rule].decide(NoteTable(frame), np.array([CODE[label]], np.int8), profile)
    columns = {name: column[0] for name, column in decision.columns.items()}
    if not decision.applies[0]:
        return None, columns
    return str(labels_to_status(np.broadcast_to(np.asarray(decision.label, np.int8), (1,)))[0]), columns


def group(number: int, status: str = CRH, **more: object) -> dict[str, object]:
    return {"modeling_group": number, "group_rating_status": status, **more}


GAZA = {"note_topic": "GazaConflict", "topic_note_confident": True}
SECOND = {"note_topic": "InDimensionTwo", "topic_note_confident": True}

CASES = [
    ("EXPANSION_PLUS_MODEL", NMR, {"expansion_plus_rating_status": CRH}, CRH, {}),
    ("EXPANSION_MODEL", CRH, {"expansion_rating_status": FIRM_REJECT}, NMR, {}),
    ("CORE_WITH_TOPICS_MODEL", CRH, {"core_with_topics_rating_status": CRNH}, CRNH, {}),
    ("MULTI_GROUP_MODEL_1", NMR, {"modeling_multi_group": 1, "multi_group_rating_status": CRH}, CRH,
     {"modeling_multi_group": 1, "multi_group_rating_status": CRH, "core_rating_status": FIRM_REJECT}),
    ("MULTI_GROUP_MODEL_1", CRH,
     {"modeling_multi_group": 1, "multi_group_rating_status": NMR, "core_rating_status": CRNH}, NMR,
     {"modeling_multi_group": 2, "multi_group_rating_status": NMR}),
    ("GROUP_MODEL_7", NMR, group(7), CRH, group(8)),
    ("GROUP_MODEL_7", NMR, group(7, core_note_intercept=0.301), CRH, group(7, core_note_intercept=0.30)),
    ("GROUP_MODEL_7", NMR, group(7, core_note_intercept=0.3999), CRH, group(7, core_note_intercept=0.40)),
    ("GROUP_MODEL_7", NMR, group(7, core_note_intercept=None), CRH,
     group(7, core_note_intercept=None, expansion_note_intercept=None)),
    ("GROUP_MODEL_7", NMR, group(7), CRH, group(7, core_rating_status=FIRM_REJECT)),
    ("GROUP_MODEL_7", NMR, group(7, core_rating_status=None), CRH,
     group(7, core_rating_status=None, expansion_rating_status=CRNH)),
    ("GROUP_MODEL_7", NYH, group(7), CRH, group(7, NYH)),
    ("GROUP_MODEL_14", NMR, group(14, core_note_intercept=0.9), CRH, group(14, core_note_intercept=0.25)),
    ("GROUP_MODEL_33", NMR, group(33, core_note_intercept=0.26), CRH, group(33, NMR, core_note_intercept=0.26)),
    ("GROUP_MODEL_33_NMR", CRH, group(33, CRNH), NMR, group(33, CRH)),
    ("GROUP_MODEL_18_NMR", NYH, group(18, NMR), NMR, group(18, NYH)),
    ("GROUP_MODEL_15_NMR", CRH, group(15, NMR), NMR, group(16, NMR)),
    ("GAUSSIAN_MODEL", NMR, {"gaussian_rating_status": CRH}, CRH,
     {"gaussian_rating_status": CRH, "core_rating_status": CRNH}),
    ("GAUSSIAN_MODEL", NMR, {"gaussian_rating_status": CRNH, "core_rating_status": FIRM_REJECT}, CRNH,
     {"gaussian_rating_status": NMR}),
    ("GAUSSIAN_CORE_WITH_TOPICS_MODEL", NYH, {"gaussian_core_with_topics_rating_status": CRH}, CRH,
     {"gaussian_core_with_topics_rating_status": NYH}),
    ("TOPIC_MODEL_2", CRH, {**GAZA, "topic_note_intercept": 0.239}, NMR, {**GAZA, "topic_note_intercept": 0.24}),
    ("TOPIC_MODEL_2", NYH, {**GAZA, "topic_note_factor1": -0.511}, NMR, {**GAZA, "topic_note_factor1": -0.51}),
    ("TOPIC_MODEL_2", CRH, {**GAZA, "topic_note_intercept": 0.1}, NMR,
     {**GAZA, "topic_note_intercept": 0.1, "topic_note_confident": False}),
    ("TOPIC_MODEL_1", CRH, {**GAZA, "note_topic": "UkraineConflict", "topic_note_intercept": 0.1}, NMR,
     {**GAZA, "topic_note_intercept": 0.1}),
    ("TOPIC_MODEL_5", CRH, {**SECOND, "topic_note_intercept": 0.509}, NMR, {**SECOND, "topic_note_intercept": 0.51}),
    ("TOPIC_MODEL_5", CRH, {**SECOND, "topic_note_intercept": 0.9, "topic_note_factor1": 1.01}, NMR,
     {**SECOND, "topic_note_intercept": 0.9, "topic_note_factor1": 1.0}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "label", "fires", "outcome", "misses"), CASES)
def test_rule_fires_and_just_does_not(rule, label, fires, outcome, misses) -> None:
    assert decide(rule, label, **fires)[0] == outcome
    assert decide(rule, label, **misses)[0] is None


@pytest.mark.parametrize("rule", ["GROUP_MODEL_7", "GAUSSIAN_MODEL"])
def test_decided_notes_are_not_promoted(rule: str) -> None:
    fires = next(case[2] for case in CASES if case[0] == rule)
    assert decide(rule, CRNH, **fires)[0] is None
    assert decide(rule, CRH, **fires)[0] is None


def test_every_group_topic_and_model_of_the_profile_has_a_rule() -> None:
    assert {f"GROUP_MODEL_{g.group}" for g in PROFILE.group_rules if g.promotes_above is not None} <= set(
        META_RULES
    )
    assert set(PROFILE.meta_rules) <= set(META_RULES)
    assert {scorer.rule for scorer in PROFILE.scorers if scorer.rule} <= set(PROFILE.meta_rules)


STABLE = "NMR_DUE_TO_MIN_STABLE_CRH_TIME"


def waited(minutes: float) -> int:
    return int(NOW - minutes * MINUTE)


def expected(label: str, since: int | None, age: float, *, hold: bool) -> tuple[str, int | None]:
    """Spec 05 section 9.7, the table, row by row: (status, emitted time)."""
    inside = since is not None and since > 0
    if label == CRH:
        if not inside:
            return NMR, NOW
        if age > 60:
            return CRH, -1
        if age < 30 or hold:
            return NMR, since
        return CRH, -1
    if label == NYH:
        if since is None:
            return NMR, NOW
        return NMR, (-1 if inside and age > 360 else since)
    return label, (-1 if inside else None)


@pytest.mark.parametrize(
    ("label", "since", "hold"),
    list(
        itertools.product(
            [CRH, CRNH, NMR, NYH],
            [None, -1, *(waited(age) for age in (29, 30, 60, 60.01, 61, 360, 361))],
            [None, "topic", "was helpful", "predicted"],
        )
    ),
)
def test_stabilisation_follows_its_table(label: str, since: int | None, hold: str | None) -> None:
    reasons: dict[str | None, dict[str, object]] = {
        None: {},
        "topic": {"note_topic": "Scams", "topic_note_confident": False},
        "was helpful": {"first_non_nmr_status": CRH},
        "predicted": {"is_predicted_stable": False},
    }
    age = (NOW - since) / MINUTE if since is not None and since > 0 else 0
    status, emitted = expected(label, since, age, hold=hold is not None)
    got, columns = decide(STABLE, label, nmr_due_to_min_stable_crh_time_at_ms=since, **reasons[hold])
    assert got == (None if status == label else status)
    assert columns["stabilisation_at_ms"] == emitted
    assert columns["pre_stabilization_rating_status"] == label


def test_a_note_that_is_shown_keeps_being_shown() -> None:
    assert decide(STABLE, NYH, current_status=CRH) == (
        CRH, {"stabilisation_at_ms": None, "pre_stabilization_rating_status": NYH},
    )  # fmt: skip
    assert decide(STABLE, CRH, current_status=CRH)[0] is None


def test_without_stabilisation_nothing_waits() -> None:
    off = replace(PROFILE, stabilisation=None)
    assert decide(STABLE, CRH, off) == (
        None,
        {"stabilisation_at_ms": None, "pre_stabilization_rating_status": None},
    )
