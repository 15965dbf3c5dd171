"""A run is a graph of pure steps: who needs whose result, run side by side, freed when nobody waits for it.

Steps know nothing of each other but names. Because every step is a pure function of its inputs,
the order in which they happen to run, and how many at once, changes no result.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, Protocol, Self

from bridgenotes.scoring.errors import ScoringError

Watch = Callable[[str], AbstractContextManager[object]]
"""Entered with a step's name around its run, in the thread that runs it: for progress and timing."""


class GraphError(ScoringError):
    """Steps that do not hold together: a name twice, a missing input, a circle."""


class Elsewhere(Protocol):
    """Runs steps in other processes, which keep what steps return.

    A result travels here only if it is wanted here; steps are given references to each other's.
    """

    def put(self, value: Any) -> Any:  # noqa: ANN401 (values are of any kind)
        """Hand a value over; return a reference to it."""
        ...

    def begin(self, step: Step, inputs: Sequence[Any], watch: Watch) -> Future[Any]:
        """Run a step on what ``inputs`` refer to; the future gives a reference to its result."""
        ...

    def get(self, reference: Any) -> Any:  # noqa: ANN401 (as above)
        """Fetch what a reference refers to."""
        ...


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes
    ----------
    name : str
        Unique in its graph; shown as progress.
    run : callable
        A pure function of the results named by ``needs``, in that order.
    needs : tuple of str
        Names of other steps or of given values.
    weight : callable, optional
        Of the same arguments: bytes that it takes while it runs; none unless given.
    """

    name: str
    run: Callable[..., Any]
    needs: tuple[str, ...] = ()
    weight: Callable[..., float] | None = None


def run_steps(
    steps: Sequence[Step],
    wanted: Iterable[str],
    *,
    given: Mapping[str, Any] | None = None,
    executor: Executor | Elsewhere | None = None,
    watch: Watch = nullcontext,
    room: float = math.inf,
) -> dict[str, Any]:
    """Run what ``wanted`` needs, and return the wanted results by name.

    Parameters
    ----------
    steps : sequence of Step
        Those that can run are begun in this order.
    wanted : iterable of str
        Results to return; steps they do not need are not run.
    given : mapping, optional
        Values that steps may name in ``needs``.
    executor : concurrent.futures.Executor or Elsewhere, optional
        Runs independent steps side by side; without one they run here, one after the other.
    watch : callable, optional
        Context entered around each step.
    room : float, optional
        Bytes for steps side by side in this process: one that does not fit beside others waits for them. A step
        that does not fit at all runs alone.

    Raises
    ------
    GraphError
        If the steps do not hold together; nothing has run then.
    Exception
        Whatever a step raises; steps not yet begun never begin.

    Notes
    -----
    A result is dropped as soon as the last step that needs it has ended.
    """
    given = given or {}
    kept = tuple(wanted)
    chosen = _chosen(steps, kept, given)
    waiting = Counter(need for step in chosen.values() for need in set(step.needs))
    waiting.update(kept)
    order = TopologicalSorter({s.name: [n for n in s.needs if n in chosen] for s in chosen.values()})
    try:
        order.prepare()
    except CycleError as error:
        raise GraphError(f"steps need each other in a circle: {' -> '.join(error.args[1])}") from error

    results: dict[str, Any] = {}

    def finish(step: Step, value: Any) -> None:  # noqa: ANN401 (results are of any kind)
        results[step.name] = value
        for need in set(step.needs):
            waiting[need] -= 1
            if not waiting[need]:
                del results[need]
        order.done(step.name)

    position = {name: k for k, name in enumerate(chosen)}
    with _Runner(executor, watch, room) as runner:
        results |= {name: runner.put(value) for name, value in given.items() if waiting[name]}
        while order.is_active():
            for name in sorted(order.get_ready(), key=position.__getitem__):
                step = chosen[name]
                runner.begin(step, [results[need] for need in step.needs])
            for step, value in runner.ended():
                finish(step, value)
        return {name: runner.get(results[name]) for name in kept}


def _chosen(steps: Sequence[Step], wanted: tuple[str, ...], given: Mapping[str, Any]) -> dict[str, Step]:
    """Return the steps that ``wanted`` needs, in their order."""
    known = {step.name: step for step in steps}
    if len(known) < len(steps):
        twice = Counter(step.name for step in steps).most_common(1)[0][0]
        raise GraphError(f"two steps are called {twice!r}")
    needed: set[str] = set()
    agenda = [(name, "the caller") for name in wanted]
    while agenda:
        name, by = agenda.pop()
        if name in given or name in needed:
            continue
        if name not in known:
            raise GraphError(f"{by} needs {name!r}, which no step makes")
        needed.add(name)
        agenda += [(need, f"step {name!r}") for need in known[name].needs]
    return {name: step for name, step in known.items() if name in needed}


class _Runner:
    """Begins steps in an executor or elsewhere, or runs them here one by one where there is neither."""

    def __init__(self, executor: Executor | Elsewhere | None, watch: Watch, room: float) -> None:
        self._executor = executor if isinstance(executor, Executor) else None
        self._elsewhere = None if isinstance(executor, Executor) else executor
        self._watch = watch
        self._room = room
        self._running: dict[Future[Any], tuple[Step, float]] = {}
        self._ready: deque[tuple[Step, list[Any]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let nothing begin any more, and wait for what has begun."""
        for future in self._running:
            future.cancel()
        wait(self._running)

    def put(self, value: Any) -> Any:  # noqa: ANN401 (as in `Elsewhere`)
        """Return what steps are given for a value."""
        return value if self._elsewhere is None else self._elsewhere.put(value)

    def get(self, given: Any) -> Any:  # noqa: ANN401 (as in `Elsewhere`)
        """Return the value of what steps are given for it."""
        return given if self._elsewhere is None else self._elsewhere.get(given)

    def begin(self, step: Step, inputs: list[Any]) -> None:
        """Hand a step over; its inputs are forgotten here."""
        if self._elsewhere is not None:
            self._running[self._elsewhere.begin(step, inputs, self._watch)] = (step, 0.0)
            return
        self._ready.append((step, inputs))
        self._submit()

    def _submit(self) -> None:
        """Give the executor what fits beside what it has."""
        if self._executor is None:
            return
        for _ in range(len(self._ready)):
            step, inputs = self._ready.popleft()
            weight = step.weight(*inputs) if step.weight is not None and self._room < math.inf else 0.0
            taken = sum(other for _, other in self._running.values())
            if self._running and taken + weight > self._room:
                self._ready.append((step, inputs))
                continue
            future = self._executor.submit(_watched, self._watch, step, inputs)
            self._running[future] = (step, weight)

    def ended(self) -> list[tuple[Step, Any]]:
        """Return at least one ended step with its result."""
        if self._executor is None and self._ready:
            step, inputs = self._ready.popleft()
            return [(step, _watched(self._watch, step, inputs))]
        done, _ = wait(self._running, return_when=FIRST_COMPLETED)
        found = [(self._running.pop(future)[0], future.result()) for future in done]
        self._submit()
        return found


def _watched(watch: Watch, step: Step, inputs: list[Any]) -> Any:  # noqa: ANN401 (results are of any kind)
    with watch(step.name):
        return step.run(*inputs)
