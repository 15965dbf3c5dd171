"""What the site is for and what the site stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import LANGUAGE_QUERY_PARAMETER, set_language

from bridgenotes.identity import services as identity

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


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Speak another language in this browser, and write to who is signed in in it."""
    answer = set_language(request)
    if settings.LANGUAGE_COOKIE_NAME in answer.cookies and isinstance(request.user, identity.Account):
        identity.speak(request.user, request.POST[LANGUAGE_QUERY_PARAMETER])
    return answer
