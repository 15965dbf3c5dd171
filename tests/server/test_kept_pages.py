"""Pages of visitors may be a few seconds old; those of people are not, and nobody gets somebody else's token."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from bridgenotes.notes.queries import help as helping
from bridgenotes.notes.services import writing
from bridgenotes.web.kept_pages import Page

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture(autouse=True)
def _kept(settings) -> None:
    settings.SITE = settings.SITE.model_copy(update={"keep_seconds": 60})


def test_the_second_visitor_costs_no_query(noting, django_assert_num_queries) -> None:
    note = noting.helpful_note()
    addresses = [
        reverse("home"), reverse("new"), reverse("helpful"), reverse("post", args=[note.post_id]),
        reverse("note", args=[note.pk]), reverse("profile", args=[note.author.alias]),
    ]  # fmt: skip
    first = [Client().get(address) for address in addresses]
    with django_assert_num_queries(0):
        second = [Client().get(address) for address in addresses]
    for before, after in zip(first, second, strict=True):
        assert after.status_code == before.status_code == 200
        assert len(after.content) == len(before.content)
        assert after.headers["Content-Type"] == before.headers["Content-Type"]
        assert after.headers["Content-Security-Policy"] == before.headers["Content-Security-Policy"]


def test_every_visitor_has_a_token_that_works(noting) -> None:
    note = noting.helpful_note()
    visitors = [Client(enforce_csrf_checks=True) for _ in range(3)]
    pages = [visitor.get(reverse("post", args=[note.post_id])).text for visitor in visitors]
    tokens = [TOKEN.findall(page)[0] for page in pages]
    assert len(set(tokens)) == 3
    answers = [
        visitor.post(reverse("feedback", args=[note.pk]), {"level": "HELPFUL", "csrfmiddlewaretoken": token})
        for visitor, token in zip(visitors, tokens, strict=True)
    ]
    assert [answer.status_code for answer in answers] == [302] * 3
    stolen = Client(enforce_csrf_checks=True).post(
        reverse("feedback", args=[note.pk]), {"level": "HELPFUL", "csrfmiddlewaretoken": tokens[0]}
    )
    assert stolen.status_code == 403


def test_who_has_a_session_sees_the_present(noting, people, sign_in, client) -> None:
    note = noting.note(text="First https://source.example.org/a")
    address = reverse("post", args=[note.post_id])
    member = sign_in(people.contributor_account())
    pages = [browser.get(address).text for browser in (client, member)]
    assert reverse("settings") not in pages[0], "a member's page is nobody else's"
    noting.note(post=note.post, text="Second https://source.example.org/b")
    assert "Second" not in client.get(address).text
    assert "Second" in member.get(address).text
    assert "Second" in client.get(address + "?again").text, "and other addresses are not kept"


def test_languages_are_kept_apart(noting, client, settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("fr", "Français")]
    pages = [
        client.get(reverse("new"), headers={"Accept-Language": code}).text for code in ("en", "fr", "en")
    ]
    assert [re.search(r'<html lang="(\w+)"', page)[1] for page in pages] == ["en", "fr", "en"]


def test_the_list_of_notes_that_need_help_forgets_what_was_done(noting, contributor, clock) -> None:
    notes = [noting.note() for _ in range(3)]

    def offered() -> set[str]:
        return {offer.candidate.note_id for offer in helping.needs_your_help(contributor, now=clock())}

    assert offered() == {str(note.pk) for note in notes}
    noting.rate(notes[0], rater=contributor, level="HELPFUL", tags=("helpfulClear",))
    writing.delete_note(notes[1].author, notes[1], now=clock())
    noting.note()
    assert offered() == {str(notes[2].pk)}


def test_no_shared_cache_may_hold_a_page_of_a_person(noting, people, sign_in) -> None:
    note = noting.helpful_note()
    member, visitor = sign_in(people.contributor_account()), Client()
    for address in (reverse("home"), reverse("post", args=[note.post_id]), reverse("note", args=[note.pk])):
        visitor.get(address)
        for browser, is_private in ((visitor, False), (member, True)):
            answer = browser.get(address, headers={"Accept-Encoding": "gzip"})
            assert {"Cookie", "Accept-Language", "Accept-Encoding"} <= set(answer["Vary"].split(", "))
            assert ("private" in answer.get("Cache-Control", "")) == is_private


def test_a_page_with_tokens_of_two_visitors_is_not_kept() -> None:
    first, second = "a" * 64, "b" * 64
    page = 'X-CSRFToken": "{}" name="csrfmiddlewaretoken" value="{}"'
    assert Page.of(HttpResponse(page.format(first, second))) is None
    kept_page = Page.of(HttpResponse(page.format(first, first)))
    assert kept_page is not None
    assert first.encode() not in b"".join(kept_page.parts)
