"""Every page and operation about notes × every role: who gets in."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import get_resolver, reverse

from bridgenotes.contributors.models import Contributor, Impact
from bridgenotes.identity import services as identity
from bridgenotes.moderation.models import Report

ROLES = ("visitor", "account", "newcomer", "writer", "top_writer", "moderator")
EVERYBODY = (200,) * 6
SIGNED_IN = (302, 200, 200, 200, 200, 200)
PAGES = {
    "home": EVERYBODY,
    "new": EVERYBODY,
    "helpful": EVERYBODY,
    "find": (302,) * 6,
    "search": EVERYBODY,
    "community": EVERYBODY,
    "post": EVERYBODY,
    "note": EVERYBODY,
    "review": EVERYBODY,
    "guidance": EVERYBODY,
    "report_note": EVERYBODY,
    "report_contributor": EVERYBODY,
    "needs_your_help": (302, 403, 200, 200, 200, 403),
    "rate": (302, 403, 200, 200, 200, 403),
    "write": (302, 403, 403, 200, 200, 403),
    "requests": (302, 403, 403, 403, 200, 403),
    "delete_note": (302, 403, 403, 200, 403, 403),
    "request_note": SIGNED_IN,
    "author": SIGNED_IN,
    "staff_reports": (302, 403, 403, 403, 403, 200),
    "staff_report": (302, 403, 403, 403, 403, 200),
    "staff_contributor": (302, 403, 403, 403, 403, 200),
    "staff_log": (302, 403, 403, 403, 403, 200),
}
"""Status of a GET by role, in the order of `ROLES`; the note is the writer's."""
ACTS = {
    "find": (422,) * 6,
    "write": (302, 403, 403, 422, 422, 403),
    "preview": (302, 403, 403, 200, 200, 403),
    "rate": (302, 403, 422, 403, 422, 403),
    "rate_next": (302, 403, 422, 403, 422, 403),
    "take_back": (302, 403, 404, 404, 404, 403),
    "delete_note": (302, 403, 403, 302, 403, 403),
    "feedback": (422, 422, 302, 302, 302, 422),
    "report_note": (422,) * 6,
    "report_contributor": (422,) * 6,
    "request_note": (302,) * 6,
    "prove": (302, 403, 403, 403, 403, 403),
    "request_review": (302, 403, 403, 403, 403, 403),
    "hide_author": (302, 403, 302, 302, 302, 403),
    "staff_report": (302, 403, 403, 403, 403, 422),
}
"""Status of an empty POST by role; 302 for visitors leads to the sign-in."""
OPERATIONS = {
    ("PUT", "/posts"): (401,) * 6,
    ("POST", "/posts/{post}/notes"): (401, 403, 403, 422, 422, 403),
    ("DELETE", "/notes/{note}"): (401, 403, 403, 204, 403, 403),
    ("PUT", "/notes/{note}/rating"): (401, 403, 422, 403, 422, 403),
    ("DELETE", "/notes/{note}/rating"): (401, 403, 404, 404, 404, 403),
    ("GET", "/needs-your-help"): (401, 403, 200, 200, 200, 403),
    ("GET", "/requests"): (401, 403, 403, 403, 200, 403),
    ("POST", "/posts/{post}/requests"): (401, 204, 204, 204, 204, 204),
    ("POST", "/notes/{note}/reviews"): (401, 403, 403, 403, 403, 403),
    ("POST", "/notes/{note}/reports"): (401, 422, 422, 422, 422, 422),
    ("GET", "/notes/{note}"): EVERYBODY,
    ("GET", "/posts/{post}"): EVERYBODY,
    ("GET", "/search"): EVERYBODY,
    ("GET", "/timelines/new"): EVERYBODY,
    ("GET", "/timelines/helpful"): EVERYBODY,
    ("GET", "/shown"): (422,) * 6,
    ("POST", "/shown"): (422,) * 6,
    ("GET", "/contributors/{alias}/notes"): EVERYBODY,
}
BODIES = {"/notes/{note}/rating": '{"level": "x"}', "/notes/{note}/reports": '{"ground": "x"}'}


