"""The tag ``part``: a component that follows from words and numbers alone, rendered once for each of them.

``{% part "web/components/person.html" alias=alias %}`` is ``{% include … with alias=alias only %}``, but what comes
out is remembered for every language. A component that shows times, forms or anybody's rights is no part.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django import template
from django.core.signals import setting_changed
from django.template import Context, TemplateSyntaxError
from django.template.base import Node, Parser, Token, token_kwargs
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

if TYPE_CHECKING:
    from typing import Any

    from django.template.base import FilterExpression

register = template.Library()

PLAIN: Final = frozenset({str, SafeString, int, bool, type(None)})
"""Types of values that say all there is to them."""
MOST: Final = 4_000
"""Parts remembered; with a picture each some 4 MB for each process."""


class Part(Node):
    """A component whose values are words and numbers."""

    child_nodelists = ()

    def __init__(self, name: str, values: dict[str, FilterExpression]) -> None:
        self._name = name
        self._names = tuple(values)
        self._values = tuple(values.values())

    def render(self, context: Context) -> SafeString:
        """Return it.

        Raises
        ------
        TypeError
            If a value is anything but words or a number: it could change while it seems the same.
        """
        values = [expression.resolve(context) for expression in self._values]
        if not {*map(type, values)} <= PLAIN:
            raise TypeError(f"{self._name} is a part, and {values} are not words and numbers")
        return _rendered(get_language(), self._name, self._names, *values)


@register.tag
def part(parser: Parser, token: Token) -> Part:
    """Read ``{% part "template" name=value … %}``."""
    _, quoted, *rest = token.split_contents()
    name = parser.compile_filter(quoted).var
    values = token_kwargs(rest, parser)
    if not isinstance(name, str) or rest:
        raise TemplateSyntaxError(
            f"part takes a template's name in quotes, then name=value: {token.contents}"
        )
    return Part(name, values)


@lru_cache(maxsize=MOST, typed=True)  # True is not 1, and what is safe is not what is to be escaped
def _rendered(language: str | None, name: str, names: tuple[str, ...], *values: Any) -> SafeString:  # noqa: ANN401, ARG001
    found = get_template(name).template  # type: ignore[attr-defined] # Django's own engine
    rendered: SafeString = found.render(Context(dict(zip(names, values, strict=True))))
    return rendered


def forget(**_changed: Any) -> None:  # noqa: ANN401 (of a signal)
    """Forget all parts; for tests."""
    _rendered.cache_clear()


setting_changed.connect(forget, dispatch_uid="parts of templates")
