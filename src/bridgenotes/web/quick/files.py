"""Django's library ``static``, whose tag of the same name looks a written-out file up once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.core.signals import setting_changed
from django.template import Library
from django.template.base import Node, Parser, Token
from django.templatetags import static
from django.utils.html import conditional_escape

if TYPE_CHECKING:
    from typing import Any

    from django.template import Context
    from django.utils.safestring import SafeString

register = Library()
register.tags |= static.register.tags


class FileAddress(Node):
    """The address of a file that the template names."""

    child_nodelists = ()

    def __init__(self, path: str) -> None:
        self._path = path

    def render(self, context: Context) -> SafeString:  # noqa: ARG002 (Django's)
        """Return it."""
        return _address(self._path)


@register.tag("static")
def file_address(parser: Parser, token: Token) -> Node:
    """Read the tag as Django does; take over what names one file and goes into the page."""
    made: static.StaticNode = static.do_static(parser, token)
    path = made.path.var
    is_plain = isinstance(path, str) and not made.path.filters and made.varname is None
    return FileAddress(path) if is_plain else made


@lru_cache(maxsize=1_000)
def _address(path: str) -> SafeString:
    return conditional_escape(static.static(path))


def _forget(**_changed: Any) -> None:  # noqa: ANN401 (of a signal)
    _address.cache_clear()


setting_changed.connect(_forget, dispatch_uid="addresses of files")
