"""Every flow of the site, written once and gone through by keys alone on a desktop and by touch on a phone.

The desktop has scripts and the phone has none; the slow checks change that about.
"""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from bridgenotes.contributors.models import NotificationFrequency
from bridgenotes.domain.guardrails import Remedy
from bridgenotes.domain.notifications import Kind, Notice
from bridgenotes.guardrails import queries as guardrails
from bridgenotes.identity import handles
from bridgenotes.identity import services as identity
from bridgenotes.identity.handles import Purpose
from bridgenotes.moderation.models import AuditEntry, Report, StaffNotice
from bridgenotes.notes.models import Note, NoteRequest, Rating, ReaderFeedback, ReviewRequest
from bridgenotes.notes.services import requesting
from bridgenotes.notes.services.requesting import RequestForm
from bridgenotes.notifications.services.notices import tell
from bridgenotes.posts.models import Authorship
from bridgenotes.runs import models as runs
from support.browser import PHONE
from support.hands import Hand, Keys, Touch
from support.platform import code_in

pytestmark = pytest.mark.django_db(transaction=True)

DESKTOP = {"viewport": {"width": 1100, "height": 720}}
ZOOMED = {"viewport": {"width": 360, "height": 640}}
"""A desktop's window at four times the size of letters."""
PLAIN = {"java_script_enabled": False}
WAYS = [
    pytest.param((Keys, DESKTOP), id="keys"),
    pytest.param((Touch, PHONE | PLAIN), id="phone-plain"),
    pytest.param((Keys, ZOOMED | PLAIN), id="keys-zoomed-plain", marks=pytest.mark.slow),
    pytest.param((Touch, PHONE), id="phone", marks=pytest.mark.slow),
]


@pytest.fixture(params=WAYS)
def hand(request, live_server, open_context, watch, client) -> Hand:
    """Somebody at a browser."""
    kind, options = request.param
    profile = open_context(**options)
    return kind(profile, watch(profile.new_page()), live_server.url, client)


def staff(people, *rights: str):
    """Return an account of staff with rights."""
    account = people.account()
    account.is_staff = True
    account.save()
    account.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return account


# --- readers ---


def test_a_reader_looks_at_notes_and_says_whether_one_helps(hand, noting) -> None:
    shown = noting.helpful_note(
        post=noting.post(author_id="ada", text="The bridge cost three times as much.")
    )
    noting.note(post=shown.post)
    hand.goto()
    hand.press(hand.link("New"))
    hand.sees("2 notes")
    hand.press(hand.link("Rated Helpful"))
    hand.sees("Readers added context")
    hand.press(hand.link("2 notes"))
    hand.sees("All notes")
    hand.press(hand.button("Somewhat"))
    hand.sees("Thank you for your feedback.")
    assert ReaderFeedback.objects.get().level == "SOMEWHAT_HELPFUL"
    hand.press(hand.link("Why is this one shown?"))
    hand.sees("Why this status?")
    hand.press(hand.link(shown.author.alias))
    hand.sees("Notes that earned Helpful")


def test_notes_are_searched(hand, noting) -> None:
    found = noting.note(text="Trams pay for themselves: https://source.example.org/a")
    noting.decide(noting.note(text="A tram that came true: https://source.example.org/b"))
    hand.goto(reverse("search") if hand.is_narrow else "/")
    box = hand.page.get_by_role("searchbox").locator("visible=true").first
    hand.write(box, "trams", enter=True)
    hand.sees("Trams pay for themselves")
    hand.pick(hand.field("Status"), "Helpful")
    hand.press(hand.button("Search"))
    hand.sees("No note holds these words")
    hand.write(hand.page.locator("main").get_by_role("searchbox"), found.post.url)
    hand.press(hand.button("Search"))
    hand.sees("Notes on a post")


# --- contributors ---


