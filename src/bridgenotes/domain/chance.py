"""Where chance comes from: a generator per seed and purpose, the same on every machine."""

from __future__ import annotations

import random


def generator(seed: int | str, *purpose: str | int) -> random.Random:
    """Return a generator that depends on the seed and the purpose only.

    Secrecy comes from the seed: a draw among people takes a fresh one from `secrets` and keeps
    it, so that the draw can be repeated by whoever checks it.
    """
    return random.Random("\x1f".join(map(str, (seed, *purpose))))  # noqa: S311 - repeatable on purpose
