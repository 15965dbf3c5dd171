"""What only a browser shows: passkeys, accessibility, the policy against foreign code."""

from __future__ import annotations

import pytest
from django.urls import reverse

from support.browser import give_session, violations_in_both_schemes
from support.platform import code_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_pages_are_accessible_in_both_schemes(live_server, context, page, client, people) -> None:
    account = people.account(phone=None)
    waiting = people.applicant()
    member = people.contributor_account()
    visits = [
        (None, ["home", "values", "account_login", "account_signup", "account_signup_by_passkey"]),
        (account, ["join", "account", "account_change_phone", "account_email", "mfa_index"]),
        (waiting, ["join"]),
        (member, ["welcome", "settings", "team"]),
    ]
    for visitor, names in visits:
        if visitor is not None:
            give_session(context, client, visitor, live_server.url)
        for name in names:
            page.goto(live_server.url + reverse(name))
            assert violations_in_both_schemes(page) == ""


def test_an_account_by_passkey(live_server, context, page, mailoutbox) -> None:
    """Sign up and in again without any password."""
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    authenticator = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
    address = live_server.url.replace("127.0.0.1", "localhost")

    page.goto(address + reverse("account_signup_by_passkey"))
    page.get_by_label("Email").fill("grace@example.org")
    page.locator("main button[type=submit]").first.click()
    page.get_by_label("Code").fill(code_in(mailoutbox[-1].body))
    page.locator("main button[type=submit]").first.click()
    page.locator("#mfa_webauthn_signup").click()
    page.wait_for_url(address + reverse("home"))

    page.goto(address + reverse("account_logout"))
    page.locator("main button[type=submit]").click()
    page.goto(address + reverse("account_login"))
    page.locator("#passkey_login").click()
    page.wait_for_url(address + reverse("home"))
    page.locator("header summary").click()
    assert page.get_by_role("link", name="Sign out").is_visible()


def test_pages_of_notes_are_accessible_in_both_schemes(live_server, context, page, client, noting) -> None:
    helpful = noting.helpful_note(post=noting.post(author_id="ada", text="A claim"))
    note = noting.note(post=helpful.post)
    account = noting.writer_account()
    addresses = [
        reverse("new"), reverse("helpful"), reverse("find"), reverse("review"), reverse("guidance"), reverse("about"),
        reverse("post", args=[note.post_id]), reverse("note", args=[note.pk]),
        reverse("report_note", args=[note.pk]), reverse("profile", args=[note.author.alias]),
    ]  # fmt: skip
    own = [
        reverse("needs_your_help"), reverse("write", args=[note.post_id]), reverse("rate", args=[note.pk]),
        reverse("request_note", args=[note.post_id]), reverse("author", args=[note.post_id]),
    ]  # fmt: skip
    for visitor, visited in ((None, addresses), (account, [*addresses, *own])):
        if visitor is not None:
            give_session(context, client, visitor, live_server.url)
        for address in visited:
            page.goto(live_server.url + address)
            assert violations_in_both_schemes(page) == ""


def test_a_note_is_rated_in_place(live_server, context, page, client, noting, people) -> None:
    note = noting.note()
    give_session(context, client, people.contributor_account(), live_server.url)
    page.goto(live_server.url + reverse("post", args=[note.post_id]))
    page.locator(f"#note-{note.pk}").get_by_role("link", name="Rate it").click()
    form = page.locator(f"#rating-{note.pk}")
    form.get_by_label("No", exact=True).check()
    assert form.get_by_label("Incorrect information").is_visible()
    assert not form.get_by_label("Cites high-quality sources").is_visible()
    form.get_by_label("Incorrect information").check()
    form.get_by_role("button", name="Submit rating").click()
    page.get_by_text("You rated: No. Change").wait_for()
    assert page.url.endswith(reverse("post", args=[note.post_id]))
    (rating,) = note.ratings.all()
    assert (rating.level, rating.tag_names) == ("NOT_HELPFUL", ("notHelpfulIncorrect",))


def test_an_incomplete_rating_is_told_in_place(live_server, context, page, client, noting, people) -> None:
    note = noting.note()
    give_session(context, client, people.contributor_account(), live_server.url)
    page.goto(live_server.url + reverse("rate", args=[note.pk]))
    page.get_by_role("button", name="Submit rating").click()
    page.get_by_text("Say whether the note is helpful.").wait_for()
    page.get_by_label("Somewhat").check()
    page.get_by_role("button", name="Submit rating").click()
    page.get_by_text("You rated: Somewhat").wait_for()
    assert note.ratings.count() == 1
