"""The words of a note: how long they are, which addresses they hold, what is cleaned (WF-8)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from linkify_it import LinkifyIt

if TYPE_CHECKING:
    from bridgenotes.domain.config import NoteConfig

REORDERING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that show text in another order than it is stored; a note could say two things."""
SHOWN_LENGTH: Final = 40
"""Characters of an address that a text shows; the link leads to all of it."""


@dataclass(frozen=True)
class Link:
    """An address in a text: ``text[start:end]`` as written."""

    start: int
    end: int
    url: str


@dataclass(frozen=True)
class Piece:
    """A part of a text as pages show it; ``url`` is where it leads, None for words."""

    text: str
    url: str | None = None


def _link_finder() -> LinkifyIt:
    finder = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    for schema in ("ftp:", "mailto:", "//"):
        finder.add(schema, None)
    return finder


_FINDER: Final = _link_finder()
_SCHEME: Final = re.compile("http", re.IGNORECASE)
"""No address begins before it, so that the finder need not look at the words there."""


@lru_cache(maxsize=4_096)
def pieces(text: str) -> tuple[Piece, ...]:
    """Return a note's text cut where its links begin and end; remembered, since notes are read often."""
    found, end = [], 0
    for link in links(text):
        found += [Piece(text[end : link.start]), Piece(shown_address(link.url), link.url)]
        end = link.end
    return tuple(piece for piece in (*found, Piece(text[end:])) if piece.text)


def shown_address(url: str) -> str:
    """Return an address as texts show it: without scheme, cut after `SHOWN_LENGTH` characters."""
    bare = url.partition("://")[2]
    return bare if len(bare) <= SHOWN_LENGTH else f"{bare[:SHOWN_LENGTH]}…"


def links(text: str) -> tuple[Link, ...]:
    """Return the http and https addresses in a text, left to right.

    Pages link exactly these. Names without a scheme are words: ``end.Then`` is no address.
    """
    begin = _SCHEME.search(text)
    if begin is None:
        return ()
    start = max(begin.start() - 1, 0)  # what stands before an address decides whether it is one
    found = _FINDER.match(text[start:]) or ()
    return tuple(Link(start + each.index, start + each.last_index, each.url) for each in found)


def cleaned(text: str) -> str:
    """Return a text as it is stored: composed (NFC), one kind of line end, no control characters.

    Tabs and their like become spaces; characters that reorder text go.
    """
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_clean(sign) for sign in lines if sign not in REORDERING).strip()


def _clean(sign: str) -> str:
    return " " if unicodedata.category(sign) in {"Cc", "Cs"} and sign != "\n" else sign


def for_export(text: str) -> str:
    """Return a text as it is published: on one line, control characters as spaces (WF-8)."""
    return "".join(
        " " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in cleaned(text)
    )


def length(text: str, config: NoteConfig) -> int:
    """Return the length of a cleaned text in characters, every address counting alike (WF-8)."""
    found = links(text)
    return len(text) - sum(link.end - link.start - config.url_length for link in found)
