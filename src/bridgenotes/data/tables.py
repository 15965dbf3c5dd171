"""The five public tables, declared once (spec 01 A.2 and A.2.5).

Columns are found by header name in any order. Names are X's, verbatim.
"""

from __future__ import annotations

from typing import Final

from bridgenotes.data.columns import Column, Kind, Table
from bridgenotes.data.vocabulary import (
    CLASSIFICATIONS,
    DEFAULT_SOURCE,
    ENROLLMENT_STATES,
    HELPFULNESS_LEVELS,
    RATING_SOURCES,
    STATUSES,
    TAGS,
)

_UNTIL_JUNE_2021: Final = "until 2021-06-30"
_FROM_JUNE_2021: Final = "from 2021-06-30"
_FROM_DECEMBER_2021: Final = "from 2021-12-15"


def _note_id() -> Column:
    return Column("noteId", Kind.NOTE_ID, "The note.", "note", required=True, nullable=False)


def _author() -> Column:
    return Column(
        "noteAuthorParticipantId",
        Kind.CONTRIBUTOR,
        "Who wrote the note; empty when unknown.",
        "author",
        aliases=("participantId",),
        required=True,
    )


def _created(doc: str) -> Column:
    return Column("createdAtMillis", Kind.TIME, doc, "created_at_ms", required=True, nullable=False)


def _unused(name: str, era: str, doc: str, written: int | None = None) -> Column:
    return Column(name, Kind.UNUSED, doc, era=era, written=written)


def _flag(name: str, field: str, doc: str, era: str = "all") -> Column:
    return Column(name, Kind.FLAG, doc, field, missing=0, era=era)


_NOTE_REASONS: Final = (
    "misleadingOther",
    "misleadingFactualError",
    "misleadingManipulatedMedia",
    "misleadingOutdatedInformation",
    "misleadingMissingImportantContext",
    "misleadingUnverifiedClaimAsFact",
    "misleadingSatire",
    "notMisleadingOther",
    "notMisleadingFactuallyCorrect",
    "notMisleadingOutdatedButNotWhenWritten",
    "notMisleadingClearlySatire",
    "notMisleadingPersonalOpinion",
)

NOTES: Final = Table(
    "notes",
    "notes",
    (
        _note_id(),
        _author(),
        _created("When the note was written."),
        Column("tweetId", Kind.POST_ID, "The post the note is attached to.", "post_id", missing=-1),
        Column(
            "classification",
            Kind.WORD,
            "What the author says about the post; empty when unknown.",
            "classification",
            words=CLASSIFICATIONS,
            required=True,
        ),
        *(
            _unused(name, "until 2022-10", "Retired question to the author.")
            for name in ("believable", "harmful", "validationDifficulty")
        ),
        *(_unused(name, "all", "Reason the author gave.") for name in _NOTE_REASONS),
        _flag("trustworthySources", "trustworthy_sources", "The author says the sources are trustworthy."),
        Column("summary", Kind.TEXT, "Text of the note; read only on request.", "summary"),
        _flag("isMediaNote", "is_media_note", "The note is about the media of the post.", "from 2023"),
        _flag("isCollaborativeNote", "is_collaborative_note", "Written together with AI.", "from 2026-02"),
    ),
    "What was written: one row per note.",
)

_TAG_ERAS: Final = {
    "helpfulInformative": _UNTIL_JUNE_2021,
    "helpfulEmpathetic": _UNTIL_JUNE_2021,
    "helpfulUniqueContext": _UNTIL_JUNE_2021,
    "helpfulAddressesClaim": _FROM_JUNE_2021,
    "helpfulImportantContext": _FROM_JUNE_2021,
    "helpfulUnbiasedLanguage": _FROM_DECEMBER_2021,
    "notHelpfulOpinionSpeculationOrBias": _UNTIL_JUNE_2021,
    "notHelpfulOutdated": _UNTIL_JUNE_2021,
    "notHelpfulOffTopic": _UNTIL_JUNE_2021,
    "notHelpfulIrrelevantSources": _FROM_JUNE_2021,
    "notHelpfulOpinionSpeculation": _FROM_DECEMBER_2021,
    "notHelpfulNoteNotNeeded": _FROM_DECEMBER_2021,
}


def _tag(name: str) -> Column:
    renamed = name == "notHelpfulArgumentativeOrBiased"
    return Column(
        name,
        Kind.FLAG,
        "Reason given with the rating." + (" Renamed 2021-12-15." if renamed else ""),
        name,
        aliases=("notHelpfulArgumentativeOrInflammatory",) if renamed else (),
        missing=0,
        era=_TAG_ERAS.get(name, "all"),
    )


