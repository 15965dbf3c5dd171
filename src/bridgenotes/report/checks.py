"""What a note needs to be Helpful, one check at a time, in a newcomer's words.

Each check reads the same columns, limits and 32-bit comparison as the rule it stands for
(spec 05 sections 4.0, 6 and 7.2), and is made only if the profile has that rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bridgenotes.data.vocabulary import CRH, HELPFUL_TAGS, NOT_HELPFUL_TAGS, NOT_MISLEADING
from bridgenotes.report.words import counted, listed, tag_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgenotes.scoring.profile import Profile, Scorer


@dataclass(frozen=True)
class Check:
    """One thing a Helpful note needs.

    Attributes
    ----------
    id : str
        The rule it belongs to, or ``RATINGS``, ``CLASSIFICATION``.
    name : str
        What is checked.
    value : str or None
        What this note has; None if it is not known.
    needed : str
        What it should have.
    met : bool or None
        None if it cannot be told; the rules do not hold that against a note.
    gap : str or None
        What is missing, as a sentence; None unless the check is not met.
    """

    id: str
    name: str
    value: str | None
    needed: str
    met: bool | None
    gap: str | None


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
        return None if value is None or np.isnan(value) else float(value)

    def count(self, column: str) -> int:
        """Return a whole number; missing counts as 0."""
        return int(self.number(column) or 0)


def single(value: float) -> float:
    """Return a limit as the rules compare with it: rounded to 32 bit."""
    return float(np.float32(value))


def checks(facts: Facts) -> tuple[Check, ...]:
    """Return the checks of a note, in the order of importance."""
    present = {*facts.scorer.final_rules, *facts.profile.meta_rules}
    made = (make(facts) for rule, make in _CHECKS if rule is None or rule in present)
    return tuple(check for check in made if check is not None)


def _make(
    rule: str,
    name: str,
    value: str | None,
    needed: str,
    met: bool | None,  # noqa: FBT001 (a row of a table)
    gap: str,
) -> Check:
    return Check(rule, name, value, needed, met, gap if met is False else None)


def _three(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"


def _ratings(facts: Facts) -> Check:
    have, least = facts.count("num_ratings"), facts.scorer.thresholds.min_ratings
    gap = f"It has {counted(have, 'rating')}; it takes at least {least} to be judged."
    return _make("RATINGS", "Number of ratings", f"{have:,}", f"{least} or more", have >= least, gap)


def _classification(facts: Facts) -> Check:
    fine = facts.scored.get("classification") == NOT_MISLEADING
    return _make(
        "CLASSIFICATION", "What it says of the post", "not misleading" if fine else "misleading", "misleading",
        not fine, "It says the post is not misleading; only notes that correct a post become Helpful.",
    )  # fmt: skip


def crh_bar(facts: Facts) -> float:
    """Return the intercept the note needs; lower by a little if it was Helpful in the run before."""
    limits = facts.scorer.thresholds
    kept = facts.evidence.get("current_status") == CRH and "GENERAL_CRH_INERTIA" in facts.scorer.final_rules
    return limits.crh - limits.inertia if kept else limits.crh


def _intercept(facts: Facts) -> Check:
    value, bar = facts.number("intercept"), crh_bar(facts)
    met = None if value is None else value >= single(bar)
    gap = (
        f"Its intercept is {value:.3f}, {bar - value:.3f} short of {bar:.2f}: it needs more ratings of "
        "“helpful” from people who usually disagree with those who already like it."
        if value is not None
        else ""
    )
    return _make(
        "GENERAL_CRH", "Intercept: helpful across viewpoints", _three(value), f"{bar:.2f} or more", met, gap
    )


def _line(facts: Facts) -> Check:
    value, line = facts.number("intercept"), facts.number("crnh_line")
    if value is None or line is None:
        return _make("GENERAL_CRNH", "Above the Not Helpful line", None, "above the line", None, "")
    gap = f"Its intercept of {value:.3f} is not above {line:.3f}, the Not Helpful line for its factor."
    return _make(
        "GENERAL_CRNH", "Above the Not Helpful line", _three(value), f"above {line:.3f}", value > line, gap
    )


def _factor(facts: Facts) -> Check:
    value, limit = facts.number("factor"), facts.scorer.thresholds.factor
    met = None if value is None else abs(value) <= single(limit)
    gap = f"It appeals to one side: its factor is {value or 0:.3f}, and between -{limit:.2f} and {limit:.2f} is needed."
    needed = f"-{limit:.2f} to {limit:.2f}"
    return _make("LARGE_FACTOR", "Factor: not one-sided", _three(value), needed, met, gap)


def _upper_bound(facts: Facts) -> Check:
    value, limit = facts.number("intercept_max"), facts.scorer.thresholds.crnh_ucb
    met = None if value is None else value >= single(limit)
    gap = f"Even one more, very favourable rating would only bring its intercept to {value or 0:.3f}."
    name = "Intercept if its next rating were very favourable"
    return _make("UCB_CRNH", name, _three(value), f"{limit:.2f} or more", met, gap)


def _side_means(facts: Facts) -> Check:
    limits = facts.scorer.thresholds
    means = facts.number("neg_factor_mean_helpful_num"), facts.number("pos_factor_mean_helpful_num")
    few = facts.count("min_sign_count") < limits.ratio_min_sign_count
    name, needed = "Mean rating on each side (0 to 1)", f"one above {limits.ratio_side_mean:.2f}"
    if means[0] is None or means[1] is None or few:
        return _make("RATIO_CRNH", name, "too few ratings on a side", needed, None, "")
    both_low = all(np.float32(mean) <= np.float32(limits.ratio_side_mean) for mean in means)
    together = (np.float32(means[0]) + np.float32(means[1])) / np.float32(2) <= np.float32(limits.ratio_mean)
    gap = f"Both sides rate it low: {means[0]:.2f} and {means[1]:.2f} on average."
    return _make(
        "RATIO_CRNH", name, f"{means[0]:.2f} and {means[1]:.2f}",
        f"{needed}, or {limits.ratio_mean:.2f} together", not (both_low and bool(together)), gap,
    )  # fmt: skip


def outlying_tags(facts: Facts) -> list[str]:
    """Return the problems that raters of nearby viewpoints mark unusually often."""
    tags = facts.scorer.tags
    found = []
    for tag in NOT_HELPFUL_TAGS:
        weight, share = facts.number(f"{tag}Adjusted"), facts.number(f"{tag}AdjustedRatio")
        usual = facts.number(f"{tag}Threshold")
        if tag in tags.ignored_tags or weight is None or share is None or usual is None:
            continue
        if weight > single(tags.min_adjusted_total) and share > usual:
            found.append(tag_words(tag))
    return found


def _tags(facts: Facts) -> Check:
    if facts.number("rating_weight") is None:
        return _make("TAG_OUTLIER", "Problems raters mark unusually often", None, "none", None, "")
    found, bar = outlying_tags(facts), facts.scorer.tags.super_threshold
    intercept = facts.number("intercept") or 0.0
    excused = bar is not None and intercept > single(bar)
    needed = "none" if bar is None else f"none, or an intercept above {bar:.2f}"
    gap = f"Raters of a viewpoint near its own mark a problem unusually often: {listed(found)}."
    value = listed(found) or "none"
    return _make(
        "TAG_OUTLIER", "Problems raters mark unusually often", value, needed, not found or excused, gap
    )


def _incorrect(facts: Facts) -> Check:
    tags = facts.scorer.tags
    said, voters = facts.count("not_helpful_incorrect_interval"), facts.count("num_voters_interval")
    surprise = facts.number("tf_idf_incorrect_interval")
    bars = said >= tags.incorrect_min_tags and voters >= tags.incorrect_min_voters
    fires = bars and surprise is not None and surprise >= tags.incorrect_threshold
    return _make(
        "INCORRECT_OUTLIER",
        "Called incorrect by raters who rarely say so",
        f"{said:,} of {counted(voters, 'critical rater')} near its viewpoint",
        f"surprise below {tags.incorrect_threshold:g}",
        not fires,
        f"{counted(said, 'rater')} of a viewpoint near its own, who rarely say so, call it incorrect.",
    )


def _diligence(facts: Facts) -> Check | None:
    value, limit = facts.number("low_diligence_intercept"), facts.scorer.thresholds.low_diligence
    if limit is None:
        return None
    met = None if value is None else value <= single(limit)
    gap = f"Raters report poor sourcing: {value or 0:.3f} is above {limit:.3f}."
    return _make("LOW_DILIGENCE", "Reports of poor sourcing", _three(value), f"{limit:.3f} or less", met, gap)


def _firm(facts: Facts) -> Check | None:
    value, limit = facts.number("intercept"), facts.scorer.thresholds.firm_reject
    if limit is None:
        return None
    met = None if value is None else value >= single(limit)
    gap = f"Its intercept is below {limit:.2f}, so no other model may show it either."
    return _make(
        "LOW_INTERCEPT", "Intercept: not rejected outright", _three(value), f"{limit:.2f} or more", met, gap
    )


def _minority(facts: Facts) -> Check | None:
    least = facts.scorer.thresholds.min_minority_net_helpful
    if least is None:
        return None
    have = facts.count("net_min_helpful")
    gap = (
        f"On the side with less support, {counted(have, 'more rater finds', 'more raters find')} it helpful than "
        f"not; {least} are needed."
    )
    name = "Support on both sides: helpful minus not helpful"
    return _make(
        "MIN_MINORITY_RATERS", name, f"{have:,} on the weaker side", f"{least} or more", have >= least, gap
    )


def _balance(facts: Facts) -> Check | None:
    limits = facts.scorer.thresholds
    least, share = limits.min_minority_net_helpful, limits.min_minority_net_helpful_ratio
    if least is None or share is None:
        return None
    net, ratio = facts.count("net_min_helpful"), facts.number("net_min_helpful_ratio") or 0.0
    low = least <= net < limits.max_balanced_net_helpful and ratio < single(share)
    gap = f"The side with less support is only {ratio:.1%} of its raters; {share:.0%} are needed."
    needed = f"{share:.0%}, or a lead of {limits.max_balanced_net_helpful}"
    return _make("RATER_BALANCE", "Weaker side's lead, of all raters", f"{ratio:.1%}", needed, not low, gap)


def _baseline(rule: str, column: str, limit_name: str, who: str) -> Callable[[Facts], Check | None]:
    def make(facts: Facts) -> Check | None:
        value, limit = facts.number(column), getattr(facts.scorer.thresholds, limit_name)
        if limit is None or column not in facts.evidence:
            return None
        met = None if value is None else value >= single(limit)
        gap = f"Without {who} its intercept is only {value or 0:.3f}; {limit:.2f} is needed."
        return _make(rule, f"Intercept without {who}", _three(value), f"{limit:.2f} or more", met, gap)

    return make


def _sampled(facts: Facts) -> Check | None:
    value, limits = facts.number("intercept_population_sampled"), facts.profile.population_sampled
    everyone = facts.number("intercept")
    sides = [facts.count(f"{side}_factor_population_sampled_rating_count") for side in ("neg", "pos")]
    enough = sum(sides) >= limits.min_ratings and min(sides) >= limits.min_per_side
    name = "Intercept by raters drawn at random"
    needed = (
        f"{limits.max_intercept:.2f} or more, or less than {limits.min_difference:.2f} below the intercept"
    )
    if value is None or everyone is None or not enough:
        return _make("POPULATION_SAMPLED_INTERCEPT", name, "too few such ratings", needed, None, "")
    low = value < single(limits.max_intercept) and everyone - value >= single(limits.min_difference)
    gap = f"Raters drawn at random see it less favourably: {value:.3f} against {everyone:.3f}."
    return _make("POPULATION_SAMPLED_INTERCEPT", name, _three(value), needed, not low, gap)


def _reasons(facts: Facts) -> Check:
    least = facts.profile.contributors.tag_min_count
    counts = {tag: int(facts.scored.get(tag) or 0) for tag in HELPFUL_TAGS}
    common = [tag_words(tag) for tag in sorted(counts, key=lambda t: -counts[t]) if counts[tag] >= least]
    more = f" and {len(common) - 3} more" if len(common) > 3 else ""
    gap = (
        f"Raters name {counted(len(common), 'common reason')} why it is helpful; two reasons, each named at least "
        f"{least} times, are needed."
    )
    return _make(
        "INSUFFICIENT_EXPLANATION", "Common reasons why it is helpful", ", ".join(common[:3]) + more or "none",
        f"two reasons, each {least} times", len(common) >= 2, gap,
    )  # fmt: skip


_CHECKS: Final[tuple[tuple[str | None, Callable[[Facts], Check | None]], ...]] = (
    (None, _ratings),
    (None, _classification),
    ("GENERAL_CRH", _intercept),
    ("LARGE_FACTOR", _factor),
    ("MIN_MINORITY_RATERS", _minority),
    ("RATER_BALANCE", _balance),
    ("NO_HIGH_VOL_INTERCEPT", _baseline(
        "NO_HIGH_VOL_INTERCEPT", "intercept_no_high_volume", "no_high_volume", "the most active raters"
    )),
    ("NO_CORRELATED_INTERCEPT", _baseline(
        "NO_CORRELATED_INTERCEPT", "intercept_no_correlated", "no_correlated", "raters who act alike"
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
