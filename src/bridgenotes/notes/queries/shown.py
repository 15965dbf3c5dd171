"""What shows on posts elsewhere: cards for many addresses at once (ST-3, ST-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridgenotes.base.errors import Invalid
from bridgenotes.notes.queries.display import Looker, PostView, post_views
from bridgenotes.posts.models import Post
from bridgenotes.posts.queries import ids_by_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgenotes.domain.display import Viewer

MOST_ADDRESSES: Final = 100


def shown_on(addresses: Sequence[str], viewer: Viewer) -> dict[str, PostView | None]:
    """Return what readers see on each address, three queries however many; None where nothing shows.

    Raises
    ------
    Invalid
        If there are too many addresses.
    """
    if len(addresses) > MOST_ADDRESSES:
        sentence = f"Ask for at most {MOST_ADDRESSES} addresses at once."
        raise Invalid("shown.too_many", sentence, fields={"url": sentence})
    ids = ids_by_address(addresses)
    posts = list(Post.objects.select_related("author", "host").filter(pk__in=set(ids.values())))
    views = {view.post.pk: view for view in post_views(posts, Looker(viewer))}
    found = {address: views.get(ids[address]) if address in ids else None for address in addresses}
    return {address: view if view and view.card else None for address, view in found.items()}
