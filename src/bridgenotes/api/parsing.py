"""How request bodies are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from ninja.parser import Parser

from bridgenotes.base.errors import Invalid

if TYPE_CHECKING:
    from django.http import HttpRequest


class StrictParser(Parser):
    """JSON without the NUL character, which PostgreSQL cannot store."""

    def parse_body(self, request: HttpRequest) -> Any:  # noqa: ANN401 (any JSON)
        """Return the body's JSON.

        Raises
        ------
        Invalid
            If a text in it has a NUL character.
        """
        body = super().parse_body(request)
        if _has_nul(body):
            raise Invalid("request.nul", gettext("Texts must not have a NUL character."))
        return body


def _has_nul(value: object) -> bool:
    """Say whether any text in a JSON value has a NUL character."""
    match value:
        case str():
            return "\x00" in value
        case dict():
            return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
        case list():
            return any(_has_nul(item) for item in value)
        case _:
            return False
