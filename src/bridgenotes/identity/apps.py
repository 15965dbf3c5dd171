"""The Django app of identity."""

from __future__ import annotations

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Applications, draws, and the sealed link."""

    name = "bridgenotes.identity"
    label = "identity"
