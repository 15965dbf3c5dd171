"""Compiled loops over chunks of entities, shared among threads where there is enough to do.

Numba's own parallel loops start and join all cores' threads at every call, and those that wait spin:
on communities of some hundred thousand ratings half of a run's CPU seconds went there, and not every
threading layer takes loops from two Python threads at once. Here one serial loop is compiled. Small
fits run it as it is, so that scorers can run side by side; large ones run it on shares of the chunks
from a few Python threads. Scorers side by side share these threads, so that there are never more of them
than processors. Results are equal to the bit because it is the same machine code.

What a kernel calls is inlined by force. Numba otherwise keeps a second copy of it, optimised on its
own, and which of the two runs depends on whether the kernel was compiled just now or loaded: sums
whose order the compiler may change then differ in their last bits.
"""

from __future__ import annotations

import inspect
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache, update_wrapper
from typing import TYPE_CHECKING, Any, Final

import numba
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE: Final = 1_000_000
"""Ratings from which on several threads are worth their start."""
SHARES_PER_THREAD: Final = 4
"""A few, because another process may hold up a thread."""
PIECES: Final = 16
"""In which a pass over plain vectors is made; a fixed number, so that no sum depends on the thread count."""


def pieces(size: int) -> npt.NDArray[np.int64]:
    """Return chunks of so many numbers: where they begin and the last one ends, int64, at most `PIECES` + 1."""
    return np.linspace(0, size, min(PIECES, size) + 1).astype(np.int64)


@cache
def _threads(count: int) -> ThreadPoolExecutor:
    """Return the process's threads for shares; begun once, because a large run asks ten thousands of times."""
    return ThreadPoolExecutor(count, thread_name_prefix="kernel")


os.register_at_fork(after_in_child=_threads.cache_clear)  # a child has none of its parent's threads


def share(work: Callable[[int], None], n_shares: int, n_threads: int) -> None:
    """Call ``work`` with each number below ``n_shares`` once, from the process's threads for shares."""
    # All threads take from one place, under the interpreter's lock: to hand each share over takes longer.
    shares = iter(range(n_shares))

    def several(_: int) -> None:
        for number in shares:
            work(number)

    list(_threads(n_threads).map(several, range(n_threads)))


class Kernel:
    """A compiled loop over chunks; see `kernel`.

    Attributes
    ----------
    compiled : numba dispatcher
        The loop over chunks ``first`` to ``last``; it releases the interpreter lock.
    """

    def __init__(self, function: Callable[..., Any], makes: Callable[..., Any], large: int | None) -> None:
        update_wrapper(self, function)
        self.compiled = numba.njit(cache=True, nogil=True)(function)
        self._makes, self._large = makes, large
        names = list(inspect.signature(function).parameters)[2:]
        self._packed, self._chunks = names.index("packed"), names.index("chunks")

    def __call__(self, *arguments: Any) -> Any:  # noqa: ANN401 (what the loop takes and gives)
        """Return the filled results."""
        made = self._makes(*arguments)
        results = made if isinstance(made, tuple) else (made,)
        n_chunks = len(arguments[self._chunks]) - 1
        large = LARGE if self._large is None else self._large
        n_threads = numba.get_num_threads() if len(arguments[self._packed]) >= large else 1
        if n_threads == 1 or n_chunks < 2:
            self.compiled(0, n_chunks, *arguments, *results)
            return made
        n_shares = min(n_chunks, n_threads * SHARES_PER_THREAD)
        bounds = [n_chunks * number // n_shares for number in range(n_shares + 1)]

        def work(number: int) -> None:
            self.compiled(bounds[number], bounds[number + 1], *arguments, *results)

        share(work, n_shares, n_threads)
        return made


def kernel(makes: Callable[..., Any], large: int | None = None) -> Callable[[Callable[..., Any]], Kernel]:
    """Compile a loop ``function(first, last, *arguments, *results)`` over chunks ``first`` to ``last``.

    The kernel is called with the arguments alone, among them ``packed``, which says how much there
    is to do, and ``chunks``, entity boundaries. An entity's results depend on nothing another
    chunk writes.

    Parameters
    ----------
    makes : callable
        Takes the arguments and returns the array or tuple of arrays that the loop fills.
    large : int, optional
        Length of ``packed`` from which on several threads are worth their start; default: `LARGE`.
    """
    return lambda function: Kernel(function, makes, large)
