"""The Django app of notifications."""

from __future__ import annotations

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Notices, and draws of whom to ask."""

    name = "bridgenotes.notifications"
    label = "notifications"
