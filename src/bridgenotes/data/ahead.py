"""The next items are worked on while the last one is used; results come in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

Item = TypeVar("Item")
Result = TypeVar("Result")
WORKERS: Final = 2


def ahead(
    function: Callable[[Item], Result], items: Iterable[Item], *, workers: int = WORKERS
) -> Iterator[Result]:
    """Yield ``function(item)`` of each item, as `map` does, computed on threads of their own.

    At most ``workers`` results are under way or waiting beside the one in use, so memory is bounded; an item
    is asked for when there is room for its result. An error is raised where the result would be, also one of
    ``items`` itself.
    """
    waiting: deque[Future[Result]] = deque()
    left = iter(items)
    trouble: Exception | None = None
    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                try:
                    item = next(left)
                except StopIteration:
                    break
                except Exception as error:  # noqa: BLE001 - raised below, after the results before it
                    trouble = error
                    break
                waiting.append(pool.submit(function, item))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
    if trouble is not None:
        raise trouble
