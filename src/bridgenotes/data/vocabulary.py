"""The words of the public data: statuses, levels, tags, states.

Every enumeration is written once, here, in the order of the public files.
Source: spec chapter 01 A.2 and chapter 05 section 1.
"""

from __future__ import annotations

from typing import Final

import polars as pl

CRH: Final = "CURRENTLY_RATED_HELPFUL"
CRNH: Final = "CURRENTLY_RATED_NOT_HELPFUL"
NMR: Final = "NEEDS_MORE_RATINGS"
NEEDS_YOUR_HELP: Final = "NEEDS_YOUR_HELP"
FIRM_REJECT: Final = "FIRM_REJECT"
STATUSES: Final = (CRH, CRNH, NMR, NEEDS_YOUR_HELP, FIRM_REJECT)
Status = pl.Enum(STATUSES)

MISLEADING: Final = "MISINFORMED_OR_POTENTIALLY_MISLEADING"
NOT_MISLEADING: Final = "NOT_MISLEADING"
CLASSIFICATIONS: Final = (MISLEADING, NOT_MISLEADING)
Classification = pl.Enum(CLASSIFICATIONS)

HELPFULNESS_LEVELS: Final = ("NOT_HELPFUL", "SOMEWHAT_HELPFUL", "HELPFUL")
"""Position k stands for helpfulness k / 2."""

DEFAULT_SOURCE: Final = "DEFAULT"
POPULATION_SAMPLED: Final = "POPULATION_SAMPLED"
RATING_SOURCES: Final = (DEFAULT_SOURCE, POPULATION_SAMPLED)

ENROLLMENT_STATES: Final = (
    "earnedIn",
    "atRisk",
    "earnedOutNoAcknowledge",
    "earnedOutAcknowledged",
    "newUser",
    "removed",
    "apiTestUser",
    "apiEarnedIn",
    "apiEarnedOut",
)
"""Position = exported code (spec 04 D.8)."""
EnrollmentState = pl.Enum(ENROLLMENT_STATES)

HELPFUL_TAGS: Final = (
    "helpfulOther",
    "helpfulInformative",
    "helpfulClear",
    "helpfulEmpathetic",
    "helpfulGoodSources",
    "helpfulUniqueContext",
    "helpfulAddressesClaim",
    "helpfulImportantContext",
    "helpfulUnbiasedLanguage",
)
HELPFUL_TAG_PRIORITY: Final = (0, 8, 7, 3, 4, 2, 5, 6, 1)

NOT_HELPFUL_TAGS: Final = (
    "notHelpfulOther",
    "notHelpfulIncorrect",
    "notHelpfulSourcesMissingOrUnreliable",
    "notHelpfulOpinionSpeculationOrBias",
    "notHelpfulMissingKeyPoints",
    "notHelpfulOutdated",
    "notHelpfulHardToUnderstand",
    "notHelpfulArgumentativeOrBiased",
    "notHelpfulOffTopic",
    "notHelpfulSpamHarassmentOrAbuse",
    "notHelpfulIrrelevantSources",
    "notHelpfulOpinionSpeculation",
    "notHelpfulNoteNotNeeded",
)
NOT_HELPFUL_TAG_PRIORITY: Final = (0, 8, 2, 4, 5, 12, 10, 7, 9, 11, 1, 3, 6)

TAGS: Final = HELPFUL_TAGS + NOT_HELPFUL_TAGS
"""Bit k of a rating's ``tags`` mask is ``TAGS[k]``."""
HELPFUL_TAG_MASK: Final = (1 << len(HELPFUL_TAGS)) - 1
NOT_HELPFUL_TAG_MASK: Final = ((1 << len(TAGS)) - 1) ^ HELPFUL_TAG_MASK


def tag_bit(tag: str) -> int:
    """Return the mask with only ``tag``'s bit set.

    Raises
    ------
    ValueError
        If ``tag`` is not one of `TAGS`.
    """
    return 1 << TAGS.index(tag)
