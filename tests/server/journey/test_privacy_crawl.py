"""Nobody learns from what the site shows, exports, logs or mails which account is which contributor.

A crawler walks everything the life left behind, as a reader, a contributor, another contributor and the author of a
post. No account id, mail address, phone number, host handle or time of an account occurs anywhere.
"""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from bridgenotes.accounts.models import Account
from bridgenotes.base.logs import hide_private
from bridgenotes.base.wording import exactly
from bridgenotes.contributors.models import Contributor
from bridgenotes.datarelease.export import export
from bridgenotes.identity import handles, vault
from bridgenotes.identity.handles import Purpose
from bridgenotes.identity.models import Link
from bridgenotes.notes.models import Note
from support.life.crawler import Crawler, Seen, api_addresses, betrayed, leaks, words_of
from support.life.doors import visitor

VISITORS = ("reader", "contributor", "other contributor", "post author")


@pytest.fixture
def words(life) -> dict[str, str]:
    """What must not be seen, with whom it betrays."""
    accounts = {account.email: account for account in Account.objects.all()}
    found = {}
    for person in life.people:
        account = accounts[person.email]
        named = [handles.handle(account, purpose) for purpose in Purpose]
        found |= dict.fromkeys(words_of(person, account.pk, named), person.email)
    return found


@pytest.fixture
def look(life):
    """Returns everything a visitor sees: pages, API answers, errors."""

    def looked(name: str) -> list[Seen]:
        browsers = {
            "reader": visitor, "contributor": lambda: life.camps[0][0].browser,
            "other contributor": lambda: life.founders[1].browser,
            "post author": lambda: life.others["poster"].browser,
        }  # fmt: skip
        crawler = Crawler(browsers[name]())
        members = [*life.founders, *life.camps[0], *life.camps[1], *life.late]
        profiles = [reverse("profile", args=[person.alias]) for person in members]
        crawler.walk(["/", "/new", "/helpful", "/status", *profiles])
        values = {
            "note_id": [written.note for written in life.notes],
            "post_id": [written.post for written in life.notes],
            "alias": [person.alias for person in members],
        }
        document = visitor().get("/api/v1/openapi.json").json()
        for address in api_addresses(document, values):
            crawler.get(address)
        crawler.get("/api/v1/shown?" + "&".join(f"url={written.url}" for written in life.notes))
        for address in (
            "/nowhere",
            "/notes/1",
            "/u/Nobody",
            "/api/v1/nowhere",
            "/api/v1/notes/x",
            "/staff/reports",
        ):
            crawler.get(address)
        for address in ("/settings/leave", "/join/withdraw", "/help", "/staff/guard"):
            crawler.get(address, "put")
        return list(crawler.seen.values())

    return looked


@pytest.mark.requirement("AL-2", "AL-6", "AL-3")
@pytest.mark.parametrize("name", VISITORS)
def test_nothing_that_is_seen_betrays_anybody(life, words, look, name) -> None:
    seen = look(name)
    assert len(seen) > 200
    assert {page.status for page in seen} <= {200, 302, 401, 403, 404, 405, 410, 422}
    assert betrayed(seen, words) == {}


@pytest.mark.requirement("AL-2", "AL-6")
def test_exports_logs_and_mails_betray_nobody(lived, words, tmp_path) -> None:
    export(tmp_path)
    tables = "\n".join(path.read_text() for path in sorted(tmp_path.glob("*.tsv")))
    assert len(tables) > 100_000
    assert leaks(tables, words) == set()
    assert lived.log
    times = {word for word in words if word[:2] == "20" and len(word) == 16}  # a line has a time of its own
    assert leaks("\n".join(lived.log), {w: p for w, p in words.items() if w not in times}) == set()
    assert len(lived.mails) > 100
    for to, text in lived.mails:
        others = {word: person for word, person in words.items() if [person] != to}
        ids = {word: person for word, person in words.items() if "-" in word and "@" not in word}
        assert leaks(text, others) | leaks(text, ids) == set(), text


def test_an_error_betrays_nobody(life, words, monkeypatch, caplog) -> None:
    person = life.camps[0][0]
    account = Account.objects.get(email=person.email)

    def breaks(*arguments: object, **options: object) -> None:
        raise RuntimeError(f"{account.email} {person.phone}")

    monkeypatch.setattr("bridgenotes.notes.queries.timelines.new", breaks)
    browser = person.browser
    browser.raise_request_exception = False
    with caplog.at_level(logging.ERROR):
        page, answer = browser.get("/new"), browser.get("/api/v1/timelines/new")
    assert page.status_code == answer.status_code == 500
    assert leaks(page.text + answer.text, words) == set()
    for record in caplog.records:
        line = {"event": record.getMessage(), "exception": str(record.exc_info and record.exc_info[1])}
        assert leaks(str(hide_private(None, "error", line)), words) == set()


# --- the test itself is tested: a planted leak is seen ---


@pytest.mark.parametrize("leak", ["email", "id", "phone", "joined"])
def test_a_planted_leak_is_caught(life, words, leak) -> None:
    person = life.camps[1][2]
    account = get_user_model().objects.get(email=person.email)
    planted = {
        "email": person.email, "id": str(account.pk), "phone": person.phone,
        "joined": exactly(person.moments[0]),
    }[leak]  # fmt: skip
    note = life.notes[0]
    Note.objects.filter(pk=note.note).update(summary=f"By {planted}")
    crawler = Crawler(visitor())
    crawler.walk([reverse("post", args=[note.post])], most=3)
    crawler.get(f"/api/v1/notes/{note.note}")
    caught = betrayed(list(crawler.seen.values()), words)
    assert set(caught) >= {reverse("post", args=[note.post]), f"/api/v1/notes/{note.note}"}
    assert {who for leaked in caught.values() for _, who in leaked} == {person.email}


def test_a_join_time_in_the_export_is_caught(life, words, tmp_path) -> None:
    person = life.camps[1][2]
    contributor = Contributor.objects.get(alias=person.alias)
    Contributor.objects.filter(pk=contributor.pk).update(state_changed_at=person.moments[0])
    export(tmp_path)
    tables = "\n".join(path.read_text() for path in sorted(tmp_path.glob("*.tsv")))
    assert {who for _, who in leaks(tables, words)} == {person.email}


@pytest.mark.requirement("AL-2")
def test_the_links_cannot_be_read_without_the_key(lived, settings) -> None:
    accounts = {account.email: account for account in Account.objects.all()}
    members = [person for person in lived.life.people if person.alias]
    assert Link.objects.count() == len(members)
    for person in members[::7]:
        account = accounts[person.email]
        assert Contributor.objects.get(pk=vault.contributor_of(account.pk)).alias == person.alias
    rows = repr(
        [[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in Link.objects.values_list()]
    )
    for person in members:
        assert accounts[person.email].pk.hex not in rows
        assert accounts[person.email].pk.bytes.hex() not in bytes(rows, "utf-8").hex()
    settings.SITE_KEYS = replace(settings.SITE_KEYS, link=b"x" * 48)
    assert [vault.contributor_of(accounts[person.email].pk) for person in members] == [None] * len(members)
