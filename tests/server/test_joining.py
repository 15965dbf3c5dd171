"""From an account to a contributor, through the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from bridgenotes.accounts import services as accounts
from bridgenotes.contributors.models import Enrollment
from bridgenotes.identity import services as identity
from bridgenotes.jobs.tasks import draw_from_waitlists
from support.platform import PASSWORD, code_in

AGREE = dict.fromkeys(("rules", "understanding", "good_faith", "helpful", "public"), "on")


def sign_up(client: Client, mailoutbox: list, email: str = "ada@example.org") -> None:
    """Make an account with a verified address, as a person does."""
    client.post(reverse("account_signup"), {"email": email, "password1": PASSWORD})
    response = client.post(
        reverse("account_email_verification_sent"), {"code": code_in(mailoutbox[-1].body)}, follow=True
    )
    assert response.status_code == 200
    assert response.context["user"].is_authenticated


def verify_phone(client: Client, sent_sms: list, number: str) -> None:
    """Verify a number by the code sent to it."""
    client.post(reverse("account_change_phone"), {"phone": number})
    to, text = sent_sms[-1]
    assert to == number.replace(" ", "")
    client.post(reverse("account_verify_phone"), {"code": code_in(text)})


@pytest.mark.requirement("SU-1", "SU-8", "SU-14", "SU-15", "SU-16", "AL-1")
def test_a_person_signs_up_waits_and_chooses_an_alias(client, mailoutbox, sent_sms, clock) -> None:
    sign_up(client, mailoutbox)
    verify_phone(client, sent_sms, "+44 7400 123456")
    clock.advance(days=200)

    assert client.post(reverse("apply"), AGREE, follow=True).templates[0].name == "web/waiting.html"
    assert "waitlist" in client.get(reverse("join")).text
    draw_from_waitlists.call_local()

    page = client.get(reverse("join"), follow=True)
    offers = [value for value, _ in page.context["form"].fields["alias"].choices]
    assert len(offers) == len(set(offers)) == 5
    assert all(len(offer.split()) == 3 for offer in offers)
    page = client.post(reverse("alias"), {"alias": offers[2]}, follow=True)

    assert page.templates[0].name == "web/welcome.html"
    for step in ("Choose an alias", "Begin to rate", "Unlock writing", "reaches 5"):
        assert step in page.text
    contributor = identity.contributor_for(page.context["user"])
    assert (contributor.alias, contributor.enrollment_state) == (offers[2], Enrollment.NEW_USER)
    assert contributor.can_rate
    assert not contributor.can_write


@pytest.mark.requirement("AL-1")
def test_the_alias_is_one_of_the_offers_and_stays(people, sign_in) -> None:
    account = people.applicant()
    identity.admit(account.application, now=people.clock())
    browser = sign_in(account)
    offers = [v for v, _ in browser.get(reverse("alias")).context["form"].fields["alias"].choices]
    again = [v for v, _ in browser.get(reverse("alias")).context["form"].fields["alias"].choices]
    assert offers == again

    assert browser.post(reverse("alias"), {"alias": "King Of Everything"}).status_code == 422
    assert browser.post(reverse("alias"), {"alias": offers[0]}).status_code == 302
    browser.post(reverse("alias"), {"alias": offers[1]})
    assert identity.contributor_for(account).alias == offers[0]


@pytest.mark.requirement("SU-14", "SU-13")
@pytest.mark.parametrize("left_out", sorted(AGREE))
def test_everything_must_be_agreed_to(account, sign_in, left_out) -> None:
    browser = sign_in(account)
    page = browser.get(reverse("join")).text
    assert "public under my alias, even if my own posts are protected" in page
    for value in ("build understanding", "good faith", "even to those who disagree", "terms and the privacy"):
        assert value in page

    refused = browser.post(reverse("apply"), {k: v for k, v in AGREE.items() if k != left_out})
    assert refused.status_code == 422
    assert refused.context["form"].errors[left_out] == ["Please agree to this to take part."]
    assert not hasattr(account, "application")


def failed(page) -> set[str]:
    """Return the names of the criteria a page shows as not met."""
    return {check.name for check in page.context["checks"] if not check.passed}


@pytest.mark.requirement("SU-2")
def test_a_recent_violation_bars(account, sign_in, clock) -> None:
    accounts.record_violation(account, now=clock())
    browser = sign_in(account)
    assert failed(browser.post(reverse("apply"), AGREE)) == {"standing"}
    clock.advance(days=366)
    assert browser.post(reverse("apply"), AGREE).status_code == 302


@pytest.mark.requirement("SU-3")
def test_a_young_account_is_told_the_day(people, sign_in, clock) -> None:
    account = people.account(joined_ago=timedelta(days=30))
    browser = sign_in(account)
    page = browser.post(reverse("apply"), AGREE)
    assert page.status_code == 422
    assert failed(page) == {"account_age"}
    assert "2026" in next(c.explanation for c in page.context["checks"] if c.name == "account_age")
    clock.advance(days=160)
    assert browser.post(reverse("apply"), AGREE).status_code == 302


@pytest.mark.requirement("SU-4", "SU-5", "SU-6", "SU-7")
def test_the_three_phone_failures_are_explained_apart(people, sign_in) -> None:
    unverified = people.account(phone=None)
    virtual = people.account(phone="+445600123456")
    number = people.number()
    people.contributor_account(phone=number)
    shared = people.account(phone=number)

    said = {}
    for account, check in (
        (unverified, "phone_verified"), (virtual, "phone_carrier"), (shared, "phone_unique"),
    ):  # fmt: skip
        page = sign_in(account).post(reverse("apply"), AGREE)
        assert page.status_code == 422
        assert failed(page) == {check}
        said[check] = next(c.explanation for c in page.context["checks"] if not c.passed)
        assert said[check] in page.text.replace("&#x27;", "'")
    assert len(set(said.values())) == 3
    assert all(len(sentence.split()) > 8 for sentence in said.values()), "each says what to do"


@pytest.mark.requirement("SU-6")
def test_only_the_last_account_that_verified_a_number_takes_part(people, sign_in, clock) -> None:
    number = people.number()
    first = people.contributor_account(phone=number)
    second = people.account()
    clock.advance(days=1)
    accounts.record_phone(second, number, now=clock())

    answer = sign_in(first).get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (403, "eligibility.phone_verified_elsewhere")
    clock.advance(days=1)
    accounts.record_phone(first, number, now=clock())
    assert sign_in(first).get("/api/v1/me").status_code == 200


@pytest.mark.requirement("SU-4")
def test_a_wrong_code_verifies_nothing(account, people, sign_in, sent_sms) -> None:
    newcomer = people.account(phone=None)
    browser = sign_in(newcomer)
    browser.post(reverse("account_change_phone"), {"phone": "+447400999999"})
    browser.post(reverse("account_verify_phone"), {"code": "000000"})
    assert failed(browser.get(reverse("join"))) == {"phone_verified"}


def test_an_application_can_be_taken_back_once(people, sign_in) -> None:
    browser = sign_in(people.applicant())
    assert "withdrawn" in browser.post(reverse("withdraw"), follow=True).text
    assert browser.post(reverse("withdraw")).status_code == 404
    assert browser.post(reverse("apply"), AGREE).status_code == 302


def test_pages_of_participants_send_others_where_they_belong(client, account, sign_in) -> None:
    assert "Make an account" in client.get(reverse("join")).text
    browser = sign_in(account)
    assert browser.get(reverse("alias")).url == reverse("join")
    assert browser.get(reverse("welcome")).url == reverse("join")
    assert browser.get(reverse("settings")).status_code == 403
