"""A post's author asks for additional review of the note on the post (AR)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from bridgenotes.base.rules import rules
from bridgenotes.domain.additional_review import may_request_review
from bridgenotes.notes.models import Note, ReviewRequest
from bridgenotes.notes.queries.display import shown_facts

if TYPE_CHECKING:
    from datetime import datetime


@transaction.atomic
def request_review(note: Note, *, is_post_author: bool, now: datetime) -> ReviewRequest:
    """Offer a note to contributors for rating once more; nothing else follows (AR-1 to AR-4).

    Raises
    ------
    Refused
        If authorship is not proven, the note does not show on the post, or review was asked for lately.
    """
    note = Note.objects.select_for_update().get(pk=note.pk)
    last = note.reviews.order_by("-requested_at").values_list("requested_at", flat=True).first()
    config = rules().additional_review
    may_request_review(shown_facts(note), last, config, now, is_post_author=is_post_author).require()
    return ReviewRequest.objects.create(note=note, requested_at=now)
