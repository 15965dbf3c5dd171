"""A worker is killed in the middle: nothing is lost, nothing half-applied, the next one goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from bridgenotes.base.clock import system_clock
from bridgenotes.contributors.models import Impact
from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.notes.models import Note, NoteStatus, Rating, StatusChange
from bridgenotes.notifications.models import Notice
from bridgenotes.runs.models import Kind, ScoringRun, State, Step
from bridgenotes.runs.services import score
from support.community import BAD, BRIDGING
from support.recount import recounted_impacts

TESTS = Path(__file__).parents[1]

pytestmark = pytest.mark.django_db(transaction=True)


def database_address() -> str:
    """Return the address of the test database for another process."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    return f"postgresql://{known['USER']}@/{known['NAME']}?host={quote(known['HOST'], safe='')}"


@pytest.fixture
def worker(settings, engine, clock) -> Callable[..., subprocess.Popen[str]]:
    """Starts a worker in a process of its own."""
    started = []

    def start(kind: Kind, stop: str = "") -> subprocess.Popen[str]:
        connection.close()
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "bridgenotes.server.settings",
            "PYTHONPATH": str(TESTS),
            "BRIDGENOTES_DATABASE_URL": database_address(),
            "BRIDGENOTES_DATA_DIR": str(settings.SITE.data_dir),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "support.worker", kind, clock().isoformat(), str(engine.base), stop],
            env=environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Return once something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def engines_in(folder: Path) -> list[int]:
    """Return the processes that score into a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "bridgenotes.cli.leashed" in words and str(folder) in words:
            found.append(int(entry.parent.name))
    return found


def let_time_pass() -> None:
    """Make the dead worker's heart stand still long enough."""
    ScoringRun.objects.filter(state=State.RUNNING).update(heartbeat_at=system_clock() - timedelta(minutes=2))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
def test_a_worker_killed_while_the_engine_runs_leaves_no_engine_behind(
    community, worker, clock, settings
) -> None:
    process = worker(Kind.PRESCORING, "engine")
    folder = Path(settings.SITE.data_dir)
    wait_until(lambda: bool(engines_in(folder)))
    process.kill()
    process.wait()
    wait_until(lambda: not engines_in(folder))
    assert ScoringRun.objects.get().state == State.RUNNING
    assert score(Kind.PRESCORING, now=clock()) is None  # it may only be slow
    let_time_pass()
    assert score(Kind.PRESCORING, now=clock()).state == State.DONE
    assert sorted(run.state for run in ScoringRun.objects.all()) == [State.ABANDONED, State.DONE]


def test_a_worker_killed_while_it_applies_has_applied_nothing(community, worker, clock) -> None:
    score(Kind.PRESCORING, now=clock())
    process = worker(Kind.FINAL, "apply")
    assert process.stdout.readline() == "here\n"
    process.kill()
    process.wait()
    wait_until(lambda: ScoringRun.objects.get(kind=Kind.FINAL).step == Step.APPLY)
    assert not StatusChange.objects.exists()
    assert not NoteStatus.objects.exists()
    assert not Impact.objects.filter(updated_at__isnull=False).exists()
    assert set(Note.objects.values_list("status", flat=True)) == {NMR}

    let_time_pass()
    ratings = Rating.objects.count()
    assert score(Kind.FINAL, now=clock()).state == State.DONE
    clock.advance(minutes=75)
    assert score(Kind.FINAL, now=clock()).state == State.DONE
    status = {
        kind: {Note.objects.get(pk=n.pk).status for n in notes} for kind, notes in community.notes.items()
    }
    assert (status[BRIDGING], status[BAD]) == ({CRH}, {CRNH})
    assert Rating.objects.count() == ratings
    assert Notice.objects.filter(kind="own_note_status").count() == StatusChange.objects.count() == 20
    recounted = recounted_impacts()
    for impact in Impact.objects.all():
        assert (impact.writing, impact.rating) == recounted[impact.contributor_id]


def test_a_second_worker_waits_for_the_first(community, worker, clock) -> None:
    process = worker(Kind.PRESCORING, "engine")
    wait_until(lambda: ScoringRun.objects.filter(state=State.RUNNING).exists())
    other = worker(Kind.PRESCORING)
    assert other.communicate(timeout=60)[0] == "none\n"
    process.kill()
