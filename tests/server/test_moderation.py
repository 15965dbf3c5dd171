"""Reports, decisions, removal, the record."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from bridgenotes.contributors.models import Contributor, Enrollment
from bridgenotes.data.vocabulary import CRH, NMR
from bridgenotes.domain.moderation import Ground
from bridgenotes.identity import services as identity
from bridgenotes.moderation import notices
from bridgenotes.moderation.models import AuditEntry, Report, StaffNotice
from bridgenotes.notes.models import Note


def make_moderator(account):
    """Give an account the right to decide reports."""
    account.is_staff = True
    account.save()
    account.user_permissions.add(Permission.objects.get(codename="change_report"))
    return account


@pytest.fixture
def moderator(people, sign_in):
    """A browser of a moderator."""
    return sign_in(make_moderator(people.account()))


def report(browser, note, ground: str = "spam", **fields: str):
    return browser.post(reverse("report_note", args=[note.pk]), {"ground": ground, **fields})


def decide(browser, *measures: str, words: str = "Breaks rule 3.", found: Report | None = None):
    found = found or Report.objects.latest("reported_at")
    return browser.post(
        reverse("staff_report", args=[found.pk]), {"measures": list(measures), "decision": words}
    )


@pytest.mark.requirement("RP-2", "RP-1")
def test_anybody_can_report_a_note(noting, client, people, sign_in) -> None:
    note = noting.note()
    assert reverse("report_note", args=[note.pk]) in client.get(reverse("post", args=[note.post_id])).text
    page = client.get(reverse("report_note", args=[note.pk])).text
    assert "subject to the rules" in page
    assert all(f'value="{ground}"' in page for ground in Ground)
    for browser in (client, sign_in(people.account()), sign_in(people.contributor_account())):
        assert report(browser, note, text="Look").status_code == 302
    assert Report.objects.count() == 3
    assert len(set(Report.objects.values_list("reporter", flat=True))) == 3


@pytest.mark.requirement("RP-1", "RP-2")
def test_contributors_can_be_reported_too(noting, client) -> None:
    alias = noting.writer().alias
    assert reverse("report_contributor", args=[alias]) in client.get(reverse("profile", args=[alias])).text
    answer = client.post(reverse("report_contributor", args=[alias]), {"ground": "harassment"})
    assert answer.status_code == 302
    assert Report.objects.get().note is None


@pytest.mark.requirement("RP-2")
def test_one_report_at_a_time_with_a_ground_and_not_of_oneself(noting, people, sign_in) -> None:
    account = noting.writer_account()
    note = noting.note(author=identity.contributor_for(account))
    assert "You cannot report yourself." in report(sign_in(account), note).text
    browser = sign_in(people.account())
    assert "Say which rule is broken." in report(browser, note, ground="").text
    assert report(browser, note).status_code == 302
    again = browser.post(
        f"/api/v1/notes/{note.pk}/reports", json.dumps({"ground": "spam"}), content_type="application/json"
    )
    assert (again.status_code, again.json()["code"]) == (409, "report.repeated")
    assert Report.objects.count() == 1


@pytest.mark.requirement("RP-5", "RP-3")
def test_reports_and_decisions_change_no_status_and_no_rating(noting, people, sign_in, moderator) -> None:
    notes = [noting.decide(noting.note(), CRH), noting.note()]
    for note in notes:
        noting.rate(note)
        for _ in range(3):
            report(sign_in(people.account()), note)
    for found in Report.objects.all():
        decide(moderator, "warn", found=found)
    assert [Note.objects.get(pk=note.pk).status for note in notes] == [CRH, NMR]
    assert [note.ratings.count() for note in notes] == [1, 1]
    assert not Note.objects.filter(deleted_at__isnull=False).exists()


@pytest.mark.requirement("RP-3")
def test_a_note_that_breaks_the_rules_is_taken_down_and_its_author_told(
    noting, client, moderator, sign_in
) -> None:
    account = noting.writer_account()
    author = identity.contributor_for(account)
    note = noting.decide(noting.note(author=author, text="Buy here https://x.example.org"))
    report(client, note, text="An advertisement")
    queue = moderator.get(reverse("staff_reports")).text
    assert author.alias in queue
    page = moderator.get(reverse("staff_report", args=[Report.objects.get().pk])).text
    assert "Buy here" in page
    assert "An advertisement" in page
    assert decide(moderator, "take_down_note").status_code == 302
    note.refresh_from_db()
    assert (note.is_deleted, note.summary, note.status) == (True, "", CRH)
    assert "taken down for breaking the rules" in client.get(reverse("note", args=[note.pk])).text
    assert client.get(f"/api/v1/posts/{note.post_id}").json()["shown"] is None
    own, others = sign_in(account), client
    told = "A note of yours was taken down: Spam."
    assert told in own.get(reverse("profile", args=[author.alias])).text
    assert told not in others.get(reverse("profile", args=[author.alias])).text
    assert author.alias in moderator.get(reverse("staff_reports") + "?decided").text


@pytest.mark.requirement("RP-3", "RP-4", "OP-2")
def test_a_removed_contributor_takes_part_no_more(noting, client, moderator, sign_in) -> None:
    account = noting.writer_account()
    author = identity.contributor_for(account)
    note, other = noting.note(author=author), noting.note()
    report(client, note, ground="harassment")
    decide(moderator, "remove_contributor")
    author.refresh_from_db()
    assert author.enrollment_state == Enrollment.REMOVED
    browser = sign_in(account)
    assert browser.get(reverse("write", args=[note.post_id])).status_code == 403
    rated = browser.put(
        f"/api/v1/notes/{other.pk}/rating", json.dumps({"level": "HELPFUL"}), content_type="application/json"
    )
    assert (rated.status_code, rated.json()["code"]) == (403, "contributors.removed")
    assert browser.post(reverse("rejoin")).status_code == 403
    assert client.get(reverse("note", args=[note.pk])).status_code == 200, "what they wrote stays"


@pytest.mark.requirement("RP-3")
def test_a_dismissed_report_changes_nothing_but_the_record(noting, client, moderator) -> None:
    note = noting.note()
    report(client, note)
    assert decide(moderator, words="").status_code == 422
    assert decide(moderator, words="A fair note.").status_code == 302
    assert Report.objects.get().state == "dismissed"
    assert not StaffNotice.objects.exists()
    again = decide(moderator, "warn")
    assert again.status_code == 422
    assert "This report has been decided." in again.text
    assert [entry.action for entry in AuditEntry.objects.all()] == ["dismiss"]


@pytest.mark.requirement("RP-3")
def test_nobody_judges_themselves_or_their_own_report(noting, people, sign_in, client) -> None:
    account = make_moderator(noting.writer_account())
    browser, own = sign_in(account), noting.note(author=identity.contributor_for(account))
    report(client, own)
    assert "You are involved in this report" in decide(browser).text
    report(browser, noting.note())
    assert "You are involved in this report" in decide(browser, "warn").text
    outside = make_moderator(people.account())
    report(sign_in(outside), noting.note())
    assert "You are involved in this report" in decide(sign_in(outside)).text
    assert set(Report.objects.values_list("state", flat=True)) == {"open"}


@pytest.mark.requirement("RP-3")
def test_measures_must_fit(noting, client, moderator) -> None:
    client.post(reverse("report_contributor", args=[noting.writer().alias]), {"ground": "hate"})
    answer = decide(moderator, "take_down_note")
    assert answer.status_code == 422
    assert "no note was reported" in answer.text


@pytest.mark.requirement("RP-3")
def test_every_act_of_staff_is_in_the_log(noting, client, moderator) -> None:
    report(client, noting.note())
    decide(moderator, "warn", "take_down_note")
    log = moderator.get(reverse("staff_log")).text
    assert "took a note down" in log
    assert "warned a contributor" in log
    assert AuditEntry.objects.count() == 2


@pytest.mark.requirement("RP-3")
def test_no_page_lets_staff_set_a_status_or_choose_a_note(noting, moderator, client) -> None:
    report(client, noting.note())
    page = moderator.get(reverse("staff_report", args=[Report.objects.get().pk])).text
    assert 'name="status"' not in page
    answer = decide(moderator, "CURRENTLY_RATED_HELPFUL")
    assert answer.status_code == 422
    assert Note.objects.get().status == NMR


@pytest.mark.parametrize(
    ("staff", "permitted", "status"),
    [(False, False, 403), (True, False, 403), (False, True, 403), (True, True, 200)],
)
def test_the_staff_area_is_for_staff_with_the_permission(
    people, sign_in, staff, permitted, status, client
) -> None:
    account = people.contributor_account()
    if permitted:
        make_moderator(account)
    account.is_staff = staff
    account.save()
    for name in ("staff_reports", "staff_log"):
        assert sign_in(account).get(reverse(name)).status_code == status
        assert client.get(reverse(name)).status_code == 302


def test_words_of_staff_are_mailed_and_tried_again(noting, client, moderator, clock) -> None:
    note = noting.note()
    report(client, note)
    decide(moderator, "warn")
    sent: list[tuple[Contributor, str]] = []

    def fail(_contributor: Contributor, _text: str) -> None:
        raise ConnectionRefusedError

    assert notices.mail_due(fail, now=clock()) == 0
    assert notices.mail_due(lambda c, text: sent.append((c, text)), now=clock()) == 0, "not due again yet"
    clock.advance(minutes=10)
    for _ in range(2):
        notices.mail_due(lambda c, text: sent.append((c, text)), now=clock())
    assert sent == [(note.author, "A note of yours broke the rules: Spam. Please keep to them.")]


def test_the_note_as_reported_stays_for_the_moderator(noting, client, moderator, sign_in) -> None:
    account = noting.writer_account()
    note = noting.note(author=identity.contributor_for(account), text="Gone before you look")
    report(client, note)
    sign_in(account).post(reverse("delete_note", args=[note.pk]))
    assert (
        "Gone before you look" in moderator.get(reverse("staff_report", args=[Report.objects.get().pk])).text
    )
    assert decide(moderator, "take_down_note").status_code == 302


def test_a_report_names_nobody(noting, people, sign_in) -> None:
    account = people.contributor_account()
    report(sign_in(account), noting.note())
    row = repr(Report.objects.values().get())
    reporter = identity.contributor_for(account)
    for secret in (account.pk.hex, str(account.pk), reporter.pk.hex, str(reporter.pk)):
        assert secret not in row


def test_reports_are_limited(noting, client, settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"report": "2/h/ip"}
    answers = [report(client, noting.note()).status_code for _ in range(3)]
    assert answers == [302, 302, 429]
