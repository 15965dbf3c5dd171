"""Fifty people at once, while results are applied and the worker that applies them is killed again and again."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.client import ClientHandler

from bridgenotes.base.public_ids import epoch_ms
from bridgenotes.contributors.models import Contributor, Impact
from bridgenotes.data.vocabulary import NMR
from bridgenotes.identity import vault
from bridgenotes.notes.models import Note, NoteStatus, Rating, StatusChange
from bridgenotes.runs.folders import folder_of
from bridgenotes.runs.models import Kind, ScoringRun, State
from bridgenotes.runs.services import score
from support.platform import People
from support.recount import recounted_impacts

CLIENTS = 50
TAGS = {
    "HELPFUL": ["helpfulClear"],
    "NOT_HELPFUL": ["notHelpfulIncorrect"],
    "SOMEWHAT_HELPFUL": ["helpfulClear"],
}
HANDLER = ClientHandler(enforce_csrf_checks=False)


@dataclass
class Rater:
    """Somebody who rates, edits and deletes without pause, and remembers what the site confirmed."""

    client: Client
    contributor: Contributor
    notes: list[int]
    chance: random.Random
    confirmed: dict[int, str | None] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)

    def live(self, stop: threading.Event, gate: threading.Barrier) -> None:
        """Do one thing after the other until it is enough."""
        gate.wait()
        while not stop.is_set() or sum(self.statuses.values()) < 4:
            self.act()
            time.sleep(0.02)
        connection.close()

    def act(self) -> None:
        """Rate anew, rate otherwise, or take back."""
        note = self.chance.choice(self.notes)
        address = f"/api/v1/notes/{note}/rating"
        if self.chance.random() < 0.3:
            answer = self.client.delete(address)
            if answer.status_code in {204, 404}:
                self.confirmed[note] = None
        else:
            level = self.chance.choice(list(TAGS))
            body = json.dumps({"level": level, "tags": TAGS[level]})
            answer = self.client.put(address, body, content_type="application/json")
            if answer.status_code == 200:
                self.confirmed[note] = level
        self.statuses[answer.status_code] += 1


def browser() -> Client:
    """Return a browser to which a fault of the server is an answer; all share one stack of middleware."""
    client = Client(raise_request_exception=False)
    client.handler = HANDLER
    return client


def raters_of(community, people: People) -> list[Rater]:
    """Give every rater of the community an account and a browser; the last ones are somebody's second browser."""
    chance = random.Random(3)
    numbers = [note.pk for notes in community.notes.values() for note in notes]
    found = []
    for person in community.raters:
        account = people.account(phone=None)
        vault.tie(account.pk, person.pk)
        client = browser()
        client.force_login(account)
        found.append(Rater(client, person, numbers, random.Random(chance.random())))
    for first in found[: CLIENTS - len(found)]:
        half = len(numbers) // 2  # two browsers of one person meet on other notes than each alone
        first.notes, client = numbers[:half], browser()
        client.cookies = first.client.cookies
        found.append(Rater(client, first.contributor, numbers[half:], random.Random(chance.random())))
    return found


