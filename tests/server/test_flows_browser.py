"""The flows in a browser: on a phone and a desktop, by keys alone, with and without scripts."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from playwright.sync_api import Page, expect

from bridgenotes.identity import handles
from bridgenotes.identity import services as identity
from bridgenotes.identity.handles import Purpose
from bridgenotes.notes.models import Note, NoteRequest, Rating, ReaderFeedback, ReviewRequest
from bridgenotes.posts.models import Authorship
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


def test_everything_goes_without_scripts(live_server, open_context, client, people, noting) -> None:
    """Alias, rating, writing with its preview, requesting, reporting, answering: by plain forms."""
    plain = open_context(java_script_enabled=False)
    page = plain.new_page()
    note = noting.helpful_note(post=noting.post(text="A claim"))
    open_one = noting.note()
    page.goto(live_server.url + reverse("post", args=[note.post_id]))
    page.get_by_role("button", name="Somewhat").click()
    assert ReaderFeedback.objects.get().level == "SOMEWHAT_HELPFUL"

    account = people.applicant()
    identity.admit(account.application, now=people.clock())
    give_session(plain, client, account, live_server.url)
    page.goto(live_server.url + reverse("alias"))
    page.locator(".aliases label").first.click()
    page.get_by_role("button", name="Take this alias").click()
    page.get_by_role("link", name="Rate your first note").click()
    page.get_by_text("Yes", exact=True).click()
    page.get_by_label("Easy to understand").check()
    page.get_by_role("button", name="Submit and go on").click()
    assert page.get_by_text("Thank you.").is_visible()
    assert Rating.objects.get(note=open_one).tag_names == ("helpfulClear",)
    page.goto(live_server.url + reverse("request_note", args=[open_one.post_id]))
    page.get_by_label("What should a note explain?").fill("Is the number right?")
    page.get_by_role("button", name="Request").click()
    assert NoteRequest.objects.get().suggestion == "Is the number right?"
    page.goto(live_server.url + reverse("report_note", args=[note.pk]))
    page.get_by_label("Spam").check()
    page.locator("main").get_by_role("button", name="Report").click()
    assert page.get_by_text("Our staff will look at it").is_visible()

    give_session(plain, client, noting.writer_account(), live_server.url)
    page.goto(live_server.url + reverse("write", args=[open_one.post_id]))
    page.get_by_label("Not misleading").check()
    page.get_by_label("It expresses a personal opinion").check()
    page.get_by_role("group", name=re.compile("Did you link")).get_by_label("No").check()
    page.get_by_label("Your note").fill("Only an opinion.")
    page.get_by_role("button", name="Preview").click()
    assert page.get_by_text("16 of 280 characters").is_visible()
    page.get_by_role("button", name="Publish").click()
    assert page.get_by_text("Your note is published.").is_visible()


def test_an_author_and_a_reader_on_a_phone(live_server, open_context, watch, client, people, noting) -> None:
    note, account = noting.helpful_note(post=noting.post(text="A claim")), people.account()
    claimant = handles.handle(account, Purpose.AUTHORSHIP)
    Authorship.objects.create(
        post=note.post, claimant=claimant, method="claim", proven_on=noting.clock().date()
    )
    phone = open_context(**PHONE)
    page = watch(phone.new_page())
    page.goto(live_server.url + reverse("review"))
    assert is_fine(page)
    page.goto(live_server.url + reverse("post", args=[note.post_id]))
    page.get_by_role("button", name="Yes").tap()
    page.get_by_text("Thank you for your feedback.").wait_for()
    give_session(phone, client, account, live_server.url)
    page.goto(live_server.url + reverse("author", args=[note.post_id]))
    assert is_fine(page)
    page.get_by_role("button", name="Request additional review").tap()
    page.get_by_text("Contributors are asked to rate the note now.").wait_for()
    assert ReviewRequest.objects.count() == 1
    page.goto(live_server.url + reverse("request_note", args=[note.post_id]))
    assert is_fine(page)
    give_session(phone, client, people.contributor_account(), live_server.url)
    for name in ("settings", "notices"):
        page.goto(live_server.url + reverse(name))
        assert is_fine(page)


def test_staff_at_work(live_server, open_context, watch, client, people, noting) -> None:
    """A moderator decides a report, an operator looks after the site; each page on a phone, too."""
    note, account = noting.note(), people.account()
    account.is_staff = True
    account.save()
    wanted = ("change_report", "add_permit", "add_remedychange")
    account.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    client.post(reverse("report_note", args=[note.pk]), {"ground": "spam"})
    phone = open_context(**PHONE)
    page = watch(phone.new_page())
    give_session(phone, client, account, live_server.url)
    page.goto(live_server.url + reverse("staff_reports"))
    assert is_fine(page)
    page.get_by_role("link", name="Spam").tap()
    page.get_by_role("button", name="Decide").wait_for()
    assert is_fine(page)
    page.get_by_label("Take the note down").check()
    page.get_by_label("Reason, for the record").fill("Advertising")
    page.get_by_role("button", name="Decide").tap()
    page.get_by_text("Decided and recorded.").wait_for()
    page.goto(live_server.url + reverse("staff_contributor", args=[note.author.alias]))
    assert page.get_by_text("taken down").first.is_visible()
    assert is_fine(page)
    for name in ("staff_log", "staff_runs", "staff_guard"):
        page.goto(live_server.url + reverse(name))
        assert is_fine(page)
    page.get_by_label("New notes get no status").check()
    page.get_by_label("Why, for the record").fill("We look into it.")
    page.get_by_role("button", name="Put in force").tap()
    page.get_by_role("heading", name="New notes get no status").wait_for()
