"""Threads of the libraries below: one, since those that wait for work burn more time than they save."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def one_thread() -> AbstractContextManager[object]:
    """Limit OpenMP and BLAS to one thread while the context lasts; results are then always the same."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 (looks through all loaded libraries)

    context: AbstractContextManager[object] = threadpool_limits(limits=1)
    return context
