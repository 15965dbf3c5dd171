"""The Django app of scoring runs."""

from __future__ import annotations

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Scoring runs."""

    name = "bridgenotes.runs"
    label = "runs"
