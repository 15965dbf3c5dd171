"""Who looks at a page or asks for something, as services and queries want to know it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation.trans_real import parse_accept_lang_header

from bridgenotes.guardrails import queries as guardrails
from bridgenotes.identity import handles
from bridgenotes.identity.handles import Purpose
from bridgenotes.notes.queries.display import Looker

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, QueryDict

    from bridgenotes.contributors.models import Contributor


def contributor_of(request: HttpRequest) -> Contributor | None:
    """Return the contributor who looks, None for readers and for who has left or was removed."""
    found: Contributor | None = request.contributor  # type: ignore[attr-defined] # looked up once
    return found if found and found.can_rate else None


def looker_of(request: HttpRequest) -> Looker:
    """Return who looks at notes, under the remedy in force (GR-3); visitors are unknown, not followed."""
    contributor = contributor_of(request)
    reader = handle_of(request, Purpose.DISPLAY) if request.user.is_authenticated else None
    viewer = guardrails.viewer(is_contributor=contributor is not None, reader=reader)
    return Looker(viewer, contributor)


def handle_of(request: HttpRequest, purpose: Purpose, detail: str = "") -> str:
    """Return the handle of an account, or of a visitor's browser session, made if there is none."""
    if request.user.is_authenticated:
        return handles.handle(request.user, purpose, detail)
    if request.session.session_key is None:
        request.session.create()
    return handles.session_handle(str(request.session.session_key), purpose, detail)


def languages_of(request: HttpRequest) -> frozenset[str]:
    """Return the languages that who looks seems to read: of the page, and those the browser asks for."""
    asked = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    return frozenset(code.partition("-")[0] for code in (get_language() or "", *(code for code, _ in asked)))


def sent(request: HttpRequest) -> QueryDict | None:
    """Return the form that was sent, None while it is only looked at; a sent form may be empty."""
    return request.POST if request.method == "POST" else None


def before_of(request: HttpRequest) -> datetime | None:
    """Return where a timeline continues; None for its beginning or an address that makes no sense."""
    try:
        found = parse_datetime(request.GET.get("before", ""))
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):  # databases know fewer years and zones than can be written
        return None
