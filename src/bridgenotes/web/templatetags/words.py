"""How words of the rules and of people appear on pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from bridgenotes.base.rules import rules
from bridgenotes.domain import top_writer
from bridgenotes.domain.labels import LABELS
from bridgenotes.domain.note_text import links
from bridgenotes.domain.texts import sentence as words_of

if TYPE_CHECKING:
    from bridgenotes.contributors.models import Contributor
    from bridgenotes.domain.verdict import Reason

register = template.Library()

SHOWN_LENGTH = 40
"""Characters of an address that a text shows; the link leads to all of it."""


@register.filter
def sentence(reason: Reason) -> str:
    """Return a reason in words."""
    return words_of(reason)


@register.filter
def is_top_writer(contributor: Contributor) -> bool:
    """Say whether a contributor is a top writer now (TW-1)."""
    return top_writer.is_top_writer(contributor.impact.writing, rules().top_writer)


@register.filter
def label(name: str) -> str:
    """Return what a public name is called."""
    return LABELS[name]


@register.filter
def linked(text: str) -> SafeString:
    """Return a text of people, escaped, with its addresses as links that lend no reputation."""
    parts, end = [], 0
    for link in links(text):
        parts.append((text[end : link.start], outward(link.url)))
        end = link.end
    return format_html("{}{}", format_html_join("", "{}{}", parts), text[end:])


@register.filter
def outward(url: str) -> SafeString:
    """Return a link to elsewhere; anything but a web address stays text."""
    if urlsplit(url).scheme not in {"http", "https"}:
        return format_html("{}", url)
    bare = url.partition("://")[2]
    shown = bare if len(bare) <= SHOWN_LENGTH else f"{bare[:SHOWN_LENGTH]}…"
    attributes = mark_safe('rel="nofollow ugc noopener"')
    return format_html('<a href="{}" {}>{}</a>', url, attributes, shown)
