"""The life (`support.life.story`): lived once per session and database, there in every test that asks for it."""

from __future__ import annotations

import fcntl
import logging
import os
import pickle
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core import mail
from django.core.cache import cache
from django.db import connection, transaction
from django.test import override_settings

from bridgenotes.base.clock import SteppedClock
from bridgenotes.base.logs import logging_settings
from support.engine_here import score_here
from support.life import snapshot
from support.life.story import Life, Story

BEGIN = datetime(2026, 1, 5, 8, 3, tzinfo=UTC)


@dataclass
class Kept:
    """A life with everything that brings it back: rows, keys, and what was written meanwhile."""

    life: Life
    rows: snapshot.Rows
    keys: Any
    signing: str
    log: list[str]
    mails: list[tuple[list[str], str]]


@pytest.fixture(scope="session")
def kept_life(django_db_setup, django_db_blocker, tmp_path_factory) -> Kept:
    """The life, lived by the first test process that wants it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # one life for all processes
    path = shared / f"life-{connection.vendor}.pickle"
    with (shared / "life.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            with django_db_blocker.unblock():
                kept = _live(tmp_path_factory.mktemp("life"))
            path.write_bytes(pickle.dumps(kept))
    return pickle.loads(path.read_bytes())


def _live(folder: Path) -> Kept:
    """Live the life in a transaction that never ends well, and keep its rows."""
    clock, texts = SteppedClock(BEGIN), []
    scoring = site_settings.SITE.scoring.model_copy(
        update={"prescoring_minutes": 100_000, "final_minutes": 1}
    )
    site = site_settings.SITE.model_copy(update={"data_dir": folder, "scoring": scoring})
    log = _Lines()
    logging.getLogger().addHandler(log)
    mail.outbox = []
    cache.clear()
    try:
        with pytest.MonkeyPatch.context() as patch, transaction.atomic():
            patch.setattr("bridgenotes.accounts.sms.send", lambda e164, text: texts.append((e164, text)))
            patch.setattr("bridgenotes.runs.services.run_phase", score_here)
            with override_settings(CLOCK=clock, SITE=site):
                life = Story(clock, texts, folder).tell()
            rows = snapshot.take()
            transaction.set_rollback(True)
    finally:
        logging.getLogger().removeHandler(log)
        cache.clear()
    sent = [(message.to, f"{message.subject}\n{message.body}") for message in mail.outbox]
    return Kept(life, rows, site_settings.SITE_KEYS, site_settings.SECRET_KEY, log.lines, sent)


class _Lines(logging.Handler):
    """Keeps log lines as they would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        form = logging_settings(form="json", level="DEBUG")["formatters"]["lines"]
        self.setFormatter(
            form["()"](processors=form["processors"], foreign_pre_chain=form["foreign_pre_chain"])
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(self.format(record))


@pytest.fixture
def lived(kept_life, db, settings, clock) -> Kept:
    """The life, its rows back in the database, the clock at its end."""
    snapshot.put_back(kept_life.rows)
    settings.SITE_KEYS, settings.SECRET_KEY = kept_life.keys, kept_life.signing
    settings.SITE = settings.SITE.model_copy(update={"data_dir": kept_life.life.folder})
    clock.set(kept_life.life.now)
    return kept_life


@pytest.fixture
def life(lived) -> Life:
    """The people and notes of the life."""
    return lived.life
