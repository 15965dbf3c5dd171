"""What the site is for and what the site stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Show what the site is for."""
    return render(request, "web/about.html")


@require_safe
def values(request: HttpRequest) -> HttpResponse:
    """Show the three values (SU-14)."""
    return render(request, "web/values.html")
