"""No page asks the database more often because there is more to show."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bridgenotes.base import kept
from bridgenotes.domain.notifications import Kind, Notice
from bridgenotes.identity import services as identity
from bridgenotes.notifications.services.notices import tell

pytestmark = pytest.mark.usefixtures("_kept_long")

MOST = {
    "home": 2, "helpful": 2, "helpful past": 2, "new": 2, "past": 2, "post": 2, "note": 2, "profile": 2, "search": 4,
    "community": 1, "100 addresses": 1, "card": 2,
}  # fmt: skip
"""Queries of a visitor's page that is not kept."""
MOST_OF_A_CONTRIBUTOR = {
    "home": 13, "helpful": 8, "helpful past": 8, "new": 8, "past": 8, "post": 8, "note": 8, "profile": 10, "search": 10,
    "community": 6, "100 addresses": 1, "card": 4,
}  # fmt: skip


@pytest.fixture
def grow(noting, settings):
    """Adds notes, each with ratings and changes of status: on one post, by one writer, on posts of their own."""
    writer, post = noting.writer(helpful=1000), noting.post(author_id="ada", text="A claim")
    here, urls = settings.SITE.site_url, []
    raters = [noting.people.contributor() for _ in range(3)]

    def grown(count: int):
        for _ in range(count):
            note = noting.decide(noting.note(author=writer))
            other = noting.note(post=post)
            for rater in raters:
                noting.rate(note, rater=rater, tags=("helpfulClear",))
                noting.rate(other, rater=rater, tags=("helpfulClear",))
            urls.append(note.post.url)
            noting.clock.advance(minutes=30)
        return {
            "home": reverse("home"), "helpful": reverse("helpful"), "post": reverse("post", args=[post.pk]),
            "note": reverse("note", args=[note.pk]), "profile": reverse("profile", args=[writer.alias]),
            "new": reverse("new"), "past": f"{reverse('new')}?before=2030-01-01T00:00:00Z",
            "helpful past": f"{reverse('helpful')}?before=2030-01-01T00:00:00Z",
            "search": f"{reverse('search')}?q=source", "community": reverse("community"),
            "100 addresses": f"/api/v1/shown?{urlencode({'url': (urls * 100)[:100]}, doseq=True)}",
            "card": f"{reverse('oembed')}?{urlencode({'url': here + reverse('post', args=[note.post_id])})}",
        }  # fmt: skip

    return grown


def counted(browser: Client, address: str) -> int:
    """Return how many queries a page takes; whatever a process learns once, it has learned before."""
    browser.get(address)
    kept.forget("page ")  # whole pages, which would need none
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
