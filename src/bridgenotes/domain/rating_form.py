"""Rating a note: who may, which answers there are, where a rating came from (RF-1 to RF-5, RF-10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bridgenotes.data.vocabulary import (
    DEFAULT_SOURCE,
    HELPFUL_TAGS,
    HELPFULNESS_LEVELS,
    NOT_HELPFUL_TAGS,
    POPULATION_SAMPLED,
)
from bridgenotes.domain.verdict import Reason, Verdict, refuse, verdict

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.domain.config import RatingConfig

NOT_HELPFUL_LEVEL, SOMEWHAT_LEVEL, HELPFUL_LEVEL = HELPFULNESS_LEVELS

OFFERED_HELPFUL_TAGS: Final = (
    "helpfulGoodSources",
    "helpfulClear",
    "helpfulAddressesClaim",
    "helpfulImportantContext",
    "helpfulUnbiasedLanguage",
    "helpfulOther",
)
OFFERED_NOT_HELPFUL_TAGS: Final = (
    "notHelpfulSourcesMissingOrUnreliable",
    "notHelpfulIrrelevantSources",
    "notHelpfulIncorrect",
    "notHelpfulOpinionSpeculation",
    "notHelpfulHardToUnderstand",
    "notHelpfulMissingKeyPoints",
    "notHelpfulArgumentativeOrBiased",
    "notHelpfulNoteNotNeeded",
    "notHelpfulSpamHarassmentOrAbuse",
    "notHelpfulOther",
)
OFFERED_TAGS: Final = {
    HELPFUL_LEVEL: OFFERED_HELPFUL_TAGS,
    SOMEWHAT_LEVEL: OFFERED_HELPFUL_TAGS + OFFERED_NOT_HELPFUL_TAGS,
    NOT_HELPFUL_LEVEL: OFFERED_NOT_HELPFUL_TAGS,
}
"""What the form offers after each level, in its order (RF-3 to RF-5)."""

RETIRED_TAGS: Final = frozenset(HELPFUL_TAGS + NOT_HELPFUL_TAGS) - frozenset(OFFERED_TAGS[SOMEWHAT_LEVEL])
"""Columns of the public data that no form offers any more."""


@dataclass(frozen=True)
class RatingForm:
    """What a rater submits: a public level and the tags ticked."""

    level: str
    tags: frozenset[str]


def may_rate(rater_id: str, author_id: str, *, is_enrolled: bool) -> Verdict:
    """Return whether somebody may rate a note, whatever its status (RF-1).

    Parameters
    ----------
    rater_id, author_id : str
        Of contributors.
    is_enrolled : bool
        Whether the rater is a contributor now: neither removed nor gone.
    """
    if not is_enrolled:
        return refuse("rating.not_enrolled")
    return refuse("rating.own_note") if rater_id == author_id else Verdict()


def check_rating(form: RatingForm, config: RatingConfig) -> Verdict:
    """Return whether the form can be submitted (RF-2 to RF-5)."""
    if form.level not in OFFERED_TAGS:
        return refuse("rating.level_missing")
    offered = set(OFFERED_TAGS[form.level])
    wrong = [_wrong_tag(tag, form.level) for tag in sorted(form.tags - offered)]
    too_few = len(form.tags & offered) < config.min_tags
    return verdict([*wrong, Reason("rating.tags_missing", {"least": config.min_tags}) if too_few else None])


def _wrong_tag(tag: str, level: str) -> Reason:
    if tag in RETIRED_TAGS:
        return Reason("rating.tag_retired", {"tag": tag})
    return Reason("rating.tag_not_offered", {"tag": tag, "level": level})


def rating_source(drawn_at: datetime | None, rated_at: datetime, config: RatingConfig) -> str:
    """Return where a rating came from (RF-10).

    Parameters
    ----------
    drawn_at : datetime or None
        When the rater, drawn at random, was alerted to this very note; None if never.
    rated_at : datetime
        When the note was rated.
    config : RatingConfig
        How long a rating counts as the answer.
    """
    if drawn_at is None or not drawn_at <= rated_at < drawn_at + config.sampled_alert_valid_for:
        return DEFAULT_SOURCE
    return POPULATION_SAMPLED
