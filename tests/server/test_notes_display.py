"""What shows where: posts, cards, note pages, the list of what shows on many addresses."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.urls import reverse

from bridgenotes.contributors.models import Impact
from bridgenotes.data.vocabulary import CRH, CRNH, NEEDS_YOUR_HELP, NMR
from bridgenotes.domain.config import PlatformRules
from bridgenotes.identity import services as identity
from bridgenotes.notes.models import Note
from bridgenotes.notes.services import hiding
from bridgenotes.posts import services as posts


@pytest.fixture
def rater(people, sign_in):
    """A browser of a contributor."""
    return sign_in(people.contributor_account())


def page_of(browser, note) -> str:
    return browser.get(reverse("post", args=[note.post_id])).text


@pytest.mark.requirement("ST-1")
def test_a_note_needs_more_ratings_until_five_and_majorities_decide_nothing(noting, client) -> None:
    note = noting.note()
    assert "5 more ratings are needed" in page_of(client, note)
    for missing in (4, 3, 2):
        noting.rate(note)
        assert f"{missing} more ratings are needed" in page_of(client, note)
    for _ in range(4):
        noting.rate(note)
    page = page_of(client, note)
    assert "So far raters who usually disagree do not agree on it." in page
    assert "Needs more ratings" in page
    note.refresh_from_db()
    assert note.status == NMR, "seven of seven found it helpful, and no scoring run has judged it"


@pytest.mark.requirement("ST-3", "ST-4")
def test_a_helpful_note_shows_on_the_post_to_everybody(noting, client, rater, people, sign_in) -> None:
    note = noting.note(text="The audit says 52 million: https://audit.example.org/p12")
    readers = (client, rater, sign_in(people.account()))
    assert all("Readers added context" not in page_of(reader, note) for reader in readers)
    noting.decide(note)
    for reader in readers:
        page = page_of(reader, note)
        assert "Readers added context" in page
        assert 'href="https://audit.example.org/p12" rel="nofollow ugc noopener"' in page
        assert "Is this note helpful?" in page
        assert "Rate it" in page
        assert "written by people who use the platform, and appears when rated helpful by others" in page
        assert "Find out more" in page


@pytest.mark.requirement("ST-3")
def test_with_several_helpful_notes_the_best_shows(noting, client) -> None:
    post = noting.post()
    lower = noting.decide(noting.note(post=post, text="lower"), intercept=0.41)
    best = noting.decide(noting.note(post=post, text="best"), intercept=0.6)
    found = client.get(f"/api/v1/posts/{post.pk}").json()
    assert found["shown"]["id"] == str(best.pk)
    assert [note["id"] for note in found["notes"]] == [str(best.pk), str(lower.pk)]


@pytest.mark.requirement("ST-6", "NYH-7", "ST-13", "ST-14")
def test_contributors_alone_are_asked_to_rate_proposed_notes(noting, client, rater) -> None:
    note = noting.note(text="A proposed note")
    noting.note(post=note.post, text="Another one")
    asked = "Rate 2 proposed notes (shown to contributors only)"
    assert asked in page_of(rater, note)
    assert "Is this proposed note helpful?" in page_of(rater, note)
    assert 'class="preview proposed"' in page_of(rater, note)
    assert asked not in page_of(client, note)
    assert "Is this proposed note helpful?" not in page_of(client, note)
    Note.objects.filter(pk=note.pk).update(is_stabilising=True)
    assert 'class="preview stabilising"' in page_of(rater, note)
    Note.objects.filter(pk=note.pk).update(is_stabilising=False, status=NEEDS_YOUR_HELP)
    assert 'class="preview safeguarded"' in page_of(rater, note)
    for _ in range(5):
        noting.rate(note)
    assert "a safeguard waits for ratings" in page_of(rater, note)
    noting.decide(note)
    assert "Is this proposed note" not in page_of(rater, note), "a helpful note shows instead"
    noting.decide(note, CRNH)
    Note.objects.exclude(pk=note.pk).update(status=CRNH)
    assert "Is this proposed note" not in page_of(rater, note), "nothing is left to rate"


@pytest.mark.requirement("ST-8")
@pytest.mark.parametrize(
    ("status", "label", "shown", "tags", "words"),
    [
        (CRH, "Currently rated helpful", "Shown on the post", ("helpfulGoodSources", "helpfulClear"),
         ("Cites high-quality sources", "Easy to understand")),
        (CRNH, "Currently rated not helpful", "Not shown on the post",
         ("notHelpfulIncorrect", "notHelpfulNoteNotNeeded"), ("Incorrect information", "Note not needed on this post")),
    ],
)  # fmt: skip
def test_a_decided_note_shows_two_reasons_and_the_deciding_model(
    noting, client, status, label, shown, tags, words
) -> None:
    note = noting.decide(noting.note(), status, tags=tags, by="CoreModel (v1.1)")
    page = client.get(reverse("note", args=[note.pk])).text
    for expected in (label, shown, *words, "CoreModel (v1.1)"):
        assert expected in page
    answer = client.get(f"/api/v1/notes/{note.pk}").json()
    assert (answer["status_label"], tuple(answer["status_reasons"])) == (label, tags)


@pytest.mark.requirement("ST-9")
def test_open_notes_stand_newest_first_and_decided_ones_by_score(noting, client) -> None:
    post, made = noting.post(), []
    for _ in range(6):
        made.append(noting.note(post=post))
        noting.clock.advance(minutes=1)
    noting.decide(made[0], CRNH, intercept=-0.3)
    noting.decide(made[1], CRNH, intercept=-0.1)
    noting.decide(made[2], CRH, intercept=0.42)
    noting.decide(made[3], CRH, intercept=0.5)
    order = [note["id"] for note in client.get(f"/api/v1/posts/{post.pk}").json()["notes"]]
    assert order == [str(made[n].pk) for n in (3, 2, 5, 4, 1, 0)]


@pytest.mark.requirement("ST-11")
def test_a_note_appears_and_disappears_and_its_page_tells(noting, client) -> None:
    note = noting.note()
    for status, shows in ((CRH, True), (NMR, False), (CRH, True), (CRNH, False)):
        noting.decide(note, status)
        noting.clock.advance(hours=1)
        assert (client.get(f"/api/v1/posts/{note.post_id}").json()["shown"] is not None) is shows
    page = client.get(reverse("note", args=[note.pk])).text
    history = page.partition('<ol class="history"')[2].partition("</ol>")[0]
    told = re.findall(r"<strong>(.*?)</strong>", history)
    assert told == ["Proposed", "Helpful", "Needs More Ratings", "Helpful", "Not Helpful"]


@pytest.mark.requirement("ST-18")
def test_a_note_changes_nothing_else_about_its_post(noting, client) -> None:
    """The post's row is the same but for when it was noted, whatever its notes become."""
    host, _ = noting.host()
    fields = posts.PostFields(text="Claim", views=10, likes=5, reposts=2)
    post, _ = posts.supply(host, "https://example.org/1", fields, now=noting.clock())
    columns = [f.attname for f in post._meta.concrete_fields if f.name != "last_noted_at"]

    def row() -> dict[str, object]:
        post.refresh_from_db()
        return {name: getattr(post, name) for name in columns}

    before = row()
    note = noting.note(post=post)
    for status in (CRH, CRNH):
        noting.decide(note, status)
        assert row() == before


