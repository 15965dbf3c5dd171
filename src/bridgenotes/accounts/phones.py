"""From a number to what is kept of it."""

from __future__ import annotations

from django.conf import settings
from django.utils.module_loading import import_string

from bridgenotes.base.sealing import Sealer
from bridgenotes.domain.phones import Line, LineLookup, normalised_number


def number_hash(e164: str) -> str:
    """Return the keyed hash that stands for a number."""
    return Sealer(settings.SITE_KEYS.phone, "phone number").hash(e164)


def line_of(e164: str) -> Line:
    """Return what the site's lookup knows of a number; ``LINE_LOOKUP`` is a plug-in point."""
    lookup: LineLookup = import_string(settings.LINE_LOOKUP)
    return lookup(e164)


__all__ = ["Line", "line_of", "normalised_number", "number_hash"]
