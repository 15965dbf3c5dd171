"""The community from above, public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from bridgenotes.insight import queries
from bridgenotes.web.community import community

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show viewpoints, notes between them, the way from proposed to Helpful, and what happens when."""
    found = queries.overview()
    context = {"page": community(found[0]) if found else None, "made_at": found[1] if found else None}
    return render(request, "web/community.html", context)
