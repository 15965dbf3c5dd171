"""Send notices by mail, those of one person and hour in one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from django.conf import settings
from django.db.models import F, Min
from django.utils.functional import lazy
from django.utils.translation import gettext, ngettext

from bridgenotes.domain.notifications import Kind
from bridgenotes.notifications.models import Notice

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Protocol

    from django_stubs_ext import StrOrPromise

    from bridgenotes.contributors.models import Contributor

    class Send(Protocol):
        """Mails the person behind a contributor; False if there is nobody to reach."""

        def __call__(self, contributor: Contributor, *, subject: StrOrPromise, text: StrOrPromise) -> bool:
            """Send one mail, in the person's language."""


log = structlog.get_logger(__name__)

RETRY_AFTER: Final = timedelta(minutes=10)
"""After the first failure; twice as long after each further one."""
MAX_ATTEMPTS: Final = 8
AT_ONCE: Final = 500
"""Mails per call."""
SUBJECT_LENGTH: Final = 120


def send_due(send: Send, *, now: datetime) -> int:
    """Send the mails that are due; return how many went.

    A batch is claimed by moving its due time, then sent, then marked done: two workers never send the same
    batch, and one that dies in between leaves it to be sent again later. Without that, a mail could get lost.
    """
    waiting = (
        Notice.objects.filter(done_at__isnull=True, due_at__lte=now, attempts__lt=MAX_ATTEMPTS)
        .values("batch")
        .annotate(first=Min("due_at"), tried=Min("attempts"))
        .order_by("first", "batch")
        .values_list("batch", "tried")[:AT_ONCE]
    )
    return sum(
        _send_batch(batch, now + RETRY_AFTER * 2**tried, send, now=now) for batch, tried in list(waiting)
    )


def _send_batch(batch: str, again_at: datetime, send: Send, *, now: datetime) -> bool:
    """Claim a batch, send it and mark it done; one that fails is due again later."""
    claimed = Notice.objects.filter(batch=batch, done_at__isnull=True, due_at__lte=now).update(
        due_at=again_at, attempts=F("attempts") + 1
    )
    if not claimed:
        return False  # another worker was faster
    notices = list(
        Notice.objects.select_related("contributor").filter(
            batch=batch, done_at__isnull=True, due_at=again_at
        ).order_by("made_at", "key")
    )  # fmt: skip
    subject, text = (
        lazy(_subject, str)(notices),
        lazy(_text, str)(notices),
    )  # written in the reader's language
    try:
        went = send(notices[0].contributor, subject=subject, text=text)
    except OSError as error:  # what mail servers and networks raise
        log.warning("mail failed", batch=batch.rpartition(":")[2], error=type(error).__name__)
        return False
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(done_at=now)
    return went


def _subject(notices: list[Notice]) -> str:
    """Return the subject of a mail."""
    if len(notices) == 1:
        return notices[0].words[:SUBJECT_LENGTH]
    texts = ngettext("{count} notice from {site}", "{count} notices from {site}", len(notices))
    return texts.format(count=len(notices), site=settings.SITE.site_name)[:SUBJECT_LENGTH]


def _text(notices: list[Notice]) -> str:
    """Return the text of a mail."""
    site = settings.SITE.site_url
    lines = [f"{notice.words}\n{site}{_place(notice)}" for notice in notices]
    footer = gettext("How often you are asked to rate: {address}").format(address=f"{site}/settings")
    return "\n\n".join([*lines, footer])


def _place(notice: Notice) -> str:
    """Return where a mail's reader finds out more.

    A mail names no note that the reader wrote or rated: whoever reads the mailbox would learn the alias from it.
    """
    return f"/notes/{notice.note_id}" if notice.kind == Kind.RATE_NOTE else "/notifications"
