"""Notes that lack ratings, for one contributor: facts for `bridgenotes.domain.needs_your_help`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Count, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from bridgenotes.base.kept import kept
from bridgenotes.base.prepared import Prepared
from bridgenotes.base.rules import rules
from bridgenotes.domain.additional_review import is_pending
from bridgenotes.domain.needs_your_help import (
    OPEN_STATUSES,
    Candidate,
    HelpViewer,
    Offer,
    PostFacts,
    offers_of,
    weigh,
)
from bridgenotes.domain.top_writer import is_top_writer
from bridgenotes.notes.models import HiddenAuthor, Note, RaterScore, Rating, ReviewRequest
from bridgenotes.notes.queries.display import shown_facts, with_facts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from bridgenotes.contributors.models import Contributor

MOST_CANDIDATES: Final = 500
"""Notes looked at for one tab; the newest ones of a site with more."""


def needs_your_help(contributor: Contributor, *, now: datetime) -> tuple[Offer, ...]:
    """Return what a contributor's tab holds, best first; the same for a whole day's chance (NYH-1).

    The notes that need help are the same for everybody, and may be a few seconds old; what the contributor did
    and which notes were deleted is looked up each time.
    """
    config = rules().needs_your_help
    found = kept("notes that need help", lambda: weigh(candidates(now=now), config, now))
    among = [int(each.candidate.note_id) for each in found]
    chosen = offers_of(found, viewer_of(contributor, among), config, f"tab {now:%Y-%m-%d}")
    numbers = [int(offer.candidate.note_id) for offer in chosen]
    there = {note.pk for note in _there(numbers)}
    return tuple(offer for offer in chosen if int(offer.candidate.note_id) in there)


def candidates(*, now: datetime) -> list[Candidate]:
    """Return the notes that may need help, for tab and alerts alike; two queries (NYH-4)."""
    return [_candidate(note, now) for note in _open_notes(now)]


_score_of = Prepared(lambda rater: RaterScore.objects.filter(contributor=rater))
_hidden = Prepared(lambda contributor: HiddenAuthor.objects.filter(contributor=contributor))
_there = Prepared(lambda numbers: Note.objects.filter(pk__among=numbers, deleted_at=None).only("pk"))
_rated = Prepared(
    lambda rater, among: Rating.objects.filter(rater=rater, note__among=among, deleted_at=None).only("note")
)


def viewer_of(contributor: Contributor, among: Sequence[int]) -> HelpViewer:
    """Return a contributor as somebody who is asked: viewpoint, what was rated, whose posts are hidden."""
    score = next(iter(_score_of(contributor.pk)), None)
    rated = _rated(contributor.pk, list(among))
    return HelpViewer(
        contributor_id=str(contributor.pk),
        factor=score.factor if score else None,
        rated=frozenset(str(rating.note_id) for rating in rated),
        hidden_post_authors=frozenset(str(hidden.author_id) for hidden in _hidden(contributor.pk)),
    )


def _open_notes(now: datetime) -> QuerySet[Note]:
    config, review = rules().needs_your_help, rules().additional_review
    first_noted = (
        Note.objects.filter(post=OuterRef("post"))
        .order_by()
        .values("post")
        .annotate(at=Min("created_at"))
        .values("at")
    )
    # Fetched first: as a subquery beside the other condition they would make the database read all notes.
    pending = ReviewRequest.objects.filter(
        requested_at__gt=now - review.pending_for, requested_at__lte=now
    ).values_list("note_id", flat=True)
    oldest = now - config.max_post_age
    latest_review = (
        ReviewRequest.objects.filter(note=OuterRef("pk")).order_by("-requested_at").values("requested_at")[:1]
    )
    notes = with_facts(Note.objects.filter(deleted_at__isnull=True)).select_related("author__impact")
    return (
        notes.annotate(
            post_age_from=Coalesce("post__published_at", Subquery(first_noted)),
            review_at=Subquery(latest_review),
            negative=_ratings_from(rater__rater_score__factor__lt=0),
            positive=_ratings_from(rater__rater_score__factor__gt=0),
        )
        .filter(
            # No note is older than its post, so only young notes can be on young posts.
            Q(status__in=OPEN_STATUSES, created_at__gte=oldest, post_age_from__gte=oldest)
            | Q(pk__in=set(pending))
        )
        .order_by("-created_at", "-id")[:MOST_CANDIDATES]
    )


def _ratings_from(**side: int) -> Coalesce:
    """Return how many ratings of a note count and come from a side.

    Counted note by note: joined to the notes, every rating would carry the whole row of its note through a sort.
    """
    counted = Rating.objects.filter(note=OuterRef("pk"), deleted_at__isnull=True, **side).order_by()
    return Coalesce(Subquery(counted.values("note").annotate(n=Count("*")).values("n")), 0)


def _candidate(note: Note, now: datetime) -> Candidate:
    facts, writing, post = shown_facts(note), note.author.impact.writing, note.post
    columns = vars(note)  # annotations
    negative, positive = columns["negative"], columns["positive"]
    return Candidate(
        note_id=facts.note_id,
        author_id=str(note.author_id),
        post=PostFacts(
            post_id=str(post.pk),
            author_id=str(post.author_id) if post.author_id else None,
            created_at=columns["post_age_from"],
            engagement=post.engagement,
        ),
        status=note.status,
        text=note.summary,
        author_writing=writing,
        intercept=facts.intercept,
        negative_ratings=negative,
        positive_ratings=positive,
        other_ratings=facts.n_ratings - negative - positive,
        is_stabilising=note.is_stabilising,
        is_deleted=note.is_deleted,
        review_pending=is_pending(columns["review_at"], facts, rules().additional_review, now),
        author_is_top_writer=is_top_writer(writing, rules().top_writer),
    )