def test_somebody_signs_up_applies_and_is_let_in(hand, noting, people, mailoutbox) -> None:
    hand.goto(reverse("join"))
    hand.press(hand.link("Make an account"))
    hand.sees("Already have an account?")
    hand.write(hand.field("Email"), "grace@example.org")
    hand.write(hand.field("Password"), "long enough for anybody")
    hand.press(hand.button("Sign Up"))
    hand.sees("Code")
    hand.write(hand.field("Code"), code_in(mailoutbox[-1].body))
    hand.press(hand.button("Confirm"))
    hand.sees("You have an account.")

    account = people.account()
    hand.become(account)
    hand.goto(reverse("join"))
    for promise in (
        "build understanding",
        "good faith",
        "helpful, even to",
        "public under my alias",
        "agree to the rules",
    ):
        hand.press(hand.field(promise))
    hand.press(hand.button("Apply"))
    hand.sees("You are on the waitlist")
    account.refresh_from_db()
    identity.admit(account.application, now=people.clock())
    note = noting.note()
    hand.goto()
    hand.press(hand.link("Choose your alias"))
    hand.sees("Nothing public links it to your account.")
    hand.press(hand.page.get_by_role("radio").nth(2))
    hand.press(hand.button("Take this alias"))
    hand.sees("Done: you are")
    hand.press(hand.link("Rate your first note"))
    hand.sees("Note 1 of your first 3.")
    hand.press(hand.answer("Is this note helpful?", "Yes"))
    hand.press(hand.answer("What was helpful about it?", "Easy to understand"))
    hand.press(hand.button("Submit and go on"))
    hand.sees("Thank you.")
    assert Rating.objects.get(note=note).tag_names == ("helpfulClear",)


def test_notes_that_need_help_are_rated_one_after_the_other(hand, noting, people) -> None:
    for text in ("One claims so: https://a.example.org", "Another claims so: https://b.example.org"):
        noting.note(text=text)
        noting.clock.advance(minutes=1)
    hand.become(people.contributor_account())
    hand.goto()
    hand.sees("2 notes wait for you")
    first = hand.page.locator("[data-note]").first.get_attribute("data-note")
    hand.press(hand.link("Not now, next"))
    hand.sees(
        "Another claims so" if first == str(Note.objects.earliest("created_at").pk) else "One claims so"
    )
    hand.press(hand.answer("Is this note helpful?", "No"))
    hand.press(hand.answer("What was unhelpful about it?", "Incorrect information"))
    hand.press(hand.button("Submit and go on"))
    hand.sees("1 note waits for you")
    hand.press(hand.answer("Is this note helpful?", "Somewhat"))
    hand.press(hand.button("Submit and go on"))
    hand.sees("Nothing needs your help right now.")
    assert sorted(Rating.objects.values_list("level", flat=True)) == ["NOT_HELPFUL", "SOMEWHAT_HELPFUL"]


def test_a_note_on_a_post_is_rated_and_the_rating_changed(hand, noting, people) -> None:
    note = noting.note(post=noting.post(text="A claim"))
    hand.become(people.contributor_account())
    hand.goto(reverse("post", args=[note.post_id]))
    hand.press(hand.link("Rate it"))
    hand.sees("Is this note helpful?")
    hand.press(hand.answer("Is this note helpful?", "Yes"))
    hand.press(hand.button("Submit rating"))
    hand.sees("You rated: Yes")
    hand.goto(reverse("note", args=[note.pk]))
    hand.press(hand.answer("Is this note helpful?", "No"))
    hand.press(hand.button("Save"))
    hand.sees("You rated: No")
    assert Rating.objects.get().level == "NOT_HELPFUL"


def test_a_note_is_written_looked_at_and_deleted(hand, noting) -> None:
    post = noting.post(text="A claim")
    hand.become(noting.writer_account())
    hand.goto(reverse("post", args=[post.pk]))
    hand.press(hand.link("Write a note"))
    hand.sees("Write for the person who doubts it")
    hand.press(hand.answer("Given current evidence", "Misinformed or potentially misleading"))
    hand.press(hand.answer("Why is it misleading?", "It contains a factual error"))
    hand.press(hand.answer("Did you link", "Yes"))
    hand.write(hand.field("Your note:"), "It is 52 million. https://audit.example.org/a/long/page")
    hand.press(hand.button("Preview"))
    hand.sees("19 of 280 characters")
    hand.press(hand.button("Publish"))
    hand.sees("Your note is published.")
    assert Note.objects.get().reasons == ["misleadingFactualError"]
    hand.press(hand.page.locator("main summary[aria-label='More about this note']").first)
    hand.press(hand.link("Delete"))
    hand.sees("Delete this note?")
    hand.press(hand.button("Delete"))
    hand.sees("Your note is deleted.")