@pytest.fixture
def site(noting, people, sign_in, client):
    """A site with one note, and a browser per role."""
    writer = noting.writer_account()
    note = noting.note(author=identity.contributor_for(writer), post=noting.post(author_id="ada"))
    top = noting.writer_account()
    noting.impact(identity.contributor_for(top), notes_helpful=10)
    moderator = people.account()
    moderator.is_staff = True
    moderator.save()
    moderator.user_permissions.add(Permission.objects.get(codename="change_report"))
    client.post(reverse("report_note", args=[note.pk]), {"ground": "spam"})
    accounts = (people.account(), people.contributor_account(), writer, top, moderator)
    browsers = dict(zip(ROLES, (type(client)(), *map(sign_in, accounts)), strict=True))
    return note, browsers


def address(name: str, note) -> str:
    """Return the address of a page, about the note, its post, its author or the report of it."""
    values = {
        "note_id": note.pk, "post_id": note.post_id, "alias": note.author.alias,
        "report_id": Report.objects.values_list("pk", flat=True).get(),
    }  # fmt: skip
    for pattern in get_resolver("bridgenotes.web.urls").url_patterns:
        if pattern.name == name:
            return reverse(name, kwargs={key: values[key] for key in pattern.pattern.converters})
    raise AssertionError(name)


@pytest.mark.requirement("TL-7", "WF-2", "TL-5")
@pytest.mark.parametrize("name", PAGES)
def test_who_sees_a_page(site, name) -> None:
    note, browsers = site
    found = tuple(browsers[role].get(address(name, note)).status_code for role in ROLES)
    assert found == PAGES[name]


@pytest.mark.requirement("TL-7")
@pytest.mark.parametrize("name", ACTS)
def test_who_may_act(site, name) -> None:
    note, browsers = site
    found = tuple(browsers[role].post(address(name, note)).status_code for role in ROLES)
    assert found == ACTS[name]


@pytest.mark.requirement("TL-7")
@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
def test_who_may_call_an_operation(site, operation) -> None:
    note, browsers = site
    method, path = operation
    url = "/api/v1" + path.format(post=note.post_id, note=note.pk, alias=note.author.alias)
    body = BODIES.get(path, "{}") if method != "GET" else ""
    found = tuple(
        browsers[role].generic(method, url, body, content_type="application/json").status_code
        for role in ROLES
    )
    assert found == OPERATIONS[operation]


def test_the_tables_name_every_page_and_operation_about_notes(client) -> None:
    modules = {
        f"bridgenotes.web.views.{name}"
        for name in ("posts", "helping", "notes", "writing", "asking", "staff", "searching", "community")
    }
    patterns = get_resolver("bridgenotes.web.urls").url_patterns
    names = {pattern.name for pattern in patterns if pattern.callback.__module__ in modules}
    assert names == set(PAGES) | set(ACTS)
    document = client.get("/api/v1/openapi.json").json()
    tags = {"posts", "notes", "timelines", "search"}
    operations = {
        details["operationId"]
        for methods in document["paths"].values()
        for details in methods.values()
        if tags & set(details.get("tags", ()))
    }
    assert len(operations) == len(OPERATIONS)


def test_who_left_reads_and_acts_no_more(noting, sign_in) -> None:
    account = noting.writer_account()
    contributor = identity.contributor_for(account)
    note, browser = noting.note(), sign_in(account)
    Contributor.objects.filter(pk=contributor.pk).update(is_active=False)
    assert Impact.objects.filter(contributor=contributor).exists()
    assert browser.get(reverse("note", args=[note.pk])).status_code == 200
    for name, number in (("rate", note.pk), ("write", note.post_id)):
        answer = browser.get(reverse(name, args=[number]))
        assert answer.status_code == 403
        assert "Rejoin from your profile" in answer.text
