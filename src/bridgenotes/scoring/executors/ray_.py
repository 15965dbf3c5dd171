"""Steps and shards on Ray; the only module that imports it (extra ``ray``).

Steps are tasks. What several of them need is put into Ray's object store once, and a task's result stays
in the store of the machine it ran on until another task or the driver asks for it; arrays and the columns
of frames are then read in place, without a copy. Shards of a fit are actors.

What is lost is computed again: Ray repeats tasks and makes lost results anew from what they were made from,
and shards are made again here. That is safe, because steps are pure functions and operations on shards may
run twice (`mf.sharded.Shards`). The driver, and what it has put, must live on.
"""

from __future__ import annotations

import logging
import os
import resource
import socket
import threading
import time
from collections import Counter
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import polars as pl

# Nothing is told to anybody; read when ray is imported.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray
from ray.exceptions import ObjectLostError, RayActorError, RayTaskError
from ray.util import register_serializer
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from bridgenotes.scoring.mf.shard import RaterRange, Shard, cut
from bridgenotes.scoring.threads import use_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bridgenotes.scoring.graph import Step, Watch
    from bridgenotes.scoring.mf.matrix import RatingMatrix

Result = TypeVar("Result")

ANSWERS_WITHIN: Final = 10.0
"""Seconds until a cluster is taken for absent."""
LOSSES: Final = 20
"""How often a task, or a shard, is begun again because its process or machine was lost."""


class RayExecutor:
    """Runs steps on a Ray cluster; see `graph.Elsewhere`.

    Parameters
    ----------
    address : str, optional
        Of a running cluster, of which this machine must be a part. Without it one is started here, and
        stopped at the end.
    cores_per_step : int
        Processors that a step has to itself.
    store_bytes : int, optional
        Size of the object store of a cluster started here.

    Raises
    ------
    ConnectionError
        If there is no cluster at the address.
    ValueError
        If no machine of the cluster has so many processors.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        cores_per_step: int = 1,
        store_bytes: int | None = None,
        cores: int | None = None,
    ) -> None:
        self._cores_per_step = cores_per_step
        started_here: dict[str, Any] = {
            "num_cpus": cores or len(os.sched_getaffinity(0)),
            "include_dashboard": False,
            "object_store_memory": store_bytes,
        }
        if address:
            _knock(address)
        ray.init(
            address=address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            **({} if address else started_here),
        )
        most = max((cores for _, cores in _machines()), default=0)
        if most < cores_per_step:
            ray.shutdown()
            raise ValueError(
                f"a step asks for {cores_per_step} processors, and no machine of the cluster offers more than {most}"
            )
        _ready_for_frames()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the cluster; stop it if it was started here."""
        ray.shutdown()

    @staticmethod
    def put(value: Any) -> Any:  # noqa: ANN401 (values are of any kind)
        """Put a value into the object store."""
        return ray.put(value)

    @staticmethod
    def get(reference: Any) -> Any:  # noqa: ANN401 (as above)
        """Fetch a value; its arrays are read-only."""
        return ray.get(reference)

    def begin(self, step: Step, inputs: Sequence[Any], watch: Watch) -> Future[Any]:
        """Run a step as a task; the future gives a reference to its result."""
        task = _run_step.options(num_cpus=self._cores_per_step, name=step.name)
        record, value = task.remote(step.run, self._cores_per_step, *inputs)
        return _Running(step, record, value, watch)


class _Running(Future[Any]):
    """A task under way: a thread waits for it, so that progress is shown and times are recorded here."""

    def __init__(self, step: Step, record: Any, value: Any, watch: Watch) -> None:  # noqa: ANN401 (references)
        super().__init__()
        self._record = record
        threading.Thread(target=self._wait, args=(step.name, value, watch), daemon=True).start()

    def _wait(self, name: str, value: Any, watch: Watch) -> None:  # noqa: ANN401 (a reference)
        try:
            with watch(name) as measured:
                record = ray.get(self._record)
                if isinstance(measured, dict):
                    measured.update(record)
        except RayTaskError as error:
            self.set_exception(error.cause)
        except BaseException as error:  # noqa: BLE001 (whoever waits for the future is told)
            self.set_exception(error)
        else:
            self.set_result(value)

    def cancel(self) -> bool:
        """Ask for an end; the future ends when the task has."""
        ray.cancel(self._record, force=False)
        return False


