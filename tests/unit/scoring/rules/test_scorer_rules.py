"""Each scorer rule fires where it should and just does not where it should not (spec 05 section 7.2)."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from bridgenotes.data.vocabulary import (
    CRH,
    CRNH,
    FIRM_REJECT,
    MISLEADING,
    NEEDS_YOUR_HELP,
    NMR,
    NOT_HELPFUL_TAGS,
    NOT_MISLEADING,
    Classification,
    Status,
)
from bridgenotes.scoring.profile import Scorer, load_profile
from bridgenotes.scoring.rules.engine import CODE, NO_LABEL, NoteTable, labels_to_status
from bridgenotes.scoring.rules.scorer import SCORER_RULES

CORE = load_profile("x-2026").scorer("MFCoreScorer")

ORDINARY = {
    "num_ratings": 20,
    "classification": MISLEADING,
    "current_status": NMR,
    "intercept": 0.35,
    "factor": 0.1,
    "intercept_max": 0.5,
    "intercept_no_high_volume": 0.5,
    "intercept_no_correlated": 0.5,
    "min_sign_count": 8,
    "neg_factor_mean_helpful_num": 0.7,
    "pos_factor_mean_helpful_num": 0.7,
    "net_min_helpful": 20,
    "net_min_helpful_ratio": 0.5,
    "not_helpful_incorrect_interval": 0.0,
    "num_voters_interval": 0.0,
    "tf_idf_incorrect_interval": None,
    "low_diligence_intercept": None,
    **{f"{tag}Adjusted": 0.0 for tag in NOT_HELPFUL_TAGS},
    **{f"{tag}AdjustedRatio": 0.0 for tag in NOT_HELPFUL_TAGS},
    **{f"{tag}Threshold": 0.05 for tag in NOT_HELPFUL_TAGS},
}


def table(**changes: object) -> NoteTable:
    """A note that no rule but the initial one decides on, with changes."""
    frame = pl.DataFrame([{**ORDINARY, **changes}])
    labels = {"classification", "current_status"}
    singles = [
        n for n, kind in frame.schema.items() if (kind.is_float() or kind == pl.Null) and n not in labels
    ]
    return NoteTable(
        frame.with_columns(
            pl.col("classification").cast(Classification),
            pl.col("current_status").cast(Status),
            pl.col(singles).cast(pl.Float32),
        )
    )


def decide(rule: str, label: str, scorer: Scorer = CORE, **changes: object) -> str | None:
    """The label that ``rule`` gives such a note, None when it leaves it alone."""
    labels = np.array([NO_LABEL if label == "" else CODE[label]], np.int8)
    decision = SCORER_RULES[rule].decide(table(**changes), labels, scorer)
    if not decision.applies[0]:
        return None
    return str(labels_to_status(np.broadcast_to(np.asarray(decision.label, np.int8), (1,)))[0])


SINGLE = np.float32
CASES = [
    # rule, label before, what fires it, outcome, what just does not
    ("GENERAL_CRH", NMR, {"intercept": 0.40}, CRH, {"intercept": 0.3999}),
    ("GENERAL_CRH", NMR, {"intercept": 0.5, "num_ratings": 5}, CRH, {"intercept": 0.5, "num_ratings": 4}),
    ("GENERAL_CRH", NMR, {"intercept": 0.5, "classification": None}, CRH,
     {"intercept": 0.5, "classification": NOT_MISLEADING}),
    ("GENERAL_CRH", NMR, {"intercept": 0.41}, CRH, {"intercept": None}),
    ("GENERAL_CRNH", NMR, {"intercept": -0.05, "factor": 0.0}, CRNH, {"intercept": -0.0499, "factor": 0.0}),
    ("GENERAL_CRNH", NMR, {"intercept": -0.46, "factor": -0.5}, CRNH, {"intercept": -0.44, "factor": -0.5}),
    ("GENERAL_CRNH", NMR, {"intercept": -0.5, "num_ratings": 5}, CRNH, {"intercept": -0.5, "num_ratings": 4}),
    ("GENERAL_CRNH", NMR, {"intercept": -0.5, "classification": NOT_MISLEADING}, CRNH, {"intercept": None}),
    ("GENERAL_CRNH_MISLEADING", NMR, {"intercept": -0.5}, CRNH,
     {"intercept": -0.5, "classification": NOT_MISLEADING}),
    ("UCB_CRNH", NMR, {"intercept_max": -0.0401}, CRNH, {"intercept_max": -0.04}),
    ("RATIO_CRNH", NMR, {"neg_factor_mean_helpful_num": 0.4, "pos_factor_mean_helpful_num": 0.2}, CRNH,
     {"neg_factor_mean_helpful_num": 0.4, "pos_factor_mean_helpful_num": 0.21}),
    ("RATIO_CRNH", NMR,
     {"neg_factor_mean_helpful_num": 0.1, "pos_factor_mean_helpful_num": 0.1, "min_sign_count": 3}, CRNH,
     {"neg_factor_mean_helpful_num": 0.1, "pos_factor_mean_helpful_num": 0.1, "min_sign_count": 2}),
    ("RATIO_CRNH", NMR, {"neg_factor_mean_helpful_num": 0.0, "pos_factor_mean_helpful_num": 0.0}, CRNH,
     {"neg_factor_mean_helpful_num": 0.41, "pos_factor_mean_helpful_num": 0.0}),
    ("NM_CRNH", NMR, {"intercept": -0.151, "classification": NOT_MISLEADING, "num_ratings": 0}, CRNH,
     {"intercept": -0.15, "classification": NOT_MISLEADING}),
    ("NM_CRNH", NMR, {"intercept": -0.3, "classification": NOT_MISLEADING}, CRNH, {"intercept": -0.3}),
    ("GENERAL_CRH_INERTIA", NMR, {"intercept": 0.39, "current_status": CRH}, CRH,
     {"intercept": 0.3899, "current_status": CRH}),
    ("GENERAL_CRH_INERTIA", CRNH, {"intercept": 0.395, "current_status": CRH}, CRH,
     {"intercept": 0.395, "current_status": NMR}),
    ("TAG_OUTLIER", CRH, {"notHelpfulIncorrectAdjusted": 2.51, "notHelpfulIncorrectAdjustedRatio": 0.06},
     FIRM_REJECT, {"notHelpfulIncorrectAdjusted": 2.5, "notHelpfulIncorrectAdjustedRatio": 0.06}),
    ("TAG_OUTLIER", NMR, {"notHelpfulOffTopicAdjusted": 9.0, "notHelpfulOffTopicAdjustedRatio": 0.051},
     FIRM_REJECT, {"notHelpfulOffTopicAdjusted": 9.0, "notHelpfulOffTopicAdjustedRatio": 0.05}),
    ("TAG_OUTLIER", NMR, {"notHelpfulOutdatedAdjusted": 9.0, "notHelpfulOutdatedAdjustedRatio": 0.9},
     FIRM_REJECT, {"notHelpfulHardToUnderstandAdjusted": 9.0, "notHelpfulHardToUnderstandAdjustedRatio": 0.9}),
    ("INCORRECT_OUTLIER", NMR,
     {"not_helpful_incorrect_interval": 2.0, "num_voters_interval": 3.0, "tf_idf_incorrect_interval": 2.5},
     FIRM_REJECT,
     {"not_helpful_incorrect_interval": 2.0, "num_voters_interval": 3.0, "tf_idf_incorrect_interval": 2.49}),
    ("INCORRECT_OUTLIER", CRH,
     {"not_helpful_incorrect_interval": 2.0, "num_voters_interval": 3.0, "tf_idf_incorrect_interval": np.inf},
     FIRM_REJECT,
     {"not_helpful_incorrect_interval": 2.0, "num_voters_interval": 2.0, "tf_idf_incorrect_interval": np.inf}),
    ("LOW_DILIGENCE", NMR, {"low_diligence_intercept": 0.264}, FIRM_REJECT, {"low_diligence_intercept": 0.263}),
    ("LARGE_FACTOR", CRH, {"factor": -0.501}, FIRM_REJECT, {"factor": -0.5}),
    ("LOW_INTERCEPT", NMR, {"intercept": 0.299}, FIRM_REJECT, {"intercept": 0.3}),
    ("MIN_MINORITY_RATERS", CRH, {"net_min_helpful": 3}, NEEDS_YOUR_HELP, {"net_min_helpful": 4}),
    ("RATER_BALANCE", CRH, {"net_min_helpful": 4, "net_min_helpful_ratio": 0.049}, NEEDS_YOUR_HELP,
     {"net_min_helpful": 4, "net_min_helpful_ratio": 0.05}),
    ("RATER_BALANCE", CRH, {"net_min_helpful": 9, "net_min_helpful_ratio": 0.01}, NEEDS_YOUR_HELP,
     {"net_min_helpful": 10, "net_min_helpful_ratio": 0.01}),
    ("NO_HIGH_VOL_INTERCEPT", CRH, {"intercept_no_high_volume": 0.369}, NEEDS_YOUR_HELP,
     {"intercept_no_high_volume": 0.37}),
    ("NO_HIGH_VOL_INTERCEPT", CRH, {"intercept_no_high_volume": 0.3}, NEEDS_YOUR_HELP,
     {"intercept_no_high_volume": None}),
    ("NO_CORRELATED_INTERCEPT", CRH, {"intercept_no_correlated": 0.369}, NEEDS_YOUR_HELP,
     {"intercept_no_correlated": 0.37}),
]  # fmt: skip


@pytest.mark.requirement("ST-17", "DV-3")
@pytest.mark.parametrize(("rule", "before", "fires", "outcome", "misses"), CASES)
def test_rule_fires_and_just_does_not(
    rule: str, before: str, fires: dict[str, object], outcome: str, misses: dict[str, object]
) -> None:
    assert decide(rule, before, **fires) == outcome
    assert decide(rule, before, **misses) is None


def test_every_rule_has_a_case() -> None:
    assert {case[0] for case in CASES} | {"INITIAL_NMR"} == set(SCORER_RULES)


@pytest.mark.parametrize("rule", ["TAG_OUTLIER", "INCORRECT_OUTLIER", "LOW_DILIGENCE", "LOW_INTERCEPT"])
def test_filters_leave_not_helpful_notes_alone(rule: str) -> None:
    fires = next(case[2] for case in CASES if case[0] == rule)
    assert decide(rule, CRNH, **fires) is None


@pytest.mark.parametrize(
    ("rule", "label"),
    list(
        itertools.product(
            [
                "LARGE_FACTOR",
                "MIN_MINORITY_RATERS",
                "RATER_BALANCE",
                "NO_HIGH_VOL_INTERCEPT",
                "NO_CORRELATED_INTERCEPT",
            ],
            [NMR, CRNH, FIRM_REJECT],
        )
    ),
)
def test_safeguards_only_hold_back_helpful_notes(rule: str, label: str) -> None:
    fires = next(case[2] for case in CASES if case[0] == rule)
    assert decide(rule, label, **fires) is None


def test_without_a_firm_reject_threshold_filters_say_needs_more_ratings() -> None:
    mild = replace(CORE, thresholds=replace(CORE.thresholds, firm_reject=None))
    assert decide("LARGE_FACTOR", CRH, mild, factor=0.9) == NMR
    assert decide("LOW_INTERCEPT", NMR, mild, intercept=-1.0) is None


def test_in_2022_a_high_intercept_clears_the_tag_filter() -> None:
    scorer = load_profile("birdwatch-2022").scorer("MFCoreScorer")
    marks = {"notHelpfulIncorrectAdjusted": 2.0, "notHelpfulIncorrectAdjustedRatio": 0.2}
    assert decide("TAG_OUTLIER", CRH, scorer, intercept=0.49, **marks) == NMR
    assert decide("TAG_OUTLIER", CRH, scorer, intercept=0.51, **marks) is None


def test_tag_filter_names_the_tags_in_file_order() -> None:
    marks = {
        f"{tag}{kind}": value
        for tag in ("notHelpfulOffTopic", "notHelpfulIncorrect")
        for kind, value in (("Adjusted", 5.0), ("AdjustedRatio", 0.5))
    }
    decision = SCORER_RULES["TAG_OUTLIER"].decide(table(**marks), np.array([CODE[NMR]], np.int8), CORE)
    assert decision.columns["active_filter_tags"].to_list() == ["notHelpfulIncorrect,notHelpfulOffTopic"]
