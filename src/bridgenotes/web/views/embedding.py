"""Notes on pages elsewhere: the script of `<community-note>`, and oEmbed for pages that only know links."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from bridgenotes.base.errors import DomainError
from bridgenotes.guardrails import queries as guardrails
from bridgenotes.notes.queries.display import Looker, PostView, note_by_id, post_views
from bridgenotes.posts import queries as posts

if TYPE_CHECKING:
    from django.http import HttpRequest

SCRIPT: Final = "bridgenotes/embed.js"
HOUR: Final = 3600
YEAR: Final = 365 * 24 * HOUR
OEMBED_KEPT_SECONDS: Final = 300
WIDEST: Final = 600
NARROWEST: Final = 220
LINE_HEIGHT: Final = 25
FRAME_HEIGHT: Final = 190
"""Pixels of the card around its text: title, question, origin."""
CHARACTER_WIDTH: Final = 8


@dataclass(frozen=True)
class Script:
    """The script as it is sent.

    Attributes
    ----------
    plain, packed : bytes
        Its text, and the same compressed by gzip.
    version : str
        Changes with the text.
    """

    plain: bytes
    packed: bytes
    version: str


@lru_cache(maxsize=1)
def script() -> Script:
    """Return the script of `<community-note>`; it changes only with the program."""
    found = finders.find(SCRIPT)
    if not isinstance(found, str):
        raise FileNotFoundError(f"{SCRIPT} is not among the static files; install the package anew")
    plain = Path(found).read_bytes()
    return Script(plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:12])


@require_safe
def embed(request: HttpRequest, version: str = "") -> HttpResponse:
    """Send the script: for an hour under its stable address, for ever under that of its version.

    An old version's address sends the present script, so that no page breaks, and is kept for an hour as well.
    """
    sent = script()
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    tag = f'"{sent.version}{"-gz" if is_packed else ""}"'
    if tag in request.headers.get("If-None-Match", ""):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(
            sent.packed if is_packed else sent.plain, content_type="text/javascript; charset=utf-8"
        )
        if is_packed:
            response["Content-Encoding"] = "gzip"
    response["ETag"] = tag
    patch_vary_headers(response, ["Accept-Encoding"])
    if version == sent.version:
        patch_cache_control(response, public=True, max_age=YEAR, immutable=True)
    else:
        patch_cache_control(response, public=True, max_age=HOUR, stale_while_revalidate=24 * HOUR)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """Answer what a page may show for a link to a post or note here (oEmbed 1.0).

    Where the post shows a note to readers, that card; else a link, since nothing else is shown elsewhere.
    """
    if request.GET.get("format", "json") != "json":
        return _problem(501, gettext("Only format=json is answered."))
    view = _linked_to(request.GET.get("url", ""))
    if view is None:
        return _problem(404, gettext("Give the address of a post or a note on this site."))
    known = {
        "version": "1.0",
        "type": "link",
        "title": gettext("Notes on a post of %(site)s") % {"site": view.post.site},
        "provider_name": settings.SITE.site_name,
        "provider_url": settings.SITE.site_url,
        "cache_age": OEMBED_KEPT_SECONDS,
    }
    response = JsonResponse(known | (_card(request, view) if view.card else {}))
    patch_cache_control(response, public=True, max_age=OEMBED_KEPT_SECONDS)
    return _for_everybody(response)


def _linked_to(address: str) -> PostView | None:
    """Return the post, as readers see it, of an address of this site; None if it leads elsewhere.

    The address of a note that is not the one shown on its post leads to no card.
    """
    asked, own = urlsplit(address), urlsplit(settings.SITE.site_url)
    if (asked.scheme, asked.netloc) != (own.scheme, own.netloc):
        return None
    try:
        match = resolve(asked.path)
        note = note_by_id(match.kwargs["note_id"]) if match.url_name == "note" else None
        number = note.post_id if note else match.kwargs["post_id"] if match.url_name == "post" else 0
        post = posts.by_id(number)
    except (Resolver404, DomainError):
        return None
    (view,) = post_views([post], Looker(guardrails.viewer(is_contributor=False)))
    is_other = note is not None and view.card is not None and view.card.note.pk != note.pk
    return PostView(view.post, None, view.notes, None) if is_other else view


def _card(request: HttpRequest, view: PostView) -> dict[str, Any]:
    """Return the fields of a card, within the size that is asked for."""
    assert view.card is not None
    widest, highest = (_pixels(request.GET.get(name, "")) for name in ("maxwidth", "maxheight"))
    width = max(NARROWEST, min(WIDEST, widest or WIDEST))
    lines = -(-len(view.card.note.summary) * CHARACTER_WIDTH // width)
    height = FRAME_HEIGHT + lines * LINE_HEIGHT
    html = render_to_string(
        "web/oembed.html",
        {
            "view": view,
            "script": settings.SITE.site_url + reverse("embed"),
            "page": settings.SITE.site_url + reverse("note", args=[view.card.note.pk]),
        },
    )
    return {
        "type": "rich",
        "title": gettext("Readers added context"),
        "html": html.strip(),
        "width": width,
        "height": min(height, highest) if highest else height,
    }


def _pixels(text: str) -> int | None:
    """Return a number of pixels, None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= 5 else None


def _problem(status: int, words: str) -> HttpResponse:
    return _for_everybody(JsonResponse({"error": words}, status=status))


def _for_everybody(response: HttpResponse) -> HttpResponse:
    """Let pages of any origin read the answer; nobody's cookies play a part in it."""
    response["Access-Control-Allow-Origin"] = "*"
    return response