RATINGS: Final = Table(
    "ratings",
    "ratings",
    (
        _note_id(),
        Column(
            "raterParticipantId",
            Kind.CONTRIBUTOR,
            "Who rated.",
            "rater",
            aliases=("participantId",),
            required=True,
            nullable=False,
        ),
        _created("When the rating was given."),
        _unused("version", "all", "Version of the form."),
        _unused("agree", "all", "Retired question."),
        _unused("disagree", "all", "Retired question."),
        _flag("helpful", "helpful", "First form: the note is helpful.", _UNTIL_JUNE_2021),
        _flag("notHelpful", "not_helpful", "First form: the note is not helpful.", _UNTIL_JUNE_2021),
        Column(
            "helpfulnessLevel",
            Kind.WORD,
            "Today's form; wins over the first form when both are filled in.",
            "helpfulness_level",
            words=HELPFULNESS_LEVELS[::-1],
            era=_FROM_JUNE_2021,
        ),
        *(_tag(name) for name in TAGS),
        _unused("ratedOnTweetId", "all", "The post under which the rating was given.", written=-1),
        Column(
            "ratingSourceBucketed",
            Kind.WORD,
            "How the rater came to the note.",
            "rating_source",
            words=RATING_SOURCES,
            missing=DEFAULT_SOURCE,
            era="from 2024",
        ),
        _unused("suggestion", "from 2026", "Proposed change of a collaborative note."),
        _unused("suggestionId", "from 2026", "Id of that proposal."),
    ),
    "Who found which note helpful: one row per note and rater.",
    either=("helpfulnessLevel", "helpful"),
)


def _status(name: str, field: str, doc: str, era: str = "all", aliases: tuple[str, ...] = ()) -> Column:
    return Column(name, Kind.WORD, doc, field, aliases=aliases, words=STATUSES, era=era)


def _when(name: str, field: str, doc: str, era: str = "all", *, minus_one_is_null: bool = False) -> Column:
    return Column(name, Kind.TIME, doc, field, minus_one_is_null=minus_one_is_null, era=era)


_Y22: Final = "from 2022"
_Y23: Final = "from 2023"
_Y24: Final = "from 2024"
_Y26: Final = "from 2026"

STATUS_HISTORY: Final = Table(
    "noteStatusHistory",
    "status_history",
    (
        _note_id(),
        _author(),
        _created("When the note was written."),
        _when(
            "timestampMillisOfFirstNonNMRStatus",
            "first_non_nmr_status_at_ms",
            "First time the status left NEEDS_MORE_RATINGS.",
            minus_one_is_null=True,
        ),
        _status("firstNonNMRStatus", "first_non_nmr_status", "The status it then had."),
        _when(
            "timestampMillisOfCurrentStatus",
            "current_status_at_ms",
            "Last scoring run.",
            minus_one_is_null=True,
        ),
        _status("currentStatus", "current_status", "Status of the last run."),
        _when(
            "timestampMillisOfLatestNonNMRStatus",
            "latest_non_nmr_status_at_ms",
            "Last change between helpful and not helpful (spec 01 A.12).",
            minus_one_is_null=True,
        ),
        _status(
            "mostRecentNonNMRStatus",
            "most_recent_non_nmr_status",
            "Last status other than NEEDS_MORE_RATINGS.",
            aliases=("latestNonNMRStatus",),
        ),
        _when(
            "timestampMillisOfStatusLock",
            "status_lock_at_ms",
            "When the status was locked.",
            _Y22,
            minus_one_is_null=True,
        ),
        _status("lockedStatus", "locked_status", "The locked status; empty = not locked.", _Y22),
        _when(
            "timestampMillisOfRetroLock",
            "retro_lock_at_ms",
            "When it was locked in retrospect.",
            _Y22,
            minus_one_is_null=True,
        ),
        _status("currentCoreStatus", "current_core_status", "Status by the core scorers.", _Y23),
        _status(
            "currentExpansionStatus", "current_expansion_status", "Status by the expansion scorer.", _Y23
        ),
        _status("currentGroupStatus", "current_group_status", "Status by the group scorers.", _Y23),
        Column(
            "currentDecidedBy", Kind.TEXT, "Rule that decided the status.", "current_decided_by", era=_Y23
        ),
        Column(
            "currentModelingGroup",
            Kind.NUMBER,
            "Group whose scorer scored the note.",
            "current_modeling_group",
            era=_Y23,
        ),
        _when(
            "timestampMillisOfMostRecentStatusChange",
            "most_recent_status_change_at_ms",
            "Last change of status; -1 = never since 2024-07-02.",
            _Y24,
        ),
        _when(
            "timestampMillisOfNmrDueToMinStableCrhTime",
            "nmr_due_to_min_stable_crh_time_at_ms",
            "Start of stabilisation; empty = never, -1 = over.",
            _Y24,
        ),
        _status(
            "currentMultiGroupStatus", "current_multi_group_status", "Status by multi-group scorers.", _Y24
        ),
        Column(
            "currentModelingMultiGroup",
            Kind.NUMBER,
            "Multi-group whose scorer scored the note.",
            "current_modeling_multi_group",
            era=_Y24,
        ),
        Column(
            "timestampMinuteOfFinalScoringOutput",
            Kind.INTEGER,
            "Clock of the last scoring output; rewritten as empty.",
            "final_scoring_output_at_minute",
            era=_Y24,
        ),
        _when(
            "timestampMillisOfFirstNmrDueToMinStableCrhTime",
            "first_nmr_due_to_min_stable_crh_time_at_ms",
            "Start of the first stabilisation.",
            _Y24,
        ),
        Column(
            "abovePcrhThresholdTime",
            Kind.INTEGER,
            "Clock of the early-exit model: a time, its negative once left, or -1 once locked.",
            "above_pcrh_threshold_at_ms",
            era=_Y26,
        ),
    ),
    "What became of each note, deleted ones included: one row per note.",
)

