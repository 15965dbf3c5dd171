"""Steps run in order of need, side by side where they can, and their results are freed."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring.graph import GraphError, Step, run_steps


def test_results_flow_by_name() -> None:
    steps = [
        Step("sum", lambda a, b: a + b, ("double", "given")),
        Step("double", lambda x: 2 * x, ("given",)),
    ]
    assert run_steps(steps, ["sum"], given={"given": 5}) == {"sum": 15}


def test_what_nobody_wants_does_not_run() -> None:
    steps = [Step("wanted", lambda: 1), Step("other", lambda: pytest.fail("ran"))]
    assert run_steps(steps, ["wanted"]) == {"wanted": 1}


class Big:
    """Something that can be weakly referenced."""


def test_a_result_is_freed_when_its_last_reader_has_ended() -> None:
    seen: list[weakref.ref[Big]] = []

    def make() -> Big:
        big = Big()
        seen.append(weakref.ref(big))
        return big

    def is_gone(_reader: int) -> bool:
        gc.collect()
        return seen[0]() is None

    steps = [
        Step("big", make),
        Step("reader", lambda _big: 1, ("big",)),
        Step("gone", is_gone, ("reader",)),
    ]
    assert run_steps(steps, ["gone"]) == {"gone": True}


def test_independent_steps_run_side_by_side() -> None:
    meeting = threading.Barrier(2, timeout=10)
    steps = [Step("a", meeting.wait), Step("b", meeting.wait)]
    with ThreadPoolExecutor(2) as executor:
        found = run_steps(steps, ["a", "b"], executor=executor)
    assert set(found.values()) == {0, 1}


@pytest.mark.parametrize("threads", [0, 2])
def test_a_failing_step_stops_the_run_and_is_told(threads: int) -> None:
    steps = [
        Step("bad", lambda: 1 / 0),
        Step("after", lambda _bad: pytest.fail("ran"), ("bad",)),
    ]
    with ThreadPoolExecutor(2) as executor, pytest.raises(ZeroDivisionError):
        run_steps(steps, ["after"], executor=executor if threads else None)


def test_the_watch_surrounds_each_step() -> None:
    log: list[str] = []

    @contextmanager
    def watch(name: str):
        log.append(f"begin {name}")
        yield
        log.append(f"end {name}")

    run_steps([Step("a", lambda: log.append("a"))], ["a"], watch=watch)
    assert log == ["begin a", "a", "end a"]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([Step("a", int), Step("a", int)], "two steps are called 'a'"),
        ([Step("a", int, ("b",))], "step 'a' needs 'b', which no step makes"),
        ([Step("a", int, ("b",)), Step("b", int, ("a",))], "in a circle"),
    ],
)
def test_graphs_that_do_not_hold_together(steps: list[Step], words: str) -> None:
    with pytest.raises(GraphError, match=words):
        run_steps(steps, ["a"])


@given(st.lists(st.sets(st.integers(0, 19)), max_size=20))
def test_any_graph_gives_the_same_alone_and_side_by_side(edges: list[set[int]]) -> None:
    steps = [
        Step(str(k), lambda *values, k=k: k + sum(values), tuple(str(n) for n in sorted(needs) if n < k))
        for k, needs in enumerate(edges)
    ]
    names = [step.name for step in steps]
    with ThreadPoolExecutor(2) as executor:
        assert run_steps(steps, names, executor=executor) == run_steps(steps, names)


@pytest.mark.parametrize(("room", "at_once"), [(30.0, 3), (25.0, 2), (19.0, 1), (0.0, 1)])
def test_steps_that_do_not_fit_beside_each_other_take_turns(room: float, at_once: int) -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def work(_given: int) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1

    steps = [Step(f"step {k}", work, ("given",), weight=lambda given: 2.0 * given) for k in range(6)]
    with ThreadPoolExecutor(3) as executor:
        names = [step.name for step in steps]
        run_steps(steps, names, given={"given": 5}, executor=executor, room=room)
    assert most[0] <= at_once


def test_a_small_step_runs_beside_a_large_one() -> None:
    meeting = threading.Barrier(2, timeout=10)
    large, small = (lambda: 100.0), (lambda: 1.0)
    steps = [
        Step("large", meeting.wait, weight=large),
        Step("other large", lambda: 0, weight=large),
        Step("small", meeting.wait, weight=small),
    ]
    with ThreadPoolExecutor(3) as executor:
        found = run_steps(steps, ["large", "other large", "small"], executor=executor, room=101.0)
    assert {found["large"], found["small"]} == {0, 1}
