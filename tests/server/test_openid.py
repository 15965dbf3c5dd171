"""The whole way of a sign-in by a host, against a real provider on a port: there, back, and every lie refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from bridgenotes.accounts.models import Account
from bridgenotes.identity import queries
from support.openid_provider import CLIENT, SECRET, Provider, new_key, public_jwk, running_provider

USER = {
    "sub": "4711",
    "email": "ada@host.example",
    "email_verified": True,
    "name": "Ada Lovelace",
    "account_created_at": "2020-01-01T00:00:00Z",
    "phone_number": "+447400222333",
    "phone_number_verified": True,
    "phone_line_type": "mobile",
}
LOGIN = reverse("openid_connect_login", args=["host"])


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    """The provider."""
    with running_provider(USER) as provider:
        yield provider


@pytest.fixture
def provider(served, settings) -> Iterator[Provider]:
    """The provider, honest again, as the host of the site."""
    app = {
        "provider_id": "host", "name": "The Host", "client_id": CLIENT, "secret": SECRET,
        "settings": {"server_url": served.issuer},
    }  # fmt: skip
    known = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {**known, "APPS": [app]}}
    served.claims, served.lie, served.algorithm = dict(USER), {}, "ES256"
    served.codes.clear()
    served.asked.clear()
    return served


def go(client: Client, change: Callable[[str], str] = lambda address: address, at: str = LOGIN):
    """Press the button, go to the provider and come back; return the site's last answer."""
    there = client.post(at)
    if there.status_code != 302:
        return there
    back = httpx.get(there.headers["Location"], follow_redirects=False).headers["Location"]
    parts = urlsplit(change(back))
    return client.get(f"{parts.path}?{parts.query}")


def unmet(account: Account, now: datetime) -> set[str]:
    """Return the criteria that are not met."""
    return {check.name for check in queries.explained_checks(account, now=now) if not check.passed}


def is_plainly_refused(client: Client, answer) -> bool:
    """Say whether a page said so, nobody is signed in and nothing was made."""
    assert answer.status_code == 401, answer
    assert "The sign-in did not work" in answer.text
    assert "Traceback" not in answer.text
    return "_auth_user_id" not in client.session and not Account.objects.exists()


@pytest.mark.requirement("SU-3", "SU-4", "SU-5")
def test_a_user_of_the_host_goes_there_and_comes_back_with_what_the_host_says(
    provider, client, clock
) -> None:
    button = client.get(reverse("account_login"))
    assert LOGIN in button.text
    assert client.get(LOGIN).status_code == 200, "a link alone signs nobody in: a page asks first"
    answer = go(client)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    account = Account.objects.get()
    assert client.session["_auth_user_id"] == str(account.pk)
    assert account.email == "ada@host.example"
    assert account.joined_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert unmet(account, clock()) == set()
    assert {"/token", "/keys", "/userinfo"} <= set(provider.asked)


@pytest.mark.requirement("SU-2", "SU-3", "SU-5")
def test_facts_may_change_from_one_sign_in_to_the_next(provider, clock) -> None:
    provider.claims |= {"account_created_at": clock().timestamp() - 86_400}
    go(Client())
    account = Account.objects.get()
    assert unmet(account, clock()) == {"account_age"}
    provider.claims |= {
        "account_created_at": "2020-01-01", "phone_line_type": "voip",
        "last_violation_at": clock().isoformat(),
    }  # fmt: skip
    go(Client())
    account = Account.objects.get()
    assert unmet(account, clock()) == {"standing", "phone_carrier"}


def test_what_is_asked_cannot_be_changed_by_an_address(provider, client) -> None:
    there = client.post(f"{LOGIN}?scope=admin&auth_params=nonce%3Dmine%26redirect_uri%3Dhttps://evil.example")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(there.headers["Location"]).query).items()}
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert asked["nonce"] != "mine"
    assert asked["redirect_uri"].endswith("/accounts/oidc/host/login/callback/")
    assert len(asked["state"]) >= 16


def test_an_address_of_somebody_else_is_not_taken_over(provider, client, people) -> None:
    Account.objects.create_user("ada@host.example", "correct horse battery")
    go(client)
    assert "_auth_user_id" not in client.session
    assert not SocialAccount.objects.exists()


def lies(name: str, **changed: object) -> dict[str, Callable[[dict[str, object]], dict[str, object]]]:
    """Return a lie: an answer with some entries changed, or left out where None."""

    def told(truth: dict[str, object]) -> dict[str, object]:
        return {key: value for key, value in {**truth, **changed}.items() if value is not None}

    return {name: told}


LIES = {
    "another issuer": lies("id_token", iss="https://evil.example"),
    "another audience": lies("id_token", aud="another-client"),
    "another party": lies("id_token", aud=[CLIENT, "another"], azp="another"),
    "expired": lies("id_token", exp=int(time.time()) - 3600),
    "from the future": lies("id_token", iat=int(time.time()) + 3600),
    "another nonce": lies("id_token", nonce="of another sign-in"),
    "no nonce": lies("id_token", nonce=None),
    "no expiry": lies("id_token", exp=None),
    "nobody": lies("id_token", sub=None),
    "user info of somebody else": lies("userinfo", sub="4712"),
    "no id token": lies("token", id_token=None),
    "no access token": lies("token", access_token=None),
    "broken token": lies("token", id_token="a.b.c"),
    "no keys": lies("keys", keys=[]),
    "another key": lies("keys", keys=[public_jwk(new_key())]),
    "discovery of another issuer": lies("discovery", issuer="https://evil.example"),
    "discovery without keys": lies("discovery", jwks_uri=None),
    "a token endpoint that is not there": lies("discovery", token_endpoint="http://127.0.0.1:1/token"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_lie_signs_nobody_in(provider, client, lie) -> None:
    provider.lie = lie
    assert is_plainly_refused(client, go(client))


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_that_the_provider_did_not_sign_is_refused(provider, client, algorithm) -> None:
    provider.algorithm = algorithm
    assert is_plainly_refused(client, go(client))


@pytest.mark.parametrize(
    "change",
    [
        lambda address: address.replace("state=", "state=x"),
        lambda address: address.partition("&state=")[0],
        lambda address: address.replace("code=", "code=x"),
        lambda address: address.replace("code=", "error=server_error&was="),
    ],
    ids=["another state", "no state", "another code", "an error"],
)
def test_a_changed_way_back_signs_nobody_in(provider, client, change) -> None:
    assert is_plainly_refused(client, go(client, change))


def test_a_way_back_fits_one_browser_and_once(provider, client) -> None:
    seen: list[str] = []
    go(client, lambda address: seen.append(address) or address)
    account = Account.objects.get()
    parts = urlsplit(seen[0])
    thief = Client()
    assert thief.get(f"{parts.path}?{parts.query}").status_code == 401
    assert "_auth_user_id" not in thief.session
    assert client.get(f"{parts.path}?{parts.query}").status_code == 401
    assert Account.objects.get() == account


def test_who_says_no_at_the_host_is_told_so(provider, client) -> None:
    answer = go(client, lambda address: address.replace("code=", "error=access_denied&was="))
    assert answer.status_code == 302
    assert client.get(answer.headers["Location"]).status_code == 200


def test_a_provider_that_is_down_is_no_fault_of_the_site(provider, client, settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"] = {
        "server_url": "http://127.0.0.1:1"
    }
    assert is_plainly_refused(client, client.post(LOGIN))
    assert client.get(reverse("openid_connect_login", args=["nobody"])).status_code == 404
