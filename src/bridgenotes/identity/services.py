"""From an account to a contributor: apply, wait, be drawn, take part."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.translation import gettext, override

from bridgenotes.accounts.models import Account
from bridgenotes.accounts.services import speak
from bridgenotes.base.errors import Conflict, Invalid, NotAllowed, NotFound
from bridgenotes.base.rules import rules
from bridgenotes.contributors import queries as known
from bridgenotes.contributors import services as contributors
from bridgenotes.domain import admission
from bridgenotes.domain.eligibility import eligibility
from bridgenotes.domain.verdict import Reason, Refused
from bridgenotes.identity import queries, vault
from bridgenotes.identity.models import Application, Draw

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from bridgenotes.contributors.models import Contributor


__all__ = [
    "Account", "Agreement", "admit", "apply", "contributor_for", "draw", "mail_contributor",
    "mail_operators", "require_contributor", "speak", "withdraw",
]  # fmt: skip


@dataclass(frozen=True)
class Agreement:
    """What an applicant agrees to (SU-13, SU-14); all of it is needed.

    Attributes
    ----------
    rules : bool
        The site's rules, terms and privacy policy.
    understanding, good_faith, helpful : bool
        The three values: contribute to build understanding; act in good faith; be helpful, even to those
        who disagree.
    public : bool
        Contributions are public under the alias.
    """

    rules: bool
    understanding: bool
    good_faith: bool
    helpful: bool
    public: bool

    def missing(self) -> dict[str, str]:
        """Return a sentence for each part not agreed to."""
        return {
            name: gettext("Please agree to this to take part.")
            for name, given in vars(self).items()
            if not given
        }


@transaction.atomic
def apply(account: Account, agreement: Agreement, *, now: datetime) -> Application:
    """Put an account on its country's waitlist (SU-1, SU-8).

    Raises
    ------
    Refused
        If it does not meet the criteria; the reasons explain each (SU-2 to SU-7).
    Invalid
        If not everything was agreed to.
    Conflict
        If it applied before.
    """
    if Application.objects.filter(account=account).exists():
        raise Conflict("identity.applied_already", gettext("You have applied already."))
    facts = queries.facts_of(account)
    eligibility(facts, rules().eligibility, now).require()
    missing = agreement.missing()
    if missing:
        raise Invalid(
            "identity.not_agreed", gettext("Please agree to all points to take part."), fields=missing
        )
    country = facts.line.country if facts.line else ""
    return Application.objects.create(account=account, country=country, applied_at=now, agreed_at=now)


def withdraw(account: Account) -> None:
    """Take back an application that still waits."""
    deleted, _ = Application.objects.filter(account=account, state=Application.State.WAITING).delete()
    if not deleted:
        raise NotFound("identity.no_application", gettext("You have no waiting application."))


@transaction.atomic
def draw(*, now: datetime, seed: str | None = None) -> Draw | None:
    """Draw from the waitlists if a draw is due, and admit who is drawn (SU-8 to SU-11).

    Everybody still eligible of a country has the same chance; who is not drawn stays and takes part in
    every later draw, so everybody is admitted in the end.

    Parameters
    ----------
    now : datetime
        The present.
    seed : str or None
        Fresh and random by default; kept in the record.

    Returns
    -------
    Draw or None
        None if none is due or nobody waits.
    """
    waitlist = _locked_waitlist()  # a second draw waits here, then sees the first one's record
    last = Draw.objects.order_by("-drawn_at").first()
    if last is not None and admission.next_draw_at(last.drawn_at, rules().admission, now) > now:
        return None
    waiting = {str(application.pk): application for application in waitlist if _is_eligible(application, now)}
    if not waiting:
        return None
    seed = seed or secrets.token_hex(16)
    applicants = [admission.Applicant(key, application.country) for key, application in waiting.items()]
    results = admission.draw(applicants, rules().admission, seed)
    record = {
        result.country: {
            "waiting": result.waiting,
            "slots": result.slots,
            "admitted": len(result.admitted),
        }
        for result in results
    }
    done = Draw.objects.create(drawn_at=now, seed=seed, record=record)
    _admit([waiting[key] for result in results for key in result.admitted], done, now=now)
    return done


@transaction.atomic
def admit(application: Application, *, now: datetime) -> Contributor:
    """Make an applicant a contributor: a random id, linked under seal, rating only (SU-15, SU-16).

    Raises
    ------
    Conflict
        If it was admitted before.
    """
    application = Application.objects.select_for_update().get(pk=application.pk)
    if application.state == Application.State.ADMITTED:
        raise Conflict("identity.admitted_already", gettext("This applicant takes part already."))
    (contributor,) = _admit([application], None, now=now)
    return contributor


def _admit(applications: list[Application], drawn: Draw | None, *, now: datetime) -> list[Contributor]:
    """Make locked applicants contributors, without a trace in the database of who became whom.

    A database keeps the order of rows, and PostgreSQL which were written together. So everybody enrols first,
    in an order that follows no list; then come all links, by their hashes; then one statement for all applications.
    """
    secrets.SystemRandom().shuffle(applications)
    groups = settings.SITE.scoring.groups
    admitted = [
        contributors.enroll(now=now, modeling_group=groups.get(application.country, 0))
        for application in applications
    ]
    vault.tie_all(
        (application.account_id, contributor.pk)
        for application, contributor in zip(applications, admitted, strict=True)
    )
    chosen = Application.objects.filter(pk__in=[application.pk for application in applications])
    chosen.update(state=Application.State.ADMITTED, draw=drawn)
    return admitted


def contributor_for(account: Account | AnonymousUser) -> Contributor | None:
    """Return the contributor an account is; None for visitors and accounts that do not take part."""
    if not account.is_authenticated:
        return None
    contributor_id = vault.contributor_of(account.pk)
    if contributor_id is None:
        return None
    return known.by_id(contributor_id)


def require_contributor(account: Account | AnonymousUser) -> Contributor:
    """Return the contributor who acts, or say what stands in the way.

    Raises
    ------
    NotAllowed
        If the account does not take part, has left, was removed or has no alias yet.
    Refused
        If its number was since verified by another account, which may now contribute instead (SU-6).
    """
    contributor = contributor_for(account)
    if contributor is None or not isinstance(account, Account):
        raise NotAllowed("identity.not_a_contributor", gettext("Apply to take part first."))
    contributors.require_rater(contributor)
    facts = queries.facts_of(account)
    if "phone_unique" in rules().eligibility.checks and facts.number_verified_later:
        raise Refused((Reason("eligibility.phone_verified_elsewhere"),))
    return contributor


def mail_contributor(contributor: Contributor, *, subject: StrOrPromise, text: StrOrPromise) -> bool:
    """Send a mail to the person behind a contributor; return False if there is none to reach.

    The caller knows the alias only; address and language stay here. Lazy texts come in the person's language.
    """
    account_id = vault.account_of(contributor.pk)
    account = Account.objects.filter(pk=account_id, is_active=True).first() if account_id else None
    if account is None:
        return False
    with override(account.language or settings.LANGUAGE_CODE):
        EmailMessage(subject=str(subject), body=str(text), to=[account.email]).send()
    return True


def mail_operators(subject: str, text: str) -> bool:
    """Send a mail to everybody who runs the site; return False if there is nobody."""
    operators = Account.objects.filter(is_staff=True, is_active=True).order_by("pk")
    addresses = list(operators.values_list("email", flat=True))
    for address in addresses:
        EmailMessage(subject=subject, body=text, to=[address]).send()
    return bool(addresses)


def _locked_waitlist() -> list[Application]:
    """Return the waiting applications, locked in one order until the transaction ends."""
    waiting = Application.objects.select_for_update(of=("self",)).select_related("account").order_by("pk")
    return list(waiting.filter(state=Application.State.WAITING, account__is_active=True))


def _is_eligible(application: Application, now: datetime) -> bool:
    """Say whether an applicant still meets the criteria."""
    return eligibility(queries.facts_of(application.account), rules().eligibility, now).allowed
