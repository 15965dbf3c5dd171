"""What the worker does and when.

A task is a hint to look into the database: losing or doubling one changes nothing. It takes the time once
and calls a service. This package is the only one that imports huey.
"""

from __future__ import annotations

import structlog
from django.core.management import call_command
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, lock_task

from bridgenotes.base import clock
from bridgenotes.identity import services as identity

log = structlog.get_logger(__name__)


@db_periodic_task(crontab(minute="*/10"))
@lock_task("draw")
def draw_from_waitlists() -> None:
    """Admit applicants when a draw is due."""
    drawn = identity.draw(now=clock.now())
    if drawn is not None:
        log.info("draw", countries=drawn.record)


@db_periodic_task(crontab(hour="3", minute="17"))
@lock_task("tidy")
def tidy() -> None:
    """Remove expired sessions."""
    call_command("clearsessions")
