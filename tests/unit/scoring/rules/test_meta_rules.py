"""Each meta rule fires where it should and just does not where it should not (spec 05 section 9)."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from bridgenotes.data.vocabulary import (
    CRH,
    CRNH,
    FIRM_REJECT,
    HELPFUL_TAG_PRIORITY,
    NMR,
    NOT_HELPFUL_TAG_PRIORITY,
    TAGS,
    Status,
)
from bridgenotes.scoring.profile import load_profile
from bridgenotes.scoring.rules.engine import CODE, NoteTable, labels_to_status
from bridgenotes.scoring.rules.meta import META_RULES, top_two_tags

PROFILE = load_profile("x-2026")
STATUS_COLUMNS = ("core_rating_status", "locked_status", "current_status")
ORDINARY = {
    "core_rating_status": NMR,
    "locked_status": None,
    "current_status": NMR,
    "core_note_intercept": 0.5,
    "core_note_intercept_population_sampled": 0.5,
    "core_neg_factor_population_sampled_rating_count": 10,
    "core_pos_factor_population_sampled_rating_count": 10,
    **dict.fromkeys(TAGS, 5),
}


def decide(rule: str, label: str, **changes: object) -> str | None:
    frame = pl.DataFrame([{**ORDINARY, **changes}]).with_columns(pl.col(STATUS_COLUMNS).cast(Status))
    decision = META_RULES[rule].decide(NoteTable(frame), np.array([CODE[label]], np.int8), PROFILE)
    if not decision.applies[0]:
        return None
    return str(labels_to_status(np.broadcast_to(np.asarray(decision.label, np.int8), (1,)))[0])


SAMPLED = {
    "core_note_intercept": 0.45,
    "core_note_intercept_population_sampled": 0.29,
    "core_neg_factor_population_sampled_rating_count": 2,
    "core_pos_factor_population_sampled_rating_count": 6,
}
NO_TAGS = dict.fromkeys(TAGS, 0)


@pytest.mark.parametrize(
    ("rule", "label", "fires", "outcome", "misses"),
    [
        ("META_INITIAL_NMR", NMR, {}, NMR, None),
        ("CORE_MODEL", NMR, {"core_rating_status": CRH}, CRH, {"core_rating_status": None}),
        ("CORE_MODEL", NMR, {"core_rating_status": FIRM_REJECT}, NMR, {"core_rating_status": None}),
        ("POPULATION_SAMPLED_INTERCEPT", CRH, SAMPLED, NMR,
         {**SAMPLED, "core_note_intercept_population_sampled": 0.30}),
        ("POPULATION_SAMPLED_INTERCEPT", CRH, SAMPLED, NMR, {**SAMPLED, "core_note_intercept": 0.43}),
        ("POPULATION_SAMPLED_INTERCEPT", CRH, SAMPLED, NMR,
         {**SAMPLED, "core_neg_factor_population_sampled_rating_count": 1,
          "core_pos_factor_population_sampled_rating_count": 9}),
        ("POPULATION_SAMPLED_INTERCEPT", CRH, SAMPLED, NMR,
         {**SAMPLED, "core_pos_factor_population_sampled_rating_count": 5}),
        ("POPULATION_SAMPLED_INTERCEPT", CRH, SAMPLED, NMR,
         {**SAMPLED, "core_note_intercept_population_sampled": None}),
        ("SCORING_DRIFT_GUARD", NMR, {"locked_status": CRH}, CRH, {"locked_status": NMR}),
        ("SCORING_DRIFT_GUARD", CRH, {"locked_status": CRNH}, CRNH, {"locked_status": None}),
        ("INSUFFICIENT_EXPLANATION", CRH, {**NO_TAGS, "helpfulClear": 2, "helpfulOther": 1}, NMR,
         {**NO_TAGS, "helpfulClear": 2, "helpfulOther": 2}),
        ("INSUFFICIENT_EXPLANATION", CRNH, {**NO_TAGS, "helpfulClear": 9, "helpfulOther": 9}, NMR,
         {**NO_TAGS, "notHelpfulOther": 2, "notHelpfulIncorrect": 2}),
    ],
)  # fmt: skip
def test_rule_fires_and_just_does_not(rule, label, fires, outcome, misses) -> None:
    assert decide(rule, label, **fires) == outcome
    if misses is not None:
        assert decide(rule, label, **misses) is None


def test_notes_without_a_status_need_no_explanation() -> None:
    assert decide("INSUFFICIENT_EXPLANATION", NMR, **NO_TAGS) is None
    assert decide("POPULATION_SAMPLED_INTERCEPT", NMR, **SAMPLED) is None


def test_ties_go_to_the_larger_priority() -> None:
    counts = np.full((1, 9), 3)
    top, enough = top_two_tags(counts, HELPFUL_TAG_PRIORITY, 2)
    assert enough.all()
    assert top.tolist() == [[1, 2]]  # helpfulInformative, helpfulClear
    counts = np.full((1, 13), 3)
    counts[0, 0] = 4
    top, _ = top_two_tags(counts, NOT_HELPFUL_TAG_PRIORITY, 2)
    assert top.tolist() == [[0, 5]]  # the most frequent, then notHelpfulOutdated
