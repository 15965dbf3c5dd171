"""The words readers see: statuses, rules, reasons, numbers and times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from bridgenotes.data.vocabulary import CRH, CRNH, FIRM_REJECT, NEEDS_YOUR_HELP, NMR
from bridgenotes.report.patterns import gettext_noop

STATUS_WORDS: Final = {
    CRH: "Helpful",
    CRNH: "Not Helpful",
    NMR: "Needs More Ratings",
    NEEDS_YOUR_HELP: "Held back for now",
    FIRM_REJECT: "Rejected",
}

GLOSSARY: Final = {
    "intercept": "how helpful raters of different viewpoints find the note, beyond what their viewpoint explains",
    "factor": "which side of the spectrum of viewpoints the note appeals to; 0 = neither",
    "spectrum": "learned from who agrees with whom; its two ends have no names, and which end is negative means "
    "nothing",
}

RULE_WORDS: Final = {
    "InitialNMR": gettext_noop("Every note begins here"),
    "GeneralCRH": gettext_noop("Raters of different viewpoints find it helpful"),
    "GeneralCRNH": gettext_noop("Raters of different viewpoints find it not helpful"),
    "UcbCRNH": gettext_noop("Not helpful even if its next rating were very favourable"),
    "RatioCRNH": gettext_noop("Low ratings on both sides"),
    "NmCRNH": gettext_noop("Says the post is fine, and raters disagree"),
    "GeneralCRHInertia": gettext_noop("Was Helpful and is still close to it"),
    "TagFilter": gettext_noop("Raters mark a problem unusually often"),
    "FilterIncorrect": gettext_noop("Raters who rarely say so call it incorrect"),
    "FilterLowDiligence": gettext_noop("Raters report poor sourcing"),
    "FilterLargeFactor": gettext_noop("Appeals to one side only"),
    "RejectLowIntercept": gettext_noop("Far from helpful: no other model may show it"),
    "MinMinorityRaters": gettext_noop("Too little support on one of the sides"),
    "RaterBalance": gettext_noop("One side is a very small part of its raters"),
    "NoHighVolIntercept": gettext_noop("Depends on the most active raters"),
    "NoCorrelatedIntercept": gettext_noop("Depends on raters who act alike"),
    "MetaInitialNMR": gettext_noop("No model has judged it"),
    "CoreModel": gettext_noop("The core model decides"),
    "PopulationSampledIntercept": gettext_noop("Raters drawn at random like it less"),
    "ExpansionPlusModel": gettext_noop("The model over all raters decides"),
    "ExpansionModel": gettext_noop("The expansion model decides"),
    "CoreWithTopicsModel": gettext_noop("The core model that includes topics decides"),
    "MultiGroupModel01": gettext_noop("The model of several groups decides"),
    **{f"GroupModel{g:02}": f"Modeling group {g} finds it helpful" for g in (*range(1, 15), 33)},
    **{f"GroupModel{g}NMR": f"Modeling group {g} does not find it helpful enough" for g in (15, 18, 33)},
    "GaussianModel": gettext_noop("The model that looks at every viewpoint apart decides"),
    "GaussianCoreWithTopicsModel": gettext_noop("The same, topics included"),
    **{f"TopicModel{t:02}": "Not helpful enough among ratings on its topic" for t in range(1, 6)},
    "NmrDueToMinStableCrhTime": gettext_noop("Waits before it is shown"),
    "ScoringDriftGuard": gettext_noop("Status locked after two weeks"),
    "InsufficientExplanation": gettext_noop("Raters give no two common reasons"),
}
"""What a rule means, by its public name without the version."""


def rule_words(display_name: str) -> str:
    """Return what a rule means; an unknown rule keeps its name.

    Examples
    --------
    >>> rule_words("FilterLargeFactor (v1.0)"), rule_words("Mine (v2)")
    ('Appeals to one side only', 'Mine (v2)')
    """
    return RULE_WORDS.get(display_name.split(" ", maxsplit=1)[0], display_name)


def status_words(status: str | None) -> str:
    """Return a status in words; none is "no status"."""
    return STATUS_WORDS.get(status or "", status or "no status")


def tag_words(tag: str) -> str:
    """Return a reason as people would say it.

    Examples
    --------
    >>> tag_words("notHelpfulSourcesMissingOrUnreliable"), tag_words("helpfulClear")
    ('sources missing or unreliable', 'clear')
    """
    return re.sub(r"(?<!^)([A-Z])", r" \1", re.sub(r"^(notHelpful|helpful)", "", tag)).lower()


def listed(names: list[str]) -> str:
    """Join words as in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def counted(number: int, word: str, plural: str | None = None) -> str:
    """Return a number with its word.

    Examples
    --------
    >>> counted(1, "rating"), counted(1200, "rating")
    ('1 rating', '1,200 ratings')
    """
    return f"{number:,} {word if number == 1 else plural or word + 's'}"


def day(ms: float | None) -> str | None:
    """Return the day of a time in epoch milliseconds, UTC; none and -1 are no time."""
    if ms is None or ms < 0:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d")
