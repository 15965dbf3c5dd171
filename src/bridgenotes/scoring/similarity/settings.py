"""Thresholds of rater similarity, with the values of spec 02."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000


@dataclass(frozen=True)
class EarlyWindow:
    """How much a rater may follow one author within some time of the note (spec 02 B.1).

    Attributes
    ----------
    window_ms : int
        A helpful rating at most this long after its note counts; so does one before it.
    min_coverage : float
        Share of the author's notes, in [0, 1], from which on the pair is suspect.
    min_affinity : float
        Share of the rater's ratings in this window, in [0, 1], from which on the pair is suspect.
    """

    window_ms: int
    min_coverage: float
    min_affinity: float


@dataclass(frozen=True)
class AuthorPairs:
    """Raters stuck to one author (spec 02 B.1).

    Attributes
    ----------
    windows : tuple of EarlyWindow
        A pair is suspect if it is in any of them.
    min_notes : int
        Coverage of an author with fewer notes says nothing.
    min_ratings : int
        Affinity of a rater with fewer ratings in the window says nothing.
    """

    windows: tuple[EarlyWindow, ...] = (
        EarlyWindow(MINUTE_MS, min_coverage=0.2, min_affinity=0.2),
        EarlyWindow(5 * MINUTE_MS, min_coverage=0.3, min_affinity=0.45),
        EarlyWindow(20 * MINUTE_MS, min_coverage=0.4, min_affinity=0.7),
    )
    min_notes: int = 10
    min_ratings: int = 10


@dataclass(frozen=True)
class RaterPairs:
    """Raters who keep rating the same notes close in time (spec 02 B.2).

    Attributes
    ----------
    window_ms : int
        Two ratings of one note at most this far apart are close.
    min_posts : int
        Raters with fewer rated posts are in no pair; at least 1.
    regularisation : float
        Added to each rater's posts in the mutual information.
    pseudocount : float
        Added to the smaller number of posts in the overlap.
    min_npmi : float
        Normalised pointwise mutual information from which on a pair is suspect.
    min_overlap : float
        Share of the smaller rater's posts from which on a pair is suspect.
    """

    window_ms: int = 20 * MINUTE_MS
    min_posts: int = 10
    regularisation: float = 500.0
    pseudocount: float = 10.0
    min_npmi: float = 0.55
    min_overlap: float = 0.4


@dataclass(frozen=True)
class QuasiCliques:
    """Dense groups of raters who give the same verdicts on the same notes (spec 02 B.4.1).

    Attributes
    ----------
    recent_ms : int
        Only notes younger than this, seen from the newest rated note, are looked at.
    min_matches : int
        Raters are in the pool if they agree with somebody on this many posts.
    max_weak_matches : int
        Pairs that agree on more posts than this are seeds.
    action_share, min_action_raters : float, int
        An action belongs to a group if this share of it, and this many of it, took it.
    rater_share : float
        Share of the group's posts that each member must have joined.
    min_posts : int
        Posts a group must have after each addition.
    min_raters : int
        The smallest group kept.
    max_additions : int
        At most this many raters join a seed.
    idle_members_stay : bool
        Whether members that took none of a group's actions are not looked at.
    largest_first : bool
        Of candidates that joined equally many posts, take the largest code instead of the
        smallest. The reference leaves it to an unstable sort; this way gives its groups on
        all golden data, the other way one differs.
    """

    recent_ms: int = 91 * DAY_MS
    min_matches: int = 5
    max_weak_matches: int = 50
    action_share: float = 0.25
    min_action_raters: int = 4
    rater_share: float = 0.25
    min_posts: int = 25
    min_raters: int = 5
    max_additions: int = 2000
    idle_members_stay: bool = True
    largest_first: bool = True


@dataclass(frozen=True)
class SimilaritySettings:
    """All thresholds of rater similarity; the defaults are those of spec 02."""

    author_pairs: AuthorPairs = field(default_factory=AuthorPairs)
    rater_pairs: RaterPairs = field(default_factory=RaterPairs)
    quasi_cliques: QuasiCliques = field(default_factory=QuasiCliques)
