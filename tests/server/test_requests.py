"""Asking for notes: who, how often, whom it reaches."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from bridgenotes.base.errors import DomainError
from bridgenotes.identity import handles
from bridgenotes.identity import services as identity
from bridgenotes.notes.models import NoteRequest, Requester
from bridgenotes.notes.queries import asking
from bridgenotes.notes.services import requesting
from bridgenotes.notes.services.requesting import RequestForm


@pytest.fixture
def top_writer(noting):
    """The account of a top writer."""
    account = noting.writer_account()
    noting.impact(identity.contributor_for(account), notes_helpful=10)
    return account


def ask(browser, post, **fields: str):
    return browser.post(reverse("request_note", args=[post.pk]), fields)


def request(noting, post, handle: str, **fields: str) -> NoteRequest:
    """Record a request of somebody known by a handle alone."""
    return requesting.request_note(
        handle, post, RequestForm(**fields), now=noting.clock(), has_verified_phone=True
    )


def feed(browser) -> list[dict[str, object]]:
    return browser.get("/api/v1/requests").json()


def successes(noting, handle: str, hits: int, misses: int = 0) -> None:
    """Give a requester a record: posts noted afterwards, of which ``hits`` ended helpful."""
    requester, _ = Requester.objects.get_or_create(handle=handle)
    for n in range(hits + misses):
        post = noting.post()
        NoteRequest.objects.create(
            post=post, requester=requester, requested_at=noting.clock() - timedelta(days=9), score="none",
            is_eligible=True,
        )  # fmt: skip
        if n < hits:
            noting.helpful_note(post=post)


@pytest.mark.requirement("RQ-1")
def test_any_account_with_a_verified_phone_may_ask_contributor_or_not(
    people, noting, sign_in, client
) -> None:
    post = noting.post()
    assert reverse("request_note", args=[post.pk]) in client.get(reverse("post", args=[post.pk])).text
    for account in (people.account(), people.contributor_account()):
        assert ask(sign_in(account), post).status_code == 302
    refused = ask(sign_in(people.account(phone=None)), post)
    assert refused.status_code == 422
    assert "Verify a phone number to request notes." in refused.text
    assert reverse("account_login") in ask(client, post).headers["Location"]
    assert NoteRequest.objects.count() == 2


@pytest.mark.requirement("RQ-1", "RQ-2")
def test_once_per_post_and_five_a_day_at_first(people, noting, sign_in) -> None:
    browser = sign_in(people.account())
    post = noting.post()
    assert ask(browser, post).status_code == 302
    assert "You have already requested a note on this post." in ask(browser, post).text
    for _ in range(4):
        assert ask(browser, noting.post()).status_code == 302
    sixth = browser.post(f"/api/v1/posts/{noting.post().pk}/requests", "{}", content_type="application/json")
    assert (sixth.status_code, sixth.json()["code"]) == (429, "request.limit")
    assert sixth.json()["retry_at"] == "2026-07-02T12:00:00+00:00"
    noting.clock.advance(hours=24)
    assert ask(browser, noting.post()).status_code == 302


@pytest.mark.requirement("RQ-2", "RQ-5")
@pytest.mark.parametrize(
    ("hits", "misses", "limit", "score"),
    [(0, 0, 5, "none"), (1, 20, 10, "medium"), (1, 40, 5, "none"), (5, 30, 20, "high"), (5, 60, 10, "medium"),
     (0, 20, 2, "none")],
)  # fmt: skip
def test_success_raises_the_limit_and_failure_lowers_it(noting, hits, misses, limit, score) -> None:
    successes(noting, "somebody", hits, misses)
    scores = [request(noting, noting.post(), "somebody").score for _ in range(limit)]
    assert set(scores[:1]) == {score}
    with pytest.raises(DomainError, match=r"request\.limit"):
        request(noting, noting.post(), "somebody")


@pytest.mark.requirement("RQ-5")
def test_requests_on_noted_posts_tell_nothing_of_judgement(noting) -> None:
    for _ in range(3):
        request(noting, noting.helpful_note().post, "somebody")
    assert set(NoteRequest.objects.values_list("is_eligible", flat=True)) == {False}
    assert request(noting, noting.post(), "somebody").score == "none"


@pytest.mark.requirement("RQ-3", "RQ-6", "TL-5", "TW-2")
@pytest.mark.parametrize(
    ("views", "scores", "reaches"),
    [
        (0, ["none"] * 3, False), (0, ["none"] * 4, True), (100_000, ["none"] * 4, True),
        (100_001, ["none"] * 4, False), (150_000, ["none"] * 6, True), (10**6, ["medium"], False),
        (10**6, ["medium", "medium"], True), (10**6, ["high"], True), (0, ["medium", "none", "none", "none"], True),
    ],
)  # fmt: skip
def test_enough_requests_reach_top_writers(
    noting, top_writer, people, sign_in, views, scores, reaches
) -> None:
    post = noting.post(views=views, published_at=noting.clock())
    for n, score in enumerate(scores):
        request(noting, post, f"somebody {n}")
        NoteRequest.objects.filter(requester=f"somebody {n}").update(score=score)
    browser = sign_in(top_writer)
    assert [item["post"]["id"] for item in feed(browser)] == ([str(post.pk)] if reaches else [])
    people_ask = "1 person asks" if len(scores) == 1 else f"{len(scores)} people ask"
    prompt = f"{people_ask} for a note on this post."
    assert (prompt in browser.get(reverse("post", args=[post.pk])).text) is reaches
    assert (str(post.pk) in browser.get(reverse("requests")).text) is reaches
    other = sign_in(people.contributor_account())
    assert prompt not in other.get(reverse("post", args=[post.pk])).text
    assert other.get("/api/v1/requests").json()["code"] == "request.top_writers_only"
    assert other.get(reverse("requests")).status_code == 403


@pytest.mark.requirement("RQ-4", "RQ-9", "TL-5")
def test_they_show_for_a_day_and_the_feed_holds_young_posts(noting, top_writer, sign_in) -> None:
    browser = sign_in(top_writer)
    old = noting.post(published_at=noting.clock() - timedelta(hours=20))
    young = noting.post(published_at=noting.clock())
    for post in (old, young):
        for n in range(4):
            request(noting, post, f"somebody {n}")
    assert {item["post"]["id"] for item in feed(browser)} == {str(old.pk), str(young.pk)}
    noting.clock.advance(hours=4)
    assert [item["post"]["id"] for item in feed(browser)] == [str(young.pk)]
    asked = "4 people ask for a note"
    assert asked in browser.get(reverse("post", args=[old.pk])).text
    noting.clock.advance(hours=20)
    assert asked not in browser.get(reverse("post", args=[old.pk])).text
    assert feed(browser) == []


@pytest.mark.requirement("RQ-7", "RQ-8", "NYH-4")
def test_sources_and_words_come_along_but_spam_and_hidden_authors(noting, top_writer, sign_in) -> None:
    browser, me = sign_in(top_writer), identity.contributor_for(top_writer)
    post = noting.post(published_at=noting.clock())
    muted = noting.post(author_id="muted")
    spam = "https://spam.example.net/buy"
    for n in range(3):
        request(noting, noting.post(), f"spammer {n}", source=spam)
    request(
        noting,
        post,
        "a",
        source="https://social.example.org/p/999?utm_source=x",
        suggestion="The date is wrong.",
    )
    request(noting, post, "b", source=muted.url)
    request(noting, post, "c", source=spam)
    request(noting, post, "d", suggestion="See https://facts.example.org/1 <b>")
    browser.post(reverse("hide_author", args=[muted.pk]))
    assert me.hidden_authors.count() == 1
    (item,) = [item for item in feed(browser) if item["post"]["id"] == str(post.pk)]
    assert item["sources"] == ["https://social.example.org/p/999"]
    assert item["suggestions"] == ["The date is wrong.", "See https://facts.example.org/1 <b>"]
    assert item["requests"] == 4
    page = browser.get(reverse("requests")).text
    assert 'href="https://facts.example.org/1" rel="nofollow ugc noopener"' in page
    assert "&lt;b&gt;" in page
    assert spam not in page


@pytest.mark.requirement("RQ-7", "RQ-8")
def test_a_bad_source_and_too_many_words_are_refused(people, noting, sign_in) -> None:
    browser, post = sign_in(people.account()), noting.post()
    assert "This is not a web address" in ask(browser, post, source="nowhere").text
    assert "at most 280 are possible" in ask(browser, post, suggestion="x" * 281).text
    assert not NoteRequest.objects.exists()


def test_a_request_names_nobody(people, noting, sign_in) -> None:
    account = people.contributor_account()
    ask(sign_in(account), noting.post(), suggestion="Why?")
    row = repr(NoteRequest.objects.values().get())
    contributor = identity.contributor_for(account)
    for secret in (
        account.pk.hex,
        str(account.pk),
        contributor.pk.hex,
        str(contributor.pk),
        contributor.alias,
    ):
        assert secret not in row
    assert handles.handle(account, handles.Purpose.REPORT) not in row


def test_the_feed_takes_few_queries(noting, top_writer, django_assert_max_num_queries) -> None:
    for _ in range(6):
        post = noting.post(published_at=noting.clock(), author_id="ada")
        for n in range(4):
            NoteRequest.objects.create(
                post=post, requester=Requester.objects.get_or_create(handle=f"r{n}")[0], score="none",
                requested_at=noting.clock(), is_eligible=True, source_url="https://x.org/1", source_identity="x.org/1",
            )  # fmt: skip
    me = identity.contributor_for(top_writer)
    with django_assert_max_num_queries(6):
        assert len(asking.feed(me, now=noting.clock())) == 6


@pytest.mark.requirement("RQ-2")
@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_when_many_requests_come_at_once(noting) -> None:
    posts = [noting.post() for _ in range(9)]
    barrier, outcomes = threading.Barrier(9), []

    def send(post) -> None:
        barrier.wait()
        try:
            request(noting, post, "somebody")
            outcomes.append("made")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(post,)) for post in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made"] * 5 + ["request.limit"] * 4


@pytest.mark.requirement("RQ-8")
def test_the_api_takes_requests_with_words(people, noting, sign_in) -> None:
    browser, post = sign_in(people.account()), noting.post()
    body = json.dumps({"source": "https://x.example.org", "suggestion": "Why?"})
    assert (
        browser.post(f"/api/v1/posts/{post.pk}/requests", body, content_type="application/json").status_code
        == 204
    )
    assert NoteRequest.objects.get().suggestion == "Why?"
