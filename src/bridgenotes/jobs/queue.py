"""How much the worker has before it."""

from __future__ import annotations

from huey.contrib.djhuey import HUEY


def length() -> int:
    """Return how many tasks wait for a worker; a few at any time, many only if none runs."""
    return int(HUEY.pending_count())
