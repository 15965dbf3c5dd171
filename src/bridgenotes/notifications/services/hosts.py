"""Tell people of a host about notes on posts they wrote or engaged with, and take it back (NO-5, NO-6)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext

from bridgenotes.base.errors import Invalid, NotFound
from bridgenotes.base.rules import rules
from bridgenotes.data.vocabulary import CRH, MISLEADING, NMR
from bridgenotes.domain.display import ShownNote
from bridgenotes.domain.notifications import Kind, Showing, StatusChange, shown_notices, withdrawal_notices
from bridgenotes.guardrails import queries as guardrails
from bridgenotes.notes.models import Note
from bridgenotes.notifications.models import Engagement, HostNotice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bridgenotes.domain.notifications import Notice
    from bridgenotes.posts.models import Host, Post

SHOWN_KINDS: Final = (Kind.NOTE_ON_OWN_POST, Kind.NOTE_ON_ENGAGED_POST)
LOOK_BACK: Final = timedelta(days=9)
"""How far back the latest change of a note may lie whose notices are still to be made: longer than any wait."""
AT_ONCE: Final = 1_000
PEOPLE_AT_ONCE: Final = 1_000
FORGET_AFTER: Final = timedelta(days=30)


def record_engagement(host: Host, post: Post, people: Sequence[str], *, now: datetime) -> int:
    """Take a host's word who replied to, liked or reposted one of its posts (NO-5).

    Raises
    ------
    NotFound
        If the post is not the host's.
    Invalid
        If too many people come at once, or an id is empty or too long.
    """
    if post.host_id != host.pk:
        raise NotFound("posts.unknown", gettext("This host has no such post."))
    if len(people) > PEOPLE_AT_ONCE or any(not 0 < len(person) <= 120 for person in people):
        sentence = gettext("Name up to {limit} people at once, each by an id of 1 to 120 characters.").format(
            limit=PEOPLE_AT_ONCE
        )
        raise Invalid("notifications.people", sentence, fields={"people": sentence})
    rows = [Engagement(post=post, person=person, told_on=now.date()) for person in dict.fromkeys(people)]
    Engagement.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)
    return len(rows)


def tell_hosts(*, now: datetime) -> int:
    """Make the notices that are due about notes shown on posts; return how many are new.

    While display to readers is paused nobody is told of a note they cannot see.
    """
    if not guardrails.effects().shows_to_readers:
        return 0
    config = rules().notifications
    made = 0
    for note, since in _showing(now):
        host = note.post.host
        author = note.post.author.external_id if note.post.author else None
        engaged: Iterable[str] = ()
        if now - since >= config.engaged_after:
            engaged = (
                Engagement.objects.filter(post=note.post).order_by("person").values_list("person", flat=True)
            )
        showing = Showing(_shown(note), since)
        made += _put_down(note, host, shown_notices(showing, author, engaged, config, now), now)
    return made


@transaction.atomic
def withdraw(*, now: datetime) -> int:
    """Tell whoever was told of a note that it no longer shows: status lost, deleted or taken down.

    The rows say who was told and not yet told otherwise, so nothing depends on catching the moment.
    """
    told = (
        HostNotice.objects.select_for_update(of=("self",))
        .select_related("note", "host")
        .filter(kind__in=SHOWN_KINDS, withdrawn_at__isnull=True)
        .filter(~Q(note__status=CRH) | Q(note__deleted_at__isnull=False))
        .order_by("pk")[:AT_ONCE]
    )
    made = 0
    for row in told:
        after = row.note.status if row.note.status != CRH else NMR
        change = StatusChange(str(row.note_id), CRH, after, now)
        # Also where the host has not said that it delivered: it may have fetched and died before saying so.
        made += _put_down(row.note, row.host, withdrawal_notices(change, [row.person]), now)
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
    return made


def acknowledge(host: Host, numbers: Sequence[int], *, now: datetime) -> int:
    """Record that a host delivered notices."""
    waiting = HostNotice.objects.filter(host=host, pk__in=numbers, delivered_at__isnull=True)
    return waiting.update(delivered_at=now)


def forget(keep: timedelta, *, now: datetime) -> None:
    """Remove who engaged with posts, and what was told, once nothing can follow from them.

    Who was told of a note that still shows stays: they are told when it no longer does, however late. A
    withdrawal that the host never fetches goes after ``keep``.
    """
    Engagement.objects.filter(told_on__lt=(now - FORGET_AFTER).date()).delete()
    over = HostNotice.objects.filter(withdrawn_at__lt=now - FORGET_AFTER)
    over.filter(~Q(kind=Kind.NOTE_WITHDRAWN) | Q(delivered_at__lt=now - FORGET_AFTER)).delete()
    HostNotice.objects.filter(kind=Kind.NOTE_WITHDRAWN, made_at__lt=now - keep).delete()


def _showing(now: datetime) -> Iterable[tuple[Note, datetime]]:
    """Yield the notes that show on a host's post, with the time since they do."""
    notes = (
        Note.objects.select_related("post__host", "post__author")
        .filter(status=CRH, classification=MISLEADING, deleted_at__isnull=True, post__host__isnull=False)
        .annotate(since=Max("status_changes__at"))
        .filter(since__gt=now - LOOK_BACK)
        .order_by("pk")
    )
    for note in notes.iterator(chunk_size=500):
        yield note, note.since


def _shown(note: Note) -> ShownNote:
    return ShownNote(str(note.pk), note.status, note.classification, note.created_at, note.is_deleted)


def _put_down(note: Note, host: Host | None, notices: Sequence[Notice], now: datetime) -> int:
    """Write notices to people of a host, those that are new; return how many."""
    if host is None or not notices:
        return 0
    keys = {f"{host.pk.hex}:{notice.idempotency_key}": notice for notice in notices}
    known = set(HostNotice.objects.filter(key__in=keys).values_list("key", flat=True))
    rows = [
        HostNotice(
            host=host,
            person=notice.recipient,
            kind=notice.kind,
            note=note,
            params=dict(notice.params),
            key=key,
            made_at=now,
            withdrawn_at=now if notice.kind == Kind.NOTE_WITHDRAWN else None,
        )
        for key, notice in keys.items()
        if key not in known
    ]
    HostNotice.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)
    return len(rows)
