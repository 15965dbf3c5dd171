"""A note: reading, deleting, rating it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import reswap, retarget

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError, explain
from bridgenotes.identity.handles import Purpose
from bridgenotes.insight.queries import explained_note
from bridgenotes.notes.queries.display import NoteView, latest_changes, note_by_id, note_views
from bridgenotes.notes.services import rating, readers, writing
from bridgenotes.web.explaining import why
from bridgenotes.web.guards import contributor_required
from bridgenotes.web.kept_pages import same_for_visitors
from bridgenotes.web.limits import limited
from bridgenotes.web.note_forms import FeedbackForm, NoteRatingForm
from bridgenotes.web.problems import add_to_form
from bridgenotes.web.viewing import contributor_of, handle_of, looker_of, sent

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from bridgenotes.contributors.models import Contributor


@require_safe
@same_for_visitors
def note(request: HttpRequest, note_id: int) -> HttpResponse:
    """Show a note with its status, why, and what it was before (ST-8, ST-11, TL-7)."""
    (view,) = note_views([explained_note(note_id)], looker_of(request))
    changes = latest_changes(note_id)[::-1]
    context = {
        "view": view,
        "form": NoteRatingForm.of(view) if view.can_be_rated and contributor_of(request) else None,
        "why": why(view.note, changes, view.facts.n_ratings, now=clock.now()),
    }
    return render(request, "web/note.html", context, status=410 if view.facts.is_deleted else 200)


@contributor_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, contributor: Contributor, note_id: int) -> HttpResponse:
    """Ask whether to delete one's note, and do it (WF-12)."""
    found = note_by_id(note_id)
    writing.require_own(contributor, found)
    if request.method == "POST":
        writing.delete_note(contributor, found, now=clock.now())
        messages.info(request, _("Your note is deleted."))
        return redirect("post", post_id=found.post_id)
    return render(request, "web/delete_note.html", {"note": found})


@contributor_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited("rate_note")
def rate(request: HttpRequest, contributor: Contributor, note_id: int) -> HttpResponse:
    """Show the rating form and take a rating (RF-1 to RF-5, RF-9); a fragment for a page that asks for one."""
    view = _view(request, note_id)
    form = NoteRatingForm.of(view, sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            rating.rate_note(contributor, view.note, form.submitted(), now=clock.now())
        except DomainError as error:
            add_to_form(form, error)
            status = explain(error).status
        else:
            return _rated(request, note_id, _("Thank you. Your rating counts from the next scoring on."))
    else:
        status = 422 if form.errors else 200
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "web/rate.html", {"view": view, "form": form}, status=status)
    answer = render(request, "web/note_rating.html", {"view": view, "form": form}, status=status)
    return reswap(retarget(answer, f"#rating-{note_id}"), "outerHTML")  # a refused form replaces itself


@contributor_required
@require_POST
def take_back(request: HttpRequest, contributor: Contributor, note_id: int) -> HttpResponse:
    """Delete one's rating (RF-1)."""
    rating.take_back(contributor, note_by_id(note_id), now=clock.now())
    return _rated(request, note_id, _("Your rating is deleted."))


@require_POST
@limited("feedback")
def feedback(request: HttpRequest, note_id: int) -> HttpResponse:
    """Take a reader's answer, apart from ratings; contributors rate instead (RF-12)."""
    if contributor_of(request) is not None:
        return redirect("rate", note_id=note_id)
    found, form = note_by_id(note_id), FeedbackForm(request.POST)
    level = form.cleaned_data["level"] if form.is_valid() else ""
    reader = handle_of(request, Purpose.FEEDBACK, str(found.pk))
    readers.give_feedback(found, reader, level, now=clock.now())
    messages.success(request, _("Thank you for your feedback."))
    return redirect("post", post_id=found.post_id)


@require_safe
def guidance(request: HttpRequest) -> HttpResponse:
    """Show what makes a note helpful (WF-14)."""
    return render(request, "web/guidance.html")


def _view(request: HttpRequest, note_id: int) -> NoteView:
    return note_views([note_by_id(note_id)], looker_of(request))[0]


def _rated(request: HttpRequest, note_id: int, words: str) -> HttpResponse:
    """Return the note as it now is: its card for a page that replaces it, else its page."""
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "web/note_card.html", {"view": _view(request, note_id), "said": words})
    messages.success(request, words)
    return redirect("note", note_id=note_id)
