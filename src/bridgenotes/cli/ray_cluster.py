"""`--executor ray`: open a cluster, or say what is missing."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from bridgenotes.cli.failures import UsageError
from bridgenotes.scoring.mf.trainers import Trainers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from bridgenotes.cli.score import Request
    from bridgenotes.scoring.graph import Elsewhere
    from bridgenotes.scoring.mf.sharded import Shards

STORE_SHARE: Final = 0.3
"""Of the memory budget, for the object store of a cluster started here; what does not fit goes to disk."""
SMALLEST_STORE: Final = 80_000_000
"""Ray takes no less."""
SHARD_FROM: Final = 20_000_000
"""Ratings of a fit from which on it is cut into shards; below, exchanges cost more than is shared out."""


@contextmanager
def open_ray(request: Request, budget: int) -> Iterator[tuple[Elsewhere, Trainers]]:
    """Connect to a cluster, or start one here for the time of the run.

    Parameters
    ----------
    budget : int
        Bytes this machine's part of the run may take.

    Raises
    ------
    UsageError
        If Ray is not installed, the address is not one, or no machine has enough processors.
    """
    try:
        from bridgenotes.scoring.executors.ray_ import RayExecutor, ray_shards  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("ray", "pyarrow"):
            raise
        raise UsageError(
            f"--executor ray needs {error.name}, which is not installed: pip install 'bridgenotes[ray]'"
        ) from None
    if request.address is not None and "://" in request.address:
        raise UsageError(
            f"--address {request.address}: give host:port or auto, and run this on a machine of the cluster"
        )
    store = max(SMALLEST_STORE, int(STORE_SHARE * budget))
    try:
        executor = RayExecutor(request.address, cores_per_step=request.threads or 1, store_bytes=store)
    except ConnectionError:
        raise UsageError(
            f"--address {request.address}: no Ray cluster answers; start one with `ray start --head`, "
            "or leave --address out to start one for this run"
        ) from None
    except ValueError as error:
        raise UsageError(f"--threads {request.threads}: {error}") from None
    with executor:
        yield executor, _trainers(request, ray_shards)


def _trainers(request: Request, opener: Callable[..., AbstractContextManager[Shards]]) -> Trainers:
    if request.shards is None:
        return Trainers()
    least = SHARD_FROM if request.shard_from is None else request.shard_from
    return Trainers(partial(opener, request.shards), least)
