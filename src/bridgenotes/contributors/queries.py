"""What is publicly known of contributors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext

from bridgenotes.base.errors import NotFound
from bridgenotes.base.prepared import Prepared
from bridgenotes.contributors.models import Contributor
from bridgenotes.domain.aliases import alias_key

if TYPE_CHECKING:
    from uuid import UUID

_by_id = Prepared(lambda number: Contributor.objects.select_related("impact").filter(pk=number))
_by_alias = Prepared(lambda key: Contributor.objects.select_related("impact").filter(alias_key=key))


def by_id(contributor_id: UUID) -> Contributor | None:
    """Return a contributor with impact; None if there is none of this id."""
    return next(iter(_by_id(contributor_id)), None)


def by_alias(alias: str) -> Contributor:
    """Return the contributor of an alias, with impact; case, spaces and hyphens do not matter (AL-4).

    Raises
    ------
    NotFound
        If nobody has it.
    """
    key = alias_key(alias.replace("-", " "))
    found = next(iter(_by_alias(key)), None)
    if found is None:
        raise NotFound("contributors.unknown_alias", gettext("There is no contributor of this name."))
    return found
