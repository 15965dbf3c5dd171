"""The Django app of search; it has no models, its index belongs to the table of notes."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from bridgenotes.search import index


class SearchConfig(AppConfig):
    """The index of notes' words."""

    name = "bridgenotes.search"
    label = "search"

    def ready(self) -> None:
        """Prepare every new connection, and look after the index when tables were changed."""
        connection_created.connect(index.prepare, dispatch_uid="search")
        post_migrate.connect(_mend, sender=apps.get_app_config("notes"), dispatch_uid="search")


def _mend(using: str, **_: Any) -> None:  # noqa: ANN401 (a signal's)
    index.mend(connections[using])
