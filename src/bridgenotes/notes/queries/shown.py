"""What shows on posts elsewhere: cards for many addresses at once (ST-3, ST-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext

from bridgenotes.base.errors import Invalid
from bridgenotes.base.prepared import Prepared
from bridgenotes.domain import display
from bridgenotes.notes.models import Note
from bridgenotes.notes.queries.display import (
    BUT_ALIAS,
    MAY_SHOW,
    Looker,
    NoteView,
    all_but,
    note_views,
    with_facts,
)
from bridgenotes.posts.models import Post
from bridgenotes.posts.queries import identities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgenotes.domain.display import Viewer

MOST_ADDRESSES: Final = 100


_shown = Prepared(
    lambda known: with_facts(
        Note.objects.filter(MAY_SHOW, post__identity__among=known), "author", "post"
    ).defer(*BUT_ALIAS, *all_but("post", Post, "identity"))
)


def shown_on(addresses: Sequence[str], viewer: Viewer) -> dict[str, NoteView]:
    """Return the note that readers see on each address, one query however many; no entry where nothing shows.

    Raises
    ------
    Invalid
        If there are too many addresses.
    """
    if len(addresses) > MOST_ADDRESSES:
        sentence = gettext("Ask for at most {limit} addresses at once.").format(limit=MOST_ADDRESSES)
        raise Invalid("shown.too_many", sentence, fields={"url": sentence})
    asked = identities(addresses)
    notes = _shown(list(set(asked.values()))) if asked else []
    by_post: dict[str, dict[str, NoteView]] = {}
    for view in note_views(notes, Looker(viewer)):
        by_post.setdefault(view.note.post.identity, {})[view.facts.note_id] = view
    cards = {identity: card for identity, views in by_post.items() if (card := _card(views, viewer))}
    return {address: cards[identity] for address, identity in asked.items() if identity in cards}


def _card(views: dict[str, NoteView], viewer: Viewer) -> NoteView | None:
    """Return the one note of a post that is its card."""
    shown = display.shown_on_post([view.facts for view in views.values()], viewer)
    return views[shown[0].note_id] if shown else None
