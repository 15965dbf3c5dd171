"""The Django app of posts."""

from __future__ import annotations

from django.apps import AppConfig


class PostsConfig(AppConfig):
    """Posts and who supplies them."""

    name = "bridgenotes.posts"
    label = "posts"
