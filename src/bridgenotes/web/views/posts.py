"""Tabs, posts, and finding a post by its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext, pgettext
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

    from bridgenotes.notes.queries.timelines import TimelinePage


@require_safe
@same_for_visitors
def home(request: HttpRequest) -> HttpResponse:
    """Show a tab: to contributors where they are needed, to everybody else what notes do (TL-1)."""
    contributor = contributor_of(request)
    if contributor is not None:
        return queue_page(request, contributor)
    page = timelines.rated_helpful(looker_of(request), before=before_of(request))
    return _helpful_page(request, page) if page.posts else _new_page(request)


@require_safe
@same_for_visitors
def new(request: HttpRequest) -> HttpResponse:
    """Show the posts noted latest (TL-3)."""
    return _new_page(request)


@require_safe
@same_for_visitors
def helpful(request: HttpRequest) -> HttpResponse:
    """Show the posts with a Helpful note (TL-4)."""
    return _helpful_page(request, timelines.rated_helpful(looker_of(request), before=before_of(request)))


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


def _new_page(request: HttpRequest) -> HttpResponse:
    page = timelines.new(looker_of(request), before=before_of(request))
    context = {"tab": "new", "title": pgettext("posts", "New"), "page": page}
    return render(request, "web/timeline.html", context)


def _helpful_page(request: HttpRequest, page: TimelinePage) -> HttpResponse:
    context = {"tab": "helpful", "title": gettext("Rated Helpful"), "page": page}
    return render(request, "web/timeline.html", context)
