"""What scripts add to the flows: rating without leaving the page, mistakes told in place, shortcuts, a counter.

The flows themselves are in `test_every_flow`, with and without scripts.
"""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from bridgenotes.identity import services as identity
from bridgenotes.notes.models import Note, Rating
from support.browser import PHONE, give_session, overflow, violations

pytestmark = pytest.mark.django_db(transaction=True)


def is_fine(page: Page) -> bool:
    """Say that a page is accessible and does not scroll sideways; fail with what is wrong."""
    assert overflow(page) == []
    assert violations(page) == ""
    return True


def test_a_newcomer_joins_and_rates_on_a_phone(
    live_server, open_context, watch, client, people, noting
) -> None:
    """From the alias to three ratings, and to why a note is shown; then one more with keys alone."""
    account = people.applicant()
    identity.admit(account.application, now=people.clock())
    for _ in range(4):
        noting.note(post=noting.post(text="A claim", author_id=str(_)))
    noting.helpful_note()
    phone = open_context(**PHONE)
    page = watch(phone.new_page())
    page.goto(live_server.url + reverse("join"))
    assert is_fine(page)
    give_session(phone, client, account, live_server.url)
    page.goto(live_server.url)
    page.get_by_role("link", name="Choose your alias").tap()
    page.get_by_role("button", name="Take this alias").wait_for()
    assert is_fine(page)
    page.locator(".aliases label").nth(2).tap()
    page.get_by_role("button", name="Take this alias").tap()
    page.get_by_role("link", name="Rate your first note").tap()
    page.get_by_text("Note 1 of your first 3.").wait_for()
    assert is_fine(page)
    for left in (3, 2):
        page.get_by_text("Somewhat", exact=True).tap()
        page.get_by_role("button", name="Submit and go on").tap()
        page.get_by_text(re.compile(rf"^{left} notes? wait")).wait_for()
    assert page.url == live_server.url + reverse("needs_your_help"), "the page was not left"

    page.wait_for_function("document.activeElement !== document.body")  # the focus has come to the new note
    page.keyboard.press("3")
    expect(page.get_by_label("No", exact=True)).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_text("Your first 3 notes are rated.").wait_for()
    assert is_fine(page)
    page.get_by_text("Keyboard shortcuts").tap()
    page.get_by_label("Use shortcuts on this page").uncheck()
    page.keyboard.press("1")
    expect(page.get_by_label("Yes", exact=True)).not_to_be_checked()
    assert sorted(Rating.objects.values_list("level", flat=True)) == [
        "NOT_HELPFUL", "SOMEWHAT_HELPFUL", "SOMEWHAT_HELPFUL",
    ]  # fmt: skip
    page.get_by_role("link", name="See notes that made it").tap()
    page.get_by_role("link", name="Why is this one shown?").tap()
    page.get_by_role("heading", name="Why this status?").wait_for()


def test_a_note_is_written_with_keys_alone(live_server, context, page, client, noting) -> None:
    give_session(context, client, noting.writer_account(), live_server.url)
    post = noting.post(text="A claim")
    page.goto(live_server.url + reverse("write", args=[post.pk]))
    assert is_fine(page)
    page.get_by_label("Misinformed or potentially misleading").focus()
    for key in ("Space", "Tab", "Space"):
        page.keyboard.press(key)
    page.get_by_label("Your note").focus()
    page.keyboard.type("1, 2, 3: not so. https://audit.example.org/a/long/page.")
    expect(page.get_by_text("Characters left: 261")).to_be_visible()
    expect(page.locator("#preview")).to_contain_text("19 of 280 characters")
    page.get_by_role("button", name="Publish").press("Enter")
    expect(page.locator("#id_trustworthy_sources_error")).to_be_visible()
    assert page.url.endswith(reverse("write", args=[post.pk])), "mistakes are told in place"
    assert is_fine(page)
    page.get_by_role("group", name=re.compile("Did you link")).get_by_label("Yes").press("Space")
    page.get_by_role("button", name="Publish").press("Enter")
    page.wait_for_url("**" + reverse("note", args=["1"]).replace("1", "*"))
    page.get_by_text("Your note is published.").wait_for()
    assert Note.objects.get().reasons == ["misleadingFactualError"]
