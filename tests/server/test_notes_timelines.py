"""The tabs and Needs Your Help."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from bridgenotes.contributors.models import Enrollment
from bridgenotes.data.vocabulary import CRH, CRNH, NOT_MISLEADING
from bridgenotes.domain.config import PlatformRules
from bridgenotes.identity import services as identity
from bridgenotes.notes.models import Note
from bridgenotes.notes.queries import help as helping
from bridgenotes.notes.services import writing


@pytest.fixture
def member(people):
    """The account of a contributor."""
    return people.contributor_account()


def ids(browser, timeline: str, **query: str) -> list[str]:
    return [post["id"] for post in browser.get(f"/api/v1/timelines/{timeline}", query).json()["posts"]]


def offered(browser) -> list[str]:
    return [item["note"]["id"] for item in browser.get("/api/v1/needs-your-help").json()]


@pytest.mark.requirement("TL-1")
def test_the_tabs_are_those_of_the_visitor(client, member, sign_in) -> None:
    visitor, contributor = client.get("/").text, sign_in(member).get("/").text
    for tab in ("new", "helpful"):
        assert reverse(tab) in visitor
        assert reverse(tab) in contributor
    assert "Needs your help" not in visitor
    assert "<h1>Needs your help</h1>" in contributor
    for entry in (
        reverse("home"),
        reverse("about"),
        reverse("profile", args=[identity.contributor_for(member).alias]),
    ):
        assert f'href="{entry}"' in contributor
    assert client.get(reverse("about")).status_code == 200


@pytest.mark.requirement("TL-1")
def test_a_visitor_first_sees_what_notes_do(noting, client) -> None:
    """As soon as there is a Helpful note, the front page shows it; until then what was noted latest."""
    fresh = noting.note(text="Only proposed so far")
    page = client.get("/").text
    assert reverse("post", args=[fresh.post_id]) in page
    helpful = noting.helpful_note(text="What both sides find helpful")
    page = client.get("/").text
    assert "Readers added context" in page
    assert helpful.summary in page
    assert reverse("post", args=[fresh.post_id]) not in page
    assert 'href="/helpful" aria-current="page"' in page
    assert reverse("new") in page


@pytest.mark.requirement("TL-3")
def test_new_has_the_posts_noted_latest_and_a_note_lifts_its_post(noting, client) -> None:
    posts = []
    for _ in range(3):
        posts.append(noting.note().post_id)
        noting.clock.advance(minutes=1)
    noting.post()
    assert ids(client, "new") == [str(pk) for pk in reversed(posts)]
    lifted = noting.note(post=Note.objects.get(post=posts[0]).post)
    assert ids(client, "new")[0] == str(posts[0])
    writing.delete_note(lifted.author, lifted, now=noting.clock())
    assert ids(client, "new")[-1] == str(posts[0]), "and deleting it lowers the post again"


@pytest.mark.requirement("TL-4")
def test_rated_helpful_has_posts_with_a_helpful_misleading_note(noting, client) -> None:
    helpful = []
    for _ in range(2):
        helpful.append(noting.helpful_note())
        noting.clock.advance(minutes=1)
    noting.decide(noting.note(), CRNH)
    noting.decide(noting.note(kind=NOT_MISLEADING), CRH)
    gone = noting.helpful_note()
    writing.delete_note(gone.author, gone, now=noting.clock())
    assert ids(client, "helpful") == [str(note.post_id) for note in reversed(helpful)]
    noting.clock.advance(minutes=1)
    noting.decide(noting.note(post=helpful[0].post))
    assert ids(client, "helpful")[-1] == str(helpful[0].post_id), "further notes do not move a post"
    assert "Readers added context" in client.get(reverse("helpful")).text


@pytest.mark.requirement("TL-3")
def test_a_timeline_goes_on_page_by_page_with_few_queries(
    noting, client, django_assert_max_num_queries
) -> None:
    writer = noting.writer(helpful=100)
    for _ in range(23):
        noting.note(author=writer)
        noting.clock.advance(minutes=1)
    with django_assert_max_num_queries(3):
        first = client.get("/api/v1/timelines/new").json()
    second = client.get("/api/v1/timelines/new", {"before": first["next_before"]}).json()
    seen = [post["id"] for page in (first, second) for post in page["posts"]]
    assert (len(first["posts"]), len(seen), len(set(seen))) == (20, 23, 23)
    assert second["next_before"] is None
    with django_assert_max_num_queries(5):
        page = client.get(reverse("new"))
    assert 'rel="next"' in page.text
    assert client.get(reverse("new"), {"before": "nonsense"}).status_code == 200


@pytest.mark.requirement("TL-7")
def test_anybody_reads_and_only_contributors_contribute(noting, client, people, sign_in) -> None:
    note = noting.note()
    outsider = sign_in(people.account())
    for browser in (client, outsider):
        pages = (reverse("post", args=[note.post_id]), reverse("note", args=[note.pk]))
        for path in ("/", reverse("new"), reverse("helpful"), *pages):
            assert browser.get(path).status_code == 200, path
    for name, number in (("rate", note.pk), ("write", note.post_id)):
        assert outsider.get(reverse(name, args=[number])).status_code == 403
        assert reverse("account_login") in client.get(reverse(name, args=[number])).headers["Location"]
    assert outsider.get(reverse("needs_your_help")).status_code == 403


@pytest.mark.requirement("NYH-1")
def test_the_tab_holds_fifteen_posts_one_note_each(
    noting, member, sign_in, django_assert_max_num_queries
) -> None:
    writer = noting.writer(helpful=100)
    for _ in range(17):
        noting.note(author=writer)
    noting.note(author=writer, post=Note.objects.first().post)
    browser = sign_in(member)
    assert len(set(offered(browser))) == 15
    page = browser.get(reverse("needs_your_help")).text
    assert page.count("data-note=") == 15
    me = identity.contributor_for(member)
    with django_assert_max_num_queries(6):
        helping.needs_your_help(me, now=noting.clock())


@pytest.mark.requirement("NYH-1", "NYH-5")
def test_ones_own_rated_deleted_and_decided_notes_are_not_offered(noting, sign_in) -> None:
    account = noting.writer_account()
    me, browser = identity.contributor_for(account), sign_in(account)
    open_one, rated, decided, deleted = (noting.note() for _ in range(4))
    noting.note(author=me)
    noting.rate(rated, rater=me)
    noting.decide(decided, CRH)
    writing.delete_note(deleted.author, deleted, now=noting.clock())
    assert offered(browser) == [str(open_one.pk)]


@pytest.mark.requirement("NYH-4")
def test_recent_posts_with_attention_come_first_and_hidden_authors_never(noting, member, sign_in) -> None:
    clock, browser = noting.clock, sign_in(member)
    quiet = noting.note(post=noting.post(author_id="a", published_at=clock(), likes=1))
    loud = noting.note(post=noting.post(author_id="b", published_at=clock(), likes=20_000, reposts=500))
    assert offered(browser) == [str(loud.pk), str(quiet.pk)]
    browser.post(reverse("hide_author", args=[loud.post_id]))
    assert offered(browser) == [str(quiet.pk)]
    clock.advance(hours=25)
    assert offered(browser) == []


@pytest.mark.requirement("NYH-5")
def test_low_scores_and_enough_ratings_take_a_note_out(noting, member, sign_in, settings) -> None:
    settings.RULES = replace(
        PlatformRules(), needs_your_help=replace(PlatformRules().needs_your_help, max_ratings=2)
    )
    browser = sign_in(member)
    low, near, many = noting.note(), noting.note(), noting.note()
    noting.decide(low, low.status, intercept=0.05)
    noting.decide(near, near.status, intercept=0.39)
    for _ in range(2):
        noting.rate(many)
    assert offered(browser) == [str(near.pk)]


@pytest.mark.requirement("NYH-6")
def test_overwhelming_terms_appear_less_often(noting, people) -> None:
    spam = noting.note(text="This is a scam: https://x.example.org")
    plain = noting.note()
    seen = {spam.pk: 0, plain.pk: 0}
    for _ in range(60):
        for offer in helping.needs_your_help(people.contributor(), now=noting.clock()):
            seen[int(offer.candidate.note_id)] += 1
    assert seen[plain.pk] == 60
    assert 0 < seen[spam.pk] < 30, "probability 0.2"


@pytest.mark.requirement("NYH-8", "NYH-5")
@pytest.mark.parametrize(("mine", "first"), [(0.4, "left"), (-0.4, "right")])
def test_it_seeks_the_viewpoint_that_is_missing(noting, member, sign_in, mine, first) -> None:
    notes = {"left": noting.note(), "right": noting.note()}
    for name, factor in (("left", -0.5), ("right", 0.5)):
        for _ in range(6):
            rater = noting.people.contributor(Enrollment.NEW_USER)
            noting.side(rater, factor)
            noting.rate(notes[name], rater=rater)
    noting.side(identity.contributor_for(member), mine)
    assert offered(sign_in(member))[0] == str(notes[first].pk)


@pytest.mark.requirement("NYH-7")
def test_a_preview_asks_about_one_note_not_yet_rated(noting, member, sign_in) -> None:
    note, browser = noting.note(text="Seen in a preview"), sign_in(member)
    assert "Is this proposed note helpful?" in browser.get(reverse("new")).text
    noting.rate(note, rater=identity.contributor_for(member))
    assert "Is this proposed note helpful?" not in browser.get(reverse("new")).text


def test_a_new_note_is_offered_at_once(noting, member, sign_in) -> None:
    browser = sign_in(member)
    assert "Nothing needs your help right now" in browser.get(reverse("needs_your_help")).text
    note = noting.note(text="Fresh")
    assert offered(browser) == [str(note.pk)]
    assert "Fresh" in browser.get("/").text
