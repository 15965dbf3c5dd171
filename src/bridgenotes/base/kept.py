"""What is the same for everybody and may be a few seconds old, kept in the memory of each process.

Nothing of a person goes in here. Zero seconds (`BRIDGENOTES_KEEP_SECONDS`) keep nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from django.conf import settings
from django.core.cache import caches

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
CACHE: Final = "kept"


def seconds() -> int:
    """Return how old something may be."""
    found: int = settings.SITE.keep_seconds
    return found


def kept(name: str, make: Callable[[], T]) -> T:
    """Return what ``make`` returned at most `seconds` ago under this name, else what it returns now."""
    if not seconds():
        return make()
    found: T | None = caches[CACHE].get(name)
    if found is None:
        found = make()
        caches[CACHE].set(name, found, seconds())
    return found