@pytest.mark.requirement("AL-5", "NYH-4")
def test_hiding_an_author_hides_no_notes(noting, client, people, sign_in) -> None:
    account = people.contributor_account()
    note = noting.note(post=noting.post(author_id="ada", text="A claim"), text="Seen by all")
    browser = sign_in(account)
    browser.post(reverse("hide_author", args=[note.post_id]))
    assert identity.contributor_for(account).hidden_authors.count() == 1
    for path in (reverse("post", args=[note.post_id]), reverse("new"), reverse("note", args=[note.pk])):
        assert "Seen by all" in browser.get(path).text
    browser.post(reverse("hide_author", args=[note.post_id]), {"again": "1"})
    assert identity.contributor_for(account).hidden_authors.count() == 0
    hiding.show_author(identity.contributor_for(account), note.post.author)


@pytest.mark.requirement("ST-3")
def test_what_shows_on_up_to_a_hundred_addresses_is_told_at_once(
    noting, client, django_assert_max_num_queries
) -> None:
    notes = [noting.helpful_note(text=f"Note {n}") for n in range(4)]
    noting.note()
    addresses = [note.post.url for note in notes] + [
        "https://example.org/none",
        "not an address",
        "ftp://x.org",
    ]
    with django_assert_max_num_queries(2):
        answer = client.get("/api/v1/shown", {"url": addresses})
    assert [shown["note"]["text"] for shown in answer.json()["shown"]] == [f"Note {n}" for n in range(4)]
    assert "max-age=60" in answer.headers["Cache-Control"]
    assert "public" in answer.headers["Cache-Control"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    kept = client.get("/api/v1/shown", {"url": addresses}, headers={"If-None-Match": answer.headers["ETag"]})
    assert kept.status_code == 304
    noting.decide(notes[0], CRNH)
    changed = client.get(
        "/api/v1/shown", {"url": addresses}, headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert len(changed.json()["shown"]) == 3
    assert client.get("/api/v1/shown", {"url": ["https://a.org"] * 101}).status_code == 422


def test_the_list_of_what_shows_is_the_same_for_everybody(noting, client, rater) -> None:
    note = noting.helpful_note()
    noting.note()
    answers = [browser.get("/api/v1/shown", {"url": note.post.url}) for browser in (client, rater)]
    assert answers[0].content == answers[1].content
    assert "public" in answers[1].headers["Cache-Control"]


@pytest.mark.requirement("PP-1", "PP-2", "PP-3", "AL-3", "AL-4")
def test_a_profile_lists_notes_with_their_status(noting, client) -> None:
    writer = noting.writer(helpful=2, not_helpful=3)
    helpful = noting.decide(noting.note(author=writer, text="First"), tags=("helpfulClear", "helpfulOther"))
    noting.clock.advance(days=1)
    noting.note(author=writer, text="Second")
    noting.note(text="Of somebody else")
    page = client.get(reverse("profile", args=[writer.alias])).text
    assert "Writing impact <strong>-1</strong>" in page
    assert page.index("Second") < page.index("First")
    assert "Currently rated helpful" in page
    assert "Needs more ratings" in page
    assert "Of somebody else" not in page
    listed = client.get(f"/api/v1/contributors/{writer.alias}/notes").json()["notes"]
    assert [note["status"] for note in listed] == [NMR, CRH]
    assert listed[1]["id"] == str(helpful.pk)


@pytest.mark.requirement("PP-4", "TW-2", "TW-1")
def test_top_writers_carry_a_badge_and_can_lose_it(noting, client) -> None:
    writer = noting.writer(helpful=10)
    profile = reverse("profile", args=[writer.alias])
    assert "Top writer" in client.get(profile).text
    Impact.objects.filter(contributor=writer).update(notes_not_helpful=1)
    assert "Top writer" not in client.get(profile).text


def test_pages_of_notes_betray_no_account(noting, client, sign_in) -> None:
    account = noting.writer_account()
    note = noting.note(author=identity.contributor_for(account))
    for path in ("post", "note", "rate"):
        number = note.post_id if path == "post" else note.pk
        for browser in (client, sign_in(noting.people.contributor_account())):
            answer = browser.get(reverse(path, args=[number]), follow=True)
            for secret in (str(account.pk), account.pk.hex, account.email):
                assert secret not in answer.text


@pytest.mark.requirement("ST-15")
def test_notes_of_the_gaussian_model_show_to_a_share_of_readers(
    noting, client, people, sign_in, settings
) -> None:
    note = noting.decide(noting.note(), by="GaussianModel (v1.0)")
    other = noting.helpful_note()

    def sees(reader: str | None, shown: Note = note) -> bool:
        query = {"url": shown.post.url} | ({"reader": reader} if reader else {})
        return client.get("/api/v1/shown", query).json()["shown"] != []

    assert sees(None), "no experiment by default"
    settings.RULES = replace(
        PlatformRules(), display=replace(PlatformRules().display, experimental_share=0.3)
    )
    readers = [f"reader {n}" for n in range(60)]
    first = [sees(reader) for reader in readers]
    assert 8 < sum(first) < 28
    assert [sees(reader) for reader in readers[:20]] == first[:20], "each stays in or out"
    assert not sees(None)
    assert sees(None, other)
    assert "Readers added context" in page_of(sign_in(people.contributor_account()), note), (
        "who rates sees it"
    )


@pytest.mark.usefixtures("_kept_long")
@pytest.mark.parametrize(("page", "most"), [("post", 9), ("note", 10), ("profile", 11)])
def test_pages_take_as_many_queries_with_many_notes_as_with_few(
    noting, people, sign_in, django_assert_max_num_queries, page, most
) -> None:
    writer = noting.writer(helpful=100)
    post = noting.post()
    notes = [noting.note(author=writer, post=post) for _ in range(12)]
    browser = sign_in(people.contributor_account())
    for note in notes[:4]:
        noting.rate(note)
    number = {"post": post.pk, "note": notes[0].pk, "profile": writer.alias}[page]
    browser.get(reverse(page, args=[number]))
    with django_assert_max_num_queries(most):
        assert browser.get(reverse(page, args=[number])).status_code == 200
