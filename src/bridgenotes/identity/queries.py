"""What an account and its applicant can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgenotes.accounts import queries as accounts
from bridgenotes.base.rules import rules
from bridgenotes.base.wording import say
from bridgenotes.domain.admission import next_draw_at, waiting_outlook
from bridgenotes.domain.eligibility import AccountFacts, CheckResult, check_results
from bridgenotes.identity import vault
from bridgenotes.identity.models import Application, Draw

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.accounts.models import Account


@dataclass(frozen=True)
class ExplainedCheck:
    """One criterion, whether it is met, and what to do if not (SU-7)."""

    name: str
    passed: bool
    explanation: str


@dataclass(frozen=True)
class Waiting:
    """Where a waiting applicant stands."""

    country: str
    waiting: int
    next_draw_at: datetime
    outlook: str


def facts_of(account: Account) -> AccountFacts:
    """Return what decides about an account, without who it is."""
    phone = accounts.phone_of(account)
    sharers = accounts.sharers(phone) if phone else []
    return AccountFacts(
        joined_at=account.joined_at,
        last_violation_at=account.last_violation_at,
        line=accounts.line(phone) if phone else None,
        number_is_contributors=any(vault.is_tied(sharer.account_id) for sharer in sharers),
        number_verified_later=phone is not None
        and any(sharer.verified_at > phone.verified_at for sharer in sharers),
    )


def explained_checks(account: Account, *, now: datetime) -> list[ExplainedCheck]:
    """Return every criterion in force with its explanation (SU-7, SU-12)."""
    return [_explained(result) for result in check_results(facts_of(account), rules().eligibility, now)]


def application_of(account: Account) -> Application | None:
    """Return the account's application."""
    return Application.objects.filter(account=account).first()


def waiting_of(application: Application, *, now: datetime) -> Waiting:
    """Return what to tell somebody who waits (SU-8, SU-11)."""
    last = Draw.objects.order_by("-drawn_at").first()
    config = rules().admission
    next_at = next_draw_at(last.drawn_at if last else None, config, now)
    waiting = Application.objects.filter(state=Application.State.WAITING, country=application.country).count()
    outlook = waiting_outlook(application.country, waiting, config, next_at)
    return Waiting(application.country, waiting, next_at, say(outlook))


def _explained(result: CheckResult) -> ExplainedCheck:
    return ExplainedCheck(result.check, result.passed, say(result.reason) if result.reason else "")
