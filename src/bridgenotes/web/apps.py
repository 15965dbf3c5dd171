"""The Django app of the pages."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages."""

    name = "bridgenotes.web"
    label = "web"

    def ready(self) -> None:
        """Prepare for many lookups of words and addresses."""
        from bridgenotes.web.quick.threads import keep_in_threads  # noqa: PLC0415 (once Django is there)

        keep_in_threads()
