"""Every number of the platform's rules, with its default.

A default taken from spec chapter 12 names its requirement. "Ours" marks what the spec leaves
to the implementation. Durations are timedeltas; windows slide.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - settings libraries read the annotations
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True)
class EligibilityConfig:
    """Who may apply (SU-2 to SU-7, SU-12)."""

    checks: tuple[str, ...] = (
        "standing",
        "account_age",
        "phone_verified",
        "phone_carrier",
        "phone_unique",
    )
    """Names of the checks in force, in the order they are explained."""
    min_account_age_months: int = 6
    """SU-3; calendar months."""
    violation_recent_for: timedelta = 365 * DAY
    """SU-2, ours: how long a notice of violating the rules counts as recent."""
    untrusted_line_types: frozenset[str] = frozenset(
        {"voip", "pager", "premium_rate", "shared_cost", "toll_free", "uan", "voicemail", "unknown"}
    )
    """SU-5: no virtual numbers. North American tables cannot tell them; plug in a lookup there."""
    trusted_carriers: frozenset[str] = frozenset()
    """SU-5: if not empty, only these carriers count."""
    untrusted_carriers: frozenset[str] = frozenset()
    """SU-5: never these. Names are compared without case."""
    countries: frozenset[str] = frozenset()
    """If not empty, only numbers of these countries (ISO 3166 alpha-2)."""


@dataclass(frozen=True)
class AdmissionConfig:
    """The draw (SU-8 to SU-11)."""

    draw_interval: timedelta = WEEK
    """Ours."""
    slots_per_country: int = 100
    """Ours: slots of a draw, for a country without its own number."""
    country_slots: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Slots of a draw by country."""
    open_countries: frozenset[str] = frozenset()
    """SU-11: countries already open; empty means all are."""


@dataclass(frozen=True)
class AliasConfig:
    """Names to choose from (AL-1)."""

    offers: int = 5
    max_length: int = 32
    """Letters and spaces of an alias; ours."""
    max_attempts: int = 10_000
    """Draws before giving up; ours."""


@dataclass(frozen=True)
class UrlConfig:
    """What addresses of posts and sources may be."""

    max_length: int = 2048
    """Characters; ours."""


@dataclass(frozen=True)
class NoteConfig:
    """The writing form (WF-4 to WF-8)."""

    max_length: int = 280
    """WF-8."""
    url_length: int = 1
    """WF-8: what each address counts."""
    requires_source: bool = False
    """WF-8: sources are encouraged, not demanded."""
    min_misleading_reasons: int = 1
    """WF-5."""
    min_not_misleading_reasons: int = 0
    """WF-6 demands none."""


@dataclass(frozen=True)
class RatingConfig:
    """The rating form (RF-2 to RF-5, RF-10)."""

    min_tags: int = 0
    """RF-3 demands none."""
    sampled_alert_valid_for: timedelta = 2 * DAY
    """RF-10, ours: how long a rating counts as the answer to a drawn alert."""


@dataclass(frozen=True)
class WritingLimitConfig:
    """How much one may write (WL-2 to WL-4)."""

    window: timedelta = DAY
    negative_impact_limit: int = 1
    base_limit: int = 5
    """Added to writing impact."""
    hit_rate_factor: int = 200
    author_initial_limit: int = 3
    author_history_notes: int = 6
    """Notes on one post author after which the share of helpful ones decides."""
    author_since: datetime = datetime(2025, 5, 28, tzinfo=UTC)
    """Notes proposed since then make the share."""
    author_good_percent: int = 5
    author_poor_percent: int = 1
    author_poor_notes: int = 15
    """Fewer notes than this never bring the weekly limit."""
    author_poor_window: timedelta = WEEK


@dataclass(frozen=True)
class ImpactConfig:
    """Which ratings move impact (IM-4)."""

    valid_within: timedelta = 48 * HOUR
    first_ratings_before: datetime = datetime(2022, 5, 19, tzinfo=UTC)
    """Notes created before then have no decision time (the code's date; the guide says May 18)."""
    first_ratings: int = 5


@dataclass(frozen=True)
class AbilityConfig:
    """Earning and losing writing (WA-1 to WA-5); equal to the engine's profile ``x-2026``."""

    rating_impact_for_earn_in: int = 5
    max_history: int = 5
    at_risk_not_helpful: int = 2
    earn_in_grows: bool = True
    """WA-4: each further time takes one step more."""
    single_trigger: bool = True
    """WA-3: at no positive balance one more not helpful note locks."""


