"""Every sentence of an explanation, by code; English here, translated by the site.

A pattern names its parameters in braces, with the digits it shows. Who changes the parameters of a pattern gives
it a new code: sites keep sentences by code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


def gettext_noop(text: str) -> str:
    """Mark a text for translators, whose tools look for this name."""
    return text


def ngettext_lazy(one: str, other: str, by: str) -> Plural:
    """Mark a text that counts for translators, whose tools look for this name."""
    return Plural(by, one, other)


@dataclass(frozen=True)
class Plural:
    """A pattern that counts the parameter in ``by``."""

    by: str
    one: str
    other: str


PATTERNS: Final[dict[str, str | Plural]] = {
    # Plain values
    "three": gettext_noop("{value:.3f}"),
    "share": gettext_noop("{value:.1%}"),
    "whole": gettext_noop("{value:,}"),
    "none": gettext_noop("none"),
    "at_least": gettext_noop("{least:.2f} or more"),
    "at_least_whole": gettext_noop("{least} or more"),
    # Checks: what is looked at, what is needed, what is missing
    "ratings.name": gettext_noop("Number of ratings"),
    "ratings.gap": ngettext_lazy(
        "It has {count:,} rating; it takes at least {least} to be judged.",
        "It has {count:,} ratings; it takes at least {least} to be judged.",
        "count",
    ),
    "classification.name": gettext_noop("What it says of the post"),
    "classification.misleading": gettext_noop("misleading"),
    "classification.fine": gettext_noop("not misleading"),
    "classification.gap": gettext_noop(
        "It says the post is not misleading; only notes that correct a post become Helpful."
    ),
    "intercept.name": gettext_noop("Intercept: helpful across viewpoints"),
    "intercept.gap": gettext_noop(
        "Its intercept is {value:.3f}, {short:.3f} short of {bar:.2f}: it needs more ratings of “helpful” from "
        "people who usually disagree with those who already like it."
    ),
    "line.name": gettext_noop("Above the Not Helpful line"),
    "line.unknown": gettext_noop("above the line"),
    "line.needed": gettext_noop("above {line:.3f}"),
    "line.gap": gettext_noop(
        "Its intercept of {value:.3f} is not above {line:.3f}, the Not Helpful line for its factor."
    ),
    "factor.name": gettext_noop("Factor: not one-sided"),
    "factor.needed": gettext_noop("-{limit:.2f} to {limit:.2f}"),
    "factor.gap": gettext_noop(
        "It appeals to one side: its factor is {value:.3f}, and between -{limit:.2f} and {limit:.2f} is needed."
    ),
    "upper.name": gettext_noop("Intercept if its next rating were very favourable"),
    "upper.gap": gettext_noop(
        "Even one more, very favourable rating would only bring its intercept to {value:.3f}."
    ),
    "sides.name": gettext_noop("Mean rating on each side (0 to 1)"),
    "sides.value": gettext_noop("{first:.2f} and {second:.2f}"),
    "sides.few": gettext_noop("too few ratings on a side"),
    "sides.needed": gettext_noop("one above {side:.2f}"),
    "sides.needed_or_both": gettext_noop("one above {side:.2f}, or {both:.2f} together"),
    "sides.gap": gettext_noop("Both sides rate it low: {first:.2f} and {second:.2f} on average."),
    "tags.name": gettext_noop("Problems raters mark unusually often"),
    "tags.value": gettext_noop("{tags}"),
    "tags.needed_or_intercept": gettext_noop("none, or an intercept above {bar:.2f}"),
    "tags.gap": gettext_noop("Raters of a viewpoint near its own mark a problem unusually often: {tags}."),
    "incorrect.name": gettext_noop("Called incorrect by raters who rarely say so"),
    "incorrect.value": ngettext_lazy(
        "{count:,} of {voters:,} critical rater near its viewpoint",
        "{count:,} of {voters:,} critical raters near its viewpoint",
        "voters",
    ),
    "incorrect.needed": gettext_noop("surprise below {limit:g}"),
    "incorrect.gap": ngettext_lazy(
        "{count:,} rater of a viewpoint near its own, who rarely say so, call it incorrect.",
        "{count:,} raters of a viewpoint near its own, who rarely say so, call it incorrect.",
        "count",
    ),
    "diligence.name": gettext_noop("Reports of poor sourcing"),
    "diligence.needed": gettext_noop("{limit:.3f} or less"),
    "diligence.gap": gettext_noop("Raters report poor sourcing: {value:.3f} is above {limit:.3f}."),
    "firm.name": gettext_noop("Intercept: not rejected outright"),
    "firm.gap": gettext_noop("Its intercept is below {limit:.2f}, so no other model may show it either."),
    "minority.name": gettext_noop("Support on both sides: helpful minus not helpful"),
    "minority.value": gettext_noop("{count:,} on the weaker side"),
    "minority.gap": ngettext_lazy(
        "On the side with less support, {count:,} more rater finds it helpful than not; {least} are needed.",
        "On the side with less support, {count:,} more raters find it helpful than not; {least} are needed.",
        "count",
    ),
    "balance.name": gettext_noop("Weaker side's lead, of all raters"),
    "balance.needed": gettext_noop("{share:.0%}, or a lead of {lead}"),
    "balance.gap": gettext_noop(
        "The side with less support is only {ratio:.1%} of its raters; {share:.0%} are needed."
    ),
    "without_active.name": gettext_noop("Intercept without the most active raters"),
    "without_active.gap": gettext_noop(
        "Without the most active raters its intercept is only {value:.3f}; {limit:.2f} is needed."
    ),
    "without_alike.name": gettext_noop("Intercept without raters who act alike"),
    "without_alike.gap": gettext_noop(
        "Without raters who act alike its intercept is only {value:.3f}; {limit:.2f} is needed."
    ),
    "sampled.name": gettext_noop("Intercept by raters drawn at random"),
    "sampled.few": gettext_noop("too few such ratings"),
    "sampled.needed": gettext_noop("{least:.2f} or more, or less than {difference:.2f} below the intercept"),
    "sampled.gap": gettext_noop(
        "Raters drawn at random see it less favourably: {value:.3f} against {everyone:.3f}."
    ),
    "reasons.name": gettext_noop("Common reasons why it is helpful"),
    "reasons.value": gettext_noop("{tags}"),
    "reasons.value_and_more": gettext_noop("{tags} and {more} more"),
    "reasons.needed": gettext_noop("two reasons, each {least} times"),
    "reasons.gap": ngettext_lazy(
        "Raters name {count:,} common reason why it is helpful; two reasons, each named at least {least} times, "
        "are needed.",
        "Raters name {count:,} common reasons why it is helpful; two reasons, each named at least {least} "
        "times, are needed.",
        "count",
    ),
    # Headlines: by the rule that decided, by the status, by the first check that is not met
    "head.locked": gettext_noop("Its status was locked as {status} two weeks after it was written."),
    "head.sampled": gettext_noop(
        "Raters drawn at random find it much less helpful than those who chose to rate it."
    ),
    "head.no_reasons": gettext_noop(
        "Its raters do not agree on why: a status needs two reasons that several of them name."
    ),
    "head.kept": gettext_noop(
        "It was Helpful and stays so for now, although a safeguard does not hold any more."
    ),
    "head.helpful": gettext_noop("People who usually disagree both find it helpful."),
    "head.not_helpful": gettext_noop("Raters, across viewpoints, find it not helpful."),
    "head.unrated": gettext_noop("Nobody has rated it yet."),
    "head.not_judged": gettext_noop("The scorers of this run do not judge it."),
    "head.waits": gettext_noop("It qualifies, and waits a while before it is shown."),
    "head.unknown_raters": gettext_noop("Too few of its ratings are by people whose viewpoint is known."),
    "head.few": gettext_noop("It has too few ratings to be judged yet."),
    "head.fine": gettext_noop("It says the post is not misleading; such notes are not shown."),
    "head.crnh": gettext_noop("Raters of different viewpoints tend to find it not helpful."),
    "head.low": gettext_noop("Not enough people of different viewpoints find it helpful."),
    "head.tags": gettext_noop(
        "People of different viewpoints like it, but raters mark a problem unusually often."
    ),
    "head.incorrect": gettext_noop(
        "People of different viewpoints like it, but raters who rarely say so call it incorrect."
    ),
    "head.diligence": gettext_noop(
        "People of different viewpoints like it, but raters report poor sourcing."
    ),
    "head.one_sided": gettext_noop("It is liked, but mostly by one side of the spectrum."),
    "head.minority": gettext_noop("It is liked, but by too few people on one of the sides."),
    "head.balance": gettext_noop("It is liked, but one of the sides is a very small part of its raters."),
    "head.without_active": gettext_noop("It is liked, but not enough without the most active raters."),
    "head.without_alike": gettext_noop("It is liked, but not enough without raters who act alike."),
    # Remarks
    "scope": ngettext_lazy(
        "{scorer} sees {count:,} rating of it and does not judge it.",
        "{scorer} sees {count:,} ratings of it and does not judge it.",
        "count",
    ),
    "scope.groups": ngettext_lazy(
        "{scorer} judges a note only if at least {share:.0%} of its ratings are by raters of the groups it covers; "
        "it sees {count:,} rating of this one.",
        "{scorer} judges a note only if at least {share:.0%} of its ratings are by raters of the groups it covers; "
        "it sees {count:,} ratings of this one.",
        "count",
    ),
    # Statuses in the middle of a sentence
    "status.CURRENTLY_RATED_HELPFUL": gettext_noop("Helpful"),
    "status.CURRENTLY_RATED_NOT_HELPFUL": gettext_noop("Not Helpful"),
    "status.NEEDS_MORE_RATINGS": gettext_noop("Needs More Ratings"),
    # What is missing beside unmet checks
    "missing.locked": gettext_noop("Nothing will change it: its status is locked."),
    "missing.ratings": gettext_noop("Ratings: at least {least}, by people of different viewpoints."),
    "missing.intercept": gettext_noop(
        "Its intercept is not known yet: it needs ratings by people who have rated enough other notes."
    ),
    "missing.covered": gettext_noop("More ratings by people whom the scorers of this run cover."),
}
