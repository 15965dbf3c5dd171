"""Tabs, posts, and finding a post by its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError
from bridgenotes.notes.queries import asking, timelines
from bridgenotes.notes.queries.display import post_views
from bridgenotes.posts import queries
from bridgenotes.posts import services as posts
from bridgenotes.web.limits import limited
from bridgenotes.web.note_forms import FeedbackForm, PasteForm
from bridgenotes.web.problems import add_to_form
from bridgenotes.web.viewing import before_of, contributor_of, looker_of
from bridgenotes.web.views.helping import queue_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the first tab: Needs Your Help to contributors, New to everybody else (TL-1)."""
    contributor = contributor_of(request)
    return new(request) if contributor is None else queue_page(request, contributor)


@require_safe
def new(request: HttpRequest) -> HttpResponse:
    """Show the posts noted latest (TL-3, TL-7)."""
    page = timelines.new(looker_of(request), before=before_of(request))
    return render(request, "web/timeline.html", {"tab": "new", "title": "New", "page": page})


@require_safe
def helpful(request: HttpRequest) -> HttpResponse:
    """Show the posts with a Helpful note (TL-4)."""
    page = timelines.rated_helpful(looker_of(request), before=before_of(request))
    return render(request, "web/timeline.html", {"tab": "helpful", "title": "Rated Helpful", "page": page})


@require_safe
def post(request: HttpRequest, post_id: int) -> HttpResponse:
    """Show a post, the note on it, and all notes proposed for it (ST-3 to ST-9)."""
    found, looker = queries.by_id(post_id), looker_of(request)
    (view,) = post_views([found], looker)
    context = {
        "view": view,
        "requested": asking.prompt_for(found, looker.contributor, now=clock.now()),
        "feedback_form": FeedbackForm(),
    }
    return render(request, "web/post.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("add_post")
def find(request: HttpRequest) -> HttpResponse:
    """Take a pasted address: to the post if it is known, else offer to be the first (WF-1).

    Only an account makes a post of a new address; looking for it makes none.
    """
    asked = request.GET if "url" in request.GET else None
    form = PasteForm(request.POST if request.method == "POST" else asked)
    known, is_new = None, False
    if form.is_bound and form.is_valid():
        address = form.cleaned_data["url"]
        try:
            known = queries.ids_by_address([address]).get(address)
            if known is None and request.method == "POST" and request.user.is_authenticated:
                known = posts.add_pasted(address, now=clock.now()).pk
            elif known is None:
                queries.by_url(address)
        except DomainError as error:
            is_new = error.code == "posts.unknown_address"
            if not is_new:
                add_to_form(form, error)
    if known is not None:
        return redirect("post", post_id=known)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "web/find.html", {"form": form, "is_new": is_new}, status=status)
