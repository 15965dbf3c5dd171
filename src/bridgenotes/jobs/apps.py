"""The Django app of jobs; huey finds `tasks` by it."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Tasks and their schedule."""

    name = "bridgenotes.jobs"
    label = "jobs"
