"""What is the same for everybody and may be a few seconds old, kept in the memory of each process.

Nothing of a person goes in here, and nothing that somebody changes: objects are handed out as they were put in,
not as copies. Zero seconds (`BRIDGENOTES_KEEP_SECONDS`) keep nothing.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MOST: Final = 500
"""Things kept at once; the oldest goes first. With whole pages some 20 MB for each process."""

_found: OrderedDict[str, tuple[float, Any]] = OrderedDict()
_lock = Lock()


def seconds() -> int:
    """Return how old something may be."""
    found: int = settings.SITE.keep_seconds
    return found


def kept(name: str, make: Callable[[], T]) -> T:
    """Return what ``make`` returned at most `seconds` ago under this name, else what it returns now."""
    found: T | None = get(name)
    if found is None:
        found = make()
        put(name, found)
    return found


def get(name: str) -> Any:  # noqa: ANN401 (as it was put in)
    """Return what was put in under a name at most `seconds` ago, else None."""
    age = seconds()
    entry = _found.get(name) if age else None
    return entry[1] if entry is not None and entry[0] > time.monotonic() - age else None


def put(name: str, value: object) -> None:
    """Keep something under a name, if anything is kept."""
    if not seconds():
        return
    with _lock:
        _found[name] = (time.monotonic(), value)
        _found.move_to_end(name)
        while len(_found) > MOST:
            _found.popitem(last=False)


def forget(beginning: str = "") -> None:
    """Forget what has a name that begins so; for tests."""
    with _lock:
        for name in [name for name in _found if name.startswith(beginning)]:
            del _found[name]
