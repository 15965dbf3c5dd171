"""One loop, compiled two ways: serial for small fits, parallel for large ones.

Starting and joining threads takes longer than a small fit's pass over its ratings, and threads that
wait spin: on communities of some hundred thousand ratings half of a run's CPU seconds went there.
Scorers run side by side instead, each with serial loops.
"""

from __future__ import annotations

import inspect
import threading
from functools import update_wrapper
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE: Final = 2_000_000
"""Ratings (or other rows) from which on several threads are worth their start."""

_THREADING_LAYER = threading.Lock()
"""Not every threading layer of numba takes parallel loops from two Python threads at once."""


class Kernel:
    """A compiled loop that picks its version by the length of one of its arguments.

    Both versions come from the same source and add in the same order, so results are equal to the
    bit. Each is compiled, or loaded from the cache on disk, when it is first called.

    Attributes
    ----------
    serial, parallel : numba dispatcher
        The versions; both release the interpreter lock.
    """

    def __init__(self, function: Callable[..., Any], work: str) -> None:
        update_wrapper(self, function)
        self.serial = numba.njit(cache=True, nogil=True)(function)
        self.parallel = numba.njit(cache=True, nogil=True, parallel=True)(_twin(function))
        self._place = list(inspect.signature(function).parameters).index(work)

    def __call__(self, *arguments: Any) -> Any:  # noqa: ANN401 (what the loop takes and gives)
        """Run the loop; parallel ones run one at a time."""
        if len(arguments[self._place]) < LARGE or numba.get_num_threads() == 1:
            return self.serial(*arguments)
        with _THREADING_LAYER:
            return self.parallel(*arguments)


def kernel(work: str) -> Callable[[Callable[..., Any]], Kernel]:
    """Compile a loop written with `numba.prange` both ways.

    Parameters
    ----------
    work : str
        Name of the parameter whose length says how much there is to do.
    """
    return lambda function: Kernel(function, work)


def _twin(function: Callable[..., Any]) -> FunctionType:
    """Return the same function under another name: the cache on disk goes by name, not by options."""
    assert isinstance(function, FunctionType)
    twin = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    twin.__qualname__ = f"{function.__qualname__}_parallel"
    twin.__module__ = function.__module__
    return twin
