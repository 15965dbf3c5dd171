"""The link between account and contributor: written once, readable with the site's key only."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from bridgenotes.base.prepared import Prepared
from bridgenotes.base.sealing import Sealer
from bridgenotes.identity.models import Link

if TYPE_CHECKING:
    from collections.abc import Iterable


def tie(account_id: UUID, contributor_id: UUID) -> None:
    """Link an account to a contributor, sealed.

    Raises
    ------
    IntegrityError
        If either is linked already.
    """
    tie_all([(account_id, contributor_id)])


def tie_all(pairs: Iterable[tuple[UUID, UUID]]) -> None:
    """Link accounts to contributors, sealed and in the order of hashes, which tells nothing.

    Raises
    ------
    IntegrityError
        If one of them is linked already.
    """
    links = [
        Link(
            account_index=(index := _account_index(account_id)),
            contributor_index=_contributor_index(contributor_id),
            sealed=_sealer().seal(account_id.bytes + contributor_id.bytes, place=index.encode()),
        )
        for account_id, contributor_id in pairs
    ]
    Link.objects.bulk_create(sorted(links, key=attrgetter("account_index")))


_of_account = Prepared(lambda index: Link.objects.filter(account_index=index))


def contributor_of(account_id: UUID) -> UUID | None:
    """Return the contributor id of an account; None if it does not take part."""
    return _opened(next(iter(_of_account(_account_index(account_id))), None), 16)


def account_of(contributor_id: UUID) -> UUID | None:
    """Return the account id behind a contributor, to reach the person; None for programs."""
    return _opened(Link.objects.filter(contributor_index=_contributor_index(contributor_id)).first(), 0)


def is_tied(account_id: UUID) -> bool:
    """Say whether an account takes part, without opening the link."""
    return Link.objects.filter(account_index=_account_index(account_id)).exists()


def _opened(link: Link | None, start: int) -> UUID | None:
    """Return the 16 bytes of a link that begin at ``start`` as an id."""
    if link is None:
        return None
    clear = _sealer().open(bytes(link.sealed), place=link.account_index.encode())
    return UUID(bytes=clear[start : start + 16])


def _sealer() -> Sealer:
    return Sealer(settings.SITE_KEYS.link, "link")


def _account_index(account_id: UUID) -> str:
    return _sealer().hash(f"account {account_id.hex}")


def _contributor_index(contributor_id: UUID) -> str:
    return _sealer().hash(f"contributor {contributor_id.hex}")
