"""Pages that every visitor sees alike are made once in a few seconds, not for each visitor.

A visitor is somebody without a session. Their pages differ by address and language only, but for the token
against forged forms: each gets one of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import get_language

from bridgenotes.base import kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

P = ParamSpec("P")

ASKED: Final = frozenset({"before"})
"""Parameters of addresses whose pages are kept; others could name anything, and fill the memory."""
BEFORE_TOKEN: Final = (b'X-CSRFToken": "', b'csrfmiddlewaretoken" value="')
"""What stands before the token, which has 64 signs."""


@dataclass(frozen=True)
class Page:
    """An answer as it is kept; ``parts`` are what stands between the places of the visitor's token."""

    parts: tuple[bytes, ...]
    status: int
    content_type: str

    @classmethod
    def of(cls, made: HttpResponse) -> Page | None:
        """Return an answer to be kept; None if it sets cookies, says how it is kept, or has several tokens."""
        tokens = {part[:64] for mark in BEFORE_TOKEN for part in made.content.split(mark)[1:]}
        if made.cookies or made.has_header("Cache-Control") or len(tokens) > 1:
            return None
        parts = made.content.split(tokens.pop()) if tokens else [made.content]
        return cls(tuple(parts), made.status_code, made["Content-Type"])

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Return the page for one visitor, with a token of theirs."""
        body = get_token(request).encode().join(self.parts) if len(self.parts) > 1 else self.parts[0]
        return HttpResponse(body, status=self.status, content_type=self.content_type)


def same_for_visitors(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Answer visitors with a page that may be a few seconds old (`bridgenotes.base.kept`)."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not kept.seconds() or not _is_plain(request):
            return view(request, *args, **kwargs)
        name = f"page {get_language()} {request.scheme}://{request.get_host()}{request.get_full_path()}"
        known: Page | None = kept.get(name)
        if known is not None:
            return known.answer(request)
        made = view(request, *args, **kwargs)
        if page := Page.of(made):
            kept.put(name, page)
        return made

    return answered


def _is_plain(request: HttpRequest) -> bool:
    """Say whether a visitor without a session asks for a whole page that others ask for, too."""
    ours = {settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME}
    return (
        request.method == "GET"
        and not request.htmx  # type: ignore[attr-defined]
        and request.COOKIES.keys() <= ours
        and request.GET.keys() <= ASKED
    )
