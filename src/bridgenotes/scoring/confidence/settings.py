"""Constants of the two confidence models (spec 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

POST_EPOCH_MS: Final = 1_288_834_974_657
"""Millisecond 0 of the clock inside post ids."""
POST_CLOCK_SHIFT: Final = 22
"""Bits of a post id below its clock."""

CORE: Final = "MFCoreScorer"
FLIP_SCORERS: Final = (CORE, "MFExpansionScorer", "MFExpansionPlusScorer")
"""Whose rater factors flip prediction takes, the first that has one (spec 10.2.5)."""
TOPIC_SCORER_PREFIX: Final = "MFTopicScorer_"


@dataclass(frozen=True)
class FlipSettings:
    """Flip prediction: which notes will lose a Helpful status again.

    Attributes
    ----------
    after_post_id : int
        Notes on this or an older post are not learned from.
    availability_lag_ms : int
        Assumed delay between a rating and its availability to scoring.
    n_ratings_wanted : int
        The moment of judgement is put off until so many ratings are visible.
    drift_guard : str
        Helpful notes decided by rules of this name are not learned from.
    neutral_factor : float
        Raters with a factor within +- this are neutral.
    windows_min : tuple of int
        Minutes of the early, densest and latest windows.
    missing_share, missing_statistic : float
        Stand for "no ratings" where a number is needed.
    share_quantile, arrival_quantile, peer_quantile : float
        Values above this quantile of the training rows are cut to it.
    share_bins, count_bins, statistic_bins, arrival_bins, latency_bins, peer_bins : int
        Bins per quantity.
    min_token_notes : int
        Tag tokens of fewer training rows are no features.
    helpful_tag_share, not_helpful_tag_share : float
        Percentage of tag tokens kept, by chi-squared.
    min_variance : float
        Products and statistics that vary less are no features.
    validation_share : float
        Share of rows set aside.
    inverse_regularisation : float
        C of the logistic regression.
    stable_notes_delayed : float
        False positive rate on training rows that the threshold aims at.
    recently_ms : int
        Notes Helpful for the first or latest time since then are predicted.
    posts_per_batch : int
        Posts whose notes share one "newest rating" in prediction.
    """

    after_post_id: int = 1_825_679_568_688_054_351
    availability_lag_ms: int = 15 * MINUTE_MS
    n_ratings_wanted: int = 5
    drift_guard: str = "ScoringDriftGuard"
    neutral_factor: float = 0.3
    windows_min: tuple[int, ...] = (1, 5, 15, 60)
    missing_share: float = -0.25
    missing_statistic: float = -1.0
    share_quantile: float = 0.99
    arrival_quantile: float = 0.999
    peer_quantile: float = 0.9999
    share_bins: int = 10
    count_bins: int = 7
    statistic_bins: int = 10
    arrival_bins: int = 5
    latency_bins: int = 10
    peer_bins: int = 4
    min_token_notes: int = 5
    helpful_tag_share: float = 10.0
    not_helpful_tag_share: float = 50.0
    min_variance: float = 0.001
    validation_share: float = 0.1
    inverse_regularisation: float = 0.04
    stable_notes_delayed: float = 0.6
    recently_ms: int = DAY_MS
    posts_per_batch: int = 10_000


@dataclass(frozen=True)
class Boosting:
    """Gradient boosting of predicted Helpful (spec 10.6.3 step 8)."""

    max_trees: int = 200
    max_depth: int = 5
    learning_rate: float = 0.07
    patience: int = 10
    validation_share: float = 0.1


@dataclass(frozen=True)
class PredictedHelpfulSettings:
    """Predicted Helpful: which notes will become Helpful, from their first ratings.

    Attributes
    ----------
    thresholds : tuple of (int, float)
        Number of ratings and the probability above which a note counts as "above", ascending; the
        numbers are also where training looks.
    revoke_below : float
        A note that was above stays so down to this probability.
    learned_after_ms : int
        Notes created up to then are not learned from.
    shown_for_ms : int
        A note is above at most this long after it first was.
    max_ratings : int
        Notes with more are not predicted.
    min_rows : int
        A number of ratings that fewer training rows reach is left out.
    rater_groups : tuple of int
        Modeling groups whose ratings count.
    author_windows_ms : tuple of int
        How far back the author's other notes count.
    deciding_rule : str
        Only notes this rule decided on stay above.
    boosting : Boosting
        The classifier.
    """

    thresholds: tuple[tuple[int, float], ...] = (
        (8, 0.77),
        (10, 0.78),
        (15, 0.76),
        (20, 0.74),
        (30, 0.70),
        (50, 0.67),
    )
    revoke_below: float = 0.5
    learned_after_ms: int = 1_741_564_800_000
    shown_for_ms: int = 12 * HOUR_MS
    max_ratings: int = 100
    min_rows: int = 50
    rater_groups: tuple[int, ...] = (1, 2, 3, 6, 8, 9, 10, 11, 13, 14, 19, 21, 25)
    author_windows_ms: tuple[int, ...] = (14 * DAY_MS, 90 * DAY_MS)
    deciding_rule: str = "CoreModel (v1.1)"
    boosting: Boosting = Boosting()

    @property
    def cascade(self) -> tuple[int, ...]:
        """Numbers of ratings that training looks at."""
        return tuple(n for n, _ in self.thresholds)

    @property
    def min_ratings(self) -> int:
        """Notes with fewer ratings are not predicted."""
        return self.cascade[0]
