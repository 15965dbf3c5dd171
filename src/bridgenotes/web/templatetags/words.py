"""How words of the rules and of people appear on pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from bridgenotes.base import wording
from bridgenotes.base.rules import rules
from bridgenotes.domain import top_writer
from bridgenotes.domain.display import status_label
from bridgenotes.domain.note_text import links

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.domain.verdict import Reason

register = template.Library()

MINUTE, HOUR = 60, 3600
SHOWN_LENGTH = 40
"""Characters of an address that a text shows; the link leads to all of it."""


@register.filter
def sentence(reason: Reason) -> str:
    """Return a reason in words."""
    return wording.say(reason)


@register.filter
def status(kind: str) -> str:
    """Return what a kind of a status line is called."""
    return wording.say(status_label(kind))


@register.filter
def is_top_writer(contributor: Contributor) -> bool:
    """Say whether a contributor is a top writer now (TW-1)."""
    return top_writer.is_top_writer(contributor.impact.writing, rules().top_writer)


@register.filter
def label(name: str) -> str:
    """Return what a public name is called."""
    return wording.label(name)


@register.filter
def exactly(at: datetime) -> str:
    """Return a time to the minute."""
    return wording.exactly(at)


@register.filter
def country(code: str) -> str:
    """Return the name of a country."""
    return wording.country(code)


@register.filter
def linked(text: str) -> SafeString:
    """Return a text of people, escaped, with its addresses as links that lend no reputation."""
    parts, end = [], 0
    for link in links(text):
        parts += [escape(text[end : link.start]), outward(link.url)]
        end = link.end
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308 (escaped)


@register.filter
def outward(url: str) -> SafeString:
    """Return a link to elsewhere; anything but a web address stays text."""
    if urlsplit(url).scheme not in {"http", "https"}:
        return escape(url)
    bare = url.partition("://")[2]
    shown = bare if len(bare) <= SHOWN_LENGTH else f"{bare[:SHOWN_LENGTH]}…"
    link = f'<a href="{escape(url)}" rel="nofollow ugc noopener">{escape(shown)}</a>'
    return mark_safe(link)  # noqa: S308 (escaped)


@register.filter
def duration(seconds: float) -> str:
    """Return how long something took, in the two largest units that matter."""
    whole = round(seconds)
    if seconds < 1:
        return gettext("under 1 s")
    if whole < MINUTE:
        return gettext("{seconds} s").format(seconds=whole)
    if whole < HOUR:
        return gettext("{minutes} min {seconds} s").format(minutes=whole // MINUTE, seconds=whole % MINUTE)
    return gettext("{hours} h {minutes} min").format(hours=whole // HOUR, minutes=whole % HOUR // MINUTE)
