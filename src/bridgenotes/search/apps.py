"""The Django app of search; it has no models, its index belongs to the table of notes."""

from __future__ import annotations

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """The index of notes' words."""

    name = "bridgenotes.search"
    label = "search"
