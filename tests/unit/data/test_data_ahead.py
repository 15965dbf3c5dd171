"""Results come in order, a few at a time, and an error comes where its result would be."""

from __future__ import annotations

import threading

import pytest

from bridgenotes.data.ahead import ahead


def test_results_come_in_order():
    first_may_end = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            first_may_end.wait(10)
        else:
            first_may_end.set()
        return item * item

    assert list(ahead(work, range(20))) == [item * item for item in range(20)]


def test_no_more_items_are_asked_for_than_there_is_room_for():
    asked: list[int] = []

    def items():
        for item in range(100):
            asked.append(item)
            yield item

    results = ahead(lambda item: item, items(), workers=2)
    assert next(results) == 0
    assert len(asked) == 3
    results.close()
    assert len(asked) == 3


def test_an_error_comes_after_the_results_before_it():
    def work(item: int) -> int:
        if item == 3:
            raise ValueError("three")
        return item

    results = ahead(work, range(10))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_an_error_of_the_items_comes_after_the_results_before_it():
    def items():
        yield 1
        raise ValueError("no second one")

    results = ahead(lambda item: item, items())
    assert next(results) == 1
    with pytest.raises(ValueError, match="no second one"):
        next(results)