def database_url() -> str:
    """Return the address of the test database for another process."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    where = f"host={quote(given['HOST'], safe='')}" + (f"&port={given['PORT']}" if given["PORT"] else "")
    who = given["USER"] + (f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else "")
    return f"postgresql://{who}@/{given['NAME']}?{where}"


@pytest.fixture
def workers(scored, clock, tmp_path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts a worker that applies the results of both scorings of the community in turn."""
    runs = ScoringRun.objects.filter(kind=Kind.FINAL).order_by("started_at")
    sources = [f"{folder_of(run)}:{epoch_ms(run.started_at)}" for run in runs]
    root = Path(__file__).parents[2]
    environment = {
        **os.environ, "BRIDGENOTES_DATABASE_URL": database_url(), "BRIDGENOTES_DATA_DIR": str(tmp_path / "worker"),
        "DJANGO_SETTINGS_MODULE": "bridgenotes.server.settings", "PYTHONPATH": f"{root / 'tests'}",
    }  # fmt: skip
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        moment = (clock() + timedelta(seconds=len(started))).isoformat()
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "support.applying_worker", moment, *sources], env=environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root,
            )
        )  # fmt: skip
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.requirement("RF-1", "ST-10", "IM-3")
@pytest.mark.parametrize("kills", [4, pytest.param(10, marks=pytest.mark.slow)])
@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_doubled_or_half_done(scored, workers, people, clock, kills) -> None:
    before = dict(Rating.objects.values_list("pk", "level"))
    raters = raters_of(scored, people)
    assert len(raters) == CLIENTS
    ready = [workers() for _ in range(kills)]
    assert [process.stdout.readline() for process in ready] == ["ready\n"] * kills
    stop, gate = threading.Event(), threading.Barrier(CLIENTS + 1)
    threads = [threading.Thread(target=rater.live, args=(stop, gate)) for rater in raters]
    for thread in threads:
        thread.start()
    gate.wait()
    applied = kill_in_turn(ready)
    stop.set()
    for thread in threads:
        thread.join()

    statuses = sum((rater.statuses for rater in raters), Counter())
    assert set(statuses) <= {200, 204, 404}, statuses
    assert applied >= 1
    ratings_are_as_confirmed(raters, before)
    no_status_without_its_rows()
    impacts_equal_a_recount(clock)


def kill_in_turn(workers: list[subprocess.Popen[str]]) -> int:
    """Let one worker after the other apply for a moment and kill it; return how many results were applied."""
    chance, applied = random.Random(11), 0
    for process in workers:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        if process is workers[0] and process.stdout is not None:
            applied += process.stdout.readline() == "applied\n"  # however slow the machine, once at least
        time.sleep(chance.uniform(0.2, 1.0))
        process.kill()
        said, _ = process.communicate()
        applied += said.count("applied")
        assert process.returncode == -9, "it died before it was killed"
    return applied


def ratings_are_as_confirmed(raters: list[Rater], before: dict[object, str]) -> None:
    """Every answer the site gave holds: no rating lost, none doubled, none of somebody else changed."""
    keys = list(Rating.objects.values_list("note_id", "rater_id"))
    assert len(keys) == len(set(keys))
    kept = Rating.objects.filter(deleted_at=None).values_list("note_id", "rater_id", "level")
    now = {(note, rater): level for note, rater, level in kept}
    touched = set()
    for rater in raters:
        for note, level in rater.confirmed.items():
            touched.add((note, rater.contributor.pk))
            assert now.get((note, rater.contributor.pk)) == level
    for rating in Rating.objects.filter(pk__in=list(before)):
        if (rating.note_id, rating.rater_id) not in touched:
            assert (rating.level, rating.deleted_at) == (before[rating.pk], None)


def no_status_without_its_rows() -> None:
    """A status, its history row and its change are there together, and the changes follow on each other."""
    finished = {str(pk) for pk in ScoringRun.objects.filter(state=State.DONE).values_list("pk", flat=True)}
    assert set(StatusChange.objects.values_list("run", flat=True)) <= finished
    for note in Note.objects.select_related("history").prefetch_related("status_changes"):
        changes = sorted(note.status_changes.all(), key=lambda change: change.at)
        assert note.history.current_status == note.status
        assert (changes[-1].status if changes else NMR) == note.status
        assert all(earlier.status == later.before for earlier, later in pairwise(changes))
    assert NoteStatus.objects.count() == Note.objects.count()


def impacts_equal_a_recount(clock) -> None:
    """After one more scoring of everything, impacts are what a count from scratch finds."""
    ScoringRun.objects.filter(state=State.RUNNING).update(state=State.ABANDONED)
    clock.advance(minutes=70)
    for kind in (Kind.PRESCORING, Kind.FINAL):
        run = score(kind, now=clock())
        assert run.state == State.DONE, run.message
    impacts = {impact.pk: (impact.writing, impact.rating) for impact in Impact.objects.all()}
    assert impacts == recounted_impacts()