ENROLLMENT: Final = Table(
    "userEnrollment",
    "enrollment",
    (
        Column(
            "participantId",
            Kind.CONTRIBUTOR,
            "The contributor.",
            "contributor",
            required=True,
            nullable=False,
        ),
        Column(
            "enrollmentState",
            Kind.WORD,
            "What the contributor may do.",
            "enrollment_state",
            words=ENROLLMENT_STATES,
            synonyms=(("earnedOutAcknowledge", "earnedOutAcknowledged"),),
            required=True,
            nullable=False,
        ),
        Column(
            "successfulRatingNeededToEarnIn",
            Kind.INTEGER,
            "Rating impact needed to be allowed to write.",
            "successful_rating_needed_to_earn_in",
            missing=5,
        ),
        _when("timestampOfLastStateChange", "last_state_change_at_ms", "Last change of the state."),
        Column(
            "timestampOfLastEarnOut",
            Kind.TIME,
            "Last loss of the right to write; 1 = never.",
            "last_earn_out_at_ms",
            missing=1,
        ),
        Column(
            "modelingPopulation",
            Kind.TEXT,
            "Not used: the group decides.",
            "modeling_population",
            era=_Y23,
        ),
        Column(
            "modelingGroup",
            Kind.INTEGER,
            "Group of the contributor, 0 to 33; 0 = none.",
            "modeling_group",
            era=_Y23,
        ),
        Column(
            "numberOfTimesEarnedOut",
            Kind.INTEGER,
            "How often the right to write was lost.",
            "number_of_times_earned_out",
            missing=0,
            era=_Y24,
        ),
    ),
    "Who takes part and how: one row per contributor.",
)


def _eligible(name: str, field: str, where: str) -> Column:
    return Column(
        name, Kind.TIME, f"When the request was shown in {where}; -1 = never.", field, missing=-1, era=_Y26
    )


REQUESTS: Final = Table(
    "noteRequests",
    "requests",
    (
        Column("tweetId", Kind.POST_ID, "The post for which a note is asked.", "post_id", required=True),
        Column("sourceLinks", Kind.TEXT, "Sources given, a JSON list.", "source_links", era=_Y26),
        Column("suggestions", Kind.TEXT, "Suggestions given, a JSON list.", "suggestions", era=_Y26),
        _eligible("noteRequestFeedEligibleTimestamp", "feed_eligible_at_ms", "the feed"),
        _eligible("apiSmallFeedEligibleTimestamp", "api_small_feed_eligible_at_ms", "the small API feed"),
        _eligible("apiLargeFeedEligibleTimestamp", "api_large_feed_eligible_at_ms", "the large API feed"),
        _eligible("apiXlFeedEligibleTimestamp", "api_xl_feed_eligible_at_ms", "the largest API feed"),
    ),
    "Posts for which people asked for a note.",
)

TABLES: Final = {table.name: table for table in (NOTES, RATINGS, STATUS_HISTORY, ENROLLMENT, REQUESTS)}
"""By stem of the file name, in the order in which they are read."""
