"""Tabs, posts, and finding a post by its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from bridgenotes.base import clock
from bridgenotes.notes.queries import asking, timelines
from bridgenotes.notes.queries.display import post_views
from bridgenotes.posts import queries
from bridgenotes.web.kept_pages import same_for_visitors
from bridgenotes.web.note_forms import FeedbackForm
from bridgenotes.web.viewing import before_of, contributor_of, looker_of
from bridgenotes.web.views.helping import queue_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@same_for_visitors
def home(request: HttpRequest) -> HttpResponse:
    """Show the first tab: Needs Your Help to contributors, New to everybody else (TL-1)."""
    contributor = contributor_of(request)
    return new(request) if contributor is None else queue_page(request, contributor)


@require_safe
@same_for_visitors
def new(request: HttpRequest) -> HttpResponse:
    """Show the posts noted latest (TL-3, TL-7)."""
    page = timelines.new(looker_of(request), before=before_of(request))
    return render(request, "web/timeline.html", {"tab": "new", "title": gettext("New"), "page": page})


@require_safe
@same_for_visitors
def helpful(request: HttpRequest) -> HttpResponse:
    """Show the posts with a Helpful note (TL-4)."""
    page = timelines.rated_helpful(looker_of(request), before=before_of(request))
    return render(
        request, "web/timeline.html", {"tab": "helpful", "title": gettext("Rated Helpful"), "page": page}
    )


@require_safe
@same_for_visitors
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