@ray.remote(num_returns=2, max_retries=LOSSES)
def _run_step(run: Callable[..., Any], cores: int, *inputs: Any) -> tuple[dict[str, float], Any]:  # noqa: ANN401
    """Run a step; return what it took and its result."""
    _prepare(cores)
    began, cpu = time.perf_counter(), time.process_time()
    result = run(*inputs)
    taken = {
        "seconds": round(time.perf_counter() - began, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    return taken, result


def _prepare(cores: int) -> None:
    """Let this process use as many threads as it has processors, and pass frames well."""
    use_threads(cores)
    _one_blas_thread()
    _ready_for_frames()


@cache
def _one_blas_thread() -> None:
    """As in `bridgenotes.cli`: products of long vectors would depend on the number of processors."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 (looks through all loaded libraries)

    threadpool_limits(limits=1, user_api="blas")


def _ready_for_frames() -> None:
    """Pass frames as Arrow tables, whose columns others read in place; polars pickles them into one piece."""
    register_serializer(pl.DataFrame, serializer=_to_arrow, deserializer=_from_arrow)
    register_serializer(pl.Series, serializer=_series_to_arrow, deserializer=_series_from_arrow)


def _to_arrow(frame: pl.DataFrame) -> Any:  # noqa: ANN401 (pyarrow has no types)
    # Ray places the columns of this form of Arrow one by one; of the newer form it makes a stream.
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest()), frame.schema, frame.height


def _from_arrow(passed: Any) -> pl.DataFrame:  # noqa: ANN401 (as above)
    table, schema, height = passed
    if not schema:
        return pl.DataFrame(height=height)
    frame = pl.from_arrow(table, rechunk=False)
    assert isinstance(frame, pl.DataFrame)
    return frame.cast(dict(schema))


def _series_to_arrow(series: pl.Series) -> Any:  # noqa: ANN401 (as above)
    return series.name, _to_arrow(series.alias("").to_frame())


def _series_from_arrow(passed: Any) -> pl.Series:  # noqa: ANN401 (as above)
    name, table = passed
    return _from_arrow(table).to_series().alias(name)


@ray.remote
class _ShardActor:
    """A shard in a process of its own, made of what it is given with every call."""

    def __init__(self) -> None:
        self._shard: Shard | None = None

    def run(self, part: RaterRange, cores: int, operation: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
        """Run an operation on the shard."""
        if self._shard is None:
            _prepare(cores)
            self._shard = Shard.of(part)
        return operation(self._shard, *arguments)


@dataclass
class _Worker:
    """Who holds a shard, and on which machine with how many processors."""

    actor: Any
    machine: str
    cores: int

    @classmethod
    def on(cls, machine: str, cores: int) -> _Worker:
        # Ray keeps to a soft wish only for actors that ask for processors.
        where = NodeAffinitySchedulingStrategy(machine, soft=False)
        options: Any = _ShardActor
        return cls(options.options(num_cpus=0, scheduling_strategy=where).remote(), machine, cores)


class RayShards:
    """The shards of one rating matrix as actors; see `mf.sharded.Shards`.

    An actor asks for no processor of its own: two fits that each wait for the other's would wait for
    ever, and a machine that is left alone must take all shards. Machines are filled in turn instead. A
    shard whose process or machine is lost is made again, on another machine where there is one. Shards share
    their machine's processors, unless told how many (``cores``) each may use.
    """

    def __init__(self, ratings: RatingMatrix, n_shards: int, cores: int | None = None) -> None:
        self._parts = [ray.put(part) for part in cut(ratings, n_shards)]
        self._cores = cores
        self._workers = [_Worker.on(machine, cores or share) for machine, share in _places(n_shards)]
        self._losses = 0

    def each(self, operation: Callable[..., Result], *arguments: Any) -> Iterator[Result]:  # noqa: ANN401
        """Run an operation on all shards at once; arguments travel to each machine once."""
        given = (operation, *(ray.put(argument) for argument in arguments))
        pending = {self._begin(shard, given): shard for shard in range(len(self._workers))}
        return self._results(pending, given)

    def _begin(self, shard: int, given: tuple[Any, ...]) -> Any:  # noqa: ANN401 (a reference)
        worker = self._workers[shard]
        return worker.actor.run.remote(self._parts[shard], worker.cores, *given)

    def _results(self, pending: dict[Any, int], given: tuple[Any, ...]) -> Iterator[Any]:
        while pending:
            (ended, *_), _ = ray.wait(list(pending), num_returns=1)
            shard = pending.pop(ended)
            try:
                result = ray.get(ended)
            except RayTaskError as error:
                raise error.cause from None
            except (RayActorError, ObjectLostError):
                self._losses += 1
                if self._losses > LOSSES:
                    raise
                self._replace(shard)
                pending[self._begin(shard, given)] = shard
            else:
                yield result

    def _replace(self, shard: int) -> None:
        lost = self._workers[shard]
        ray.kill(lost.actor)
        machines = dict(_machines())
        if len(machines) > 1:
            machines.pop(lost.machine, None)
        taken = Counter(worker.machine for worker in self._workers if worker is not lost)
        machine = max(machines, key=lambda name: (machines[name] / (taken[name] + 1), name))
        share = max(1, machines[machine] // (taken[machine] + 1))
        self._workers[shard] = _Worker.on(machine, self._cores or share)

    def close(self) -> None:
        """End the shards."""
        for worker in self._workers:
            ray.kill(worker.actor)


@contextmanager
def ray_shards(n_shards: int, ratings: RatingMatrix) -> Iterator[RayShards]:
    """Open the shards of a rating matrix on the cluster this process belongs to."""
    shards = RayShards(ratings, n_shards)
    try:
        yield shards
    finally:
        shards.close()


def _knock(address: str) -> None:
    """Raise ConnectionError if nobody answers; Ray itself would go on trying for minutes."""
    host, _, port = address.rpartition(":")
    if port.isdecimal():
        try:
            socket.create_connection((host, int(port)), timeout=ANSWERS_WITHIN).close()
        except OSError as error:
            raise ConnectionError(f"{address}: {error}") from error


def _machines() -> list[tuple[str, int]]:
    """Return id and processors of the machines that are there."""
    alive = (node for node in ray.nodes() if node["Alive"])  # type: ignore[no-untyped-call]
    return sorted((node["NodeID"], int(node["Resources"].get("CPU", 0))) for node in alive)


def _places(n_shards: int) -> list[tuple[str, int]]:
    """Return for each shard a machine and the processors it may use: always where most are left per shard."""
    machines = dict(_machines())
    taken = dict.fromkeys(machines, 0)
    chosen = []
    for _ in range(n_shards):
        name = max(machines, key=lambda name: (machines[name] / (taken[name] + 1), name))
        taken[name] += 1
        chosen.append(name)
    return [(name, max(1, machines[name] // taken[name])) for name in chosen]
