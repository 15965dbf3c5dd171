"""Which notes to ask a contributor about: those that lack the contributor's viewpoint (NYH-1 to NYH-8).

The same criteria choose the tab, alerts and previews (NYH-4). Every note gets a component per
criterion, each 0 to 1; the score is their weighted sum. What bars a note is a reason, not a low score.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from bridgenotes.data.vocabulary import NEEDS_YOUR_HELP, NMR
from bridgenotes.domain.chance import generator
from bridgenotes.domain.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta

    from bridgenotes.domain.config import HelpConfig
    from bridgenotes.domain.impacts import WritingImpact

OPEN_STATUSES: Final = frozenset({NMR, NEEDS_YOUR_HELP})


@dataclass(frozen=True)
class PostFacts:
    """The post of a candidate.

    Attributes
    ----------
    post_id : str
        The post.
    author_id : str or None
        Its author at the host, if known.
    created_at : datetime
        When it was published, or first noted where that is not known.
    engagement : int
        Likes and reposts so far.
    """

    post_id: str
    author_id: str | None
    created_at: datetime
    engagement: int = 0


@dataclass(frozen=True)
class Candidate:
    """A note that might be offered.

    Attributes
    ----------
    note_id, author_id : str
        The note and the contributor who wrote it.
    post : PostFacts
        Its post.
    status : str
        Public status.
    text : str
        Of the note; searched for overwhelming terms.
    author_writing : WritingImpact
        Of its author.
    intercept : float or None
        Helpfulness score; None before a model judged it.
    negative_ratings, positive_ratings : int
        Ratings by raters with negative and positive factor.
    other_ratings : int
        Ratings by raters whose viewpoint is not known yet.
    is_stabilising, is_deleted, review_pending, author_is_top_writer : bool
        What the names say (ST-13, ST-16, AR-2, TW-2).
    """

    note_id: str
    author_id: str
    post: PostFacts
    status: str
    text: str
    author_writing: WritingImpact
    intercept: float | None = None
    negative_ratings: int = 0
    positive_ratings: int = 0
    other_ratings: int = 0
    is_stabilising: bool = False
    is_deleted: bool = False
    review_pending: bool = False
    author_is_top_writer: bool = False

    @property
    def ratings(self) -> int:
        """All ratings."""
        return self.negative_ratings + self.positive_ratings + self.other_ratings


@dataclass(frozen=True)
class HelpViewer:
    """Who is asked.

    Attributes
    ----------
    contributor_id : str
        The contributor.
    factor : float or None
        Their viewpoint; None while too few ratings tell.
    rated : frozenset of str
        Notes they rated.
    hidden_post_authors : frozenset of str
        Authors whose posts they do not see: blocked, muted or the other way round (NYH-4).
    """

    contributor_id: str
    factor: float | None = None
    rated: frozenset[str] = frozenset()
    hidden_post_authors: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Offer:
    """A note to ask about, and why it stands where it stands."""

    candidate: Candidate
    score: float
    components: Mapping[str, float] = field(default_factory=dict)


def barred(candidate: Candidate, viewer: HelpViewer, config: HelpConfig, now: datetime) -> Reason | None:
    """Return what keeps a note from a viewer, the first of all reasons (NYH-4, NYH-5); None if nothing.

    A pending additional review lifts the limits on status, age, score and number of ratings (AR-2).
    """
    if candidate.is_deleted:
        return Reason("help.deleted")
    if reason := _barred_for(candidate, viewer):
        return reason
    return None if candidate.review_pending else _out_of_range(candidate, config, now)


def _barred_for(candidate: Candidate, viewer: HelpViewer) -> Reason | None:
    """Return what keeps a note from this viewer, whatever its state."""
    if candidate.author_id == viewer.contributor_id:
        return Reason("help.own_note")
    if candidate.note_id in viewer.rated:
        return Reason("help.already_rated")
    if candidate.post.author_id is not None and candidate.post.author_id in viewer.hidden_post_authors:
        return Reason("help.post_hidden")
    return None


def _out_of_range(candidate: Candidate, config: HelpConfig, now: datetime) -> Reason | None:
    if candidate.status not in OPEN_STATUSES:
        return Reason("help.decided")
    if now - candidate.post.created_at > config.max_post_age:
        return Reason("help.too_old")
    if candidate.intercept is not None and candidate.intercept < config.min_intercept:
        return Reason("help.low_score", {"score": candidate.intercept, "least": config.min_intercept})
    is_lopsided = candidate.is_stabilising and missing_sign(candidate, config) is not None
    if candidate.ratings >= config.max_ratings and not is_lopsided:
        return Reason("help.enough_ratings", {"ratings": candidate.ratings})
    return None


def missing_sign(candidate: Candidate, config: HelpConfig) -> int | None:
    """Return the viewpoint sign, -1 or 1, that a note lacks most; None if neither (NYH-5).

    A sign is lacking with few raters or a small share of all with a sign. With equal numbers
    neither lacks more, and raters of both are welcome: 0.
    """
    negative, positive = candidate.negative_ratings, candidate.positive_ratings
    fewer = min(negative, positive)
    is_small = 100 * fewer < config.min_sign_percent * (negative + positive)
    if fewer >= config.raters_per_sign and not is_small:
        return None
    return (negative > positive) - (negative < positive)


def components(
    candidate: Candidate, viewer: HelpViewer, config: HelpConfig, now: datetime
) -> dict[str, float]:
    """Return every criterion's value, 0 to 1 (NYH-4, NYH-5, NYH-8, AR-2, TW-2)."""
    return {
        **_components_for_all(candidate, config, now),
        "viewpoint": _viewpoint_need(candidate, viewer, config),
    }


