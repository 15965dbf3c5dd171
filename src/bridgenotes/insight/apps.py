"""The Django app of explanations and overviews."""

from __future__ import annotations

from django.apps import AppConfig


class InsightConfig(AppConfig):
    """Explanations of statuses, drawings along the range of viewpoints, the overview."""

    name = "bridgenotes.insight"
    label = "insight"
