"""What people come to do, by plain forms and by forms that answer in place."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from bridgenotes.data.vocabulary import NOT_MISLEADING
from bridgenotes.domain.config import PlatformRules
from bridgenotes.domain.notifications import Kind, Notice
from bridgenotes.identity import handles
from bridgenotes.identity import services as identity
from bridgenotes.identity.handles import Purpose
from bridgenotes.notes.models import Note
from bridgenotes.notifications.services.notices import tell
from bridgenotes.posts.models import Authorship

IN_PLACE = {"HX-Request": "true"}
WORDS = {
    "classification": "MISINFORMED_OR_POTENTIALLY_MISLEADING",
    "misleading_reasons": "misleadingFactualError",
    "trustworthy_sources": "yes",
    "text": "The audit says 52 million: https://audit.example.org/page/12",
}
CASE = "moderation.change_report"


@pytest.fixture
def member(people):
    """The account of a contributor."""
    return people.contributor_account()


@pytest.fixture
def staff(people, sign_in):
    """Returns the browser of somebody of the staff who may do these things."""

    def browser(*permissions: str):
        account = people.account()
        account.is_staff = True
        account.save()
        codes = [permission.partition(".")[2] for permission in permissions]
        account.user_permissions.set(Permission.objects.filter(codename__in=codes))
        return sign_in(account)

    return browser


def asked(page: str) -> list[str]:
    """Return the notes of the queue in order."""
    return re.findall(r'data-note="(\d+)"', page)


# --- joining ---


def test_the_way_in_is_visible_from_the_first_page(client, people, sign_in, settings) -> None:
    page = client.get(reverse("join")).text
    assert page.index("Make an account") < page.index("Choose an alias") < page.index("first three notes")
    assert 'aria-current="step"' in page
    browser = sign_in(people.account(phone=None))
    assert reverse("join") in browser.get("/").text, "the front page says what comes next"
    page = browser.get(reverse("join")).text
    assert reverse("account_change_phone") in page, "and every check what to do"
    admitted = people.applicant()
    identity.admit(admitted.application, now=people.clock())
    browser = sign_in(admitted)
    assert "You are in!" in browser.get("/").text
    refused = browser.get(reverse("needs_your_help"))
    assert refused.status_code == 403
    assert reverse("alias") in refused.text, "a page that is closed leads to the one that opens it"


def test_the_welcome_counts_first_ratings(member, noting, sign_in) -> None:
    browser = sign_in(member)
    for given in range(4):
        page = browser.get(reverse("welcome")).text
        told = f"You have rated {given} of your first 3 notes." if given < 3 else "You have rated 3 notes."
        assert told in page
        if given < 3:
            noting.rate(noting.note(), rater=identity.contributor_for(member))


# --- Needs Your Help ---


def test_the_queue_goes_on_without_a_script(member, noting, sign_in) -> None:
    for _ in range(3):
        noting.note()
        noting.clock.advance(minutes=1)
    browser = sign_in(member)
    first, second, third = asked(browser.get("/").text)
    page = browser.post(reverse("rate_next", args=[first]), {"level": "HELPFUL"}, follow=True)
    assert asked(page.text) == [second, third]
    assert "Thank you" in page.text
    page = browser.get(reverse("needs_your_help"), {"skip": second}).text
    assert asked(page) == [third, second], "what is put off comes again at the end"
    page = browser.post(
        reverse("rate_next", args=[third]), {"level": "NOT_HELPFUL", "skip": second}, follow=True
    )
    assert page.redirect_chain[-1][0].endswith(f"?skip={second}")
    assert asked(page.text) == [second]


def test_posts_in_languages_one_reads_come_first(member, noting, sign_in) -> None:
    """Nobody is kept from a note, but a newcomer does not begin with a language of somebody else."""
    told = {"text": "Una afirmación", "author_id": "ada"}
    notes = {}
    for language in ("", "ja", "en", "es-MX", "fr"):
        notes[language] = str(noting.note(post=noting.post(language=language, **told)).pk)
        noting.clock.advance(minutes=1)
    browser, foreign = sign_in(member), {notes["ja"], notes["fr"]}
    english = asked(browser.get("/", headers={"Accept-Language": "en-GB,es;q=0.5"}).text)
    assert set(english[-2:]) == foreign
    assert set(english) == set(notes.values())
    japanese = asked(browser.get("/", headers={"Accept-Language": "ja"}).text)
    assert japanese.index(notes["ja"]) < min(japanese.index(notes["fr"]), japanese.index(notes["es-MX"]))


def test_the_queue_goes_on_in_place(member, noting, sign_in) -> None:
    notes = [noting.note(), noting.note()]
    browser = sign_in(member)
    first, second = asked(browser.get("/").text)
    page = browser.post(reverse("rate_next", args=[first]), {"level": "SOMEWHAT_HELPFUL"}, headers=IN_PLACE)
    assert "<html" not in page.text
    assert asked(page.text) == [second]
    page = browser.post(reverse("rate_next", args=[second]), {}, headers=IN_PLACE)
    assert page.status_code == 422
    assert "Say whether the note is helpful." in page.text
    assert asked(page.text) == [second]
    page = browser.get(reverse("needs_your_help"), {"skip": second}, headers=IN_PLACE)
    assert asked(page.text) == [second], "the last one stays"
    browser.post(reverse("rate_next", args=[second]), {"level": "HELPFUL"}, headers=IN_PLACE)
    assert {note.ratings.count() for note in notes} == {1}
    assert "Nothing needs your help right now" in browser.get("/").text


def test_the_queue_costs_the_same_however_long_it_is(
    member, noting, sign_in, django_assert_max_num_queries
) -> None:
    browser = sign_in(member)
    for number in range(6):
        noting.note(post=noting.post(text="A claim", author_id=f"author {number}"))
    with django_assert_max_num_queries(16):
        assert len(asked(browser.get("/").text)) == 6


@pytest.mark.parametrize(
    "query", ["skip=x", "skip=²", "skip=9999999999999999999999&note=y", "note=", "skip="]
)
def test_the_queue_bears_any_address(member, noting, sign_in, query) -> None:
    note = noting.note()
    page = sign_in(member).get(f"{reverse('needs_your_help')}?{query}")
    assert asked(page.text) == [str(note.pk)]


def test_a_note_decided_meanwhile_can_still_be_rated_from_the_queue(member, noting, sign_in) -> None:
    note = noting.helpful_note()
    page = sign_in(member).post(reverse("rate_next", args=[note.pk]), {})
    assert (page.status_code, asked(page.text)) == (422, [str(note.pk)])


@pytest.mark.requirement("PP-3", "WA-1")
def test_progress_tells_exact_numbers(member, noting, sign_in) -> None:
    me = identity.contributor_for(member)
    noting.impact(me, helped_helpful=4, against_helpful=1)
    for _ in range(3):
        noting.rate(noting.note(), rater=me)
    noting.decide(Note.objects.earliest("created_at"))
    noting.note()
    page = sign_in(member).get("/").text
    assert "2 more until you can write notes" in page
    assert "rating impact 3 of 5" in page
    assert "You have rated 3 notes; 2 of them wait for a status." in " ".join(page.split())
    assert '<progress aria-label="Rating impact" max="5" value="3">' in page


def test_a_limit_reached_is_told_in_place(member, noting, sign_in, settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"rate_note": "1/m/user"}
    note, browser = noting.note(), sign_in(member)
    address = reverse("rate_next", args=[note.pk])
    browser.post(address, {"level": "HELPFUL"}, headers=IN_PLACE)
    page = browser.post(address, {"level": "HELPFUL"}, headers=IN_PLACE)
    assert page.status_code == 429
    assert page.text.lstrip().startswith('<div class="message problem">')


# --- writing ---


@pytest.mark.requirement("WF-8", "WL-6")
def test_a_preview_shows_the_note_and_keeps_nothing(noting, sign_in) -> None:
    browser, post = sign_in(noting.writer_account()), noting.post(author_id="ada")
    address = reverse("preview", args=[post.pk])
    part = browser.post(address, WORDS, headers={**IN_PLACE, "HX-Target": "preview"}).text
    assert "28 of 280 characters" in part
    assert "<form" not in part
    page = browser.post(address, WORDS | {"text": "No source"}).text
    assert "The note links to no source." in page
    assert "No source</textarea>" in page, "the form keeps its words"
    raters = browser.post(address, WORDS | {"classification": NOT_MISLEADING}).text
    assert "shown to raters only" in raters
    assert not Note.objects.exists()


def test_a_note_is_written_in_place(noting, sign_in) -> None:
    browser, post = sign_in(noting.writer_account()), noting.post()
    address = reverse("write", args=[post.pk])
    refused = browser.post(address, WORDS | {"text": "x" * 300}, headers=IN_PLACE)
    assert refused.status_code == 422
    assert "<html" not in refused.text
    assert re.search(r'class="error" id="id_text_error">The note is 20 characters too long', refused.text)
    page = browser.post(address, WORDS, headers=IN_PLACE)
    assert page.headers["HX-Redirect"] == reverse("note", args=[Note.objects.get().pk])


@pytest.mark.requirement("WL-2", "WL-6")
def test_a_used_up_limit_says_when_the_next_note_is_possible(noting, sign_in) -> None:
    account = noting.writer_account()
    noting.impact(identity.contributor_for(account), notes_not_helpful=1)
    noting.note(author=identity.contributor_for(account))
    page = sign_in(account).get(reverse("write", args=[noting.post().pk])).text
    assert re.search(r"Your next note is possible from [^<]*2026[^<]*12:00 UTC", page)
    assert "<button disabled>Publish</button>" in page


def test_who_may_not_write_yet_is_led_to_rating(member, noting, sign_in) -> None:
    page = sign_in(member).get(reverse("write", args=[noting.post().pk]))
    assert page.status_code == 403
    assert "5 more" in page.text
    assert reverse("needs_your_help") in page.text


# --- profile, notices, settings ---


@pytest.mark.requirement("PP-2")
def test_the_lines_of_an_impact_add_up(noting, contributor, client) -> None:
    counts = {"helped_helpful": 9, "helped_not_helpful": 4, "against_helpful": 2, "against_not_helpful": 3}
    noting.impact(contributor, notes_helpful=1200, notes_not_helpful=30, **counts)
    page = client.get(reverse("profile", args=[contributor.alias])).text
    lines = re.findall("<dd>([+\N{MINUS SIGN}]?[0-9,]+)</dd>", page)
    numbers = [int(line.replace("\N{MINUS SIGN}", "-").replace(",", "")) for line in lines]
    assert numbers[:3] == [1200, -30, 1170]
    assert numbers[3:8] == [9, 4, -2, -6, 5]
    assert sum(numbers[3:7]) == numbers[7] == contributor.impact.rating.total


@pytest.mark.requirement("NO-1", "NO-3")
def test_a_notice_names_its_note_and_post_and_leads_there(member, noting, sign_in) -> None:
    me = identity.contributor_for(member)
    note = noting.note(post=noting.post(text="The bridge cost three times more", author_name="Ada"))
    for kind in (Kind.RATE_NOTE, Kind.RATED_NOTE_STATUS):
        params = {"before": "NEEDS_MORE_RATINGS", "after": "CURRENTLY_RATED_HELPFUL"}
        tell([Notice(kind, str(me.pk), str(note.pk), "x", params)], now=noting.clock())
    page = sign_in(member).get(reverse("notices")).text
    for words in ("The bridge cost three times more", "The source says otherwise", "2 new alerts"):
        assert words in page
    for name in ("rate", "note"):
        assert f'href="{reverse(name, args=[note.pk])}"' in page
    assert f'href="{reverse("post", args=[note.post_id])}"' in page


def test_the_language_of_the_site_is_a_choice(member, sign_in) -> None:
    browser = sign_in(member)
    page = browser.get(reverse("settings")).text
    for name in ("English", "Español", "Français", "Deutsch", "Português", "日本語"):
        assert name in page
    browser.post(reverse("set_language"), {"language": "de", "next": reverse("settings")})
    assert '<html lang="de"' in browser.get(reverse("settings")).text


# --- asking, authors ---


@pytest.mark.requirement("RQ-1", "RQ-2")
def test_who_asks_for_a_note_sees_what_is_left(people, noting, sign_in) -> None:
    post, other = noting.post(), noting.post()
    browser = sign_in(people.account())
    assert "You can request 5 more notes" in browser.get(reverse("request_note", args=[post.pk])).text
    given = {"source": "https://source.example.org", "suggestion": "The number is wrong."}
    assert browser.post(reverse("request_note", args=[post.pk]), given).status_code == 302
    assert "You have already requested" in browser.get(reverse("request_note", args=[post.pk])).text
    assert "You can request 4 more notes" in browser.get(reverse("request_note", args=[other.pk])).text
    page = sign_in(people.account(phone=None)).get(reverse("request_note", args=[post.pk])).text
    assert reverse("account_change_phone") in page
    assert "<button disabled>Request</button>" in page


@pytest.mark.requirement("AR-1", "AR-3")
def test_an_author_learns_what_a_note_means_and_what_to_do(people, noting, sign_in) -> None:
    note, account = noting.helpful_note(), people.account()
    claimant = handles.handle(account, Purpose.AUTHORSHIP)
    Authorship.objects.create(
        post=note.post, claimant=claimant, method="claim", proven_on=noting.clock().date()
    )
    browser, address = sign_in(account), reverse("author", args=[note.post_id])
    page = browser.get(address).text
    for words in ("A note is on your post", "It changes nothing else", "Request additional review", "Report"):
        assert words in page
    page = browser.post(reverse("request_review", args=[note.pk]), follow=True).text
    assert "Contributors are asked to rate the note now." in page
    assert "<button>Request additional review</button>" not in page
    assert "It changes nothing else" in sign_in(people.account()).get(reverse("review")).text


def test_readers_answer_with_one_click(noting, client) -> None:
    note = noting.helpful_note()
    page = client.get(reverse("post", args=[note.post_id])).text
    assert re.findall(r'<button[^>]*name="level" value="(\w+)">', page) == [
        "HELPFUL", "SOMEWHAT_HELPFUL", "NOT_HELPFUL",
    ]  # fmt: skip
    assert "checked" not in page, "no answer is suggested"


# --- staff ---


@pytest.mark.requirement("RP-3")
def test_a_moderator_goes_from_the_report_to_the_contributor_and_decides(noting, client, staff) -> None:
    note = noting.note()
    client.post(reverse("report_note", args=[note.pk]), {"ground": "spam", "text": "Advertising"})
    browser = staff(CASE)
    queue = browser.get(reverse("staff_reports")).text
    assert "The source says otherwise" in queue
    address = re.search(r'href="(/staff/reports/[^"]+)"', queue)[1]
    assert reverse("staff_contributor", args=[note.author.alias]) in queue
    refused = browser.post(address, {"measures": ["warn"], "decision": ""})
    assert (refused.status_code, "Give the reason for the record." in refused.text) == (422, True)
    browser.post(address, {"measures": ["warn", "take_down_note"], "decision": "Advertising, twice."})
    page = browser.get(reverse("staff_contributor", args=[note.author.alias])).text
    for words in (
        "Advertising, twice.",
        "taken down",
        "warned a contributor",
        "A note of yours was taken down",
    ):
        assert words in page
    log = browser.get(reverse("staff_log")).text
    assert log.count(address) == 2


def test_the_view_of_a_contributor_never_tells_the_account(people, staff) -> None:
    account = people.contributor_account()
    alias = identity.contributor_for(account).alias
    page = staff(CASE).get(reverse("staff_contributor", args=[alias])).text
    for secret in (account.email, str(account.pk), account.pk.hex):
        assert secret not in page


@pytest.mark.requirement("GR-2", "GR-3")
def test_an_operator_reads_measures_in_words_and_switches(staff) -> None:
    browser = staff("guardrails.add_remedychange", CASE)
    address = reverse("staff_guard")
    browser.post(address, {"measure": "accuracy", "value": "0.93", "samples": "1000"})
    page = browser.get(address).text
    for words in ("Accuracy, by reviewers", "beyond the guardrail: investigate", "1,000", "below 0.9"):
        assert words in page
    browser.post(address, {"remedy": "scoring_paused", "reason": "We look into it."})
    page = browser.get(address).text
    assert '<h2 id="in-force">New notes get no status</h2>' in page
    assert "chose a remedy" in browser.get(reverse("staff_log")).text


def test_an_operator_sees_whether_work_keeps_up(staff, noting, contributor) -> None:
    note = noting.note()
    noting.rate(note)
    tell([Notice(Kind.RATE_NOTE, str(contributor.pk), str(note.pk), "x", {})], now=noting.clock())
    noting.clock.advance(hours=2)
    page = " ".join(staff("runs.add_permit").get(reverse("staff_runs")).text.split())
    assert "<dt>Ratings since then</dt><dd>1</dd>" in page
    assert "<dt>Due now</dt><dd>prescoring</dd>" in page
    assert "<dt>Mails due and not sent</dt><dd>1, the oldest" in page


def test_rules_change_the_words(noting, sign_in, settings) -> None:
    """Numbers on pages are those of the rules in force."""
    settings.RULES = replace(PlatformRules(), notes=replace(PlatformRules().notes, max_length=100))
    page = sign_in(noting.writer_account()).get(reverse("write", args=[noting.post().pk])).text
    assert "At most 100 characters" in page
    assert 'data-limit="100"' in page
