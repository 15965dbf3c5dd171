"""Additional review: a post's author proves authorship and asks contributors to look again."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.urls import reverse

from bridgenotes.contributors.models import Enrollment
from bridgenotes.data.vocabulary import CRNH
from bridgenotes.identity import handles
from bridgenotes.identity import services as identity
from bridgenotes.identity.handles import Purpose
from bridgenotes.notes.models import ReviewRequest
from bridgenotes.posts import authorship, fetching
from bridgenotes.posts.models import Authorship, Host


@pytest.fixture
def signing_key(noting) -> Ed25519PrivateKey:
    """The key with which the host of example.org signs claims."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    noting.host()
    Host.objects.update(claim_key=public.decode())
    return key


@pytest.fixture
def note(noting):
    """A note that shows on a post of the host."""
    return noting.helpful_note(post=noting.post(text="A claim", published_at=noting.clock()))


@pytest.fixture
def claim(note, signing_key, settings, noting):
    """Returns a signed claim to the note's post; keywords change its content."""

    def signed(key: Ed25519PrivateKey = signing_key, **content: object) -> str:
        given = {
            "iss": "Social", "aud": settings.SITE.site_url, "sub": note.post.url,
            "exp": int((noting.clock() + timedelta(minutes=5)).timestamp()),
        }  # fmt: skip
        return jwt.encode(given | content, key, algorithm="EdDSA")

    return signed


@pytest.fixture
def author(people, sign_in, note, claim):
    """A browser of the post's author, who has proven it."""
    browser = sign_in(people.account())
    browser.post(reverse("prove", args=[note.post_id]), {"claim": claim()})
    return browser


def offered(browser) -> list[str]:
    return [item["note"]["id"] for item in browser.get("/api/v1/needs-your-help").json()]


@pytest.mark.requirement("AR-1")
def test_the_author_pastes_the_link_proves_it_and_asks(people, sign_in, note, claim) -> None:
    browser = sign_in(people.account())
    found = browser.get(reverse("review"), {"url": note.post.url + "?utm_source=mail"})
    page = reverse("author", args=[note.post_id])
    assert found.headers["Location"] == page
    assert "Request additional review" not in browser.get(page).text
    assert browser.post(reverse("prove", args=[note.post_id]), {"claim": claim()}).status_code == 302
    assert "Request additional review" in browser.get(page).text
    assert browser.post(reverse("request_review", args=[note.pk])).status_code == 302
    assert ReviewRequest.objects.get().note == note


@pytest.mark.requirement("AR-1")
@pytest.mark.parametrize("address", ["no address", "https://unknown.example.org/1"])
def test_a_link_that_is_no_noted_post_is_refused(client, address) -> None:
    answer = client.get(reverse("review"), {"url": address})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@pytest.mark.requirement("AR-1")
def test_nobody_else_can_ask(people, sign_in, note, client) -> None:
    stranger = sign_in(people.contributor_account())
    answer = stranger.post(f"/api/v1/notes/{note.pk}/reviews")
    assert (answer.status_code, answer.json()["code"]) == (403, "review.not_author")
    assert client.post(reverse("request_review", args=[note.pk])).status_code == 302
    assert not ReviewRequest.objects.exists()


@pytest.mark.requirement("AR-1")
@pytest.mark.parametrize(
    "change",
    [
        {"sub": "https://social.example.org/p/other"}, {"aud": "https://elsewhere.example"}, {"iss": "Another"},
        {"exp": 1_000_000}, {"exp": "soon"}, {"exp": []}, {"sub": "nothing"}, {"sub": 7},
        {"key": Ed25519PrivateKey.generate()},
    ],
)  # fmt: skip
def test_wrong_claims_prove_nothing(people, sign_in, note, claim, change) -> None:
    answer = sign_in(people.account()).post(reverse("prove", args=[note.post_id]), {"claim": claim(**change)})
    assert answer.status_code == 403
    assert "authorship.bad_claim" in answer.text
    assert not Authorship.objects.exists()


@pytest.mark.requirement("AR-1")
def test_a_claim_without_signature_or_expiry_proves_nothing(
    people, sign_in, note, claim, signing_key
) -> None:
    browser = sign_in(people.account())
    header, body, _ = claim().split(".")
    unsigned = jwt.encode({"sub": note.post.url}, "", algorithm="none")
    content = jwt.decode(claim(), options={"verify_signature": False})
    del content["exp"]
    endless = jwt.encode(content, signing_key, algorithm="EdDSA")
    for forged in ("x", f"{header}.{body}.", unsigned, endless):
        assert browser.post(reverse("prove", args=[note.post_id]), {"claim": forged}).status_code == 403
    assert not Authorship.objects.exists()