@dataclass(frozen=True)
class TopWriterConfig:
    """Top writers (TW-1)."""

    min_writing_impact: int = 10
    min_hit_rate_percent: int = 4


@dataclass(frozen=True)
class DisplayConfig:
    """What shows where (ST)."""

    min_ratings: int = 5
    """ST-1: ratings before a note may get a status."""
    explanation_tags: int = 2
    """ST-8."""
    min_tag_raters: int = 2
    """ST-8."""
    previews_stabilising: bool = True
    """ST-13: show notes that wait to contributors."""
    previews_safeguarded: bool = True
    """ST-14: show notes that a safeguard holds back to contributors."""
    experimental_models: tuple[str, ...] = ("GaussianModel", "GaussianCoreWithTopicsModel")
    """ST-15: models whose notes show to a share of readers."""
    experimental_share: float = 1.0
    """ST-15, ours: the share, 0 to 1; 1 runs no experiment."""


@dataclass(frozen=True)
class HelpConfig:
    """Needs Your Help (NYH-1, NYH-4 to NYH-8)."""

    posts: int = 15
    """NYH-1."""
    max_post_age: timedelta = DAY
    """NYH-4; ours among its examples."""
    recency_half_life: timedelta = 6 * HOUR
    """NYH-4, ours."""
    engagement_half_life: timedelta = 6 * HOUR
    """NYH-4, ours: time in which a post gets half of all its likes and reposts."""
    engagement_min_age: timedelta = timedelta(minutes=30)
    """Ours: younger posts are projected as if this old."""
    engagement_saturation: int = 10_000
    """Ours: projected likes and reposts worth the full component."""
    max_ratings: int = 50
    """NYH-5, ours: enough ratings already."""
    min_intercept: float = 0.10
    """NYH-5, ours: a lower score is a low score."""
    helpful_intercept: float = 0.40
    """NYH-5, ST-17: the Helpful threshold that near is measured from."""
    near_width: float = 0.15
    """NYH-5, ours: distance from the threshold at which nearness ends."""
    raters_per_sign: int = 5
    """NYH-5: fewer raters of a viewpoint sign are missing ones."""
    min_sign_percent: int = 20
    """NYH-5: a sign with less of all ratings is missing."""
    overwhelming_terms: tuple[str, ...] = (
        "spam",
        "scam",
        "gambling",
        "dropship",
        "drop ship",
        "promotion",
    )
    """NYH-6."""
    overwhelming_probability: float = 0.2
    """NYH-6, ours: probability with which such notes are offered."""
    weight_recency: float = 1.0
    weight_engagement: float = 1.0
    weight_near: float = 1.0
    weight_author: float = 0.5
    weight_viewpoint: float = 2.0
    weight_unrated: float = 0.5
    weight_review: float = 2.0
    weight_top_writer: float = 0.5
    """Weights of the components, each 0 to 1; ours. The missing viewpoint weighs most (NYH-8)."""


@dataclass(frozen=True)
class RequestConfig:
    """Requests (RQ)."""

    window: timedelta = DAY
    """RQ-2."""
    initial_limit: int = 5
    """RQ-2."""
    medium_limit: int = 10
    """RQ-2, ours."""
    high_limit: int = 20
    """RQ-2, ours."""
    reduced_limit: int = 2
    """RQ-2, ours: for who has many eligible requests and no hit."""
    reduced_after: int = 20
    """RQ-2, ours: eligible requests without a hit."""
    high_hit_percent: int = 8
    high_hits: int = 5
    medium_hit_percent: int = 3
    medium_hits: int = 1
    """RQ-5."""
    min_total: int = 4
    views_per_request: int = 25_000
    min_medium: int = 2
    min_high: int = 1
    """RQ-3."""
    shown_for: timedelta = DAY
    """RQ-4."""
    feed_post_age: timedelta = DAY
    """RQ-9."""
    max_suggestion_length: int = 280
    """RQ-8, ours; addresses count 1 as in notes."""
    spam_distinct_posts: int = 3
    """RQ-7, ours: the same source on more posts within the window is likely spam."""


