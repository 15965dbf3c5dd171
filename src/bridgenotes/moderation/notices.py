"""Mailing what staff tell contributors. Who sends is handed in: this layer knows aliases only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.functional import lazy

from bridgenotes.moderation.models import StaffNotice

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from django_stubs_ext import StrOrPromise

    from bridgenotes.contributors.models import Contributor

MAX_ATTEMPTS: Final = 5
RETRY_AFTER: Final = timedelta(minutes=10)
BATCH: Final = 50


def mail_due(send: Callable[[Contributor, StrOrPromise], object], *, now: datetime) -> int:
    """Send what is due and return how many were sent; a failure is tried again later.

    Parameters
    ----------
    send : callable
        Mails a text to a contributor, in their language; raises ``OSError`` if the mail server is out of reach.
    now : datetime
        The clock.
    """
    due = StaffNotice.objects.filter(done_at=None, due_at__lte=now, attempts__lt=MAX_ATTEMPTS)
    return sum(
        _mail(notice_id, send, now)
        for notice_id in due.order_by("due_at").values_list("pk", flat=True)[:BATCH]
    )


@transaction.atomic
def _mail(notice_id: UUID, send: Callable[[Contributor, StrOrPromise], object], now: datetime) -> bool:
    notice = (
        StaffNotice.objects.select_for_update(of=("self",)).select_related("contributor").get(pk=notice_id)
    )
    if notice.done_at is not None:
        return False
    notice.attempts += 1
    try:
        send(notice.contributor, lazy(lambda: notice.words, str)())
    except OSError:
        notice.due_at = now + RETRY_AFTER * notice.attempts
    else:
        notice.done_at = now
    notice.save(update_fields=["attempts", "due_at", "done_at"])
    return notice.done_at is not None
