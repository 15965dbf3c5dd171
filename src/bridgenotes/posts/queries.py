"""Posts by number, by address, and the host behind a token."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from bridgenotes.base.errors import NotFound, NotSignedIn
from bridgenotes.base.rules import rules
from bridgenotes.domain.urls import canonical_url
from bridgenotes.domain.verdict import Refused
from bridgenotes.posts.models import Authorship, Host, Post

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST_ID: Final = 2**63 - 1
"""Numbers beyond do not fit a column, so nothing has them."""


def by_id(post_id: int) -> Post:
    """Return a post with its author and host.

    Raises
    ------
    NotFound
        If there is none of this number.
    """
    found = None
    if 0 < post_id <= LARGEST_ID:
        found = Post.objects.select_related("author", "host").filter(pk=post_id).first()
    if found is None:
        raise NotFound("posts.unknown", "There is no such post here.")
    return found


def by_url(address: str) -> Post:
    """Return the post of an address, however it is written.

    Raises
    ------
    Refused
        If it is no address a post can have.
    NotFound
        If nothing was noted or requested there yet.
    """
    identity = canonical_url(address, rules().urls).identity
    found = Post.objects.select_related("author", "host").filter(identity=identity).first()
    if found is None:
        raise NotFound("posts.unknown_address", "Nobody has written or requested a note on this post yet.")
    return found


def ids_by_address(addresses: Iterable[str]) -> dict[str, int]:
    """Return the number of each address that is a post here; addresses of nothing are left out."""
    identities: dict[str, str] = {}
    for address in addresses:
        try:
            identities[address] = canonical_url(address, rules().urls).identity
        except Refused:
            continue
    known = dict(Post.objects.filter(identity__in=set(identities.values())).values_list("identity", "id"))
    return {address: known[identity] for address, identity in identities.items() if identity in known}


def token_hash(token: str) -> str:
    """Return what is kept of a host's token; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def host_of(token: str) -> Host:
    """Return the host that a token belongs to.

    Raises
    ------
    NotSignedIn
        If it is no host's token, or the host is switched off.
    """
    found = Host.objects.filter(token_hash=token_hash(token), is_active=True).first()
    if found is None:
        raise NotSignedIn("posts.unknown_token", "This is not the token of a host.")
    return found


def is_author(post: Post, claimant: str) -> bool:
    """Say whether somebody has proven to have written a post (AR-1)."""
    return Authorship.objects.filter(post=post, claimant=claimant).exists()
