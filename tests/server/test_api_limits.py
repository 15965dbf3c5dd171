"""Limits of the API count each person's requests, also when several come in at the same moment."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from bridgenotes.api import main
from bridgenotes.api.limits import WRITES


class SlowCache(dict):
    """A cache that lets somebody wait for what it has of them until told."""

    def __init__(self, slow: str) -> None:
        super().__init__()
        self.slow, self.asked, self.go_on = slow, threading.Event(), threading.Event()

    def get(self, key: str, default: list[float]) -> list[float]:
        if key == self.slow:
            self.asked.set()
            assert self.go_on.wait(20)
        return list(super().get(key, default))

    def set(self, key: str, value: list[float], _seconds: int) -> None:
        self[key] = value


def asked_by(name: str | None, address: str = "192.0.2.1") -> SimpleNamespace:
    """Return a request of an account, or of somebody at an address."""
    return SimpleNamespace(auth=name, META={"REMOTE_ADDR": address}, headers={})


@pytest.mark.parametrize(
    "throttle", [*WRITES, *main.api.throttle], ids=lambda throttle: type(throttle).__name__
)
def test_requests_of_the_same_moment_are_counted_apart(throttle, monkeypatch) -> None:
    is_visitor = throttle.get_cache_key(asked_by("somebody")) is None
    people = [asked_by(None, f"192.0.2.{k}") if is_visitor else asked_by(f"account {k}") for k in (1, 2)]
    first, second = (throttle.get_cache_key(request) for request in people)
    cache = SlowCache(first)
    monkeypatch.setattr(type(throttle), "cache", cache)
    thread = threading.Thread(target=throttle.allow_request, args=(people[0],))
    thread.start()
    assert cache.asked.wait(20)
    assert throttle.allow_request(people[1])
    cache.go_on.set()
    thread.join()
    assert {key: len(times) for key, times in cache.items()} == {first: 1, second: 1}
