"""A contributor's notices (NO-3, NO-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from bridgenotes.base import clock
from bridgenotes.notifications import queries
from bridgenotes.notifications.services.notices import mark_read
from bridgenotes.web.guards import contributor_required

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from bridgenotes.contributors.models import Contributor

A_PAGE = 50


@require_safe
@contributor_required
def notices(request: HttpRequest, contributor: Contributor) -> HttpResponse:
    """List what the contributor was told, newest first."""
    page = Paginator(queries.notices_of(contributor), A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "unread": queries.unread_count(contributor)}
    return render(request, "web/notices.html", context)


@require_POST
@contributor_required
def read(request: HttpRequest, contributor: Contributor) -> HttpResponse:  # noqa: ARG001 (Django's)
    """Mark everything as seen."""
    mark_read(contributor, now=clock.now())
    return redirect("notices")
