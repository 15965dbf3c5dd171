"""The Django app of the project itself: its commands and checks."""

from __future__ import annotations

from django.apps import AppConfig


class ServerConfig(AppConfig):
    """Commands and deployment checks."""

    name = "bridgenotes.server"
    label = "server"

    def ready(self) -> None:
        """Register the checks and the lookup ``among``."""
        from bridgenotes.base import among  # noqa: F401, PLC0415 (registers itself)
        from bridgenotes.server import checks  # noqa: F401, PLC0415 (registers itself)