@pytest.mark.requirement("AR-1")
def test_a_code_on_the_page_proves_authorship_where_fetching_is_on(
    people, sign_in, note, settings, monkeypatch
) -> None:
    account = people.account()
    browser, prove = sign_in(account), reverse("prove", args=[note.post_id])
    page: list[str | None] = [None]
    monkeypatch.setattr(fetching, "page_text", lambda _url: page[0])
    assert "authorship.no_fetching" in browser.post(prove).text
    settings.SITE = settings.SITE.model_copy(update={"fetch_pages": True})
    assert "authorship.unreachable" in browser.post(prove).text
    page[0] = "<p>bridgenotes-ffffffffffffffffffff</p>"
    assert "authorship.code_missing" in browser.post(prove).text
    code = authorship.code_for(note.post, handles.handle(account, Purpose.AUTHORSHIP))
    assert code in browser.get(reverse("author", args=[note.post_id])).text
    page[0] = f"<p>{code}</p>"
    assert browser.post(prove).status_code == 302
    other = sign_in(people.account())
    assert other.post(prove).status_code == 403, "the code is one person's"


@pytest.mark.requirement("AR-2")
def test_the_note_is_offered_to_contributors_for_a_day(author, note, noting, people, sign_in) -> None:
    browser = sign_in(people.contributor_account())
    assert offered(browser) == [], "it has a status"
    author.post(reverse("request_review", args=[note.pk]))
    assert offered(browser) == [str(note.pk)]
    assert "asked for additional review" in browser.get(reverse("needs_your_help")).text
    noting.clock.advance(hours=24)
    assert offered(browser) == []


@pytest.mark.requirement("AR-3", "ST-11")
def test_nothing_is_guaranteed_and_a_lost_status_ends_the_display(
    author, note, noting, client, people, sign_in
) -> None:
    assert "does not guarantee" in author.get(reverse("author", args=[note.post_id])).text
    author.post(reverse("request_review", args=[note.pk]))
    before = client.get(f"/api/v1/notes/{note.pk}").json()
    assert client.get(f"/api/v1/posts/{note.post_id}").json()["shown"] == before, "asking changes nothing"
    noting.decide(note, CRNH)
    assert client.get(f"/api/v1/posts/{note.post_id}").json()["shown"] is None
    assert offered(sign_in(people.contributor_account())) == [], "and ends the review"


@pytest.mark.requirement("AR-4")
def test_other_notes_are_unaffected(author, note, noting, client, people, sign_in) -> None:
    other = noting.decide(noting.note(post=note.post), intercept=0.41)
    open_one = noting.note(post=note.post)
    before = [client.get(f"/api/v1/notes/{n.pk}").json() for n in (other, open_one)]
    author.post(reverse("request_review", args=[note.pk]))
    assert [client.get(f"/api/v1/notes/{n.pk}").json() for n in (other, open_one)] == before
    assert set(ReviewRequest.objects.values_list("note", flat=True)) == {note.pk}
    browser = sign_in(people.contributor_account())
    assert offered(browser) == [str(note.pk)], "the reviewed note comes first of its post"


@pytest.mark.requirement("AR-1")
def test_only_a_note_that_shows_and_once_a_week(author, note, noting) -> None:
    assert author.post(reverse("request_review", args=[note.pk])).status_code == 302
    again = author.post(f"/api/v1/notes/{note.pk}/reviews")
    assert (again.status_code, again.json()["code"]) == (429, "review.repeated")
    noting.clock.advance(days=7)
    assert author.post(f"/api/v1/notes/{note.pk}/reviews").status_code == 204
    hidden = noting.note(post=note.post)
    assert author.post(f"/api/v1/notes/{hidden.pk}/reviews").json()["code"] == "review.not_shown"


def test_authorship_names_no_contributor(people, sign_in, note, claim) -> None:
    account = people.contributor_account()
    assert identity.contributor_for(account).enrollment_state == Enrollment.NEW_USER
    sign_in(account).post(reverse("prove", args=[note.post_id]), {"claim": claim()})
    row = repr(Authorship.objects.values().get())
    assert account.pk.hex not in row
    assert identity.contributor_for(account).pk.hex not in row
