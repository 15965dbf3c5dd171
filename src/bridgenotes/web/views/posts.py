"""Tabs, posts, and finding a post by its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError
from bridgenotes.notes.queries import asking, timelines
from bridgenotes.notes.queries import help as helping
from bridgenotes.notes.queries.display import Looker, post_views
from bridgenotes.notes.services import hiding
from bridgenotes.posts import queries
from bridgenotes.posts import services as posts
from bridgenotes.posts.models import Post
from bridgenotes.web.guards import contributor_required
from bridgenotes.web.limits import limited
from bridgenotes.web.note_forms import FeedbackForm, PasteForm
from bridgenotes.web.problems import add_to_form
from bridgenotes.web.viewing import before_of, contributor_of, looker_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from bridgenotes.contributors.models import Contributor


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the first tab: Needs Your Help to contributors, New to everybody else (TL-1)."""
    contributor = contributor_of(request)
    return new(request) if contributor is None else _help_page(request, contributor)


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


@contributor_required
@require_safe
def needs_your_help(request: HttpRequest, contributor: Contributor) -> HttpResponse:
    """Show the notes that lack this contributor's viewpoint (NYH-1)."""
    return _help_page(request, contributor)


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


@contributor_required
@require_POST
def hide_author(request: HttpRequest, contributor: Contributor, post_id: int) -> HttpResponse:
    """Offer no more posts of this post's author, or offer them again; notes stay visible (NYH-4, AL-5)."""
    found = queries.by_id(post_id)
    if found.author is not None:
        change = hiding.show_author if "again" in request.POST else hiding.hide_author
        change(contributor, found.author)
    return redirect("needs_your_help")


def _help_page(request: HttpRequest, contributor: Contributor) -> HttpResponse:
    """Return the tab: each post with the one note to rate on it."""
    offers = helping.needs_your_help(contributor, now=clock.now())
    numbers = [int(offer.candidate.post.post_id) for offer in offers]
    found = Post.objects.select_related("author", "host").in_bulk(numbers)
    looker: Looker = looker_of(request)
    views = {view.post.pk: view for view in post_views(list(found.values()), looker)}
    asked = []
    for offer, number in zip(offers, numbers, strict=True):
        chosen = next(n for n in views[number].notes if n.facts.note_id == offer.candidate.note_id)
        asked.append({"post": views[number].post, "note": chosen, "offer": offer})
    return render(request, "web/needs_your_help.html", {"tab": "help", "asked": asked})
