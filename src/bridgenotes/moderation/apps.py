"""The Django app of moderation."""

from __future__ import annotations

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    """Reports, decisions and their record."""

    name = "bridgenotes.moderation"
    label = "moderation"
