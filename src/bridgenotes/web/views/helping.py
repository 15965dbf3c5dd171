"""Needs Your Help: one note, then the next (NYH-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError, explain
from bridgenotes.notes.queries import help as helping
from bridgenotes.notes.queries.display import NoteView, note_by_id, note_views, notes_by_id
from bridgenotes.notes.queries.progress import progress_of
from bridgenotes.notes.services import hiding, rating
from bridgenotes.posts import queries as posts
from bridgenotes.web.guards import contributor_required
from bridgenotes.web.joining import FIRST_RATINGS
from bridgenotes.web.limits import limited
from bridgenotes.web.note_forms import NoteRatingForm
from bridgenotes.web.problems import add_to_form
from bridgenotes.web.viewing import languages_of, looker_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, QueryDict

    from bridgenotes.contributors.models import Contributor

MOST_SKIPPED: Final = 30
"""Notes put off that an address carries; older ones come up again."""


@dataclass(frozen=True)
class Asked:
    """A note to be rated, and whether its post's author asked for review."""

    note: NoteView
    review_pending: bool = False


@dataclass(frozen=True)
class Turn:
    """Where a contributor is in the queue.

    Attributes
    ----------
    skipped : tuple of str
        Notes put off, in order; they come last.
    form : NoteRatingForm or None
        One that was refused; its note stays in front.
    refused : NoteView or None
        That note.
    status : int
        HTTP status of the page.
    rated : NoteView or None
        The note rated just now.
    """

    skipped: tuple[str, ...]
    form: NoteRatingForm | None = None
    refused: NoteView | None = None
    status: int = 200
    rated: NoteView | None = None


@contributor_required
@require_safe
def needs_your_help(request: HttpRequest, contributor: Contributor) -> HttpResponse:
    """Show the notes that lack this contributor's viewpoint, the first with its form (NYH-1)."""
    return queue_page(request, contributor)


@contributor_required
@require_POST
@limited("rate_note")
def rate_next(request: HttpRequest, contributor: Contributor, note_id: int) -> HttpResponse:
    """Take a rating and go on to the next note; without a script by a redirect."""
    (view,) = note_views([note_by_id(note_id)], looker_of(request))
    form, skipped = NoteRatingForm.of(view, request.POST), _skipped(request.POST)
    status = 422
    if form.is_valid():
        try:
            rating.rate_note(contributor, view.note, form.submitted(), now=clock.now())
        except DomainError as error:
            add_to_form(form, error)
            status = explain(error).status
        else:
            if request.htmx:  # type: ignore[attr-defined]
                return queue_page(request, contributor, Turn(skipped, rated=view))
            messages.success(request, _("Thank you. Your rating counts from the next scoring on."))
            query = urlencode({"skip": skipped}, doseq=True)
            return redirect(f"{reverse('needs_your_help')}?{query}" if query else "needs_your_help")
    return queue_page(request, contributor, Turn(skipped, form, view, status))


@contributor_required
@require_POST
def hide_author(request: HttpRequest, contributor: Contributor, post_id: int) -> HttpResponse:
    """Offer no more posts of this post's author, or offer them again; notes stay visible (NYH-4, AL-5)."""
    found = posts.by_id(post_id)
    if found.author is not None:
        change = hiding.show_author if "again" in request.POST else hiding.hide_author
        change(contributor, found.author)
    return redirect("needs_your_help")


def queue_page(request: HttpRequest, contributor: Contributor, turn: Turn | None = None) -> HttpResponse:
    """Return the tab, or the queue alone to a page that asks for it."""
    turn = turn or Turn(_skipped(request.GET))
    queue = _queue(request, contributor, turn)
    current = queue[0] if queue else None
    form = turn.form or (NoteRatingForm.of(current.note) if current else None)
    context = {
        "tab": "help",
        "current": current,
        "following": queue[1:],
        "waiting": len(queue),
        "form": form,
        "skipped": turn.skipped,
        "skip_query": _skip_query(turn.skipped, current),
        "rated": turn.rated,
        "progress": progress_of(contributor),
        "first_ratings": FIRST_RATINGS,
    }
    template = "web/helping/queue.html" if request.htmx else "web/needs_your_help.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=turn.status)


def _queue(request: HttpRequest, contributor: Contributor, turn: Turn) -> list[Asked]:
    """Return what is asked, in order: the note that was refused or called for, the others, what was put off.

    Of the others, those on posts in languages that the contributor seems to read come first.
    """
    offers = helping.needs_your_help(contributor, now=clock.now())
    notes = notes_by_id([int(offer.candidate.note_id) for offer in offers])
    views = {view.facts.note_id: view for view in note_views(notes, looker_of(request))}
    asked = [
        Asked(views[offer.candidate.note_id], offer.candidate.review_pending)
        for offer in offers
        if offer.candidate.note_id in views
    ]
    first = turn.refused.facts.note_id if turn.refused else request.GET.get("note", "")
    later = {note_id: place for place, note_id in enumerate(turn.skipped, start=1)}
    read = languages_of(request)

    def place(item: Asked) -> tuple[bool, int, bool]:
        number, language = item.note.facts.note_id, item.note.note.post.language.lower().partition("-")[0]
        return number != first, later.get(number, 0), bool(language) and language not in read

    asked.sort(key=place)
    if turn.refused and (
        not asked or asked[0].note.facts.note_id != first
    ):  # rated, decided or too old by now
        asked.insert(0, Asked(turn.refused))
    return asked


def _skipped(query: QueryDict) -> tuple[str, ...]:
    """Return the notes put off, from an address or a form; what is no number is left out."""
    numbers = [word for word in query.getlist("skip") if word.isdecimal() and word.isascii()]
    return tuple(dict.fromkeys(numbers))[-MOST_SKIPPED:]


def _skip_query(skipped: tuple[str, ...], current: Asked | None) -> str:
    """Return the address that puts off the current note, too; without its question mark."""
    if current is None:
        return ""
    now = current.note.facts.note_id
    return urlencode({"skip": [*(note for note in skipped if note != now), now]}, doseq=True)
