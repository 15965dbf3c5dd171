"""Writing and deleting notes (WF, WL)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext

from bridgenotes.base.errors import Conflict, NotAllowed
from bridgenotes.base.public_ids import public_id
from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor
from bridgenotes.contributors.services import require_rater
from bridgenotes.domain import note_text
from bridgenotes.domain.note_form import check_note
from bridgenotes.domain.verdict import Refused
from bridgenotes.notes.models import Note
from bridgenotes.notes.models.note import Removal
from bridgenotes.notes.policies import room_to_write, standing_of
from bridgenotes.posts.models import Post

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.domain.note_form import NoteForm


def require_writer(contributor: Contributor) -> None:
    """Do nothing if the contributor may write; else say why not and what is missing (WF-2, WA-5).

    Raises
    ------
    Refused
        With the numbers needed to earn writing, or to earn it back.
    NotAllowed
        If they take no part any more.
    """
    require_rater(contributor)
    if not contributor.can_write:
        raise Refused((standing_of(contributor),))


def require_own(author: Contributor, note: Note) -> None:
    """Do nothing if the contributor wrote the note.

    Raises
    ------
    NotAllowed
        If somebody else did.
    """
    if note.author_id != author.pk:
        raise NotAllowed("notes.not_own", gettext("Only its author can delete a note."))


@transaction.atomic
def write_note(author: Contributor, post: Post, form: NoteForm, *, now: datetime) -> Note:
    """Publish a note on a post; it needs ratings and is visible at once (WF-11).

    Raises
    ------
    Refused
        If the author may not write, the form is incomplete, or a limit is used up; the reasons say
        when the next note is possible.
    """
    author = Contributor.objects.select_for_update(of=("self",)).select_related("impact").get(pk=author.pk)
    post = Post.objects.select_for_update(of=("self",)).select_related("author").get(pk=post.pk)
    require_writer(author)
    check_note(form, rules().notes).require()
    assert form.classification is not None  # checked just now
    assert form.trustworthy_sources is not None
    room_to_write(author, post.author, now=now).verdict.require()
    note = Note.objects.create(
        id=public_id(now), post=post, author=author, classification=form.classification,
        reasons=sorted(form.reasons), trustworthy_sources=form.trustworthy_sources,
        summary=note_text.cleaned(form.text), language=post.language, created_at=now,
    )  # fmt: skip
    post.last_noted_at = now
    post.save(update_fields=["last_noted_at"])
    return note


@transaction.atomic
def delete_note(author: Contributor, note: Note, *, now: datetime) -> Note:
    """Delete one's own note: the words go, the row stays for status and impacts (WF-12, IM-6).

    Raises
    ------
    NotAllowed
        If somebody else wrote it.
    Conflict
        If it was deleted before.
    """
    require_own(author, note)
    return _delete(note, Removal.BY_AUTHOR, now)


def take_down(note: Note, *, now: datetime) -> Note:
    """Delete a note that breaks the rules; its status stays what ratings made it (RP-3, RP-5).

    Raises
    ------
    Conflict
        If it was deleted before.
    """
    return _delete(note, Removal.BY_STAFF, now)


@transaction.atomic
def _delete(note: Note, removal: Removal, now: datetime) -> Note:
    note = Note.objects.select_for_update().get(pk=note.pk)
    if note.is_deleted:
        raise Conflict("notes.deleted", gettext("This note was deleted before."))
    note.summary, note.reasons, note.deleted_at, note.removal = "", [], now, removal
    note.save(update_fields=["summary", "reasons", "deleted_at", "removal"])
    post = Post.objects.select_for_update().get(pk=note.post_id)
    latest = post.notes.filter(deleted_at__isnull=True).order_by("-created_at").first()
    post.last_noted_at = latest.created_at if latest else None
    post.save(update_fields=["last_noted_at"])
    return note
