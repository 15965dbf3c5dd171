"""What contributors are shown, and what hosts fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridgenotes.base.prepared import Prepared
from bridgenotes.notifications.models import HostNotice, Notice

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from bridgenotes.contributors.models import Contributor
    from bridgenotes.posts.models import Host

MOST_COUNTED: Final = 9
"""New notices that every page counts at most; more are "more than nine"."""

_new = Prepared(
    lambda contributor: Notice.objects.filter(contributor=contributor, read_at__isnull=True).only("pk")[
        : MOST_COUNTED + 1
    ]
)


def notices_of(contributor: Contributor) -> QuerySet[Notice]:
    """Return a contributor's notices with the notes and posts they are about, newest first."""
    found = Notice.objects.filter(contributor=contributor).select_related(
        "note__author", "note__post__author"
    )
    return found.order_by("-made_at", "key")


def unread_count(contributor: Contributor) -> int:
    """Return how many notices a contributor has not seen."""
    return Notice.objects.filter(contributor=contributor, read_at__isnull=True).count()


def new_up_to_most(contributor: Contributor) -> int:
    """Return how many notices a contributor has not seen, ``MOST_COUNTED + 1`` if more than that."""
    return len(_new(contributor.pk))


def waiting_for(host: Host, after: int = 0) -> QuerySet[HostNotice]:
    """Return what a host has to deliver, in the order it was made."""
    waiting = HostNotice.objects.filter(host=host, delivered_at__isnull=True, pk__gt=after)
    return waiting.select_related("note__post").order_by("pk")
