"""Rating a note, changing one's mind, taking it back (RF)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext

from bridgenotes.base.errors import Conflict, NotFound
from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor
from bridgenotes.contributors.services import require_rater
from bridgenotes.data.vocabulary import tag_bit
from bridgenotes.domain.rating_form import check_rating, may_rate, rating_source
from bridgenotes.notes.models import Note, Rating, SampledAlert

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.domain.rating_form import RatingForm
    from bridgenotes.posts.models import Post


@transaction.atomic
def rate_note(
    rater: Contributor, note: Note, form: RatingForm, *, now: datetime, rated_on: Post | None = None
) -> Rating:
    """Record or replace the rater's one rating of a note (RF-1).

    Parameters
    ----------
    rater : Contributor
        Anybody who takes part, but the author.
    note : Note
        Whatever its status.
    form : RatingForm
        Level and reasons.
    now : datetime
        Becomes the rating's time, unless only reasons change.
    rated_on : Post or None
        The post it was rated under; the note's by default (RF-9).

    Raises
    ------
    Refused
        If the form is incomplete or it is the rater's own note.
    NotAllowed
        If the rater takes no part any more.
    Conflict
        If the note was deleted.
    """
    rater = Contributor.objects.select_for_update().get(pk=rater.pk)  # one writer per rater and note
    note = Note.objects.get(pk=note.pk)
    require_rater(rater)
    may_rate(str(rater.pk), str(note.author_id), is_enrolled=rater.can_rate).require()
    check_rating(form, rules().ratings).require()
    if note.is_deleted:
        raise Conflict("notes.deleted", gettext("This note was deleted, so it cannot be rated any more."))
    rating = Rating.objects.filter(note=note, rater=rater).first()
    if rating is None:
        rating = Rating(note=note, rater=rater, created_at=now)
    elif rating.deleted_at is not None or rating.level != form.level:
        rating.created_at, rating.edited_at = now, now
    else:
        rating.edited_at = now
    rating.level, rating.deleted_at = form.level, None
    rating.tags = sum(tag_bit(tag) for tag in form.tags)
    rating.rated_on_id = rated_on.pk if rated_on else note.post_id
    rating.source = _source(rating)
    rating.save()
    return rating


@transaction.atomic
def take_back(rater: Contributor, note: Note, *, now: datetime) -> Rating:
    """Delete one's rating of a note; it counts for nothing any more (RF-1).

    Raises
    ------
    NotFound
        If there is none.
    """
    rating = Rating.objects.select_for_update().filter(note=note, rater=rater, deleted_at=None).first()
    if rating is None:
        raise NotFound("ratings.none", gettext("You have not rated this note."))
    rating.deleted_at = now
    rating.save(update_fields=["deleted_at"])
    return rating


def record_sampled_alert(note: Note, contributor: Contributor, *, now: datetime) -> SampledAlert:
    """Remember that a contributor was drawn at random to rate a note (RF-10); the first time counts."""
    alert, _ = SampledAlert.objects.get_or_create(
        note=note, contributor=contributor, defaults={"drawn_at": now}
    )
    return alert


def _source(rating: Rating) -> str:
    alerts = SampledAlert.objects.filter(note=rating.note_id, contributor=rating.rater_id)
    drawn_at = alerts.values_list("drawn_at", flat=True).first()
    return rating_source(drawn_at, rating.created_at, rules().ratings)
