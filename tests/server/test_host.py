"""A host platform brings its own users by OpenID Connect, with facts as claims."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory
from django.urls import reverse

from bridgenotes.accounts.models import Account
from bridgenotes.identity import queries

CLAIMS = {
    "sub": "4711",
    "email": "ada@host.example",
    "email_verified": True,
    "name": "Ada Lovelace",
    "preferred_username": "ada_the_handle",
    "picture": "https://host.example/ada.jpg",
    "account_created_at": "2020-01-01T00:00:00Z",
    "phone_number": "+447400222333",
    "phone_number_verified": True,
    "phone_line_type": "mobile",
}


@pytest.fixture
def host(settings):
    """A host platform that people sign in by."""
    app = {
        "provider_id": "host", "name": "The Host", "client_id": "notes", "secret": "s",
        "settings": {"server_url": "https://host.example"},
    }  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}


def sign_in_by_host(**claims: object) -> Account:
    """Go through allauth's completion of a sign-in whose tokens were checked."""
    from allauth.core import context  # noqa: PLC0415
    from allauth.socialaccount.adapter import get_adapter  # noqa: PLC0415
    from allauth.socialaccount.helpers import complete_social_login  # noqa: PLC0415

    request = RequestFactory().get("/")
    request.session = SessionStore()
    request.user = AnonymousUser()
    request._messages = FallbackStorage(request)
    with context.request_context(request):
        provider = get_adapter().get_provider(request, "host")
        login = provider.sociallogin_from_response(
            request, {"userinfo": {**CLAIMS, **claims}, "id_token": {}}
        )
        complete_social_login(request, login)
    return SocialAccount.objects.get(uid="4711").user


def checks(account: Account, now: datetime) -> set[str]:
    """Return the criteria that are not met."""
    return {check.name for check in queries.explained_checks(account, now=now) if not check.passed}


@pytest.mark.requirement("SU-3", "SU-4", "SU-5")
def test_claims_decide_eligibility(host, clock) -> None:
    account = sign_in_by_host()
    assert account.joined_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert checks(account, clock()) == set()


@pytest.mark.requirement("SU-2", "SU-5")
def test_every_sign_in_refreshes_the_facts(host, clock) -> None:
    first = sign_in_by_host()
    again = sign_in_by_host(last_violation_at=clock().timestamp(), phone_line_type="voip")
    assert first.pk == again.pk
    assert checks(again, clock()) == {"standing", "phone_carrier"}


def test_only_facts_of_the_host_are_kept(host) -> None:
    account = sign_in_by_host()
    stored = repr(list(SocialAccount.objects.values())) + repr(list(Account.objects.values()))
    assert account.email == "ada@host.example"
    for private in ("7400222333", "Lovelace", "ada_the_handle", "ada.jpg"):
        assert private not in stored


@pytest.mark.parametrize(
    "claims",
    [
        {"phone_number_verified": False},
        {"phone_number_verified": "true"},
        {"phone_number": "12"},
        {"phone_number": None},
    ],
)
def test_a_number_that_is_not_surely_verified_is_none(host, clock, claims) -> None:
    assert checks(sign_in_by_host(**claims), clock()) == {"phone_verified"}


@pytest.mark.parametrize("time", ["soon", "", None, True, 1e300, []])
def test_a_time_that_is_none_changes_nothing(host, clock, time) -> None:
    account = sign_in_by_host(account_created_at=time)
    assert account.joined_at == clock()


def test_the_sign_in_page_offers_the_host(host, client) -> None:
    assert "The Host" in client.get(reverse("account_login")).text
