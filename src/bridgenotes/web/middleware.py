"""What every request carries: an id for the log, the contributor who asks, and one way to fail."""

from __future__ import annotations

import secrets
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import structlog
from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.middleware.gzip import GZipMiddleware
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from bridgenotes.base.errors import DomainError, NotFound
from bridgenotes.identity import services as identity
from bridgenotes.web.problems import problem_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    type_response = Callable[[HttpRequest], HttpResponse]


TEXT: Final = ("text/", "application/json", "application/javascript", "application/problem+json", "image/svg")
"""Beginnings of types of content that get smaller."""


class RequestId:
    """Gives each request an id that its log lines and its answer carry; it says nothing of a person."""

    def __init__(self, get_response: type_response) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the id in ``X-Request-Id``."""
        request_id = secrets.token_hex(8)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self._get_response(request)
        response["X-Request-Id"] = request_id
        return response


class ContentPolicy(CSPMiddleware):
    """Tells browsers what a page may load, as the settings say; views that need another policy decorate theirs.

    The header of the settings is built once, not for each answer.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header."""
        if self.get_policy_parts(request, response) != PolicyParts() or getattr(
            response, "_csp_exempt", False
        ):
            return super().process_response(request, response)
        response.setdefault(HEADER, policy_of_settings())
        return response


@cache
def policy_of_settings() -> str:
    """Return the policy of the settings as a header."""
    return build_policy()


class Compression(GZipMiddleware):
    """Sends text compressed to who takes it, files as well as pages; a proxy in front need not.

    Answers of changing length keep what is secret in a page from being told by its size (BREACH); the token
    against forged forms is another one in each page besides.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress the answer, unless it is a part of a file or no text."""
        is_text = response.get("Content-Type", "").startswith(TEXT)
        if (response.status_code != HTTPStatus.OK and response.streaming) or not is_text:
            return response
        return super().process_response(request, response)


class NoNul:
    """Refuses addresses with a NUL character, which no database column can hold."""

    def __init__(self, get_response: type_response) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or 404 where there can be nothing."""
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return problem_page(
                request, NotFound("request.not_found", gettext("This address leads nowhere."))
            )
        return self._get_response(request)


class Language:
    """Speaks the language of who is signed in, where the browser was not told another.

    Programs are answered in the language they ask for.
    """

    def __init__(self, get_response: type_response) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the language."""
        known = request.COOKIES
        is_asked = settings.SESSION_COOKIE_NAME in known and settings.LANGUAGE_COOKIE_NAME not in known
        if is_asked and not request.path_info.startswith("/api/"):
            language = getattr(request.user, "language", "")
            if language:
                translation.activate(language)
                request.LANGUAGE_CODE = translation.get_language()
        return self._get_response(request)


class Participation:
    """Sets ``request.contributor``: who takes part, None for visitors. Looked up when first used."""

    def __init__(self, get_response: type_response) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; personal pages are not kept by caches on the way, public ones say so."""
        request.contributor = SimpleLazyObject(lambda: identity.contributor_for(request.user))  # type: ignore[attr-defined]
        response = self._get_response(request)
        if "Cache-Control" not in response and request.user.is_authenticated:
            response["Cache-Control"] = "private, no-store"
        return response


class Problems:
    """Turns an error of the rules, raised anywhere in a view, into its page."""

    def __init__(self, get_response: type_response) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the page of a domain error; anything else is a fault of ours."""
        return problem_page(request, error) if isinstance(error, DomainError) else None
