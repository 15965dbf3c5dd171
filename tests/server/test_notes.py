"""Writing and deleting notes, through the pages and the API."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from bridgenotes.base.errors import DomainError
from bridgenotes.contributors.models import Enrollment
from bridgenotes.data.vocabulary import CRH, CRNH, MISLEADING, NMR, NOT_MISLEADING
from bridgenotes.domain.config import PlatformRules
from bridgenotes.domain.verdict import Refused
from bridgenotes.identity import services as identity
from bridgenotes.notes.models import Note
from bridgenotes.notes.services import writing
from support.noting import form

_DAY = timedelta(days=1)
PAGE_FORM = {
    "classification": MISLEADING,
    "misleading_reasons": ["misleadingFactualError"],
    "trustworthy_sources": "yes",
    "text": "Not so: https://source.example.org/a",
}


@pytest.fixture
def writer(noting):
    """The account of somebody who may write."""
    return noting.writer_account()


def post_json(browser, path: str, body: dict[str, object]):
    return browser.post(path, json.dumps(body), content_type="application/json")


@pytest.mark.requirement("WF-1", "WF-11", "AL-3")
def test_a_post_can_get_several_notes_visible_at_once_under_the_alias(
    writer, noting, sign_in, client
) -> None:
    post = noting.post()
    browser = sign_in(writer)
    for _ in range(2):
        answer = browser.post(reverse("write", args=[post.pk]), PAGE_FORM)
        assert answer.status_code == 302
    noting.clock.advance(seconds=1)
    other = noting.note(post=post)
    assert set(Note.objects.values_list("status", flat=True)) == {NMR}
    page = client.get(reverse("post", args=[post.pk])).text
    assert page.count("Needs more ratings") == 3
    for alias in (identity.contributor_for(writer).alias, other.author.alias):
        assert alias in page
    listed = client.get(f"/api/v1/posts/{post.pk}").json()["notes"]
    assert [note["status"] for note in listed] == [NMR] * 3
    assert {note["author"] for note in listed} == {identity.contributor_for(writer).alias, other.author.alias}


@pytest.mark.requirement("WF-2", "WA-5", "SU-16")
@pytest.mark.parametrize(
    ("state", "may"),
    [
        (Enrollment.NEW_USER, False), (Enrollment.EARNED_IN, True), (Enrollment.AT_RISK, True),
        (Enrollment.EARNED_OUT, False), (Enrollment.EARNED_OUT_UNSEEN, False), (Enrollment.REMOVED, False),
        (Enrollment.API_EARNED_IN, True), (Enrollment.API_EARNED_OUT, False),
    ],
)  # fmt: skip
def test_only_states_that_may_write_open_the_form(people, noting, sign_in, state, may) -> None:
    account = people.contributor_account()
    contributor = identity.contributor_for(account)
    contributor.enrollment_state = state
    contributor.save()
    browser, post = sign_in(account), noting.post()
    assert browser.get(reverse("write", args=[post.pk])).status_code == (200 if may else 403)
    answer = post_json(
        browser, f"/api/v1/posts/{post.pk}/notes",
        {"classification": MISLEADING, "reasons": ["misleadingOther"], "trustworthy_sources": False, "text": "x"},
    )  # fmt: skip
    assert answer.status_code == (201 if may else 403)


@pytest.mark.requirement("WF-2", "PP-3")
def test_who_cannot_write_yet_is_told_what_is_missing(people, noting, sign_in) -> None:
    account = people.contributor_account()
    page = sign_in(account).get(reverse("write", args=[noting.post().pk]))
    assert "Your rating impact is 0; you can write notes from 5: 5 more." in page.text


@pytest.mark.requirement("WF-4", "WF-5", "WF-6", "WF-7", "WF-9")
def test_the_form_asks_these_questions_and_no_retired_ones(writer, noting, sign_in) -> None:
    page = sign_in(writer).get(reverse("write", args=[noting.post().pk])).text
    for name in (
        "classification",
        "misleading_reasons",
        "not_misleading_reasons",
        "trustworthy_sources",
        "text",
    ):
        assert f'name="{name}"' in page
    assert page.count('name="misleading_reasons"') == 7
    assert page.count('name="not_misleading_reasons"') == 5
    for retired in (
        "believable",
        "harmful",
        "validationDifficulty",
        "BELIEVABLE",
        "LITTLE_HARM",
        "CHALLENGING",
    ):
        assert retired not in page


@pytest.mark.requirement("WF-4", "WF-5", "WF-7", "WF-8")
@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("classification", "Say whether the post is misleading."),
        ("misleading_reasons", "Choose at least one reason."),
        ("trustworthy_sources", "Say whether you link to sources"),
        ("text", "Write the note"),
    ],
)
def test_every_missing_answer_is_named(writer, noting, sign_in, missing, said) -> None:
    given = {name: value for name, value in PAGE_FORM.items() if name != missing}
    answer = sign_in(writer).post(reverse("write", args=[noting.post().pk]), given)
    assert answer.status_code == 422
    assert said in answer.text
    assert not Note.objects.exists()


@pytest.mark.requirement("WF-5", "WF-6")
def test_reasons_of_the_other_answer_are_refused(writer, noting, sign_in) -> None:
    browser, post = sign_in(writer), noting.post()
    body = {"classification": NOT_MISLEADING, "trustworthy_sources": True, "text": "Fine.", "reasons": []}
    path = f"/api/v1/posts/{post.pk}/notes"
    wrong = post_json(browser, path, body | {"reasons": ["misleadingSatire"]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "note.reason_not_offered")
    for reasons in ([], ["notMisleadingPersonalOpinion"]):
        assert post_json(browser, path, body | {"reasons": reasons}).status_code == 201


@pytest.mark.requirement("WF-8")
def test_280_characters_each_address_counting_one(writer, noting, sign_in, client) -> None:
    browser, post = sign_in(writer), noting.post()
    address = "https://source.example.org/" + "a" * 300
    too_long = browser.post(reverse("write", args=[post.pk]), PAGE_FORM | {"text": "x" * 279 + " " + address})
    assert too_long.status_code == 422
    assert "1 character too long (281 of 280; each link counts as 1)" in too_long.text
    assert (
        browser.post(
            reverse("write", args=[post.pk]), PAGE_FORM | {"text": "x" * 278 + " " + address}
        ).status_code
        == 302
    )
    assert f'href="{address}" rel="nofollow ugc noopener"' in client.get(reverse("post", args=[post.pk])).text


@pytest.mark.requirement("WF-8")
def test_control_characters_become_spaces_and_markup_is_words(writer, noting, sign_in, client) -> None:
    browser, post = sign_in(writer), noting.post()
    browser.post(
        reverse("write", args=[post.pk]), PAGE_FORM | {"text": "a\tb <script>alert(1)</script> javascript:x"}
    )
    assert Note.objects.get().summary == "a b <script>alert(1)</script> javascript:x"
    page = client.get(reverse("post", args=[post.pk])).text
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page


@pytest.mark.requirement("WF-14", "WL-6")
def test_the_form_links_the_guidance_and_says_how_many_notes_are_left(
    writer, noting, sign_in, client
) -> None:
    page = sign_in(writer).get(reverse("write", args=[noting.post().pk])).text
    assert reverse("guidance") in page
    assert "You can write 5 more notes in these 24 hours" in page
    guidance = client.get(reverse("guidance")).text
    assert "Helpful notes" in guidance
    assert "Unhelpful notes" in guidance


@pytest.mark.requirement("WF-12", "IM-6")
def test_authors_delete_their_note_and_its_words_go(writer, noting, sign_in, client, people) -> None:
    browser = sign_in(writer)
    note = noting.note(author=identity.contributor_for(writer), text="Words to forget https://x.example.org")
    noting.rate(note)
    for stranger in (sign_in(people.contributor_account()), client):
        assert stranger.post(reverse("delete_note", args=[note.pk])).status_code in {302, 403}
    note.refresh_from_db()
    assert not note.is_deleted
    assert "Delete this note?" in browser.get(reverse("delete_note", args=[note.pk])).text
    browser.post(reverse("delete_note", args=[note.pk]))
    note.refresh_from_db()
    assert note.is_deleted
    assert (note.summary, note.reasons) == ("", [])
    assert note.ratings.count() == 1, "what raters did still counts for them"
    for page in (reverse("post", args=[note.post_id]), reverse("note", args=[note.pk]), reverse("new")):
        assert "Words to forget" not in client.get(page).text
    assert client.get(reverse("note", args=[note.pk])).status_code == 410
    again = browser.delete(f"/api/v1/notes/{note.pk}")
    assert (again.status_code, again.json()["code"]) == (409, "notes.deleted")


@pytest.mark.requirement("ST-16", "IM-6")
@pytest.mark.parametrize("status", [CRH, CRNH])
def test_a_deleted_note_keeps_its_status_and_never_shows(noting, client, status) -> None:
    note = noting.decide(noting.note(), status)
    writing.delete_note(note.author, note, now=noting.clock())
    answer = client.get(f"/api/v1/notes/{note.pk}").json()
    assert (answer["status"], answer["is_deleted"], answer["text"]) == (status, True, "")
    assert client.get(f"/api/v1/posts/{note.post_id}").json()["shown"] is None
    assert client.get("/api/v1/shown", {"url": note.post.url}).json()["shown"] == []


@pytest.mark.requirement("WL-2", "WL-6")
@pytest.mark.parametrize(
    ("impact", "limit"),
    [
        ({"not_helpful": 1}, 1), ({}, 5), ({"helpful": 3, "awaiting": 12}, 8),
        ({"helpful": 10, "awaiting": 170}, 10),
    ],
)  # fmt: skip
def test_notes_per_day_follow_impact_and_hit_rate(noting, impact, limit) -> None:
    writer = noting.writer(**impact)
    _write_history(noting, writer, sum(impact.values()))
    noting.clock.advance(days=30)
    for _ in range(limit):
        noting.note(author=writer)
    with pytest.raises(Refused) as refused:
        noting.note(author=writer)
    assert refused.value.code == "limit.daily"
    (reason,) = refused.value.reasons
    assert (reason.params["limit"], reason.possible_at) == (limit, noting.clock() + _DAY)
    noting.clock.advance(hours=24)
    noting.note(author=writer)


def _write_history(noting, writer, number: int) -> None:
    noting.clock.advance(hours=1)
    post = noting.post()
    Note.objects.bulk_create(
        Note(
            id=n + 1, post=post, author=writer, classification=MISLEADING, trustworthy_sources=True, summary="x",
            created_at=noting.clock(),
        )
        for n in range(number)
    )  # fmt: skip


@pytest.mark.requirement("WL-3", "WL-4")
def test_three_notes_a_day_on_one_author_and_then_by_success(noting) -> None:
    writer = noting.writer(helpful=10)

    def about(author: str):
        return noting.post(author_id=author)

    for _ in range(3):
        noting.note(author=writer, post=about("ada"))
    with pytest.raises(Refused, match=r"limit\.author"):
        noting.note(author=writer, post=about("ada"))
    noting.note(author=writer, post=about("bob"))
    noting.clock.advance(days=1)
    for _ in range(3):
        noting.note(author=writer, post=about("ada"))
    noting.clock.advance(days=1)
    noting.note(author=writer, post=about("ada"))  # six notes without success: one a day
    with pytest.raises(Refused, match=r"limit\.author"):
        noting.note(author=writer, post=about("ada"))
    noting.decide(Note.objects.filter(post__author__external_id="ada").first(), CRH)
    for _ in range(4):  # 1 of 8 and more are helpful: at least 9 a day; the daily limit allows it too
        noting.note(author=writer, post=about("ada"))


@pytest.mark.requirement("WL-3")
def test_one_a_week_after_fifteen_without_success(noting, settings) -> None:
    settings.RULES = replace(
        PlatformRules(), writing_limits=replace(PlatformRules().writing_limits, author_poor_notes=7)
    )
    writer = noting.writer(helpful=30)
    post = noting.post(author_id="ada")
    for day in range(7):
        noting.clock.advance(days=1)
        noting.note(author=writer, post=post)
        assert day < 7
    noting.clock.advance(days=6)
    with pytest.raises(Refused) as refused:
        noting.note(author=writer, post=post)
    assert refused.value.reasons[0].possible_at == noting.clock() + _DAY
    noting.clock.advance(days=1)
    noting.note(author=writer, post=post)


@pytest.mark.requirement("WL-4", "WL-6")
def test_both_limits_apply_and_the_page_says_when(writer, noting, sign_in) -> None:
    browser, contributor = sign_in(writer), identity.contributor_for(writer)
    noting.impact(contributor, notes_not_helpful=1)
    post = noting.post(author_id="ada")
    assert browser.post(reverse("write", args=[post.pk]), PAGE_FORM).status_code == 302
    answer = browser.post(reverse("write", args=[post.pk]), PAGE_FORM)
    assert answer.status_code == 422
    assert (
        "You can write 1 note in 24 hours. Your next note is possible from July 2, 2026, 12:00 UTC."
        in answer.text
    )
    refused = post_json(
        browser, f"/api/v1/posts/{post.pk}/notes",
        {"classification": MISLEADING, "reasons": ["misleadingOther"], "trustworthy_sources": True, "text": "x"},
    )  # fmt: skip
    assert refused.status_code == 429
    assert refused.json()["retry_at"] == "2026-07-02T12:00:00+00:00"
    assert refused.headers["Retry-After"] == str(24 * 3600)


@pytest.mark.requirement("WL-6")
def test_deleting_gives_nothing_back(noting) -> None:
    writer = noting.writer(not_helpful=1)
    note = noting.note(author=writer)
    writing.delete_note(writer, note, now=noting.clock())
    with pytest.raises(Refused, match=r"limit\.daily"):
        noting.note(author=writer)


@pytest.mark.requirement("WL-6")
@pytest.mark.django_db(transaction=True)
def test_a_limit_holds_when_many_notes_come_at_once(noting) -> None:
    writer = noting.writer()
    post = noting.post()
    barrier, outcomes = threading.Barrier(9), []

    def write() -> None:
        barrier.wait()
        try:
            writing.write_note(writer, post, form(), now=noting.clock())
            outcomes.append("written")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["limit.daily"] * 4 + ["written"] * 5
    assert Note.objects.count() == 5


def test_a_refused_note_leaves_nothing(noting, writer, sign_in) -> None:
    post = noting.post()
    sign_in(writer).post(reverse("write", args=[post.pk]), PAGE_FORM | {"text": ""})
    post.refresh_from_db()
    assert post.last_noted_at is None