def _components_for_all(candidate: Candidate, config: HelpConfig, now: datetime) -> dict[str, float]:
    """Return the criteria that are the same whoever is asked."""
    age = max((now - candidate.post.created_at).total_seconds(), 0.0)
    projected = projected_engagement(candidate.post, config, now)
    return {
        "recency": 0.5 ** (age / config.recency_half_life.total_seconds()),
        "engagement": min(projected / config.engagement_saturation, 1.0),
        "near": _nearness(candidate.intercept, config),
        "author": _author_standing(candidate.author_writing),
        "unrated": 1.0 - min(candidate.ratings / config.max_ratings, 1.0),
        "review": float(candidate.review_pending),
        "top_writer": float(candidate.author_is_top_writer),
    }


def projected_engagement(post: PostFacts, config: HelpConfig, now: datetime) -> float:
    """Return the likes and reposts a post will have got in the end (NYH-4).

    Notes
    -----
    Engagement is taken to come in like radioactive decay: after one half-life half of it is
    there. So the end is what is there over ``1 - 2 ** (-age / half_life)``.
    """
    age: timedelta = max(now - post.created_at, config.engagement_min_age)
    half_lives = age / config.engagement_half_life
    return post.engagement / (1.0 - math.pow(0.5, half_lives))


def _nearness(intercept: float | None, config: HelpConfig) -> float:
    """Return 1 at the Helpful threshold, falling to 0 at the width on either side."""
    if intercept is None:
        return 0.0
    return max(1.0 - abs(config.helpful_intercept - intercept) / config.near_width, 0.0)


def _author_standing(writing: WritingImpact) -> float:
    """Return writing impact over all notes, for authors with a positive one (NYH-5)."""
    return writing.total / writing.notes if writing.total > 0 else 0.0


def _viewpoint_need(candidate: Candidate, viewer: HelpViewer, config: HelpConfig) -> float:
    """Return how much the viewer's side is missing: 1 where it is and nobody of it has rated (NYH-8)."""
    sign = missing_sign(candidate, config)
    if sign is None or not viewer.factor:
        return 0.0
    side = 1 if viewer.factor > 0 else -1
    if sign not in {0, side}:
        return 0.0
    present = candidate.positive_ratings if side > 0 else candidate.negative_ratings
    return (
        max(1.0 - present / config.raters_per_sign, 0.0)
        if sign == 0
        else _shortfall(candidate, present, config)
    )


def _shortfall(candidate: Candidate, present: int, config: HelpConfig) -> float:
    """Return the larger of the lack in number and the lack in share."""
    signed = candidate.negative_ratings + candidate.positive_ratings
    by_number = 1.0 - present / config.raters_per_sign
    by_share = 1.0 - 100 * present / (config.min_sign_percent * signed) if signed else 1.0
    return max(by_number, by_share, 0.0)