@dataclass(frozen=True)
class ReviewConfig:
    """Additional review (AR)."""

    pending_for: timedelta = DAY
    """AR-3: most extra ratings come within it."""
    repeat_after: timedelta = WEEK
    """Ours: until the same note can be reviewed again."""


@dataclass(frozen=True)
class Budget:
    """At most ``count`` within any ``window``."""

    count: int
    window: timedelta


@dataclass(frozen=True)
class NotificationConfig:
    """Notifications (NO)."""

    all_in: Budget = Budget(3, DAY)
    often: Budget = Budget(3, WEEK)
    sometimes: Budget = Budget(3, 30 * DAY)
    """NO-1, ours: "a few" is three."""
    recipients_per_note: int = 20
    """NO-2, ours."""
    top_writer_factor: int = 2
    """NO-2, ours: as many times more for a top writer's note."""
    notes_per_draw: int = 5
    """NO-2, ours: notes for which one draw asks."""
    ask_again_after: timedelta = 6 * HOUR
    """NO-2, ours: until more people are asked about the same note."""
    engaged_after: timedelta = 24 * HOUR
    engaged_max_note_age: timedelta = WEEK
    """NO-5."""
    post_author_after: timedelta = 6 * HOUR
    """NO-6."""
    batch_window: timedelta = HOUR
    """Ours: what falls in one window and goes to one person is one mail."""


@dataclass(frozen=True)
class Threshold:
    """When a measure worries and when it stops the display.

    Attributes
    ----------
    guardrail, breaker : float
        Values beyond which it alerts and trips.
    worse : str
        ``below`` or ``above``: on which side of them trouble lies.
    min_samples : int
        Fewer observations say nothing.
    """

    guardrail: float
    breaker: float
    worse: str
    min_samples: int

    def __post_init__(self) -> None:
        """Check that the breaker is the stronger of the two.

        Raises
        ------
        ValueError
            If it is not, or ``worse`` is no side.
        """
        if self.worse not in {"below", "above"}:
            raise ValueError(f"worse is {self.worse!r}; write 'below' or 'above'")
        stronger = self.breaker < self.guardrail if self.worse == "below" else self.breaker > self.guardrail
        if not stronger:
            raise ValueError(
                f"breaker {self.breaker} must lie {self.worse} guardrail {self.guardrail}: "
                "it is the stronger threshold"
            )


@dataclass(frozen=True)
class GuardrailConfig:
    """Guardrails and circuit breakers (GR-1, GR-2); all values ours, X's are unpublished."""

    thresholds: Mapping[str, Threshold] = field(
        default_factory=lambda: MappingProxyType(
            {
                "accuracy": Threshold(0.95, 0.90, "below", 50),
                "informativeness": Threshold(0.0, -0.05, "below", 200),
                "helpfulness": Threshold(0.60, 0.50, "below", 200),
                "rule_violations": Threshold(0.01, 0.03, "above", 100),
                "status_flips": Threshold(0.10, 0.25, "above", 50),
            }
        )
    )
    raised_threshold: float = 0.05
    """GR-3, ours: what "raise the threshold for public display" adds to the intercept needed."""


@dataclass(frozen=True)
class LeavingConfig:
    """Leaving and rejoining (OP)."""

    rejoin_after: timedelta = timedelta(0)
    """Ours: no waiting."""


@dataclass(frozen=True)
class PlatformRules:
    """All of it."""

    eligibility: EligibilityConfig = EligibilityConfig()
    admission: AdmissionConfig = field(default_factory=AdmissionConfig)
    aliases: AliasConfig = AliasConfig()
    urls: UrlConfig = UrlConfig()
    notes: NoteConfig = NoteConfig()
    ratings: RatingConfig = RatingConfig()
    writing_limits: WritingLimitConfig = WritingLimitConfig()
    impacts: ImpactConfig = ImpactConfig()
    ability: AbilityConfig = AbilityConfig()
    top_writer: TopWriterConfig = TopWriterConfig()
    display: DisplayConfig = DisplayConfig()
    needs_your_help: HelpConfig = HelpConfig()
    requests: RequestConfig = RequestConfig()
    additional_review: ReviewConfig = ReviewConfig()
    notifications: NotificationConfig = NotificationConfig()
    guardrails: GuardrailConfig = field(default_factory=GuardrailConfig)
    leaving: LeavingConfig = LeavingConfig()
