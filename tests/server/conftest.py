"""Fixtures of the platform's tests: a clock that moves when told, people, a site without rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.utils import translation

from bridgenotes.accounts.models import Account
from bridgenotes.base import kept
from bridgenotes.base.clock import SteppedClock
from bridgenotes.contributors.models import Contributor
from bridgenotes.runs.models import Kind, State
from bridgenotes.runs.services import score
from support.browser import browser, context, open_context, page, watch  # noqa: F401 (fixtures)
from support.community import Community, make_community
from support.kept_engine import KeptEngine
from support.noting import Noting
from support.platform import People


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test of the platform the database, and mark those that drive a browser."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        if "tests/server" in str(item.path) and not item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.django_db)


@pytest.fixture(scope="session", autouse=True)
def _no_session_left_behind(django_db_setup, django_db_blocker) -> Iterator[None]:
    """End connections that a live server's threads still hold, so that the test database can go."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def clock(settings) -> SteppedClock:
    """The site's clock; ``clock.advance(days=3)`` lets time pass."""
    settings.CLOCK = SteppedClock(datetime(2026, 7, 1, 12, tzinfo=UTC))
    return settings.CLOCK


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    for each in caches.all(initialized_only=True):
        each.clear()
    kept.forget()


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """Forget the language of the page that the test before asked for."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def sent_sms(settings, monkeypatch) -> list[tuple[str, str]]:
    """Text messages sent in a test: (number, text)."""
    box: list[tuple[str, str]] = []
    monkeypatch.setattr("bridgenotes.accounts.sms.send", lambda e164, text: box.append((e164, text)))
    return box


@pytest.fixture
def _kept_long(settings) -> None:
    """What is kept a few seconds stays kept, however slow the machine: for tests that count queries."""
    settings.SITE = settings.SITE.model_copy(update={"keep_seconds": 3600})


@pytest.fixture
def people(clock) -> People:
    """Makes accounts and contributors in any state, by the real services."""
    return People(clock)


@pytest.fixture
def noting(clock, people) -> Noting:
    """Makes posts, notes and ratings, by the real services."""
    return Noting(clock, people)


@pytest.fixture
def account(people) -> Account:
    """An account that meets all criteria."""
    return people.account()


@pytest.fixture
def contributor(people) -> Contributor:
    """A contributor with an alias, who may rate."""
    return people.contributor()


@pytest.fixture
def sign_in() -> Callable[[Account], Client]:
    """Returns a browser in which an account is signed in."""

    def signed_in(account: Account) -> Client:
        client = Client()
        client.force_login(account)
        return client

    return signed_in


@pytest.fixture(scope="session")
def engine_results(pytestconfig) -> KeptEngine:
    """The engine, which runs once for each input."""
    return KeptEngine(pytestconfig.cache.mkdir("engine"))


@pytest.fixture
def engine(engine_results, settings, tmp_path, monkeypatch) -> KeptEngine:
    """The real engine behind scoring runs, with files of the test's own."""
    settings.SITE = settings.SITE.model_copy(update={"data_dir": tmp_path})
    monkeypatch.setattr("bridgenotes.runs.services.run_phase", engine_results)
    return engine_results


@pytest.fixture
def community(clock) -> Community:
    """Two camps, eight authors, forty notes of four kinds with their ratings; nothing is scored yet."""
    return make_community(clock())


@pytest.fixture
def scored(community, engine, clock) -> Community:
    """The community after two scorings: notes that bridge are Helpful, bad ones Not Helpful."""
    for kind, minutes in ((Kind.PRESCORING, 0), (Kind.FINAL, 75), (Kind.FINAL, 0)):
        run = score(kind, now=clock())
        assert run is not None
        assert run.state == State.DONE, run.message
        clock.advance(minutes=minutes)
    return community
