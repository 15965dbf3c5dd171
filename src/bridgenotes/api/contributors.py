"""Public profiles, and one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from ninja import Router, Schema
from ninja.security import django_auth

from bridgenotes.api.problems import FAILURES
from bridgenotes.contributors import queries
from bridgenotes.identity import services as identity

if TYPE_CHECKING:
    from django.http import HttpRequest

    from bridgenotes.contributors.models import Contributor

router = Router(tags=["contributors"])


class WritingImpactOut(Schema):
    """Writing impact and what it is made of."""

    total: int
    helpful: int
    not_helpful: int


class RatingImpactOut(Schema):
    """Rating impact and what it is made of."""

    total: int
    helped_helpful: int
    helped_not_helpful: int
    against_helpful: int
    against_not_helpful: int


class Profile(Schema):
    """What everybody may know of a contributor (AL-4, PP-1 to PP-3)."""

    alias: str
    participant_id: str
    enrollment_state: str
    can_write: bool
    writing_impact: WritingImpactOut
    rating_impact: RatingImpactOut

    @classmethod
    def of(cls, contributor: Contributor) -> Self:
        """Return the public side of a contributor."""
        impact = contributor.impact
        return cls(
            alias=contributor.alias,
            participant_id=contributor.participant_id,
            enrollment_state=contributor.enrollment_state,
            can_write=contributor.can_write,
            writing_impact=WritingImpactOut.from_orm(impact.writing),
            rating_impact=RatingImpactOut.from_orm(impact.rating),
        )


@router.get("/contributors/{alias}", response={200: Profile, **FAILURES}, operation_id="contributor")
def contributor(request: HttpRequest, alias: str) -> Profile:  # noqa: ARG001 (ninja needs the name)
    """Return the public profile of an alias."""
    return Profile.of(queries.by_alias(alias))


@router.get("/me", response={200: Profile, **FAILURES}, auth=django_auth, operation_id="me")
def me(request: HttpRequest) -> Profile:
    """Return the profile one takes part under."""
    return Profile.of(identity.require_contributor(request.user))
