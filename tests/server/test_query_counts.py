"""No page asks the database more often because there is more to show."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bridgenotes.domain.notifications import Kind, Notice
from bridgenotes.identity import services as identity
from bridgenotes.notifications.services.notices import tell

pytestmark = pytest.mark.usefixtures("_kept_long")

MOST = {"home": 4, "helpful": 4, "post": 6, "note": 8, "profile": 6}
"""Queries of a visitor's page."""
MOST_OF_A_CONTRIBUTOR = {"home": 16, "helpful": 12, "post": 12, "note": 14, "profile": 14}


@pytest.fixture
def grow(noting):
    """Adds notes, each with ratings and changes of status: on one post, by one writer, on posts of their own."""
    writer, post = noting.writer(helpful=1000), noting.post(author_id="ada", text="A claim")
    raters = [noting.people.contributor() for _ in range(3)]

    def grown(count: int):
        for _ in range(count):
            note = noting.decide(noting.note(author=writer))
            other = noting.note(post=post)
            for rater in raters:
                noting.rate(note, rater=rater, tags=("helpfulClear",))
                noting.rate(other, rater=rater, tags=("helpfulClear",))
            noting.clock.advance(minutes=30)
        return {
            "home": reverse("home"), "helpful": reverse("helpful"), "post": reverse("post", args=[post.pk]),
            "note": reverse("note", args=[note.pk]), "profile": reverse("profile", args=[writer.alias]),
        }  # fmt: skip

    return grown


def counted(browser: Client, address: str) -> int:
    """Return how many queries a page takes; whatever a process learns once, it has learned before."""
    browser.get(address)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


@pytest.mark.requirement("NO-3")
def test_what_is_new_is_counted_once_and_never_to_the_end(noting, people, sign_in) -> None:
    """However many notices wait, a page fetches at most ten of their ids, in one query by an index."""
    account = people.contributor_account()
    own, told = str(identity.contributor_for(account).pk), {"code": "ability.risk_over"}
    browser, counts = sign_in(account), {}
    for waiting in (0, 40):
        news = [Notice(Kind.WRITING_ABILITY, own, "writing", str(number), told) for number in range(waiting)]
        tell(news, now=noting.clock())
        counts[waiting] = counted(browser, reverse("about"))
    assert counts[40] == counts[0]
    with CaptureQueriesContext(connection) as queries:
        browser.get(reverse("about"))
    (asked,) = [query["sql"] for query in queries if "notifications_notice" in query["sql"]]
    assert "LIMIT 10" in asked
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            plan = cursor.execute(f"EXPLAIN QUERY PLAN {asked}").fetchall()
        assert "notices_unseen" in str(plan)


def test_pages_ask_as_often_for_twenty_notes_as_for_two(grow, people, sign_in) -> None:
    few = grow(2)
    browsers = ((Client(), MOST), (sign_in(people.contributor_account()), MOST_OF_A_CONTRIBUTOR))
    before = [{name: counted(browser, address) for name, address in few.items()} for browser, _ in browsers]
    many = grow(18)
    after = [{name: counted(browser, address) for name, address in many.items()} for browser, _ in browsers]
    assert after == before
    for found, (_, most) in zip(after, browsers, strict=True):
        assert {name: count for name, count in found.items() if count > most[name]} == {}
