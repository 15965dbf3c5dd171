"""What a note needs to be Helpful, one check at a time, in a newcomer's words.

Each check reads the same columns, limits and 32-bit comparison as the rule it stands for
(spec 05 sections 4.0, 6 and 7.2), and is made only if the profile has that rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bridgenotes.data.vocabulary import CRH, HELPFUL_TAGS, NOT_HELPFUL_TAGS, NOT_MISLEADING
from bridgenotes.report.sentences import said, tags_in_short, tags_said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgenotes.report.sentences import Sentence
    from bridgenotes.scoring.profile import Profile, Scorer


@dataclass(frozen=True)
class Check:
    """One thing a Helpful note needs.

    Attributes
    ----------
    id : str
        The rule it belongs to, or ``RATINGS``, ``CLASSIFICATION``.
    name : Sentence
        What is checked.
    value : Sentence or None
        What this note has; None if it is not known.
    needed : Sentence
        What it should have.
    met : bool or None
        None if it cannot be told; the rules do not hold that against a note.
    gap : Sentence or None
        What is missing; None unless the check is not met.
    """

    id: str
    name: Sentence
    value: Sentence | None
    needed: Sentence
    met: bool | None
    gap: Sentence | None


@dataclass(frozen=True)
class Facts:
    """One note's numbers and the limits they are compared with.

    Attributes
    ----------
    evidence : mapping
        What the scorer's rules read of it.
    scored : mapping
        Its public row.
    scorer : Scorer
        Description of the scorer.
    profile : Profile
        For the rules of the meta stage.
    """

    evidence: Mapping[str, Any]
    scored: Mapping[str, Any]
    scorer: Scorer
    profile: Profile

    def number(self, column: str) -> float | None:
        """Return a number the rules read; None if it is missing."""
        value = self.evidence.get(column)
        return None if value is None or math.isnan(value) else float(value)

    def count(self, column: str) -> int:
        """Return a whole number; missing counts as 0."""
        return int(self.number(column) or 0)


@cache
def single(value: float) -> float:
    """Return a limit as the rules compare with it: rounded to 32 bit."""
    return float(np.float32(value))


def checks(facts: Facts) -> tuple[Check, ...]:
    """Return the checks of a note, in the order of importance."""
    made = (make(facts) for make in _present(facts.scorer.final_rules, facts.profile.meta_rules))
    return tuple(check for check in made if check is not None)


@cache
def _present(*rules: tuple[str, ...]) -> tuple[Callable[[Facts], Check | None], ...]:
    """Return the checks whose rule is in one of the lists, or that belong to none."""
    present = set(chain(*rules))
    return tuple(make for rule, make in _CHECKS if rule is None or rule in present)


def _make(
    rule: str,
    code: str,
    value: Sentence | None,
    needed: Sentence,
    /,
    *,
    met: bool | None,
    **params: object,
) -> Check:
    """Return a check; ``params`` are those of its ``gap``, the sentence about what is missing."""
    gap = said(f"{code}.gap", **params) if met is False else None
    return Check(rule, said(f"{code}.name"), value, needed, met, gap)


def _three(value: float | None) -> Sentence | None:
    return None if value is None else said("three", value=value)


def _ratings(facts: Facts) -> Check:
    have, least = facts.count("num_ratings"), facts.scorer.thresholds.min_ratings
    return _make(
        "RATINGS", "ratings", said("whole", value=have), said("at_least_whole", least=least),
        met=have >= least, count=have, least=least,
    )  # fmt: skip


def _classification(facts: Facts) -> Check:
    fine = facts.scored.get("classification") == NOT_MISLEADING
    value = said("classification.fine" if fine else "classification.misleading")
    return _make("CLASSIFICATION", "classification", value, said("classification.misleading"), met=not fine)


def crh_bar(facts: Facts) -> float:
    """Return the intercept the note needs; lower by a little if it was Helpful in the run before."""
    limits = facts.scorer.thresholds
    kept = facts.evidence.get("current_status") == CRH and "GENERAL_CRH_INERTIA" in facts.scorer.final_rules
    return limits.crh - limits.inertia if kept else limits.crh


def _intercept(facts: Facts) -> Check:
    value, bar = facts.number("intercept"), crh_bar(facts)
    met = None if value is None else value >= single(bar)
    return _make(
        "GENERAL_CRH", "intercept", _three(value), said("at_least", least=bar),
        met=met, value=value, short=bar - (value or 0.0), bar=bar,
    )  # fmt: skip


def _line(facts: Facts) -> Check:
    value, line = facts.number("intercept"), facts.number("crnh_line")
    if value is None or line is None:
        return _make("GENERAL_CRNH", "line", None, said("line.unknown"), met=None)
    needed = said("line.needed", line=line)
    return _make("GENERAL_CRNH", "line", _three(value), needed, met=value > line, value=value, line=line)


def _factor(facts: Facts) -> Check:
    value, limit = facts.number("factor"), facts.scorer.thresholds.factor
    met = None if value is None else abs(value) <= single(limit)
    needed = said("factor.needed", limit=limit)
    return _make("LARGE_FACTOR", "factor", _three(value), needed, met=met, value=value, limit=limit)


def _upper_bound(facts: Facts) -> Check:
    value, limit = facts.number("intercept_max"), facts.scorer.thresholds.crnh_ucb
    met = None if value is None else value >= single(limit)
    return _make("UCB_CRNH", "upper", _three(value), said("at_least", least=limit), met=met, value=value)


def _side_means(facts: Facts) -> Check:
    limits = facts.scorer.thresholds
    means = facts.number("neg_factor_mean_helpful_num"), facts.number("pos_factor_mean_helpful_num")
    few = facts.count("min_sign_count") < limits.ratio_min_sign_count
    if means[0] is None or means[1] is None or few:
        needed = said("sides.needed", side=limits.ratio_side_mean)
        return _make("RATIO_CRNH", "sides", said("sides.few"), needed, met=None)
    both_low = all(np.float32(mean) <= np.float32(limits.ratio_side_mean) for mean in means)
    together = (np.float32(means[0]) + np.float32(means[1])) / np.float32(2) <= np.float32(limits.ratio_mean)
    needed = said("sides.needed_or_both", side=limits.ratio_side_mean, both=limits.ratio_mean)
    pair = {"first": means[0], "second": means[1]}
    met = not (both_low and bool(together))
    return _make("RATIO_CRNH", "sides", said("sides.value", **pair), needed, met=met, **pair)


def outlying_tags(facts: Facts) -> list[str]:
    """Return the problems that raters of nearby viewpoints mark unusually often, by public name."""
    tags = facts.scorer.tags
    found = []
    for tag in NOT_HELPFUL_TAGS:
        weight, share = facts.number(f"{tag}Adjusted"), facts.number(f"{tag}AdjustedRatio")
        usual = facts.number(f"{tag}Threshold")
        if tag in tags.ignored_tags or weight is None or share is None or usual is None:
            continue
        if weight > single(tags.min_adjusted_total) and share > usual:
            found.append(tag)
    return found


def _tags(facts: Facts) -> Check:
    if facts.number("rating_weight") is None:
        return _make("TAG_OUTLIER", "tags", None, said("none"), met=None)
    found, bar = outlying_tags(facts), facts.scorer.tags.super_threshold
    intercept = facts.number("intercept") or 0.0
    excused = bar is not None and intercept > single(bar)
    needed = said("none") if bar is None else said("tags.needed_or_intercept", bar=bar)
    words = tags_said(found)
    value = said("tags.value", tags=words) if found else said("none")
    return _make("TAG_OUTLIER", "tags", value, needed, met=not found or excused, tags=words)


def _incorrect(facts: Facts) -> Check:
    tags = facts.scorer.tags
    count, voters = facts.count("not_helpful_incorrect_interval"), facts.count("num_voters_interval")
    surprise = facts.number("tf_idf_incorrect_interval")
    bars = count >= tags.incorrect_min_tags and voters >= tags.incorrect_min_voters
    fires = bars and surprise is not None and surprise >= tags.incorrect_threshold
    return _make(
        "INCORRECT_OUTLIER", "incorrect", said("incorrect.value", count=count, voters=voters),
        said("incorrect.needed", limit=tags.incorrect_threshold), met=not fires, count=count,
    )  # fmt: skip


def _diligence(facts: Facts) -> Check | None:
    value, limit = facts.number("low_diligence_intercept"), facts.scorer.thresholds.low_diligence
    if limit is None:
        return None
    met = None if value is None else value <= single(limit)
    needed = said("diligence.needed", limit=limit)
    return _make("LOW_DILIGENCE", "diligence", _three(value), needed, met=met, value=value, limit=limit)


def _firm(facts: Facts) -> Check | None:
    value, limit = facts.number("intercept"), facts.scorer.thresholds.firm_reject
    if limit is None:
        return None
    met = None if value is None else value >= single(limit)
    needed = said("at_least", least=limit)
    return _make("LOW_INTERCEPT", "firm", _three(value), needed, met=met, limit=limit)


def _minority(facts: Facts) -> Check | None:
    least = facts.scorer.thresholds.min_minority_net_helpful
    if least is None:
        return None
    have = facts.count("net_min_helpful")
    return _make(
        "MIN_MINORITY_RATERS", "minority", said("minority.value", count=have),
        said("at_least_whole", least=least), met=have >= least, count=have, least=least,
    )  # fmt: skip


def _balance(facts: Facts) -> Check | None:
    limits = facts.scorer.thresholds
    least, share = limits.min_minority_net_helpful, limits.min_minority_net_helpful_ratio
    if least is None or share is None:
        return None
    net, ratio = facts.count("net_min_helpful"), facts.number("net_min_helpful_ratio") or 0.0
    low = least <= net < limits.max_balanced_net_helpful and ratio < single(share)
    needed = said("balance.needed", share=share, lead=limits.max_balanced_net_helpful)
    value = said("share", value=ratio)
    return _make("RATER_BALANCE", "balance", value, needed, met=not low, ratio=ratio, share=share)


def _baseline(rule: str, code: str, column: str, limit_name: str) -> Callable[[Facts], Check | None]:
    def make(facts: Facts) -> Check | None:
        value, limit = facts.number(column), getattr(facts.scorer.thresholds, limit_name)
        if limit is None or column not in facts.evidence:
            return None
        met = None if value is None else value >= single(limit)
        needed = said("at_least", least=limit)
        return _make(rule, code, _three(value), needed, met=met, value=value, limit=limit)

    return make


def _sampled(facts: Facts) -> Check | None:
    value, limits = facts.number("intercept_population_sampled"), facts.profile.population_sampled
    everyone = facts.number("intercept")
    sides = [facts.count(f"{side}_factor_population_sampled_rating_count") for side in ("neg", "pos")]
    enough = sum(sides) >= limits.min_ratings and min(sides) >= limits.min_per_side
    needed = said("sampled.needed", least=limits.max_intercept, difference=limits.min_difference)
    rule, code = "POPULATION_SAMPLED_INTERCEPT", "sampled"
    if value is None or everyone is None or not enough:
        return _make(rule, code, said("sampled.few"), needed, met=None)
    low = value < single(limits.max_intercept) and everyone - value >= single(limits.min_difference)
    return _make(rule, code, _three(value), needed, met=not low, value=value, everyone=everyone)


def _reasons(facts: Facts) -> Check:
    least = facts.profile.contributors.tag_min_count
    counts = {tag: int(facts.scored.get(tag) or 0) for tag in HELPFUL_TAGS}
    common = [tag for tag in sorted(counts, key=lambda t: -counts[t]) if counts[tag] >= least]
    first = tags_in_short(common[:3])
    if len(common) > 3:
        value = said("reasons.value_and_more", tags=first, more=len(common) - 3)
    else:
        value = said("reasons.value", tags=first) if common else said("none")
    return _make(
        "INSUFFICIENT_EXPLANATION", "reasons", value, said("reasons.needed", least=least),
        met=len(common) >= 2, count=len(common), least=least,
    )  # fmt: skip


_CHECKS: Final[tuple[tuple[str | None, Callable[[Facts], Check | None]], ...]] = (
    (None, _ratings),
    (None, _classification),
    ("GENERAL_CRH", _intercept),
    ("LARGE_FACTOR", _factor),
    ("MIN_MINORITY_RATERS", _minority),
    ("RATER_BALANCE", _balance),
    ("NO_HIGH_VOL_INTERCEPT", _baseline(
        "NO_HIGH_VOL_INTERCEPT", "without_active", "intercept_no_high_volume", "no_high_volume"
    )),
    ("NO_CORRELATED_INTERCEPT", _baseline(
        "NO_CORRELATED_INTERCEPT", "without_alike", "intercept_no_correlated", "no_correlated"
    )),
    ("POPULATION_SAMPLED_INTERCEPT", _sampled),
    ("TAG_OUTLIER", _tags),
    ("INCORRECT_OUTLIER", _incorrect),
    ("LOW_DILIGENCE", _diligence),
    ("INSUFFICIENT_EXPLANATION", _reasons),
    ("LOW_INTERCEPT", _firm),
    ("GENERAL_CRNH", _line),
    ("GENERAL_CRNH_MISLEADING", _line),
    ("UCB_CRNH", _upper_bound),
    ("RATIO_CRNH", _side_means),
)  # fmt: skip
