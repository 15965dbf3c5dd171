"""The tag ``url`` for the addresses that pages are full of: without parameters, with a number or an alias."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django import template
from django.core.signals import setting_changed
from django.template.base import Node, Parser, Token
from django.template.defaulttags import URLNode, url
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from typing import Any

    from django.template import Context
    from django.template.base import FilterExpression

register = template.Library()

PROBE: Final = 8_191_524_287
"""A number whose digits are in no other part of an address."""
PLAIN: Final = re.compile(r"[A-Za-z0-9 ]+")
"""Words of which only the spaces are written otherwise in an address."""


class PageAddress(Node):
    """The address of a page that the template names, without parameters or with one."""

    child_nodelists = ()

    def __init__(self, name: str, argument: FilterExpression | None, general: URLNode) -> None:
        self._name = name
        self._argument = argument
        self._general = general

    def render(self, context: Context) -> str:
        """Return it; what is neither a number nor plain words Django puts in."""
        where = (self._name, get_urlconf(), get_script_prefix())
        if self._argument is None:
            return _address(*where)
        value = self._argument.resolve(context)
        if type(value) is int and value >= 0:
            filled = str(value)
        elif type(value) is str and PLAIN.fullmatch(value) and _takes_words(*where):
            filled = value.replace(" ", "%20")
        else:
            return self._general.render(context)
        before, after = _around_number(*where)
        return mark_safe(f"{before}{filled}{after}")  # noqa: S308 (escaped parts, letters and digits)


@register.tag("url")
def page_address(parser: Parser, token: Token) -> Node:
    """Read the tag as Django does; take over what names one page of ours.

    ``{% url … as name %}`` stays Django's: it forgives addresses that do not exist.
    """
    made: URLNode = url(parser, token)
    name = made.view_name.var
    is_plain = isinstance(name, str) and ":" not in name and not made.view_name.filters
    if not is_plain or made.kwargs or len(made.args) > 1 or made.asvar is not None:
        return made
    return PageAddress(name, made.args[0] if made.args else None, made)


@lru_cache(maxsize=1_000)
def _address(name: str, urlconf: str | None, prefix: str) -> SafeString:  # noqa: ARG001 (reverse reads it)
    return conditional_escape(reverse(name, urlconf))


@lru_cache(maxsize=1_000)
def _around_number(name: str, urlconf: str | None, prefix: str) -> tuple[str, str]:  # noqa: ARG001
    before, _, after = conditional_escape(reverse(name, urlconf, args=[PROBE])).partition(str(PROBE))
    return before, after


@lru_cache(maxsize=1_000)
def _takes_words(name: str, urlconf: str | None, prefix: str) -> bool:  # noqa: ARG001
    """Say whether any words can stand in the place of the parameter."""
    try:
        reverse(name, urlconf, args=["some words"])
    except NoReverseMatch:
        return False
    return True


def _forget(**_changed: Any) -> None:  # noqa: ANN401 (of a signal)
    _address.cache_clear()
    _around_number.cache_clear()
    _takes_words.cache_clear()


setting_changed.connect(_forget, dispatch_uid="addresses of templates")
