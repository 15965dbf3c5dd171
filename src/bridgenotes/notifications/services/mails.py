"""Send notices by mail, those of one person and hour in one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.models import F, Min

from bridgenotes.notifications.models import Notice

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Protocol

    from bridgenotes.contributors.models import Contributor

    class Send(Protocol):
        """Mails the person behind a contributor; False if there is nobody to reach."""

        def __call__(self, contributor: Contributor, *, subject: str, text: str) -> bool:
            """Send one mail."""


RETRY_AFTER: Final = timedelta(minutes=10)
MAX_ATTEMPTS: Final = 8
AT_ONCE: Final = 500
"""Mails per call."""


def send_due(send: Send, *, now: datetime) -> int:
    """Send the mails that are due; return how many went.

    A batch is claimed by moving its due time, then sent, then marked done: two workers never send the same
    batch, and one that dies in between leaves it to be sent again later. Without that, a mail could get lost.
    """
    waiting = (
        Notice.objects.filter(done_at__isnull=True, due_at__lte=now, attempts__lt=MAX_ATTEMPTS)
        .values("batch")
        .annotate(first=Min("due_at"))
        .order_by("first", "batch")
        .values_list("batch", flat=True)[:AT_ONCE]
    )
    return sum(_send_batch(batch, send, now=now) for batch in list(waiting))


def _send_batch(batch: str, send: Send, *, now: datetime) -> bool:
    claimed = Notice.objects.filter(batch=batch, done_at__isnull=True, due_at__lte=now).update(
        due_at=now + RETRY_AFTER, attempts=F("attempts") + 1
    )
    if not claimed:
        return False  # another worker was faster
    notices = list(
        Notice.objects.select_related("contributor").filter(
            batch=batch, done_at__isnull=True, due_at=now + RETRY_AFTER
        ).order_by("made_at", "key")
    )  # fmt: skip
    subject, text = _mail(notices)
    went = send(notices[0].contributor, subject=subject, text=text)
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(done_at=now)
    return went


def _mail(notices: list[Notice]) -> tuple[str, str]:
    """Return subject and text of a mail."""
    site = settings.SITE
    lines = [
        notice.words + (f"\n{site.site_url}/notes/{notice.note_id}" if notice.note_id else "")
        for notice in notices
    ]
    count = len(notices)
    subject = notices[0].words if count == 1 else f"{count} notices from {site.site_name}"
    footer = f"How often you are asked to rate: {site.site_url}/settings"
    return subject[:120], "\n\n".join([*lines, footer])
