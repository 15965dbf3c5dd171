"""The demo community is built, its pages have content, and it never stands beside real people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from bridgenotes.accounts.models import Account
from bridgenotes.base.errors import Conflict
from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor
from bridgenotes.data.vocabulary import CRH, MISLEADING
from bridgenotes.demo import accounts
from bridgenotes.demo.build import STALE_AFTER, build, clear, is_built, require_own_database
from bridgenotes.demo.cast import make_cast
from bridgenotes.demo.plan import BEYOND, SIZES, make_plan
from bridgenotes.demo.words import stories
from bridgenotes.domain.note_form import check_note
from bridgenotes.domain.rating_form import check_rating
from bridgenotes.domain.urls import canonical_url
from bridgenotes.identity import services as identity
from bridgenotes.moderation.models import Report
from bridgenotes.notes.models import Note, Rating
from bridgenotes.notifications.models import Notice
from bridgenotes.runs.models import ScoringRun, State

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
TINY = SIZES["tiny"]
PAGES = {
    "": {
        "/": "example.org",
        "/new": "example.org",
        "/helpful": "Readers added context",
        "/status": "Operating normally",
    },
    "reader": {"/": "example.org", "/join": "Met."},
    "newcomer": {"/join/alias": "Choose your alias"},
    "contributor": {
        "/help": "Is this note helpful?",
        "/notifications": "changed from",
        "/settings": "How often",
    },
    "writer": {"/help": "Is this note helpful?", "/notifications": "your note"},
    "author": {"/review": "Address of the post"},
    "moderator": {
        "/staff/reports": "Note of",
        "/staff/reports?decided": "upheld",
        "/staff/log": "took a note down",
    },
    "operator": {"/staff/runs": "prescoring", "/staff/guard": "Helpfulness", "/operator/": "Accounts"},
}
"""Words that a page has only if there is something on it."""


def signed_in(name: str) -> Client:
    """Return a browser in which somebody signed in with the password that is printed."""
    client = Client()
    if name:
        form = {"login": accounts.address_of(name), "password": accounts.PASSWORD}
        assert client.post("/accounts/login/", form).status_code == 302
    return client


def test_builds_and_every_page_has_content(clock, settings, tmp_path) -> None:
    settings.SITE = settings.SITE.model_copy(update={"data_dir": tmp_path})
    said: list[str] = []
    built = build(size="tiny", seed=7, now=clock(), say=said.append)

    assert built.posts > 30
    assert built.notes > 30
    assert built.helpful > 0
    assert built.not_helpful > 0
    assert sum("scoring" in line for line in said) == 2
    assert set(ScoringRun.objects.values_list("state", flat=True)) == {State.DONE}
    assert set(Notice.objects.values_list("kind", flat=True)) >= {"rate_note", "own_note_status"}
    assert Report.objects.filter(state="open").exists()
    assert Report.objects.exclude(state="open").exists()
    _assert_ratings_as_services_write_them(clock())
    _assert_pages_have_content()

    assert is_built()
    Account.objects.create_user("visitor@example.com")  # tries the demo's sign-up
    assert build(size="tiny", seed=8, now=clock()) == built  # left as it is
    with pytest.raises(Conflict, match="accounts that are not the demo's"):
        build(size="tiny", seed=8, now=clock(), force=True)
    assert not built.is_stale(clock())
    assert built.is_stale(clock() + STALE_AFTER + timedelta(hours=1))


def _assert_ratings_as_services_write_them(now: datetime) -> None:
    for rating in Rating.objects.select_related("note"):
        assert rating.rater_id != rating.note.author_id
        assert rating.rated_on_id == rating.note.post_id
        assert rating.note.created_at <= rating.created_at <= now


def _assert_pages_have_content() -> None:
    for name, pages in PAGES.items():
        browser = signed_in(name)
        for page, words in pages.items():
            response = browser.get(page)
            assert response.status_code == 200, (name, page)
            assert words in response.text, (name, page)
    note = Note.objects.filter(status=CRH, classification=MISLEADING, deleted_at=None).first()
    assert note is not None
    browser = signed_in("")
    for page in (f"/notes/{note.pk}", f"/posts/{note.post_id}", f"/u/{note.author.alias}"):
        assert "Currently rated helpful" in browser.get(page).text


def test_never_beside_real_people(people) -> None:
    account = people.account()
    for force in (False, True):
        with pytest.raises(Conflict, match="accounts that are not the demo's"):
            build(size="tiny", seed=7, now=NOW, force=force)
    assert list(Account.objects.all()) == [account]


def test_never_beside_posts_of_a_site_without_accounts(noting) -> None:
    noting.post()
    with pytest.raises(Conflict, match="of a real site"):
        build(size="tiny", seed=7, now=NOW)


@pytest.mark.django_db(transaction=True)  # tables are emptied, which waits for the rows' own transaction
def test_what_an_interrupted_demo_left_is_removed(clock, settings, tmp_path) -> None:
    settings.SITE = settings.SITE.model_copy(update={"data_dir": tmp_path})
    make_cast(make_plan(TINY, seed=7, now=NOW), seed=7)
    assert not is_built()
    require_own_database()
    clear()
    assert not Account.objects.exists()
    assert not Contributor.objects.exists()


def test_logins_meet_the_same_criteria_as_everybody(clock) -> None:
    for role in accounts.ROLES:
        account = accounts.sign_up(role, now=clock())
        identity.apply(account, accounts.AGREED, now=clock())
    identity.draw(now=clock(), seed="x")
    assert all(identity.contributor_for(account) for account in Account.objects.all())


def test_equal_seeds_make_equal_plans() -> None:
    assert make_plan(TINY, seed=3, now=NOW) == make_plan(TINY, seed=3, now=NOW)
    assert make_plan(TINY, seed=3, now=NOW) != make_plan(TINY, seed=4, now=NOW)


@pytest.mark.parametrize("seed", [1, 7])
def test_all_that_is_planned_keeps_the_rules(seed: int) -> None:
    plan, config = make_plan(SIZES["full"], seed=seed, now=NOW), rules()
    assert len(plan.posts) > 250
    for note in plan.notes:
        check_note(note.form, config.notes).require()
        assert plan.posts[note.post].at < note.at < NOW + BEYOND
    for form in {rating.form for rating in plan.ratings}:
        check_rating(form, config.ratings).require()
    pairs = {(rating.note, rating.rater) for rating in plan.ratings}
    assert len(pairs) == len(plan.ratings) == SIZES["full"].ratings
    assert all(rating.rater != plan.notes[rating.note].author for rating in plan.ratings)
    assert all(plan.notes[rating.note].at <= rating.at < NOW + BEYOND for rating in plan.ratings)
    for post in plan.posts:
        assert canonical_url(post.address, config.urls).site in {"example.org", "example.com", "example.net"}
    texts = [post.fields.text for post in plan.posts if post.fields]
    assert len(set(texts)) > 0.85 * len(texts)


def test_every_language_has_words_for_every_kind_of_note() -> None:
    assert set(stories()) == {"de", "en", "es", "fr", "ja", "pt"}
    for book in stories().values():
        assert all(book[kind] for kind in ("poor", "opinion", "spam"))
        for story in book["story"]:
            assert all(story[kind] for kind in ("post", "bridging", "left", "right", "ordinary", "defence"))
