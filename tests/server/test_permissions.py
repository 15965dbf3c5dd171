"""Every address of the site for every role: who is let in, who must sign in, who is turned away.

The addresses come from the resolver and the API's document, so that a new one without an entry here fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver

from bridgenotes.api.main import api
from bridgenotes.contributors.models import Contributor, Enrollment
from bridgenotes.identity import handles
from bridgenotes.identity import services as identity
from bridgenotes.identity.handles import Purpose
from bridgenotes.moderation import services as moderation
from bridgenotes.moderation.services import Reporter
from bridgenotes.posts.models import Authorship
from bridgenotes.runs.models import ScoringRun

ROLES = (
    "anonymous", "account", "applicant", "unnamed", "contributor", "writer", "top_writer", "locked", "left",
    "removed", "host", "author", "moderator", "operator",
)  # fmt: skip
EVERYBODY = frozenset(ROLES)
ACCOUNTS = EVERYBODY - {"anonymous", "host"}
MEMBERS = frozenset({"contributor", "writer", "top_writer", "locked"})
NAMED = MEMBERS | {"left", "removed"}
"""Who has an alias, whatever became of them."""
ENROLLED = NAMED | {"unnamed"}
WRITERS = frozenset({"writer", "top_writer"})
STAFF = frozenset({"moderator", "operator"})
OPERATOR = frozenset({"operator"})
NOBODY: frozenset[str] = frozenset()

READS_BY_POST = frozenset({"shown_on_many"})
"""What asks by POST because its question is long; it changes nothing."""

LOGIN, UNSIGNED, FORBIDDEN = "to sign-in", 401, 403


@dataclass(frozen=True)
class Entry:
    """An operation: who is let in and with which status; everybody else is refused.

    ``others`` is the status for signed-in people who are refused, ``instead`` that of single roles.
    """

    who: frozenset[str]
    status: int = 200
    others: int = FORBIDDEN
    body: dict[str, Any] | None = None
    instead: dict[str, int] = field(default_factory=dict)

    def expected(self, role: str, *, is_api: bool, wants_host: bool) -> int | str:
        """Return the status for a role."""
        if role in self.instead:
            return self.instead[role]
        if role in self.who:
            return self.status
        if wants_host:
            return UNSIGNED
        if role in {"anonymous", "host"}:
            return UNSIGNED if is_api else LOGIN
        return self.others


RATING = {"level": "HELPFUL", "tags": ["helpfulClear"]}
NOTE = {
    "classification": "NOT_MISLEADING", "reasons": ["notMisleadingFactuallyCorrect"],
    "trustworthy_sources": True, "text": "See https://facts.example.org",
}  # fmt: skip

PAGES: dict[tuple[str, str], Entry] = {
    # reading
    ("GET", "home"): Entry(EVERYBODY),
    ("GET", "new"): Entry(EVERYBODY),
    ("GET", "helpful"): Entry(EVERYBODY),
    ("GET", "post"): Entry(EVERYBODY),
    ("GET", "note"): Entry(EVERYBODY),
    ("GET", "profile"): Entry(EVERYBODY),
    ("GET", "about"): Entry(EVERYBODY),
    ("GET", "styleguide"): Entry(EVERYBODY),
    ("GET", "guidance"): Entry(EVERYBODY),
    ("GET", "values"): Entry(EVERYBODY),
    ("GET", "state"): Entry(EVERYBODY),
    ("GET", "review"): Entry(EVERYBODY),
    ("GET", "find"): Entry(EVERYBODY, 302),
    ("GET", "search"): Entry(EVERYBODY),
    ("GET", "community"): Entry(EVERYBODY),
    # on pages elsewhere
    ("GET", "embed"): Entry(EVERYBODY),
    ("GET", "embed_version"): Entry(EVERYBODY),
    ("GET", "oembed"): Entry(EVERYBODY, 404),  # no address is given
    ("POST", "find"): Entry(
        ACCOUNTS, 302, body={"url": "https://new.example.com/x"}, instead={"anonymous": 200, "host": 200}
    ),
    # taking part
    ("GET", "needs_your_help"): Entry(MEMBERS),
    ("GET", "requests"): Entry(frozenset({"top_writer"})),
    ("GET", "write"): Entry(WRITERS),
    ("POST", "write"): Entry(WRITERS, 422),
    ("POST", "preview"): Entry(WRITERS),
    ("POST", "rate_next"): Entry(MEMBERS, 422),
    ("POST", "hide_author"): Entry(MEMBERS, 302),
    ("GET", "rate"): Entry(MEMBERS),
    ("POST", "rate"): Entry(MEMBERS, 422),
    ("POST", "take_back"): Entry(MEMBERS, 404),
    ("GET", "delete_note"): Entry(NOBODY),
    ("POST", "delete_note"): Entry(NOBODY),
    ("GET", "notices"): Entry(MEMBERS),
    ("POST", "notices_read"): Entry(MEMBERS, 302),
    # asking
    ("GET", "request_note"): Entry(ACCOUNTS),
    ("POST", "request_note"): Entry(ACCOUNTS, 302),
    ("GET", "author"): Entry(ACCOUNTS),
    ("POST", "prove"): Entry(NOBODY),
    ("POST", "request_review"): Entry(frozenset({"author"}), 302),
    ("POST", "feedback"): Entry(EVERYBODY, 302, body={"level": "HELPFUL"}),
    ("GET", "report_note"): Entry(EVERYBODY),
    ("POST", "report_note"): Entry(EVERYBODY, 302, body={"ground": "spam"}),
    ("GET", "report_contributor"): Entry(EVERYBODY),
    ("POST", "report_contributor"): Entry(EVERYBODY, 302, body={"ground": "spam"}),
    ("POST", "set_language"): Entry(EVERYBODY, 302, body={"language": "de"}),
    # joining, one's own
    ("GET", "join"): Entry(EVERYBODY, instead=dict.fromkeys(ENROLLED, 302)),
    ("POST", "apply"): Entry(ACCOUNTS, 422),
    ("POST", "withdraw"): Entry(frozenset({"applicant"}), 302, others=404),
    ("GET", "alias"): Entry(ACCOUNTS, 302, instead={"unnamed": 200}),
    ("POST", "alias"): Entry(ACCOUNTS, 302, body={"alias": "x"}, instead={"unnamed": 422}),
    ("GET", "welcome"): Entry(ENROLLED, others=302),
    ("GET", "account"): Entry(ACCOUNTS),
    ("GET", "settings"): Entry(NAMED),
    ("POST", "settings"): Entry(NAMED, 422, body={"notification_frequency": "x"}),
    ("POST", "leave"): Entry(NAMED, 302, instead={"left": 409}),
    ("POST", "rejoin"): Entry(NAMED - {"removed"}, 302),
    ("GET", "team"): Entry(NAMED),
    ("POST", "team"): Entry(NAMED, 422, body={"text": ""}),
    # staff
    ("GET", "staff_reports"): Entry(STAFF),
    ("GET", "staff_report"): Entry(STAFF),
    ("POST", "staff_report"): Entry(STAFF, 422),
    ("GET", "staff_log"): Entry(STAFF),
    ("GET", "staff_contributor"): Entry(STAFF),
    ("GET", "staff_runs"): Entry(OPERATOR),
    ("GET", "staff_run"): Entry(OPERATOR),
    ("POST", "staff_run"): Entry(OPERATOR, 422, body={"reason": ""}),
    ("GET", "staff_guard"): Entry(OPERATOR),
    ("POST", "staff_guard"): Entry(OPERATOR, 422, body={"reason": ""}),
    # the machine
    ("GET", "healthz"): Entry(EVERYBODY),
    ("GET", "readyz"): Entry(EVERYBODY),
    ("GET", "metrics"): Entry(EVERYBODY),  # from this machine alone: test_security
}  # fmt: skip

API: dict[tuple[str, str], Entry] = {
    ("GET", "contributor"): Entry(EVERYBODY),
    ("GET", "notes_of"): Entry(EVERYBODY),
    ("GET", "post"): Entry(EVERYBODY),
    ("GET", "note"): Entry(EVERYBODY),
    ("GET", "shown"): Entry(EVERYBODY),
    ("POST", "shown_on_many"): Entry(EVERYBODY, body={"urls": ["https://social.example.org/p/1"]}),
    ("GET", "search"): Entry(EVERYBODY),
    ("GET", "timeline_new"): Entry(EVERYBODY),
    ("GET", "timeline_helpful"): Entry(EVERYBODY),
    ("GET", "state"): Entry(EVERYBODY),
    ("GET", "me"): Entry(MEMBERS),
    ("GET", "notices"): Entry(MEMBERS),
    ("GET", "needs_your_help"): Entry(MEMBERS),
    ("GET", "requests"): Entry(frozenset({"top_writer"})),
    ("POST", "write_note"): Entry(WRITERS, 201, body=NOTE),
    ("DELETE", "delete_note"): Entry(NOBODY),
    ("PUT", "rate_note"): Entry(MEMBERS, body=RATING),
    ("DELETE", "take_back_rating"): Entry(MEMBERS, 404),
    ("POST", "request_note"): Entry(ACCOUNTS, 204, body={}),
    ("POST", "request_review"): Entry(frozenset({"author"}), 204),
    ("POST", "report_note"): Entry(ACCOUNTS, 204, body={"ground": "spam"}),
    ("PUT", "supply_post"): Entry(frozenset({"host"}), 201, body={"url": "https://social.example.org/p/new"}),
    ("POST", "report_engagement"): Entry(frozenset({"host"}), body={"people": ["fan"]}),
    ("GET", "host_notices"): Entry(frozenset({"host"})),
    ("POST", "host_notices_delivered"): Entry(frozenset({"host"}), body={"ids": [1]}),
}  # fmt: skip

FOR_HOSTS = {"supply_post", "report_engagement", "host_notices", "host_notices_delivered"}

GUEST = Entry(frozenset({"anonymous", "host"}), others=302)
"""Signing in and up: who is signed in is sent on."""
ACCOUNT = Entry(ACCOUNTS)
SIGN_IN: dict[str, Entry] = {
    "account_login": GUEST,
    "account_signup": GUEST,
    "account_signup_by_passkey": GUEST,
    "account_inactive": Entry(EVERYBODY),
    "account_reset_password": Entry(EVERYBODY),
    "account_reset_password_done": Entry(EVERYBODY),
    "account_reset_password_from_key": Entry(EVERYBODY),
    "account_reset_password_from_key_done": Entry(EVERYBODY),
    "account_logout": Entry(ACCOUNTS, instead={"anonymous": 302, "host": 302}),
    "socialaccount_login_error": Entry(EVERYBODY, 401),
    "account_email": ACCOUNT,
    "account_change_password": ACCOUNT,
    "account_change_phone": ACCOUNT,
    "mfa_index": ACCOUNT,
    "mfa_list_webauthn": ACCOUNT,
    "socialaccount_connections": ACCOUNT,
}


def routes() -> Iterator[tuple[str, str]]:
    """Yield path and name of every pattern of the site."""

    def walk(resolver: Any, before: str) -> Iterator[tuple[str, str]]:
        for pattern in resolver.url_patterns:
            path = before + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield path, pattern.name or ""
            else:
                yield from walk(pattern, path)

    yield from walk(get_resolver(), "")


def operations() -> dict[tuple[str, str], str]:
    """Return the path of every operation of the API by method and id."""
    return {
        (method.upper(), operation["operationId"]): path
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method, operation in methods.items()
    }


def pages() -> dict[str, str]:
    """Return the paths of our own pages by name."""
    ours = ("accounts/", "api/", "operator/")
    return {name: path for path, name in routes() if not path.startswith(ours)}


class World:
    """One of everything that addresses name, and a browser for every role."""

    def __init__(self, people: Any, noting: Any) -> None:
        self.people, self.noting = people, noting
        post = noting.post(text="A claim", author_id="u1", published_at=noting.clock())
        self.note = noting.helpful_note(post=post)
        report = moderation.report(
            Reporter("f" * 64), self.note.author, self.note, "spam", "", now=noting.clock()
        )
        run = ScoringRun.objects.create(
            kind="final", state="done", started_at=noting.clock(), heartbeat_at=noting.clock(),
            rating_cutoff_at=noting.clock(),
        )  # fmt: skip
        self.values = {
            "post_id": post.pk, "note_id": self.note.pk, "alias": self.note.author.alias,
            "report_id": report.pk, "run_id": run.pk, "pk": 1, "uidb36": "a", "key": "b",
            "provider_id": "host", "object_id": str(uuid4()), "app_label": "accounts", "content_type_id": 1,
            "version": "0",
        }  # fmt: skip

    def client(self, role: str) -> Client:
        """Return the browser of a role."""
        client = Client()
        if role == "host":
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {self.noting.host()[1]}"
        elif role != "anonymous":
            client.force_login(self._account(role))
        return client

    def _account(self, role: str) -> Any:
        states = {
            "contributor": Enrollment.NEW_USER, "writer": Enrollment.EARNED_IN, "locked": Enrollment.EARNED_OUT,
            "top_writer": Enrollment.EARNED_IN, "left": Enrollment.EARNED_IN, "removed": Enrollment.REMOVED,
        }  # fmt: skip
        if role in states:
            account = self.people.contributor_account()
            contributor = identity.contributor_for(account)
            Contributor.objects.filter(pk=contributor.pk).update(
                enrollment_state=states[role], is_active=role != "left"
            )
            if role == "top_writer":
                self.noting.impact(contributor, notes_helpful=12)
            return account
        account = self.people.applicant() if role in {"applicant", "unnamed"} else self.people.account()
        if role == "unnamed":
            identity.admit(account.application, now=self.people.clock())
        elif role == "author":
            claimant = handles.handle(account, Purpose.AUTHORSHIP)
            Authorship.objects.create(
                post=self.note.post, claimant=claimant, method="claim", proven_on=self.people.clock().date()
            )
        elif role in STAFF:
            account.is_staff, account.is_superuser = True, role == "operator"
            account.save()
            account.user_permissions.add(Permission.objects.get(codename="change_report"))
        return account

    def fill(self, path: str) -> str:
        """Return a path with real values for its parameters."""
        path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", path.replace("^", "").replace("\\Z", ""))
        path = re.sub(r"[<{](?:\w+:)?(\w+)[>}]", lambda found: str(self.values[found[1]]), path)
        return "/" + path.lstrip("/").replace("$", "")


def outcome(
    client: Client, method: str, path: str, body: dict[str, Any] | None, *, is_api: bool
) -> int | str:
    """Return the status of an answer; what it did is undone."""
    with transaction.atomic():
        if is_api:
            content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
            query = "?url=https://social.example.org/p/1" if path.endswith("/shown") else ""
            answer = getattr(client, method.lower())(path + query, **content)
        else:
            answer = client.get(path) if method == "GET" else client.post(path, body or {})
        transaction.set_rollback(True)
    is_login = answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/login/")
    return LOGIN if is_login else answer.status_code


@pytest.fixture
def world(people, noting) -> World:
    """Everything addresses name."""
    return World(people, noting)


def test_every_address_has_its_entry() -> None:
    """A new page or operation without an entry in these tables fails here."""
    assert set(pages()) == {name for _, name in PAGES}
    assert set(operations()) == set(API)


@pytest.mark.requirement("TL-7", "WF-2", "RP-3", "AR-1", "TL-5", "SU-16", "RQ-1")
@pytest.mark.parametrize("role", ROLES)
def test_pages_let_in_whom_they_should(world, role) -> None:
    client, paths, wrong = world.client(role), pages(), {}
    for (method, name), entry in PAGES.items():
        found = outcome(client, method, world.fill(paths[name]), entry.body, is_api=False)
        expected = entry.expected(role, is_api=False, wants_host=False)
        if found != expected:
            wrong[method, name] = (found, expected)
    assert wrong == {}


@pytest.mark.parametrize("role", ROLES)
def test_pages_answer_only_the_methods_they_name(world, role) -> None:
    client = world.client(role)
    for name, path in pages().items():
        if ("POST", name) not in PAGES and name not in {"healthz", "readyz", "metrics"}:
            found = outcome(client, "POST", world.fill(path), None, is_api=False)
            assert found in {405, LOGIN, FORBIDDEN}, (name, found)
        if ("GET", name) not in PAGES:
            found = outcome(client, "GET", world.fill(path), None, is_api=False)
            assert found in {405, LOGIN, FORBIDDEN}, (name, found)


@pytest.mark.requirement("TL-7", "WF-2", "AR-1", "TL-5", "SU-16", "RF-1")
@pytest.mark.parametrize("role", ROLES)
def test_the_api_lets_in_whom_it_should(world, role) -> None:
    client, paths, wrong = world.client(role), operations(), {}
    for (method, name), entry in API.items():
        found = outcome(client, method, world.fill(paths[method, name]), entry.body, is_api=True)
        expected = entry.expected(role, is_api=True, wants_host=name in FOR_HOSTS)
        if found != expected:
            wrong[method, name] = (found, expected)
    assert wrong == {}


@pytest.mark.parametrize("role", ROLES)
def test_pages_of_accounts_let_in_whom_they_should(world, role) -> None:
    """Pages of the sign-in library: those with an entry as it says; the rest shows nothing to visitors."""
    client = world.client(role)
    for path, name in routes():
        if not path.startswith("accounts/"):
            continue
        found = outcome(client, "GET", world.fill(path), None, is_api=False)
        if name in SIGN_IN:
            assert found == SIGN_IN[name].expected(role, is_api=False, wants_host=False), name
        else:
            assert found in {LOGIN, 200, 301, 302, 403, 404, 405}, (name, found)


@pytest.mark.parametrize("role", ROLES)
def test_the_operators_pages_are_for_operators(world, role) -> None:
    client = world.client(role)
    for path, name in routes():
        if path.startswith("operator/") and name not in {"login", "logout", "password_change_done"}:
            found = outcome(
                client, "GET", world.fill(path.replace("(?P<url>.*)", "nowhere")), None, is_api=False
            )
            if role == "operator":
                assert found in {200, 302, 400, 403, 404}, (path, found)  # 403: rows nobody may add
            else:
                assert found in {302, LOGIN, 403, 404} or (role == "moderator" and found == 200), (
                    path,
                    found,
                )


# --- what holds on every address ---


@pytest.mark.parametrize("role", ["contributor", "writer", "operator"])
def test_every_form_needs_the_csrf_token(world, role) -> None:
    browser = world.client(role)
    browser.handler.enforce_csrf_checks = True
    for (method, name), entry in PAGES.items():
        if method == "POST":
            path = world.fill(pages()[name])
            assert outcome(browser, method, path, entry.body, is_api=False) == FORBIDDEN, name
    for (method, name), entry in API.items():
        if method != "GET" and name not in READS_BY_POST:
            path = world.fill(operations()[method, name])
            expected = {UNSIGNED, FORBIDDEN} if name in FOR_HOSTS else {FORBIDDEN}
            assert outcome(browser, method, path, entry.body, is_api=True) in expected, name


class _Inline(HTMLParser):
    """Finds what the policy forbids: code and styles within a page, and forms and files of other hosts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (
            tag == "script" and "src" not in given and given.get("type") != "application/json"
        ):
            self.found.append(tag)
        self.found += [name for name in given if name == "style" or re.match(r"on[a-z]+$|hx-on", name)]
        loaded = tag == "link" and given.get("rel") not in {"alternate", "canonical"}
        address = given.get("src") or (given.get("href") if loaded else None) or ""
        if re.match(r"https?:|//", address):
            self.found.append(address)


@pytest.mark.parametrize("role", ["anonymous", "unnamed", "top_writer", "author", "operator"])
def test_every_page_forbids_inline_code_and_has_none(world, role) -> None:
    client = world.client(role)
    seen = 0
    for path, name in routes():
        if path.startswith("api/") and name != "openapi-view":
            continue
        answer = client.get(world.fill(path.replace("(?P<url>.*)", "nowhere")))
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy, path
        assert "unsafe" not in policy, path
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        if not path.startswith("operator/"):  # Django's own pages bring a theme switch
            assert _Inline(answer.text).found == [], path
        seen += bool(answer.text)
    assert seen > 25
