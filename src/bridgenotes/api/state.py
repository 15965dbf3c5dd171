"""The state of the site, for everybody (GR-4)."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (ninja reads the annotations)
from typing import TYPE_CHECKING

from ninja import Router, Schema

from bridgenotes.api.problems import FAILURES
from bridgenotes.base.wording import say
from bridgenotes.guardrails import queries as guardrails
from bridgenotes.runs import queries as runs
from bridgenotes.runs.models import Kind

if TYPE_CHECKING:
    from django.http import HttpRequest

router = Router(tags=["site"])


class State(Schema):
    """How the site operates."""

    remedy: str
    since: datetime
    sentence: str
    scored_at: datetime | None


@router.get("/state", response={200: State, **FAILURES}, operation_id="state")
def state(request: HttpRequest) -> State:  # noqa: ARG001 (ninja needs the name)
    """Return the remedy in force and when notes were last scored."""
    guard, last = guardrails.guard(), runs.latest(Kind.FINAL)
    return State(
        remedy=guard.remedy,
        since=guard.since,
        sentence=say(guardrails.public_state()),
        scored_at=last.started_at if last else None,
    )
