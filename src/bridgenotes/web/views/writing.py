"""Writing a note: the form with what the limits leave, its preview, and publishing (WF, WL)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError
from bridgenotes.base.rules import rules
from bridgenotes.data.vocabulary import NOT_MISLEADING
from bridgenotes.domain import note_text
from bridgenotes.domain.note_form import check_note
from bridgenotes.notes.policies import room_to_write
from bridgenotes.notes.services import writing
from bridgenotes.posts import queries as posts
from bridgenotes.web.guards import contributor_required
from bridgenotes.web.limits import limited
from bridgenotes.web.note_forms import WritingForm
from bridgenotes.web.problems import add_to_form
from bridgenotes.web.templatetags.words import sentence
from bridgenotes.web.viewing import sent

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.domain.note_form import NoteForm
    from bridgenotes.domain.verdict import Reason
    from bridgenotes.posts.models import Post


@dataclass(frozen=True)
class Preview:
    """A note as it would be published.

    Attributes
    ----------
    text : str
        As it would be stored.
    length, limit : int
        As the rules count, and the most they allow (WF-8).
    advice : tuple of Reason
        What would make it better.
    is_for_raters : bool
        Whether only raters would ever see it (WF-13).
    """

    text: str
    length: int
    limit: int
    advice: tuple[Reason, ...]
    is_for_raters: bool


@contributor_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited("write_note")
def write(request: HttpRequest, contributor: Contributor, post_id: int) -> HttpResponse:
    """Show the writing form to writers, with what the limits leave, and take a note (WF, WL)."""
    post = posts.by_id(post_id)
    writing.require_writer(contributor)
    form, shown = WritingForm(sent(request)), None
    if request.method == "POST" and form.is_valid():
        submitted = form.submitted()
        shown = preview_of(submitted)
        try:
            written = writing.write_note(contributor, post, submitted, now=clock.now())
        except DomainError as error:
            add_to_form(form, error)
        else:
            for advice in check_note(submitted, rules().notes).advice:
                messages.info(request, sentence(advice))
            messages.success(
                request, _("Your note is published. It needs ratings before it can show on the post.")
            )
            answer = redirect("note", note_id=written.pk)
            return HttpResponseClientRedirect(answer.url) if request.htmx else answer  # type: ignore[attr-defined]
    return _page(request, contributor, post, form, shown)


@contributor_required
@require_POST
def preview(request: HttpRequest, contributor: Contributor, post_id: int) -> HttpResponse:
    """Show what a note would look like; nothing is kept."""
    post, form = posts.by_id(post_id), WritingForm(request.POST)
    writing.require_writer(contributor)
    shown = preview_of(form.submitted()) if form.is_valid() else None
    if request.htmx and request.htmx.target == "preview":  # type: ignore[attr-defined]
        status = 422 if form.errors else 200
        return render(request, "web/writing/preview.html", {"preview": shown}, status=status)
    return _page(request, contributor, post, form, shown)


def preview_of(submitted: NoteForm) -> Preview | None:
    """Return what readers would see of a note; None while it has no words."""
    text, config = note_text.cleaned(submitted.text), rules().notes
    if not text:
        return None
    return Preview(
        text=text,
        length=note_text.length(text, config),
        limit=config.max_length,
        advice=check_note(submitted, config).advice,
        is_for_raters=submitted.classification == NOT_MISLEADING,
    )


def _page(
    request: HttpRequest, contributor: Contributor, post: Post, form: WritingForm, shown: Preview | None
) -> HttpResponse:
    """Return the page with its form, or the form alone to a page that asks for it."""
    room = room_to_write(contributor, post.author, now=clock.now())
    context = {"form": form, "post": post, "room": room, "preview": shown}
    template = "web/writing/form.html" if request.htmx else "web/write.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=422 if form.errors else 200)
