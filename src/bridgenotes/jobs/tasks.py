"""What the worker does and when.

A task is a hint to look into the database: losing or doubling one changes nothing. It takes the time once
and calls a service. This package is the only one that imports huey.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.core.management import call_command
from django.utils.translation import gettext_lazy
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, lock_task

from bridgenotes.base import clock
from bridgenotes.guardrails import services as guardrails
from bridgenotes.identity import services as identity
from bridgenotes.moderation import notices as staff_notices
from bridgenotes.notifications.services import alerts, hosts, mails, notices
from bridgenotes.posts import previews
from bridgenotes.runs import measures
from bridgenotes.runs import services as runs

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from bridgenotes.contributors.models import Contributor

log = structlog.get_logger(__name__)


@db_periodic_task(crontab(minute="*/10"))
@lock_task("draw")
def draw_from_waitlists() -> None:
    """Admit applicants when a draw is due."""
    drawn = identity.draw(now=clock.now())
    if drawn is not None:
        log.info("draw", countries=drawn.record)


@db_periodic_task(crontab())
def score() -> None:
    """Score when it is time; the run's own row keeps other workers out, and outlives no dead one."""
    run = runs.score_if_due(now=clock.now())
    if run is not None:
        log.info("run", kind=run.kind, outcome=run.state, **run.figures.get("seconds", {}))


@db_periodic_task(crontab())
def send_notices() -> None:
    """Send the mails that are due, and tell operators what they must know."""
    now = clock.now()
    mails.send_due(identity.mail_contributor, now=now)
    staff_notices.mail_due(_mail_of_staff, now=now)
    guardrails.send_alerts(identity.mail_operators, now=now)


@db_periodic_task(crontab())
@lock_task("previews")
def fetch_previews() -> None:
    """Look at pasted links, where the operator allows it."""
    previews.fetch_due(now=clock.now())


@db_periodic_task(crontab())
@lock_task("hosts")
def tell_hosts() -> None:
    """Make notices for people of hosts, and take back those of notes that show no more."""
    hosts.withdraw(now=clock.now())
    hosts.tell_hosts(now=clock.now())


@db_periodic_task(crontab(minute="*/10"))
@lock_task("ask")
def ask_for_ratings() -> None:
    """Ask contributors drawn at random about the notes that need it most."""
    alerts.ask_for_ratings(now=clock.now())


@db_periodic_task(crontab(minute="*/15"))
@lock_task("measure")
def measure() -> None:
    """Look at the guardrails."""
    now = clock.now()
    guardrails.observe(measures.measures(now=now), now=now)


@db_periodic_task(crontab(hour="3", minute="17"))
@lock_task("tidy")
def tidy() -> None:
    """Remove expired sessions, and what nothing can follow from any more."""
    now, keep = clock.now(), timedelta(days=settings.SITE.keep_notices_days)
    call_command("clearsessions")
    notices.forget(keep, now=now)
    hosts.forget(keep, now=now)


def _mail_of_staff(contributor: Contributor, text: StrOrPromise) -> None:
    """Mail a contributor what staff decided."""
    identity.mail_contributor(contributor, subject=gettext_lazy("About your contributions"), text=text)
