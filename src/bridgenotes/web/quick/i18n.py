"""Django's library ``i18n``, whose ``translate`` looks a written-out sentence up once for each language.

A written-out context (``{% translate "Report" context "a report" %}``) tells texts apart that English says alike.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.core.signals import setting_changed
from django.template import Library
from django.template.base import FilterExpression, Node, Parser, Token
from django.templatetags import i18n
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, pgettext

if TYPE_CHECKING:
    from django.template import Context

register = Library()
register.tags |= i18n.register.tags
register.filters |= i18n.register.filters


class Sentence(Node):
    """A sentence that the template writes out."""

    child_nodelists = ()

    def __init__(self, message: str, meant: str | None, variable: str | None) -> None:
        self._message = message
        self._meant = meant
        self._variable = variable

    def render(self, context: Context) -> SafeString:
        """Return it in the active language, or put it into a variable."""
        said = _said(get_language(), self._message, self._meant)
        if self._variable is None:
            return said
        context[self._variable] = said
        return SafeString()


@register.tag("translate")
@register.tag("trans")
def translate(parser: Parser, token: Token) -> Node:
    """Read the tag as Django does; take over what it means if nothing about it depends on the context."""
    made = i18n.do_translate(parser, token)
    expression: FilterExpression = made.filter_expression
    message = expression.var.literal
    is_plain = isinstance(message, str) and not expression.filters
    context = made.message_context
    meant = None if context is None else context.var if isinstance(context.var, str) else context.var.literal
    is_told = context is None or (isinstance(meant, str) and not context.filters)
    if is_plain and is_told and not made.noop:
        return Sentence(message, meant, made.asvar)
    return made


@lru_cache(maxsize=10_000)
def _said(language: str | None, message: str, meant: str | None) -> SafeString:  # noqa: ARG001 (it decides what gettext says)
    asked = message.replace("%", "%%")
    said = gettext(asked) if meant is None else pgettext(meant, asked)
    return mark_safe(said.replace("%%", "%"))  # noqa: S308 (ours)


def _forget(**_changed: Any) -> None:  # noqa: ANN401 (of a signal)
    _said.cache_clear()


setting_changed.connect(_forget, dispatch_uid="sentences of templates")
