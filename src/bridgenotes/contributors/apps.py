"""The Django app of contributors."""

from __future__ import annotations

from django.apps import AppConfig


class ContributorsConfig(AppConfig):
    """Contributors: participation, apart from personal data."""

    name = "bridgenotes.contributors"
    label = "contributors"
