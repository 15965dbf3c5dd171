"""Choosing whose posts are offered; notes stay visible whatever is chosen (NYH-4, AL-5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgenotes.notes.models import HiddenAuthor

if TYPE_CHECKING:
    from bridgenotes.contributors.models import Contributor
    from bridgenotes.posts.models import PostAuthor


def hide_author(contributor: Contributor, author: PostAuthor) -> None:
    """Offer the contributor no more posts of an author."""
    HiddenAuthor.objects.get_or_create(contributor=contributor, author=author)


def show_author(contributor: Contributor, author: PostAuthor) -> None:
    """Offer the contributor posts of an author again."""
    HiddenAuthor.objects.filter(contributor=contributor, author=author).delete()
