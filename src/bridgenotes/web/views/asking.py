"""Asking: for a note, for additional review, for staff to look at something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError
from bridgenotes.contributors import queries as contributors
from bridgenotes.identity import handles
from bridgenotes.identity.handles import Purpose
from bridgenotes.moderation import services as moderation
from bridgenotes.moderation.services import Reporter
from bridgenotes.notes.queries import asking
from bridgenotes.notes.queries.display import note_by_id, post_views
from bridgenotes.notes.services import requesting, reviewing
from bridgenotes.posts import authorship
from bridgenotes.posts import queries as posts
from bridgenotes.web.guards import contributor_required
from bridgenotes.web.limits import limited
from bridgenotes.web.note_forms import AskingForm, ClaimForm, PasteForm, ReportForm
from bridgenotes.web.problems import add_to_form
from bridgenotes.web.viewing import contributor_of, handle_of, looker_of, sent

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.notes.models import Note
    from bridgenotes.web.guards import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def request_note(request: SignedInRequest, post_id: int) -> HttpResponse:
    """Take a request for a note on a post (RQ-1, RQ-7, RQ-8)."""
    post, form, asker = posts.by_id(post_id), AskingForm(sent(request)), handles.asker(request.user)
    if request.method == "POST" and form.is_valid():
        try:
            requesting.request_note(
                asker.handle, post, form.submitted(), now=clock.now(),
                has_verified_phone=asker.has_verified_phone,
            )  # fmt: skip
        except DomainError as error:
            add_to_form(form, error)
        else:
            messages.success(request, _("Thank you. Writers see requests once enough people ask."))
            return redirect("post", post_id=post.pk)
    left = asking.asking_of(asker.handle, post, now=clock.now(), has_verified_phone=asker.has_verified_phone)
    context = {"form": form, "post": post, "asking": left, "has_phone": asker.has_verified_phone}
    return render(request, "web/request_note.html", context, status=422 if form.errors else 200)


@contributor_required
@require_safe
def requests(request: HttpRequest, contributor: Contributor) -> HttpResponse:
    """Show top writers the posts that notes are asked for (RQ-9, TL-5)."""
    found = asking.feed(contributor, now=clock.now())
    return render(request, "web/requests.html", {"tab": "requests", "requests": found})


@require_safe
def review(request: HttpRequest) -> HttpResponse:
    """Take the address of one's post, to ask for review of the note on it (AR-1)."""
    form = PasteForm(request.GET if "url" in request.GET else None)
    if form.is_bound and form.is_valid():
        try:
            found = posts.by_url(form.cleaned_data["url"])
        except DomainError as error:
            add_to_form(form, error)
        else:
            return redirect("author", post_id=found.pk)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "web/review.html", {"form": form}, status=status)


@login_required
@require_safe
def author(request: SignedInRequest, post_id: int) -> HttpResponse:
    """Show a post's author the note on it, and everybody else how to prove authorship (AR-1)."""
    post = posts.by_id(post_id)
    (view,) = post_views([post], looker_of(request))
    claimant = handle_of(request, Purpose.AUTHORSHIP)
    is_author = posts.is_author(post, claimant)
    review = (
        asking.review_of(view.card.note, is_post_author=is_author, now=clock.now()) if view.card else None
    )
    context = {
        "view": view,
        "is_author": is_author,
        "review": review,
        "code": authorship.code_for(post, claimant),
        "form": ClaimForm(initial={"claim": request.GET.get("claim", "")}),
    }
    return render(request, "web/author.html", context)


@login_required
@require_POST
@limited("prove_author")
def prove(request: HttpRequest, post_id: int) -> HttpResponse:
    """Take a claim signed by the host, or look for the code on the page (AR-1)."""
    post, form = posts.by_id(post_id), ClaimForm(request.POST)
    claimant = handle_of(request, Purpose.AUTHORSHIP)
    claim = form.cleaned_data["claim"].strip() if form.is_valid() else ""
    if claim:
        authorship.prove_by_claim(post, claimant, claim, now=clock.now())
    else:
        authorship.prove_by_page(post, claimant, now=clock.now())
    messages.success(request, _("You have proven that you wrote this post."))
    return redirect("author", post_id=post.pk)


@login_required
@require_POST
def request_review(request: SignedInRequest, note_id: int) -> HttpResponse:
    """Offer the note on one's post to contributors once more (AR-1, AR-2)."""
    note = note_by_id(note_id)
    is_author = posts.is_author(note.post, handle_of(request, Purpose.AUTHORSHIP))
    reviewing.request_review(note, is_post_author=is_author, now=clock.now())
    messages.success(
        request, _("Contributors are asked to rate the note. There is no guarantee that its status changes.")
    )
    return redirect("author", post_id=note.post_id)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("report")
def report_note(request: HttpRequest, note_id: int) -> HttpResponse:
    """Take a report of a note, from anyone (RP-2)."""
    note = note_by_id(note_id)
    return _report(request, note.author, note)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("report")
def report_contributor(request: HttpRequest, alias: str) -> HttpResponse:
    """Take a report of a contributor, from anyone (RP-1, RP-2)."""
    return _report(request, contributors.by_alias(alias), None)


def _report(request: HttpRequest, about: Contributor, note: Note | None) -> HttpResponse:
    form = ReportForm(sent(request))
    if request.method == "POST" and form.is_valid():
        reporter = Reporter(handle_of(request, Purpose.REPORT), contributor_of(request))
        words = form.cleaned_data
        try:
            moderation.report(reporter, about, note, words["ground"], words["text"], now=clock.now())
        except DomainError as error:
            add_to_form(form, error)
        else:
            messages.success(
                request, _("Thank you. Our staff will look at it; reports do not change a status.")
            )
            return redirect("note", note_id=note.pk) if note else redirect("profile", alias=about.alias)
    status = 422 if form.errors else 200
    return render(request, "web/report.html", {"form": form, "about": about, "note": note}, status=status)