def test_a_contributor_looks_after_profile_notices_and_settings(hand, noting, people) -> None:
    account, note = people.contributor_account(), noting.note()
    own = identity.contributor_for(account)
    tell([Notice(Kind.RATE_NOTE, str(own.pk), str(note.pk), "1")], now=noting.clock())
    hand.become(account)
    hand.goto()
    if hand.is_narrow:
        hand.press(hand.link("Profile", within=".site-nav"))
    else:
        hand.press(hand.page.locator(".account summary"))
        hand.press(hand.link(own.alias, within="header"))
    hand.sees("Rating impact")
    hand.press(hand.link("Alerts (1 new)", within=".site-nav"))
    hand.sees("1 new alert")
    hand.press(hand.button("Mark all as read"))
    hand.page.locator(".news").wait_for(state="detached")
    hand.press(hand.link("Choose how often you are asked"))
    hand.sees("Being asked")
    hand.press(hand.answer("How often may we ask", "Never"))
    hand.press(hand.button("Save"))
    hand.sees("Saved")
    own.refresh_from_db()
    assert own.notification_frequency == NotificationFrequency.NEVER
    hand.pick(hand.field("Language of the site"), "Deutsch")
    hand.press(hand.button("Change language"))
    hand.sees("Einstellungen")
    hand.pick(hand.field("Sprache der Website"), "English")
    hand.press(hand.button("Sprache ändern"))
    hand.sees("Being asked")
    hand.press(hand.button("Leave"))
    hand.sees("You have left.")
    hand.press(hand.button("Rejoin"))
    hand.sees("Rating impact")


def test_a_top_writer_answers_a_request(hand, noting) -> None:
    account = noting.writer_account()
    noting.impact(identity.contributor_for(account), notes_helpful=10)
    post = noting.post(text="A claim", published_at=noting.clock())
    words = RequestForm(source="https://source.example.org/a", suggestion="Is the number right?")
    for n in range(4):
        requesting.request_note(f"somebody {n}", post, words, now=noting.clock(), has_verified_phone=True)
    hand.become(account)
    hand.goto()
    hand.press(hand.link("Requests"))
    hand.sees("Is the number right?")
    hand.press(hand.link("Write a note"))
    hand.sees("Write for the person who doubts it")


# --- authors and everybody ---


def test_an_author_asks_for_review_and_reports(hand, noting, people) -> None:
    note, account = noting.helpful_note(post=noting.post(text="A claim")), people.account()
    claimant = handles.handle(account, Purpose.AUTHORSHIP)
    Authorship.objects.create(
        post=note.post, claimant=claimant, method="claim", proven_on=noting.clock().date()
    )
    hand.become(account)
    hand.goto(reverse("review"))
    hand.write(hand.field("Address of the post"), note.post.url)
    hand.press(hand.button("Go on"))
    hand.sees("A note is on your post")
    hand.press(hand.button("Request additional review"))
    hand.sees("Contributors are asked to rate the note now.")
    assert ReviewRequest.objects.count() == 1
    hand.press(hand.link("Report the note"))
    hand.sees("Which rule is broken?")
    hand.press(hand.answer("Which rule is broken?", "Spam"))
    hand.write(hand.field("What should we know?"), "It advertises.")
    hand.press(hand.button("Report"))
    hand.sees("Our staff will look at it")
    assert Report.objects.get().text == "It advertises."


def test_anybody_asks_for_a_note(hand, noting, people) -> None:
    post = noting.post(text="A claim")
    hand.become(people.account())
    hand.goto(reverse("post", args=[post.pk]))
    hand.press(hand.link("Request a note"))
    hand.sees("Top writers see the request")
    hand.write(hand.field("A link that helps"), "https://source.example.org/a")
    hand.write(hand.field("What should a note explain?"), "Is the number right?")
    hand.press(hand.button("Request"))
    hand.sees("Thank you. Writers see requests once enough people ask.")
    asked = NoteRequest.objects.get()
    assert (asked.source_url, asked.suggestion) == ("https://source.example.org/a", "Is the number right?")


