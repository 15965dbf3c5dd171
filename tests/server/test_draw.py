"""Who is admitted: a random draw from each country's waitlist."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection

from bridgenotes.accounts import services as accounts
from bridgenotes.base.errors import Conflict
from bridgenotes.contributors.models import Contributor
from bridgenotes.domain.config import AdmissionConfig, PlatformRules
from bridgenotes.identity import services as identity
from bridgenotes.identity.models import Application, Draw

WAITING, ADMITTED = Application.State.WAITING, Application.State.ADMITTED
FRENCH, BRITISH = "+3361234{:04d}", "+447400{:06d}"


def slots(settings, number: int, **config: object) -> None:
    """Set the slots of a draw."""
    settings.RULES = replace(PlatformRules(), admission=AdmissionConfig(slots_per_country=number, **config))


def states() -> Counter[tuple[str, str]]:
    """Count applications by country and state."""
    return Counter(Application.objects.values_list("country", "state"))


@pytest.mark.requirement("SU-8", "SU-9")
def test_each_country_has_its_waitlist_and_slots(people, settings, clock) -> None:
    slots(settings, 2)
    for i in range(5):
        people.applicant(phone=BRITISH.format(i))
    for i in range(3):
        people.applicant(phone=FRENCH.format(i))
    identity.draw(now=clock())
    assert states() == {("GB", ADMITTED): 2, ("GB", WAITING): 3, ("FR", ADMITTED): 2, ("FR", WAITING): 1}


@pytest.mark.requirement("SU-8")
def test_everybody_is_admitted_in_the_end(people, settings, clock) -> None:
    slots(settings, 2)
    for _ in range(5):
        people.applicant()
    for _ in range(3):
        assert identity.draw(now=clock()) is not None
        clock.advance(days=7)
    assert Application.objects.filter(state=WAITING).count() == 0
    assert identity.draw(now=clock()) is None


@pytest.mark.requirement("SU-9")
def test_draws_are_periodic(people, settings, clock) -> None:
    slots(settings, 1)
    people.applicant()
    people.applicant()
    identity.draw(now=clock())
    clock.advance(days=6)
    assert identity.draw(now=clock()) is None
    clock.advance(days=1)
    assert identity.draw(now=clock()) is not None


@pytest.mark.requirement("SU-9", "SU-10")
def test_the_draw_is_random_and_repeatable_by_its_seed(people, settings, clock) -> None:
    """When somebody applied, and who they are, does not matter: every seed picks others."""
    slots(settings, 1)
    accounts_ = [people.applicant() for _ in range(4)]
    waiting = {a.application.pk for a in accounts_}
    picked = Counter()
    for seed in range(40):
        identity.draw(now=clock(), seed=str(seed))
        admitted = Application.objects.get(state=ADMITTED)
        picked[admitted.pk] += 1
        Application.objects.update(state=WAITING, draw=None)
        Contributor.objects.all().delete()
        identity.vault.Link.objects.all().delete()
        Draw.objects.all().delete()
    assert set(picked) == waiting
    assert max(picked.values()) < 25


@pytest.mark.requirement("SU-11")
def test_countries_open_one_by_one(people, settings, clock, sign_in) -> None:
    slots(settings, 9, open_countries=frozenset({"FR"}))
    people.applicant(phone=FRENCH.format(1))
    british = people.applicant(phone=BRITISH.format(1))
    identity.draw(now=clock())
    assert states() == {("FR", ADMITTED): 1, ("GB", WAITING): 1}
    assert "United Kingdom" in sign_in(british).get("/join").text

    slots(settings, 9, open_countries=frozenset({"FR", "GB"}))
    clock.advance(days=7)
    identity.draw(now=clock())
    assert states() == {("FR", ADMITTED): 1, ("GB", ADMITTED): 1}


@pytest.mark.requirement("SU-2", "SU-8")
def test_who_no_longer_qualifies_is_not_drawn(people, clock) -> None:
    account = people.applicant()
    accounts.record_violation(account, now=clock())
    assert identity.draw(now=clock()) is None


@pytest.mark.requirement("SU-12")
def test_criteria_are_configuration(people, settings, clock) -> None:
    rules = PlatformRules()
    settings.RULES = replace(rules, eligibility=replace(rules.eligibility, checks=("standing",)))
    account = people.account(phone=None, joined_ago=clock() - clock())
    identity.apply(account, identity.Agreement(*[True] * 5), now=clock())
    identity.draw(now=clock())
    assert identity.contributor_for(account) is not None


@pytest.mark.requirement("SU-9")
@pytest.mark.django_db(transaction=True)
def test_workers_that_draw_at_once_draw_once(people, settings, clock) -> None:
    slots(settings, 2)
    for _ in range(6):
        people.applicant()

    def draw_in_own_connection(_: int) -> Draw | None:
        try:
            return identity.draw(now=clock())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        draws = list(workers.map(draw_in_own_connection, range(4)))
    assert len([draw for draw in draws if draw is not None]) == 1
    assert Contributor.objects.count() == 2
    assert states() == {("GB", ADMITTED): 2, ("GB", WAITING): 4}


def test_nobody_is_admitted_twice(people, clock) -> None:
    account = people.contributor_account()
    with pytest.raises(Conflict):
        identity.admit(account.application, now=clock())
    assert Contributor.objects.count() == 1
