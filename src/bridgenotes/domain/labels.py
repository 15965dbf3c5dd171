"""What public names are called on pages and forms; English here, translated later."""

from __future__ import annotations

from typing import Final

from bridgenotes.data.vocabulary import (
    CRH,
    CRNH,
    FIRM_REJECT,
    MISLEADING,
    NEEDS_YOUR_HELP,
    NMR,
    NOT_MISLEADING,
)
from bridgenotes.domain.moderation import Ground
from bridgenotes.domain.notifications import Frequency

LABELS: Final = {
    MISLEADING: "It is misinformed or potentially misleading",
    NOT_MISLEADING: "It is not misleading",
    "misleadingFactualError": "It contains a factual error",
    "misleadingManipulatedMedia": "It contains a digitally altered photo or video",
    "misleadingOutdatedInformation": "It contains outdated information that may be misleading",
    "misleadingMissingImportantContext": "It is a misrepresentation or missing important context",
    "misleadingUnverifiedClaimAsFact": "It presents an unverified claim as a fact",
    "misleadingSatire": "It is a joke or satire that might be taken as a fact",
    "misleadingOther": "Other",
    "notMisleadingFactuallyCorrect": "It expresses a factually correct claim",
    "notMisleadingOutdatedButNotWhenWritten": "It was correct when written, but is out of date now",
    "notMisleadingClearlySatire": "It is clearly satirical or joking",
    "notMisleadingPersonalOpinion": "It expresses a personal opinion",
    "notMisleadingOther": "Other",
    "HELPFUL": "Yes",
    "SOMEWHAT_HELPFUL": "Somewhat",
    "NOT_HELPFUL": "No",
    "helpfulGoodSources": "Cites high-quality sources",
    "helpfulClear": "Easy to understand",
    "helpfulAddressesClaim": "Directly addresses the post's claim",
    "helpfulImportantContext": "Provides important context",
    "helpfulUnbiasedLanguage": "Neutral or unbiased language",
    "helpfulOther": "Other",
    "helpfulInformative": "Informative",
    "helpfulEmpathetic": "Empathetic",
    "helpfulUniqueContext": "Provides unique context",
    "notHelpfulSourcesMissingOrUnreliable": "Sources not included or unreliable",
    "notHelpfulIrrelevantSources": "Sources do not support the note",
    "notHelpfulIncorrect": "Incorrect information",
    "notHelpfulOpinionSpeculation": "Opinion or speculation",
    "notHelpfulHardToUnderstand": "Typos or unclear language",
    "notHelpfulMissingKeyPoints": "Misses key points or irrelevant",
    "notHelpfulArgumentativeOrBiased": "Argumentative or biased language",
    "notHelpfulNoteNotNeeded": "Note not needed on this post",
    "notHelpfulSpamHarassmentOrAbuse": "Harassment or abuse",
    "notHelpfulOther": "Other",
    "notHelpfulOpinionSpeculationOrBias": "Opinion, speculation or bias",
    "notHelpfulOutdated": "Outdated",
    "notHelpfulOffTopic": "Off topic",
    CRH: "Helpful",
    CRNH: "Not Helpful",
    NMR: "Needs More Ratings",
    NEEDS_YOUR_HELP: "Needs More Ratings",
    FIRM_REJECT: "Needs More Ratings",
    "newUser": "Rates notes",
    "earnedIn": "Rates and writes notes",
    "atRisk": "Rates and writes notes; writing is at risk",
    "earnedOutNoAcknowledge": "Rates notes; writing is locked for now",
    "earnedOutAcknowledged": "Rates notes; writing is locked for now",
    "removed": "Removed",
    "apiTestUser": "Tries the API",
    "apiEarnedIn": "Writes notes by the API",
    "apiEarnedOut": "Writing by the API is locked for now",
    Frequency.ALL_IN: "I'm all in: as many as possible, up to a few per day",
    Frequency.OFTEN: "Often: a few per week",
    Frequency.SOMETIMES: "Sometimes: a few per month",
    Frequency.NEVER: "Never",
    Ground.HARASSMENT: "Harassment or insults",
    Ground.HATE: "Hateful conduct",
    Ground.VIOLENCE: "Threats or praise of violence",
    Ground.PRIVATE_INFORMATION: "Private information",
    Ground.SPAM: "Spam",
    Ground.ILLEGAL: "Illegal content",
    Ground.MANIPULATION: "Manipulation of notes or ratings",
    Ground.OTHER: "Other",
}
"""Everything a form offers or a page shows, by its public name."""

VALUES: Final = (
    "Contribute to build understanding",
    "Act in good faith",
    "Be helpful, even to those who disagree",
)
"""What applicants agree to (SU-14)."""
