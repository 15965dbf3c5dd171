"""The rules of one scorer: from note statistics to a scorer status (spec 05 section 7).

Columns read: num_ratings, classification, current_status, intercept, factor (float32) and
what `final_table` joins. Settings: the `Scorer` description.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bridgenotes.data.vocabulary import (
    CRH,
    CRNH,
    FIRM_REJECT,
    NEEDS_YOUR_HELP,
    NMR,
    NOT_HELPFUL_TAGS,
    NOT_MISLEADING,
)
from bridgenotes.scoring.rules.engine import CODE, Decision, LabelArray, NoteTable, Rule, RuleError

if TYPE_CHECKING:
    from bridgenotes.scoring.profile import Scorer

BoolArray = npt.NDArray[np.bool_]


def _single(value: float) -> np.float32:
    """Round a threshold to 32 bit: parameters are 32-bit and ties count (spec 05 section 4.0)."""
    return np.float32(value)


def _nobody(notes: NoteTable) -> Decision:
    return Decision(np.zeros(len(notes), np.bool_), CODE[NMR])


def _misleading_eligible(notes: NoteTable) -> BoolArray:
    eligible: BoolArray = notes["classification"] != NOT_MISLEADING
    return eligible


def _enough(notes: NoteTable, scorer: Scorer) -> BoolArray:
    enough: BoolArray = notes["num_ratings"] >= scorer.thresholds.min_ratings
    return enough


def _reject(scorer: Scorer) -> np.int8:
    return CODE[NMR] if scorer.thresholds.firm_reject is None else CODE[FIRM_REJECT]


def _initial(notes: NoteTable, _label: LabelArray, _scorer: Scorer) -> Decision:
    return Decision(np.ones(len(notes), np.bool_), CODE[NMR])


def _general_crh(notes: NoteTable, _label: LabelArray, scorer: Scorer) -> Decision:
    reaches = notes["intercept"] >= _single(scorer.thresholds.crh)
    return Decision(_misleading_eligible(notes) & _enough(notes, scorer) & reaches, CODE[CRH])


def _below_line(notes: NoteTable, scorer: Scorer) -> BoolArray:
    limits = scorer.thresholds
    slope = _single(limits.crnh_factor_multiplier) * np.abs(notes["factor"])
    below: BoolArray = notes["intercept"] <= _single(limits.crnh_intercept) + slope
    return below


def _general_crnh(notes: NoteTable, _label: LabelArray, scorer: Scorer) -> Decision:
    return Decision(_enough(notes, scorer) & _below_line(notes, scorer), CODE[CRNH])


def _general_crnh_misleading(notes: NoteTable, _label: LabelArray, scorer: Scorer) -> Decision:
    applies = _misleading_eligible(notes) & _enough(notes, scorer) & _below_line(notes, scorer)
    return Decision(applies, CODE[CRNH])


def _ucb_crnh(notes: NoteTable, _label: LabelArray, scorer: Scorer) -> Decision:
    if "intercept_max" not in notes:
        return _nobody(notes)
    below = notes["intercept_max"] < _single(scorer.thresholds.crnh_ucb)
    return Decision(_enough(notes, scorer) & below, CODE[CRNH])


def _ratio_crnh(notes: NoteTable, _label: LabelArray, scorer: Scorer) -> Decision:
    limits = scorer.thresholds
    negative, positive = notes["neg_factor_mean_helpful_num"], notes["pos_factor_mean_helpful_num"]
    side = _single(limits.ratio_side_mean)
    both_low = (negative <= side) & (positive <= side)
    together = (negative + positive) / np.float32(2) <= _single(limits.ratio_mean)
    seen = notes["min_sign_count"] >= limits.ratio_min_sign_count
    return Decision(_enough(notes, scorer) & seen & both_low & together, CODE[CRNH])


def _nm_crnh(notes: NoteTable, _label: LabelArray, scorer: Scorer) -> Decision:
    below = notes["intercept"] < _single(scorer.thresholds.crnh_not_misleading)
    return Decision((notes["classification"] == NOT_MISLEADING) & below, CODE[CRNH])


def _crh_inertia(notes: NoteTable, label: LabelArray, scorer: Scorer) -> Decision:
    limits = scorer.thresholds
    stays = notes["intercept"] >= _single(limits.crh - limits.inertia)
    was_helpful = notes.labels("current_status") == CODE[CRH]
    applies = (
        (label != CODE[CRH]) & _misleading_eligible(notes) & _enough(notes, scorer) & stays & was_helpful
    )
    return Decision(applies, CODE[CRH])


def _tag_outlier(notes: NoteTable, label: LabelArray, scorer: Scorer) -> Decision:
    outlying = np.zeros((len(NOT_HELPFUL_TAGS), len(notes)), np.bool_)
    for k, tag in enumerate(NOT_HELPFUL_TAGS):
        if tag in scorer.tags.ignored_tags:
            continue
        heavy = notes[f"{tag}Adjusted"] > _single(scorer.tags.min_adjusted_total)
        outlying[k] = heavy & (notes[f"{tag}AdjustedRatio"] > notes[f"{tag}Threshold"])
    applies = outlying.any(axis=0) & (label != CODE[CRNH])
    if scorer.tags.super_threshold is not None:
        applies &= (label == CODE[CRH]) & ~(notes["intercept"] > _single(scorer.tags.super_threshold))
    names = [
        pl.when(pl.Series(outlying[k] & applies)).then(pl.lit(t)) for k, t in enumerate(NOT_HELPFUL_TAGS)
    ]
    joined = pl.select(pl.concat_str(names, separator=",", ignore_nulls=True).alias("tags")).to_series()
    tags = pl.select(pl.when(pl.Series(applies)).then(joined)).to_series()
    return Decision(applies, _reject(scorer), {"active_filter_tags": tags})


def _incorrect_outlier(notes: NoteTable, label: LabelArray, scorer: Scorer) -> Decision:
    settings = scorer.tags
    applies = (
        (label != CODE[CRNH])
        & (notes["not_helpful_incorrect_interval"] >= settings.incorrect_min_tags)
        & (notes["num_voters_interval"] >= settings.incorrect_min_voters)
        & (notes["tf_idf_incorrect_interval"] >= settings.incorrect_threshold)
    )
    return Decision(applies, _reject(scorer))


def _low_diligence(notes: NoteTable, label: LabelArray, scorer: Scorer) -> Decision:
    if scorer.thresholds.low_diligence is None:
        return _nobody(notes)
    careless = notes["low_diligence_intercept"] > _single(scorer.thresholds.low_diligence)
    return Decision((label != CODE[CRNH]) & careless, _reject(scorer))


def _large_factor(notes: NoteTable, label: LabelArray, scorer: Scorer) -> Decision:
    one_sided = np.abs(notes["factor"]) > _single(scorer.thresholds.factor)
    return Decision((label == CODE[CRH]) & one_sided, _reject(scorer))


def _low_intercept(notes: NoteTable, label: LabelArray, scorer: Scorer) -> Decision:
    if scorer.thresholds.firm_reject is None:
        return _nobody(notes)
    low = notes["intercept"] < _single(scorer.thresholds.firm_reject)
    return Decision((label != CODE[CRNH]) & low, CODE[FIRM_REJECT])


def _min_minority(notes: NoteTable, label: LabelArray, scorer: Scorer) -> Decision:
    least = scorer.thresholds.min_minority_net_helpful
    if least is None:
        return _nobody(notes)
    return Decision((label == CODE[CRH]) & (notes["net_min_helpful"] < least), CODE[NEEDS_YOUR_HELP])


def _rater_balance(notes: NoteTable, label: LabelArray, scorer: Scorer) -> Decision:
    limits = scorer.thresholds
    least, share = limits.min_minority_net_helpful, limits.min_minority_net_helpful_ratio
    if least is None or share is None:
        return _nobody(notes)
    net = notes["net_min_helpful"]
    few = (net >= least) & (net < limits.max_balanced_net_helpful)
    applies = (label == CODE[CRH]) & few & (notes["net_min_helpful_ratio"] < _single(share))
    return Decision(applies, CODE[NEEDS_YOUR_HELP])


def _baseline(column: str, threshold: str) -> Rule:
    def decide(notes: NoteTable, label: LabelArray, scorer: Scorer) -> Decision:
        limit = getattr(scorer.thresholds, threshold)
        if column not in notes or limit is None:
            return _nobody(notes)
        return Decision((label == CODE[CRH]) & (notes[column] < _single(limit)), CODE[NEEDS_YOUR_HELP])

    is_volume = threshold == "no_high_volume"
    who = "the most active raters" if is_volume else "raters who act alike"
    return Rule(
        "NO_HIGH_VOL_INTERCEPT" if is_volume else "NO_CORRELATED_INTERCEPT",
        "NoHighVolIntercept" if is_volume else "NoCorrelatedIntercept",
        "1.0",
        decide,
        f"Without {who} its intercept is only {{note[{column}]:.2f}}, below {{limits.{threshold}:.2f}}.",
        needs=("GENERAL_CRH",),
    )


_RULES: Final = (
    Rule("INITIAL_NMR", "InitialNMR", "1.0", _initial, "Every note begins as needing more ratings."),
    Rule(
        "GENERAL_CRH", "GeneralCRH", "1.0", _general_crh,
        "Its intercept of {note[intercept]:.2f} reaches {limits.crh:.2f}: people who usually disagree find it "
        "helpful.",
        needs=("INITIAL_NMR",),
    ),
    Rule(
        "GENERAL_CRNH", "GeneralCRNH", "1.0", _general_crnh,
        "Its intercept of {note[intercept]:.2f} is at or below {note[crnh_line]:.2f}, the line for its factor: "
        "raters across viewpoints find it not helpful.",
        needs=("INITIAL_NMR",),
    ),
    Rule(
        "GENERAL_CRNH_MISLEADING", "GeneralCRNH", "0.9", _general_crnh_misleading,
        "Its intercept of {note[intercept]:.2f} is at or below {note[crnh_line]:.2f}, the line for its factor: "
        "raters across viewpoints find it not helpful.",
        needs=("INITIAL_NMR",),
    ),
    Rule(
        "UCB_CRNH", "UcbCRNH", "1.0", _ucb_crnh,
        "Even one more, very favourable rating would only bring its intercept to {note[intercept_max]:.2f}, "
        "below {limits.crnh_ucb:.2f}.",
        needs=("GENERAL_CRNH",),
    ),
    Rule(
        "RATIO_CRNH", "RatioCRNH", "1.0", _ratio_crnh,
        "Raters on both sides find it not helpful: their means are {note[neg_factor_mean_helpful_num]:.2f} and "
        "{note[pos_factor_mean_helpful_num]:.2f}, both at most {limits.ratio_side_mean:.2f}.",
        needs=("GENERAL_CRNH",),
    ),
    Rule(
        "NM_CRNH", "NmCRNH", "1.0", _nm_crnh,
        "It says the post is not misleading, and its intercept of {note[intercept]:.2f} is below "
        "{limits.crnh_not_misleading:.2f}.",
        needs=("INITIAL_NMR",),
    ),
    Rule(
        "GENERAL_CRH_INERTIA", "GeneralCRHInertia", "1.0", _crh_inertia,
        "It was helpful before, and an intercept of {note[intercept]:.2f} is still within {limits.inertia:.2f} of "
        "{limits.crh:.2f}.",
        needs=("GENERAL_CRH",),
    ),
    Rule(
        "TAG_OUTLIER", "TagFilter", "1.0", _tag_outlier,
        "Raters of a viewpoint near its own mark a problem unusually often: {note[active_filter_tags]}.",
    ),
    Rule(
        "INCORRECT_OUTLIER", "FilterIncorrect", "1.0", _incorrect_outlier,
        "{note[not_helpful_incorrect_interval]:.0f} raters of a viewpoint near its own, who rarely say so, call it "
        "incorrect.",
    ),
    Rule(
        "LOW_DILIGENCE", "FilterLowDiligence", "1.0", _low_diligence,
        "Raters report poor sourcing: {note[low_diligence_intercept]:.2f} is above {limits.low_diligence:.2f}.",
    ),
    Rule(
        "LARGE_FACTOR", "FilterLargeFactor", "1.0", _large_factor,
        "Its factor of {note[factor]:.2f} is beyond {limits.factor:.2f}: it appeals to one side of the spectrum.",
        needs=("GENERAL_CRH",),
    ),
    Rule(
        "LOW_INTERCEPT", "RejectLowIntercept", "1.0", _low_intercept,
        "Its intercept of {note[intercept]:.2f} is below {limits.firm_reject:.2f}: no other model may show it.",
    ),
    Rule(
        "MIN_MINORITY_RATERS", "MinMinorityRaters", "1.0", _min_minority,
        "On the side with less support only {note[net_min_helpful]:.0f} more raters find it helpful than not; "
        "{limits.min_minority_net_helpful} are needed.",
        needs=("GENERAL_CRH",),
    ),
    Rule(
        "RATER_BALANCE", "RaterBalance", "1.0", _rater_balance,
        "The side with less support is only {note[net_min_helpful_ratio]:.0%} of its raters; "
        "{limits.min_minority_net_helpful_ratio:.0%} are needed.",
        needs=("GENERAL_CRH",),
    ),
    _baseline("intercept_no_high_volume", "no_high_volume"),
    _baseline("intercept_no_correlated", "no_correlated"),
)  # fmt: skip

SCORER_RULES: Final = {rule.id: rule for rule in _RULES}


def scorer_rules(ids: tuple[str, ...]) -> list[Rule]:
    """Return the rules of a profile's list.

    Raises
    ------
    RuleError
        Naming an id that no rule has.
    """
    unknown = [rule_id for rule_id in ids if rule_id not in SCORER_RULES]
    if unknown:
        raise RuleError(f"there is no scorer rule {unknown[0]!r}; known: {', '.join(SCORER_RULES)}")
    return [SCORER_RULES[rule_id] for rule_id in ids]
