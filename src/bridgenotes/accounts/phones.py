"""From a number to what is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from bridgenotes.base.sealing import Sealer
from bridgenotes.base.wording import country
from bridgenotes.domain.phones import Line, LineLookup, normalised_number
from bridgenotes.domain.texts import label_of

if TYPE_CHECKING:
    from bridgenotes.accounts.models import PhoneFact


def number_hash(e164: str) -> str:
    """Return the keyed hash that stands for a number."""
    return Sealer(settings.SITE_KEYS.phone, "phone number").hash(e164)


def line_of(e164: str) -> Line:
    """Return what the site's lookup knows of a number; ``LINE_LOOKUP`` is a plug-in point."""
    lookup: LineLookup = import_string(settings.LINE_LOOKUP)
    return lookup(e164)


def in_words(line: Line | PhoneFact) -> str:
    """Return what the owner is told about a number: the kind of line, and the country if it has one."""
    kind = label_of("line_type", line.line_type)
    kind = gettext(kind) if kind else line.line_type
    if not line.country:
        return kind
    return gettext("{kind}, {country}").format(kind=kind, country=country(line.country))


__all__ = ["Line", "in_words", "line_of", "normalised_number", "number_hash"]
