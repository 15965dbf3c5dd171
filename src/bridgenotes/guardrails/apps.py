"""The Django app of guardrails."""

from __future__ import annotations

from django.apps import AppConfig


class GuardrailsConfig(AppConfig):
    """Measures, remedies and alerts to operators."""

    name = "bridgenotes.guardrails"
    label = "guardrails"
