"""The Django app of notes."""

from __future__ import annotations

from django.apps import AppConfig


class NotesConfig(AppConfig):
    """Notes, ratings, requests and reviews."""

    name = "bridgenotes.notes"
    label = "notes"
