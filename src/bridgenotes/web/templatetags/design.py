"""Small signs of the design: icons, avatars, moments. Larger components are templates of their own."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.base import Node, TextNode
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from bridgenotes.base import clock
from bridgenotes.base.wording import day, exactly
from bridgenotes.web.avatars import avatar_svg
from bridgenotes.web.icons import icon_svg

if TYPE_CHECKING:
    from datetime import datetime

    from django.template import Context
    from django.template.base import FilterExpression, Parser, Token

register = template.Library()

WORDS_UNTIL = timedelta(days=7)
"""Older moments are told by their day, as a calendar has it."""


@register.tag
def icon(parser: Parser, token: Token) -> Node:
    """Return an icon; a name that does not exist fails the page, so that a test sees it.

    One that the template names is part of its text from the beginning.
    """
    _, name = token.split_contents()
    expression = parser.compile_filter(name)
    if isinstance(expression.var, str) and not expression.filters:
        return TextNode(icon_svg(expression.var))
    return Icon(expression)


class Icon(Node):
    """An icon that follows from what is shown."""

    child_nodelists = ()

    def __init__(self, name: FilterExpression) -> None:
        self._name = name

    def render(self, context: Context) -> SafeString:
        """Return its strokes."""
        return mark_safe(icon_svg(self._name.resolve(context)))  # noqa: S308 (our own strokes)


@register.simple_tag
def avatar(alias: str) -> SafeString:
    """Return the picture of an alias."""
    return mark_safe(avatar_svg(alias))  # noqa: S308 (numbers and our own shapes)


@register.filter
def gain(count: int) -> str:
    """Return what adds to a sum, with its sign; nothing is 0."""
    return f"+{intcomma(count)}" if count else "0"


@register.filter
def loss(count: int) -> str:
    """Return what a sum loses, with its sign; nothing is 0."""
    return f"\N{MINUS SIGN}{intcomma(count)}" if count else "0"


@register.filter
def moment(at: datetime) -> SafeString:
    """Return a time in words ("3 days ago"), with the exact one for machines and for who points at it."""
    iso = at.astimezone(UTC).isoformat(timespec="seconds")
    title, words = escape(exactly(at)), escape(since(at, clock.now()))
    return mark_safe(f'<time datetime="{iso}" title="{title}">{words}</time>')  # noqa: S308 (escaped)


def since(at: datetime, now: datetime) -> str:
    """Return how long ago something was, in words of a reader.

    Parameters
    ----------
    at, now : datetime
        Both with a zone. What lies ahead by a clock's inaccuracy is "just now"; a later time is told by its day.
    """
    ago = now - at
    if not timedelta(minutes=-5) < ago < WORDS_UNTIL:
        same_year = at.year == now.year
        return day(at.astimezone(UTC), "MONTH_DAY_FORMAT" if same_year else "DATE_FORMAT")
    minutes = int(ago.total_seconds() // 60)
    if minutes < 1:
        return gettext("just now")
    if minutes < 60:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    if (hours := minutes // 60) < 24:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
    return ngettext("%(n)d day ago", "%(n)d days ago", ago.days) % {"n": ago.days}