# --- staff ---


def test_a_moderator_decides_and_opens_a_case(hand, noting, people, client) -> None:
    note = noting.note()
    client.post(reverse("report_note", args=[note.pk]), {"ground": "spam", "text": "Look"})
    hand.become(staff(people, "change_report"))
    hand.goto(reverse("staff_reports"))
    hand.press(hand.link("Spam"))
    hand.sees("The reporter says:")
    hand.press(hand.answer("Measures", "Warn the contributor"))
    hand.write(hand.field("Reason, for the record"), "Advertising")
    hand.press(hand.button("Decide"))
    hand.sees("Decided and recorded.")
    assert StaffNotice.objects.filter(contributor=note.author).exists()
    hand.press(hand.link("Decided reports"))
    hand.sees("Spam")
    hand.press(hand.link(note.author.alias))
    hand.sees("What they were told")
    hand.press(hand.link("Open a case"))
    hand.sees("Which rule is broken?")
    hand.press(hand.answer("Which rule is broken?", "Harassment or insults"))
    hand.press(hand.button("Report"))
    hand.sees("Our staff will look at it")
    hand.goto(reverse("staff_reports"))
    hand.press(hand.link("Log"))
    hand.sees("warned a contributor")
    assert AuditEntry.objects.filter(action="warn").count() == 1


def test_an_operator_looks_after_runs_and_guardrails(hand, noting, people) -> None:
    now = noting.clock()
    held = runs.ScoringRun.objects.create(
        kind=runs.Kind.FINAL, state=runs.State.HELD, started_at=now, heartbeat_at=now, rating_cutoff_at=now,
        message="Too many statuses would change.", figures={"seconds": {"export": 1.5}, "rows": {"ratings": 12}},
    )  # fmt: skip
    hand.become(staff(people, "add_permit", "add_remedychange"))
    hand.goto(reverse("staff_runs"))
    hand.sees("Worker last seen")
    hand.press(hand.page.locator("main table a").first)
    hand.sees("Let the next run through")
    hand.write(hand.field("Why, for the record"), "The new host brought them.")
    hand.press(hand.button("Let the next run through"))
    hand.sees("The next run may change as many statuses as it finds.")
    assert held.permit.reason == "The new host brought them."
    hand.press(hand.link("Guardrails"))
    hand.sees("Normal service")
    hand.press(hand.answer("What is in force", "New notes get no status"))
    hand.write(hand.field("Why, for the record"), "We look into it.")
    hand.press(hand.button("Put in force"))
    hand.sees("Done and recorded.")
    assert guardrails.guard().remedy == Remedy.SCORING_PAUSED
    hand.pick(hand.page.get_by_label("Measure", exact=True), "Informativeness, by surveys")
    hand.write(hand.field("Value"), "0.8")
    hand.write(hand.field("Over how many cases"), "400")
    hand.press(hand.button("Enter a measure"))
    hand.sees("Informativeness, by surveys")


# --- the keys themselves ---


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<button id=a>Other</button><button id=x>Go</button>", ""),
        ("<button>One</button><button>Two</button><span id=x role=button>Go</span>", "out of reach"),
        ("<button id=a onkeydown='event.preventDefault()'>Trap</button><button id=x>Go</button>", "stays at"),
        ("<style>button { outline: none }</style><button id=x>Go</button>", "has no ring"),
        ("<div style='position: fixed; inset: 0'></div><button id=x>Go</button>", "is beneath"),
        ("<button id=x style='position: absolute; left: -100px; width: 50px'>Go</button>", "off the screen"),
        ("<label><input type=radio name=r>A</label><label><input type=radio name=r id=x>B</label>", ""),
    ],
)
def test_keys_tell_what_they_cannot_reach_or_see(context, live_server, client, body, told) -> None:
    hand = Keys(context, context.new_page(), live_server.url, client)
    hand.page.set_content(body)
    wanted = hand.page.locator("#x")
    if told:
        with pytest.raises(AssertionError, match=told):
            hand.press(wanted)
    else:
        hand.press(wanted)
