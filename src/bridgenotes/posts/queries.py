"""Posts by number, by address, and the host behind a token."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext

from bridgenotes.base.errors import NotFound, NotSignedIn
from bridgenotes.base.prepared import Prepared
from bridgenotes.base.rules import rules
from bridgenotes.domain.urls import canonical_url
from bridgenotes.domain.verdict import Refused
from bridgenotes.posts.models import Authorship, Host, Post

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgenotes.domain.config import UrlConfig

LARGEST_ID: Final = 2**63 - 1
"""Numbers beyond do not fit a column, so nothing has them."""
LONGEST_REMEMBERED: Final = 400
"""Characters of an address whose one form is kept in memory; longer ones could fill it."""


_by_id = Prepared(lambda number: Post.objects.select_related("author", "host").filter(pk=number))


def by_id(post_id: int) -> Post:
    """Return a post with its author and host.

    Raises
    ------
    NotFound
        If there is none of this number.
    """
    found = None
    if 0 < post_id <= LARGEST_ID:
        found = next(iter(_by_id(post_id)), None)
    if found is None:
        raise NotFound("posts.unknown", gettext("There is no such post here."))
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
        raise NotFound(
            "posts.unknown_address", gettext("Nobody has written or requested a note on this post yet.")
        )
    return found


def ids_by_address(addresses: Iterable[str]) -> dict[str, int]:
    """Return the number of each address that is a post here; addresses of nothing are left out."""
    asked = identities(addresses)
    known = dict(Post.objects.filter(identity__in=set(asked.values())).values_list("identity", "id"))
    return {address: known[identity] for address, identity in asked.items() if identity in known}


def identities(addresses: Iterable[str]) -> dict[str, str]:
    """Return what each address has in common with all that lead to the same page; without unfit ones."""
    config, found = rules().urls, {}
    for address in addresses:
        try:
            known = len(address) <= LONGEST_REMEMBERED
            found[address] = (_identity if known else _identity.__wrapped__)(address, config)
        except Refused:
            continue
    return found


@lru_cache(maxsize=20_000)
def _identity(address: str, config: UrlConfig) -> str:
    """Return the identity of an address; remembered, since pages ask for the same posts again and again."""
    return canonical_url(address, config).identity


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
        raise NotSignedIn("posts.unknown_token", gettext("This is not the token of a host."))
    return found


def is_author(post: Post, claimant: str) -> bool:
    """Say whether somebody has proven to have written a post (AR-1)."""
    return Authorship.objects.filter(post=post, claimant=claimant).exists()
