"""What shows on posts elsewhere, for hosts and for `embed.js` on any page: up to 100 addresses at once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext
from ninja import Query, Router, Schema
from pydantic import Field

from bridgenotes.api.limits import SHOWN
from bridgenotes.api.notes import NoteOut
from bridgenotes.api.notes import reader as as_reader
from bridgenotes.api.problems import FAILURES
from bridgenotes.domain.note_text import pieces
from bridgenotes.notes.queries.shown import MOST_ADDRESSES, shown_on

if TYPE_CHECKING:
    from bridgenotes.notes.queries.display import NoteView

router = Router(tags=["posts"])

KEPT_SECONDS: Final = 60
"""How long an answer may be kept: as long as a note may stay where it shows no more."""
STALE_SECONDS: Final = 300
"""For so long caches may give the old answer once more while they ask for the new one."""

Address = Annotated[str, Field(max_length=8192)]
READER: Final = (
    "What stays the same for one reader and names nobody, e.g. a random number in a cookie of yours; decides "
    "whether they see notes of models under trial. Not kept here."
)
LANGUAGE: Final = "BCP 47 tag of the words around notes; else as the browser asks."


class PieceOut(Schema):
    """A part of a note's text; with ``url`` it is a link there."""

    text: str
    url: str | None = None


class ShownOut(Schema):
    """What readers see on one address.

    ``page`` is the note's page here; ``pieces`` is the text of the note, cut where its links begin and end.
    """

    url: str
    post_id: str
    title: str
    page: str
    pieces: list[PieceOut]
    note: NoteOut

    @classmethod
    def of(cls, address: str, view: NoteView) -> Self:
        """Return what shows on an address; not checked again, since all of it comes from here."""
        note = view.note
        return cls.model_construct(
            url=address, post_id=str(note.post_id), title=gettext("Readers added context"),
            page=settings.SITE.site_url + reverse("note", args=[note.pk]),
            pieces=[PieceOut.model_construct(text=piece.text, url=piece.url) for piece in pieces(note.summary)],
            note=NoteOut.of(view),
        )  # fmt: skip


class Words(Schema):
    """What is said around every note, in the language asked for."""

    language: str
    direction: Literal["ltr", "rtl"]
    title: str
    question: str
    rate: str
    origin: str
    more: str
    about: str

    @classmethod
    def here(cls) -> Self:
        """Return the words of this site in the active language; ``about`` is where ``more`` leads."""
        return cls(
            language=translation.get_language() or settings.LANGUAGE_CODE,
            direction="rtl" if translation.get_language_bidi() else "ltr",
            title=gettext("Readers added context"),
            question=gettext("Is this note helpful?"),
            rate=gettext("Rate it"),
            origin=gettext(
                "Context is written by people who use the platform, and appears when rated helpful by others."
            ),
            more=gettext("Find out more"),
            about=settings.SITE.site_url + reverse("about"),
        )


class ShownList(Schema):
    """What readers see on the addresses asked for; those without a note are left out."""

    shown: list[ShownOut]
    words: Words


class Asked(Schema):
    """Addresses too long or too many for a query."""

    urls: Annotated[list[Address], Field(max_length=MOST_ADDRESSES)]
    reader: Annotated[str, Field(max_length=64, description=READER)] | None = None
    lang: Annotated[str, Field(max_length=35, description=LANGUAGE)] | None = None


@router.get("/shown", response={200: ShownList, **FAILURES}, operation_id="shown", throttle=SHOWN)
def shown(
    request: HttpRequest,
    url: Annotated[list[Address], Query(max_length=MOST_ADDRESSES, description="Addresses, up to 100.")],
    reader: Annotated[str | None, Query(max_length=64, description=READER)] = None,
    lang: Annotated[str | None, Query(max_length=35, description=LANGUAGE)] = None,
) -> HttpResponse:
    """Return the notes that show on posts, for whoever displays these posts; may be kept for a minute."""
    body = _answer(url, reader, lang)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if tag in request.headers.get("If-None-Match", ""):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response["ETag"] = tag
    patch_cache_control(response, public=True, max_age=KEPT_SECONDS, stale_while_revalidate=STALE_SECONDS)
    return _for_everybody(response)


@router.post("/shown", response={200: ShownList, **FAILURES}, operation_id="shown_on_many", throttle=SHOWN)
def shown_on_many(request: HttpRequest, asked: Asked) -> HttpResponse:  # noqa: ARG001 (ninja needs the name)
    """Return the same for addresses that are too long for a query; changes nothing, is not kept by caches.

    The body is read as JSON whatever its content type, so that pages elsewhere can send it as plain text
    without asking for permission first.
    """
    response = HttpResponse(
        _answer(asked.urls, asked.reader, asked.lang), content_type="application/json; charset=utf-8"
    )
    response["Cache-Control"] = "no-store"
    return _for_everybody(response)


@router.api_operation(["OPTIONS"], "/shown", include_in_schema=False, throttle=SHOWN)
def may_ask(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Let scripts of any page ask with headers of their own."""
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Methods"] = "GET, POST"
    response["Access-Control-Allow-Headers"] = "Content-Type, If-None-Match"
    response["Access-Control-Max-Age"] = "86400"
    return _for_everybody(response)


def _answer(addresses: list[str], reader: str | None, language: str | None) -> bytes:
    """Return the JSON of `ShownList`, in a language if one is asked for that the site has."""
    known = translation.get_supported_language_variant
    try:
        chosen = known(language) if language else None
    except LookupError:
        chosen = None
    with translation.override(chosen or translation.get_language()):
        views = shown_on(addresses, as_reader(reader).viewer)
        found = [ShownOut.of(address, view) for address, view in views.items()]
        return ShownList.model_construct(shown=found, words=Words.here()).model_dump_json().encode()


def _for_everybody(response: HttpResponse) -> HttpResponse:
    """Let pages of any origin read the answer; nobody's cookies play a part in it."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