def has_overwhelming_term(text: str, config: HelpConfig) -> bool:
    """Return whether a note is about what would swamp everything else (NYH-6)."""
    folded = text.casefold()
    return any(term in folded for term in config.overwhelming_terms)


@dataclass(frozen=True)
class Weighed:
    """A note that some viewer may be asked about, and what is the same for all of them.

    Attributes
    ----------
    candidate : Candidate
        The note.
    components : mapping
        Criteria that do not depend on who is asked.
    score : float
        Their weighted sum.
    is_overwhelming : bool
        Whether it has a term of NYH-6.
    """

    candidate: Candidate
    components: Mapping[str, float]
    score: float
    is_overwhelming: bool


def weigh(candidates: Iterable[Candidate], config: HelpConfig, now: datetime) -> tuple[Weighed, ...]:
    """Return the notes that anybody may be asked about, with what is the same for everybody.

    Parameters
    ----------
    candidates : iterable of Candidate
        All that might do.
    config : HelpConfig
        Weights and limits.
    now : datetime
        The clock.
    """
    found = []
    for candidate in candidates:
        if candidate.is_deleted or (
            not candidate.review_pending and _out_of_range(candidate, config, now) is not None
        ):
            continue
        parts = _components_for_all(candidate, config, now)
        found.append(
            Weighed(candidate, parts, _weighted(parts, config), has_overwhelming_term(candidate.text, config))
        )
    return tuple(found)


def offers(
    candidates: Iterable[Candidate], viewer: HelpViewer, config: HelpConfig, now: datetime, seed: int | str
) -> tuple[Offer, ...]:
    """Return what the tab of one viewer holds; `offers_of` for many viewers of the same notes."""
    return offers_of(weigh(candidates, config, now), viewer, config, seed)


def offers_of(
    weighed: Iterable[Weighed], viewer: HelpViewer, config: HelpConfig, seed: int | str
) -> tuple[Offer, ...]:
    """Return what the tab holds: the best note of each post, best post first (NYH-1).

    Parameters
    ----------
    weighed : iterable of Weighed
        All that might do; those of no use to this viewer drop out.
    viewer : HelpViewer
        Who is asked.
    config : HelpConfig
        Weights and limits.
    seed : int or str
        Chance for overwhelming terms; the same viewer and note fall the same way under one
        seed, so a tab does not flicker. Change it daily.

    Returns
    -------
    tuple of Offer
        At most ``config.posts``, fewer if fewer qualify.
    """
    best: dict[str, tuple[float, str, float, Weighed]] = {}
    for each in weighed:
        candidate = each.candidate
        if _barred_for(candidate, viewer) or (
            each.is_overwhelming and _is_thinned_out(candidate, viewer, config, seed)
        ):
            continue
        need = _viewpoint_need(candidate, viewer, config)
        ranked = (-(each.score + config.weight_viewpoint * need), candidate.note_id, need, each)
        rival = best.get(candidate.post.post_id)
        if rival is None or ranked[:2] < rival[:2]:
            best[candidate.post.post_id] = ranked
    return tuple(
        Offer(each.candidate, -negative, {**each.components, "viewpoint": need})
        for negative, _, need, each in sorted(best.values(), key=itemgetter(0, 1))[: config.posts]
    )


def score(candidate: Candidate, viewer: HelpViewer, config: HelpConfig, now: datetime) -> Offer:
    """Return a note's weighted sum and its parts."""
    parts = components(candidate, viewer, config, now)
    return Offer(candidate, _weighted(parts, config), parts)


def _weighted(parts: Mapping[str, float], config: HelpConfig) -> float:
    """Return the weighted sum of criteria."""
    weights: Mapping[str, float] = {name: getattr(config, f"weight_{name}") for name in parts}
    return sum(weights[name] * part for name, part in parts.items())


def _is_thinned_out(candidate: Candidate, viewer: HelpViewer, config: HelpConfig, seed: int | str) -> bool:
    chance = generator(seed, "overwhelming", viewer.contributor_id, candidate.note_id)
    return chance.random() >= config.overwhelming_probability
