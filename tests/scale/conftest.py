"""One small Ray cluster for all tests of a session: starting one takes seconds."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgenotes.scoring.executors.ray_ import RayExecutor


@pytest.fixture(scope="session")
def cluster() -> Iterator[RayExecutor]:
    """Four workers on this machine, however many processors it has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray's own, while it starts
        from bridgenotes.scoring.executors.ray_ import RayExecutor  # noqa: PLC0415 (slow import)

        executor = RayExecutor(store_bytes=150_000_000, cores=4)
    with executor:
        yield executor
