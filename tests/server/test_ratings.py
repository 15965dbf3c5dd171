"""Rating notes, through the pages and the API; feedback of readers."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from bridgenotes.contributors.models import Contributor, Enrollment
from bridgenotes.data.vocabulary import CRH, CRNH, NOT_MISLEADING
from bridgenotes.domain.rating_form import (
    OFFERED_HELPFUL_TAGS,
    OFFERED_NOT_HELPFUL_TAGS,
    RETIRED_TAGS,
    RatingForm,
)
from bridgenotes.identity import services as identity
from bridgenotes.notes.models import Rating, ReaderFeedback
from bridgenotes.notes.services import rating as ratings
from bridgenotes.notes.services import writing


@pytest.fixture
def rater(people):
    """The account of a contributor who may rate."""
    return people.contributor_account()


def put(browser, note, **body: object):
    return browser.put(f"/api/v1/notes/{note.pk}/rating", json.dumps(body), content_type="application/json")


@pytest.mark.requirement("RF-1", "AL-3")
@pytest.mark.parametrize("status", [None, CRH, CRNH])
def test_any_note_can_be_rated_whatever_its_status_and_once(rater, noting, sign_in, status) -> None:
    note, browser = noting.note(), sign_in(rater)
    if status:
        noting.decide(note, status)
    for level in ("HELPFUL", "NOT_HELPFUL"):
        answer = browser.post(reverse("rate", args=[note.pk]), {"level": level})
        assert (answer.status_code, answer.headers["Location"]) == (302, reverse("note", args=[note.pk]))
    (rating,) = Rating.objects.all()
    assert (rating.level, rating.rater) == ("NOT_HELPFUL", identity.contributor_for(rater))


@pytest.mark.requirement("RF-1")
def test_a_rating_can_be_changed_deleted_and_given_again(rater, noting, sign_in) -> None:
    note, browser, clock = noting.note(), sign_in(rater), noting.clock
    first = put(browser, note, level="HELPFUL", tags=["helpfulClear"]).json()
    clock.advance(hours=1)
    reasons = put(browser, note, level="HELPFUL", tags=["helpfulOther"]).json()
    assert (reasons["created_at"], reasons["tags"]) == (first["created_at"], ["helpfulOther"])
    assert reasons["edited_at"] == "2026-07-01T13:00:00Z"
    clock.advance(hours=1)
    level = put(browser, note, level="NOT_HELPFUL").json()
    assert level["created_at"] == "2026-07-01T14:00:00Z", "another level is another rating"
    assert browser.delete(f"/api/v1/notes/{note.pk}/rating").status_code == 204
    assert browser.delete(f"/api/v1/notes/{note.pk}/rating").status_code == 404
    assert browser.get(f"/api/v1/notes/{note.pk}").json()["ratings"] == 0
    clock.advance(hours=1)
    again = put(browser, note, level="NOT_HELPFUL").json()
    assert again["created_at"] == "2026-07-01T15:00:00Z"
    assert Rating.objects.count() == 1


@pytest.mark.requirement("RF-1")
def test_the_page_shows_ones_rating_and_takes_it_back(rater, noting, sign_in) -> None:
    note, browser = noting.note(), sign_in(rater)
    browser.post(reverse("rate", args=[note.pk]), {"level": "SOMEWHAT_HELPFUL", "helpful": ["helpfulClear"]})
    page = browser.get(reverse("note", args=[note.pk])).text
    assert "You rated: Somewhat" in page
    assert f'value="helpfulClear" id="id_{note.pk}_helpful_1" checked' in page
    browser.post(reverse("take_back", args=[note.pk]))
    assert "You rated" not in browser.get(reverse("note", args=[note.pk])).text


@pytest.mark.requirement("RF-1")
def test_nobody_rates_their_own_note(noting, sign_in) -> None:
    account = noting.writer_account()
    note, browser = noting.note(author=identity.contributor_for(account)), sign_in(account)
    answer = put(browser, note, level="HELPFUL")
    assert (answer.status_code, answer.json()["code"]) == (403, "rating.own_note")
    page = browser.post(reverse("rate", args=[note.pk]), {"level": "HELPFUL"})
    assert page.status_code == 403
    assert "You cannot rate your own note." in page.text
    assert reverse("rate", args=[note.pk]) not in browser.get(reverse("post", args=[note.post_id])).text


@pytest.mark.requirement("RF-1", "TL-7", "WA-6")
@pytest.mark.parametrize(
    ("state", "active", "may"),
    [
        (Enrollment.NEW_USER, True, True), (Enrollment.EARNED_OUT, True, True),
        (Enrollment.EARNED_OUT_UNSEEN, True, True), (Enrollment.REMOVED, True, False),
        (Enrollment.NEW_USER, False, False),
    ],
)  # fmt: skip
def test_everybody_who_takes_part_can_rate(rater, noting, sign_in, state, active, may) -> None:
    Contributor.objects.filter(pk=identity.contributor_for(rater).pk).update(
        enrollment_state=state, is_active=active
    )
    assert put(sign_in(rater), noting.note(), level="HELPFUL").status_code == (200 if may else 403)


@pytest.mark.requirement("TL-7", "RF-12")
def test_readers_and_accounts_outside_cannot_rate(people, noting, sign_in, client) -> None:
    note = noting.note()
    assert put(client, note, level="HELPFUL").status_code == 401
    assert put(sign_in(people.account()), note, level="HELPFUL").status_code == 403
    assert client.post(reverse("rate", args=[note.pk]), {"level": "HELPFUL"}).status_code == 302
    assert not Rating.objects.exists()


@pytest.mark.requirement("RF-2", "RF-3", "RF-4", "RF-5", "RF-6")
def test_the_form_offers_three_answers_and_the_reasons_of_today(rater, noting, sign_in) -> None:
    page = sign_in(rater).get(reverse("rate", args=[noting.note().pk])).text
    for value in (
        "HELPFUL",
        "SOMEWHAT_HELPFUL",
        "NOT_HELPFUL",
        *OFFERED_HELPFUL_TAGS,
        *OFFERED_NOT_HELPFUL_TAGS,
    ):
        assert page.count(f'value="{value}"') == 1
    for gone in (*RETIRED_TAGS, "agree"):
        assert f'value="{gone}"' not in page
        assert f'name="{gone}"' not in page


@pytest.mark.requirement("RF-2")
def test_an_answer_is_needed_and_must_be_one_of_three(rater, noting, sign_in) -> None:
    note, browser = noting.note(), sign_in(rater)
    answer = browser.post(reverse("rate", args=[note.pk]), {"helpful": ["helpfulClear"]})
    assert answer.status_code == 422
    assert "Say whether the note is helpful." in answer.text
    assert put(browser, note, level="VERY").json()["code"] == "rating.level_missing"
    assert not Rating.objects.exists()


@pytest.mark.requirement("RF-3", "RF-4", "RF-5")
@pytest.mark.parametrize(
    ("level", "tag", "status"),
    [
        ("HELPFUL", "helpfulClear", 200), ("HELPFUL", "notHelpfulIncorrect", 422),
        ("NOT_HELPFUL", "notHelpfulIncorrect", 200), ("NOT_HELPFUL", "helpfulClear", 422),
        ("SOMEWHAT_HELPFUL", "helpfulClear", 200), ("SOMEWHAT_HELPFUL", "notHelpfulIncorrect", 200),
        ("HELPFUL", "helpfulInformative", 422), ("NOT_HELPFUL", "notHelpfulOutdated", 422), ("HELPFUL", "x", 422),
    ],
)  # fmt: skip
def test_reasons_follow_the_answer_and_retired_ones_are_refused(
    rater, noting, sign_in, level, tag, status
) -> None:
    answer = put(sign_in(rater), noting.note(), level=level, tags=[tag])
    assert answer.status_code == status
    assert list(Rating.objects.values_list("level", flat=True)) == ([level] if status == 200 else [])


@pytest.mark.requirement("RF-3")
def test_the_page_leaves_out_reasons_of_the_answer_that_was_changed(rater, noting, sign_in) -> None:
    note = noting.note()
    sign_in(rater).post(
        reverse("rate", args=[note.pk]),
        {"level": "NOT_HELPFUL", "helpful": ["helpfulClear"], "not_helpful": ["notHelpfulOther"]},
    )
    assert Rating.objects.get().tag_names == ("notHelpfulOther",)


@pytest.mark.requirement("RF-9")
def test_a_rating_stores_the_post_it_was_made_on(rater, noting, sign_in) -> None:
    note, elsewhere, browser = noting.note(), noting.post(), sign_in(rater)
    assert put(browser, note, level="HELPFUL").json()["rated_on"] == str(note.post_id)
    assert put(browser, note, level="HELPFUL", rated_on=elsewhere.pk).json()["rated_on"] == str(elsewhere.pk)
    assert put(browser, note, level="HELPFUL", rated_on=1).status_code == 404


@pytest.mark.requirement("RF-10")
@pytest.mark.parametrize(
    ("drawn_before", "source"),
    [(None, "DEFAULT"), (timedelta(hours=47), "POPULATION_SAMPLED"), (timedelta(hours=48), "DEFAULT")],
)
def test_a_rating_tells_whether_it_answers_a_drawn_alert(
    rater, noting, sign_in, drawn_before, source
) -> None:
    note, other = noting.note(), noting.note()
    if drawn_before is not None:
        ratings.record_sampled_alert(note, identity.contributor_for(rater), now=noting.clock())
        noting.clock.advance(seconds=drawn_before.total_seconds())
    browser = sign_in(rater)
    assert put(browser, note, level="HELPFUL").json()["source"] == source
    assert put(browser, other, level="HELPFUL").json()["source"] == "DEFAULT"


@pytest.mark.requirement("RF-7", "WF-13")
def test_a_not_misleading_note_can_get_a_status_and_never_shows_on_the_post(noting, client) -> None:
    note = noting.decide(noting.note(kind=NOT_MISLEADING), CRH, tags=("helpfulClear", "helpfulGoodSources"))
    page = client.get(reverse("note", args=[note.pk])).text
    assert "Currently rated helpful" in page
    assert "Not shown on the post" in page
    post = client.get(f"/api/v1/posts/{note.post_id}").json()
    assert post["shown"] is None
    assert [listed["status"] for listed in post["notes"]] == [CRH]
    assert "Readers added context" not in client.get(reverse("post", args=[note.post_id])).text


@pytest.mark.requirement("RF-12", "ST-4")
def test_readers_give_feedback_that_is_no_rating(noting, client, people, sign_in, rater) -> None:
    note = noting.helpful_note()
    page = client.get(reverse("post", args=[note.post_id])).text
    assert reverse("feedback", args=[note.pk]) in page
    for level in ("HELPFUL", "NOT_HELPFUL"):
        assert client.post(reverse("feedback", args=[note.pk]), {"level": level}).status_code == 302
    sign_in(people.account()).post(reverse("feedback", args=[note.pk]), {"level": "HELPFUL"})
    assert sorted(ReaderFeedback.objects.values_list("level", flat=True)) == ["HELPFUL", "NOT_HELPFUL"]
    assert not Rating.objects.exists()
    assert client.get(f"/api/v1/notes/{note.pk}").json()["ratings"] == 0
    assert client.post(reverse("feedback", args=[note.pk]), {"level": "x"}).status_code == 422
    asked = sign_in(rater).post(reverse("feedback", args=[note.pk]), {"level": "HELPFUL"})
    assert asked.headers["Location"] == reverse("rate", args=[note.pk]), "contributors rate"
    hidden = noting.note()
    assert client.post(reverse("feedback", args=[hidden.pk]), {"level": "HELPFUL"}).status_code == 409


@pytest.mark.requirement("RF-12")
def test_feedback_on_two_notes_cannot_be_matched(noting, people, sign_in) -> None:
    browser = sign_in(people.account())
    for _ in range(2):
        browser.post(reverse("feedback", args=[noting.helpful_note().pk]), {"level": "HELPFUL"})
    assert len(set(ReaderFeedback.objects.values_list("reader", flat=True))) == 2


def test_a_deleted_note_cannot_be_rated(rater, noting, sign_in) -> None:
    note = noting.note()
    writing.delete_note(note.author, note, now=noting.clock())
    assert put(sign_in(rater), note, level="HELPFUL").status_code == 409


def test_with_htmx_the_form_comes_and_goes_in_place(rater, noting, sign_in) -> None:
    note, browser = noting.note(), sign_in(rater)
    fragment = browser.get(reverse("rate", args=[note.pk]), headers={"HX-Request": "true"}).text
    assert "<form" in fragment
    assert "<html" not in fragment
    card = browser.post(
        reverse("rate", args=[note.pk]), {"level": "HELPFUL"}, headers={"HX-Request": "true"}
    ).text
    assert f'id="note-{note.pk}"' in card
    assert "You rated: Yes" in card
    assert "<html" not in card


@pytest.mark.requirement("RF-1")
@pytest.mark.django_db(transaction=True)
def test_many_ratings_of_one_person_at_once_are_one(noting, people) -> None:
    note, rater = noting.note(), people.contributor()
    barrier, failures = threading.Barrier(8), []

    def rate(level: str) -> None:
        barrier.wait()
        try:
            ratings.rate_note(rater, note, RatingForm(level, frozenset()), now=noting.clock())
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=rate, args=("HELPFUL" if n % 2 else "NOT_HELPFUL",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Rating.objects.count() == 1


def test_ratings_are_limited_per_minute(rater, noting, sign_in, settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"rate_note": "3/m/user"}
    note, browser = noting.note(), sign_in(rater)
    answers = [
        browser.post(reverse("rate", args=[note.pk]), {"level": "HELPFUL"}).status_code for _ in range(4)
    ]
    assert answers == [302, 302, 302, 429]


def test_forms_of_notes_need_the_csrf_token(rater, noting) -> None:
    note, browser = noting.note(), Client(enforce_csrf_checks=True)
    browser.force_login(rater)
    for name in ("rate", "take_back", "delete_note", "feedback", "report_note", "request_review"):
        assert browser.post(reverse(name, args=[note.pk])).status_code == 403, name
    for name in ("write", "request_note", "prove", "hide_author"):
        assert browser.post(reverse(name, args=[note.post_id])).status_code == 403, name
    assert browser.delete(f"/api/v1/notes/{note.pk}/rating").status_code == 403
