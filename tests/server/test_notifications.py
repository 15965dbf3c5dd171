"""Notices: who is told, how often, never twice, and told again when it no longer holds."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor, Enrollment, Impact, NotificationFrequency
from bridgenotes.data.vocabulary import CRH, NMR, POPULATION_SAMPLED
from bridgenotes.domain.guardrails import Remedy
from bridgenotes.domain.notifications import Kind, Notice
from bridgenotes.domain.rating_form import RatingForm
from bridgenotes.guardrails.services import choose
from bridgenotes.identity import services as identity
from bridgenotes.jobs import tasks
from bridgenotes.notes.models import Note, Rating, SampledAlert, StatusChange
from bridgenotes.notes.services.rating import rate_note
from bridgenotes.notifications.models import AlertDraw, Engagement, HostNotice
from bridgenotes.notifications.models import Notice as Row
from bridgenotes.notifications.services.alerts import ask_for_ratings
from bridgenotes.notifications.services.changes import tell_of_statuses
from bridgenotes.notifications.services.hosts import record_engagement, tell_hosts, withdraw
from bridgenotes.notifications.services.mails import send_due
from bridgenotes.notifications.services.notices import tell
from bridgenotes.posts.models import Post
from bridgenotes.posts.queries import token_hash
from support.community import BAD, BRIDGING, LEFT

TOKEN = "bn_host_test"


def drawn_for(note) -> set:
    """Return who was asked about a note."""
    return set(SampledAlert.objects.filter(note=note).values_list("contributor_id", flat=True))


def show(note, at) -> None:
    """Make a note Helpful, as a run does."""
    Note.objects.filter(pk=note.pk).update(status=CRH)
    StatusChange.objects.create(note=note, at=at, before=NMR, status=CRH)


def hide(note, at) -> None:
    """Take the status from a note, as a run does."""
    Note.objects.filter(pk=note.pk).update(status=NMR)
    StatusChange.objects.create(note=note, at=at, before=CRH, status=NMR)


def as_young_as(moment, *notes) -> None:
    """Date notes and their posts to a moment, as if they were new."""
    Note.objects.filter(pk__in=[note.pk for note in notes]).update(created_at=moment)
    Post.objects.filter(notes__in=notes).update(published_at=moment)


# --- asking to rate ---


@pytest.mark.requirement("NO-2", "RF-10")
def test_recipients_are_drawn_never_the_author_nor_who_rated(community, clock) -> None:
    newcomers = Contributor.objects.filter(alias__startswith="Quiet").count()
    note = community.notes[LEFT][0]
    Rating.objects.filter(note=note).exclude(rater__in=community.raters[:5]).delete()
    Rating.objects.exclude(note=note).delete()
    Note.objects.exclude(pk=note.pk).update(deleted_at=clock(), removal="author", summary="")
    assert ask_for_ratings(now=clock(), seed="one") == rules().notifications.recipients_per_note
    asked = drawn_for(note)
    barred = {note.author_id, *(rater.pk for rater in community.raters[:5])}
    assert len(asked) == 20
    assert not asked & barred
    assert newcomers > 40
    draw = AlertDraw.objects.get()
    assert (draw.seed, draw.asked) == ("one", 20)

    # asked again at once: nobody; later: others
    assert ask_for_ratings(now=clock()) == 0
    clock.advance(hours=3)
    again = ask_for_ratings(now=clock())
    assert again == 0
    clock.advance(hours=3.1)
    Note.objects.filter(pk=note.pk).update(status=NMR)
    as_young_as(clock(), note)
    assert ask_for_ratings(now=clock()) > 0
    assert not drawn_for(note) & barred


@pytest.mark.requirement("RF-10")
def test_a_rating_that_answers_a_drawn_alert_says_so(community, clock) -> None:
    note = community.notes[LEFT][0]
    Rating.objects.filter(note=note).delete()
    Note.objects.exclude(pk=note.pk).update(deleted_at=clock(), removal="author", summary="")
    ask_for_ratings(now=clock(), seed="two")
    asked = Contributor.objects.get(pk=min(drawn_for(note)))
    other = next(r for r in community.raters if r.pk not in drawn_for(note))
    form = RatingForm("HELPFUL", frozenset({"helpfulClear"}))
    assert rate_note(asked, note, form, now=clock()).source == POPULATION_SAMPLED
    assert rate_note(other, note, form, now=clock()).source == "DEFAULT"


@pytest.mark.requirement("NO-1")
def test_nobody_is_asked_more_often_than_they_chose(community, clock) -> None:
    Rating.objects.all().delete()
    Contributor.objects.exclude(pk__in=[r.pk for r in community.raters[:4]]).update(is_active=False)
    frequencies = [NotificationFrequency.ALL_IN, NotificationFrequency.OFTEN,
                   NotificationFrequency.SOMETIMES, NotificationFrequency.NEVER]  # fmt: skip
    for rater, frequency in zip(community.raters, frequencies, strict=False):
        Contributor.objects.filter(pk=rater.pk).update(notification_frequency=frequency)
    notes = list(Note.objects.all())
    for _ in range(8 * 24):  # eight days, a draw every hour
        clock.advance(hours=1)
        as_young_as(clock(), *notes)
        ask_for_ratings(now=clock())
    asked = Counter(Row.objects.filter(kind=Kind.RATE_NOTE).values_list("contributor_id", flat=True))
    all_in, often, sometimes, never = (asked[rater.pk] for rater in community.raters[:4])
    assert 3 * 7 <= all_in <= 3 * 9
    assert 3 <= often <= 6
    assert sometimes == 3
    assert never == 0


@pytest.mark.requirement("TW-2", "NO-2")
def test_more_people_are_asked_about_a_top_writers_note(community, clock) -> None:
    note = community.notes[LEFT][0]
    Rating.objects.all().delete()
    Note.objects.exclude(pk=note.pk).update(deleted_at=clock(), removal="author", summary="")
    Impact.objects.filter(contributor=note.author).update(notes_helpful=12)
    assert ask_for_ratings(now=clock()) == 2 * rules().notifications.recipients_per_note


@pytest.mark.requirement("NO-2")
def test_who_left_or_was_removed_is_not_asked(community, clock) -> None:
    Rating.objects.all().delete()
    left, removed = community.raters[:2]
    Contributor.objects.filter(pk=left.pk).update(is_active=False)
    Contributor.objects.filter(pk=removed.pk).update(enrollment_state=Enrollment.REMOVED)
    ask_for_ratings(now=clock())
    told = set(Row.objects.values_list("contributor_id", flat=True))
    assert told
    assert not told & {left.pk, removed.pk}


# --- what a run changes ---


@pytest.mark.requirement("NO-3")
def test_author_and_raters_are_told_of_a_status_once(scored, client) -> None:
    note = scored.notes[BRIDGING][0]
    told = Row.objects.filter(note=note)
    assert set(told.values_list("contributor_id", flat=True)) == {
        note.author_id, *(rater.pk for rater in scored.raters)
    }  # fmt: skip
    own = told.get(contributor=note.author_id)
    assert own.words == "The status of your note changed from Needs More Ratings to Helpful."
    before = Row.objects.count()
    changes = list(StatusChange.objects.select_related("note"))
    tell_of_statuses(changes, now=own.made_at + timedelta(hours=5))
    assert Row.objects.count() == before


@pytest.mark.requirement("NO-4")
def test_writers_are_warned(scored) -> None:
    locked = Row.objects.filter(kind=Kind.WRITING_ABILITY, code="ability.locked")
    assert {row.contributor_id for row in locked} == {note.author_id for note in scored.notes[BAD]}


@pytest.mark.requirement("NO-1", "NO-3")
def test_the_page_lists_notices_and_marks_them_read(people, sign_in, clock) -> None:
    account = people.contributor_account()
    own = identity.contributor_for(account)
    tell(
        [Notice(Kind.WRITING_ABILITY, str(own.pk), "writing", "1", {"code": "ability.risk_over"})],
        now=clock(),
    )
    browser = sign_in(account)
    page = browser.get(reverse("notices"))
    assert "no longer at risk" in page.text
    assert "1 new" in page.text
    assert browser.get("/api/v1/notices").json()[0]["is_new"] is True
    assert browser.post(reverse("notices_read")).status_code == 302
    assert "1 new" not in browser.get(reverse("notices")).text
    assert sign_in(people.contributor_account()).get("/api/v1/notices").json() == []


@pytest.mark.requirement("NO-3")
@pytest.mark.parametrize(
    ("number", "sign", "words"), [(1, "1", "1 new"), (9, "9", "9 new"), (10, "9+", "more than 9 new")]
)
def test_every_page_says_how_much_is_new(number, sign, words, people, sign_in, clock) -> None:
    account = note_of(clock, people, number)
    browser = sign_in(account)
    page = browser.get(reverse("about")).text
    assert f'<span class="news" aria-hidden="true">{sign}</span><span class="unseen">({words})</span>' in page
    assert 'class="news"' not in sign_in(people.contributor_account()).get(reverse("about")).text
    browser.post(reverse("notices_read"))
    assert 'class="news"' not in browser.get(reverse("about")).text


def test_notices_are_for_contributors(client, people, sign_in) -> None:
    assert client.get(reverse("notices")).status_code == 302
    assert sign_in(people.account()).get(reverse("notices")).status_code == 403
    assert client.get("/api/v1/notices").status_code == 401


# --- mails ---


def note_of(clock, people, number=3):
    """Make notices for one contributor and return their account."""
    account = people.contributor_account()
    own = identity.contributor_for(account)
    for occasion in range(number):
        params = {"code": "ability.earned", "impact": occasion}
        tell([Notice(Kind.WRITING_ABILITY, str(own.pk), "writing", str(occasion), params)], now=clock())
    return account


@pytest.mark.requirement("NO-3")
def test_notices_of_an_hour_are_one_mail_sent_once(people, clock, mailoutbox) -> None:
    account = note_of(clock, people)
    assert send_due(identity.mail_contributor, now=clock()) == 0  # the hour is not over
    clock.advance(hours=1)
    assert send_due(identity.mail_contributor, now=clock()) == 1
    (mail,) = mailoutbox
    assert mail.to == [account.email]
    assert mail.subject == "3 notices from Bridgenotes"
    assert mail.body.count("You can write notes now") == 3
    clock.advance(hours=5)
    assert send_due(identity.mail_contributor, now=clock()) == 0
    assert len(mailoutbox) == 1


def test_a_mail_that_cannot_be_sent_is_tried_again(people, clock, mailoutbox) -> None:
    note_of(clock, people)
    clock.advance(hours=1)

    def broken(contributor, *, subject, text):
        raise ConnectionError

    assert send_due(broken, now=clock()) == 0
    assert send_due(identity.mail_contributor, now=clock()) == 0
    clock.advance(minutes=10)
    assert send_due(identity.mail_contributor, now=clock()) == 1
    assert len(mailoutbox) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_a_mail_once(people, clock) -> None:
    note_of(clock, people)
    now = clock.advance(hours=1)
    sent, gate = [], threading.Barrier(4)

    def work() -> None:
        gate.wait()
        send_due(lambda contributor, **mail: sent.append(mail) or True, now=now)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(sent) == 1


# --- people of a host ---


@pytest.fixture
def shown(community, clock):
    """A note that shows on a host's post, with two people who liked the post."""
    note = community.notes[BRIDGING][0]
    record_engagement(community.host, note.post, ["ann", "bob", note.post.author.external_id], now=clock())
    clock.set(note.created_at + timedelta(hours=1))
    show(note, clock())
    return note


def told(kind) -> set[str]:
    """Return who got a notice of a kind."""
    return set(HostNotice.objects.filter(kind=kind).values_list("person", flat=True))


@pytest.mark.requirement("NO-6")
def test_the_posts_author_is_told_after_six_hours_without_a_break(shown, clock) -> None:
    author = shown.post.author.external_id
    clock.advance(hours=5)
    hide(shown, clock())
    clock.advance(minutes=30)
    show(shown, clock())
    clock.advance(hours=5.9)
    tell_hosts(now=clock())
    assert told(Kind.NOTE_ON_OWN_POST) == set()
    clock.advance(hours=0.1)
    tell_hosts(now=clock())
    assert told(Kind.NOTE_ON_OWN_POST) == {author}
    tell_hosts(now=clock())
    assert HostNotice.objects.count() == 1


@pytest.mark.requirement("NO-5")
def test_who_engaged_is_told_after_a_day_but_not_after_a_week(shown, clock, community) -> None:
    clock.advance(hours=23.9)
    tell_hosts(now=clock())
    assert told(Kind.NOTE_ON_ENGAGED_POST) == set()
    clock.advance(hours=0.1)
    tell_hosts(now=clock())
    assert told(Kind.NOTE_ON_ENGAGED_POST) == {"ann", "bob"}
    assert "replied to, liked or reposted" in HostNotice.objects.filter(person="ann").get().words

    old = community.notes[BRIDGING][1]
    record_engagement(community.host, old.post, ["eve"], now=clock())
    clock.set(old.created_at + timedelta(days=6.5))
    show(old, clock())
    clock.advance(days=1)
    tell_hosts(now=clock())
    assert "eve" not in told(Kind.NOTE_ON_ENGAGED_POST)


@pytest.mark.requirement("NO-5", "NO-6")
def test_whoever_was_told_is_told_when_the_note_loses_its_status(shown, clock) -> None:
    clock.advance(days=1)
    tell_hosts(now=clock())
    assert withdraw(now=clock()) == 0
    hide(shown, clock())
    assert withdraw(now=clock()) == 3
    assert told(Kind.NOTE_WITHDRAWN) == {"ann", "bob", shown.post.author.external_id}
    assert withdraw(now=clock()) == 0
    words = HostNotice.objects.filter(kind=Kind.NOTE_WITHDRAWN).first().words
    assert (
        words
        == "The note we told you about is no longer shown on the post: its status is now Needs More Ratings."
    )


@pytest.mark.parametrize("removal", ["author", "staff"])
def test_whoever_was_told_is_told_when_the_note_is_deleted(shown, clock, removal) -> None:
    clock.advance(days=1)
    tell_hosts(now=clock())
    Note.objects.filter(pk=shown.pk).update(deleted_at=clock(), removal=removal, summary="")
    assert withdraw(now=clock()) == 3


def test_nobody_is_told_of_notes_that_readers_cannot_see(shown, clock) -> None:
    choose(Remedy.DISPLAY_PAUSED, actor="op", reason="test", now=clock())
    clock.advance(days=1)
    assert tell_hosts(now=clock()) == 0


@pytest.mark.requirement("NO-5")
def test_a_host_reports_engagement_and_fetches_notices(shown, clock, client, community) -> None:
    host = community.host
    host.token_hash = token_hash(TOKEN)
    host.save()
    bearer = {"headers": {"Authorization": f"Bearer {TOKEN}"}}
    address = f"/api/v1/posts/{shown.post_id}/engagements"
    answer = client.post(address, {"people": ["carl", "carl"]}, content_type="application/json", **bearer)
    assert (answer.status_code, answer.json()) == (200, {"count": 1})
    assert client.post(address, {"people": ["x"]}, content_type="application/json").status_code == 401
    assert client.get("/api/v1/host/notices").status_code == 401

    clock.advance(days=1)
    tell_hosts(now=clock())
    found = client.get("/api/v1/host/notices", **bearer).json()
    assert {notice["person"] for notice in found} == {"ann", "bob", "carl", shown.post.author.external_id}
    assert {notice["post_url"] for notice in found} == {shown.post.url}
    rest = client.get(f"/api/v1/host/notices?after={found[1]['id']}", **bearer).json()
    assert rest == found[2:]
    ids = [notice["id"] for notice in found]
    done = client.post(
        "/api/v1/host/notices/delivered", {"ids": ids}, content_type="application/json", **bearer
    )
    assert done.json() == {"count": 4}
    assert client.get("/api/v1/host/notices", **bearer).json() == []


def test_a_host_cannot_speak_for_another(shown, clock, client, community) -> None:
    other = type(community.host).objects.create(
        name="Other", token_hash=token_hash(TOKEN), created_at=clock(), sites=["other.example"]
    )
    bearer = {"headers": {"Authorization": f"Bearer {TOKEN}"}}
    address = f"/api/v1/posts/{shown.post_id}/engagements"
    answer = client.post(address, {"people": ["x"]}, content_type="application/json", **bearer)
    assert answer.status_code == 404
    clock.advance(days=1)
    tell_hosts(now=clock())
    assert client.get("/api/v1/host/notices", **bearer).json() == []
    assert other.notices.count() == 0


def test_what_nothing_can_follow_from_is_forgotten(shown, community, clock) -> None:
    """Who engaged after a month, what was taken back a month later; never whom a withdrawal must still reach."""
    clock.advance(days=1)
    tell_hosts(now=clock())
    clock.advance(days=32)
    tasks.tidy()
    assert not Engagement.objects.exists()
    assert told(Kind.NOTE_ON_ENGAGED_POST) == {"ann", "bob"}

    clock.advance(days=400)
    hide(shown, clock())
    withdraw(now=clock())
    assert {"ann", "bob"} < told(Kind.NOTE_WITHDRAWN)
    HostNotice.objects.filter(person="ann").update(delivered_at=clock())
    clock.advance(days=31)
    tasks.tidy()
    left = set(HostNotice.objects.values_list("person", "kind"))
    assert ("ann", Kind.NOTE_WITHDRAWN) not in left
    assert ("bob", Kind.NOTE_WITHDRAWN) in left, "the host has yet to fetch it"
    assert told(Kind.NOTE_ON_ENGAGED_POST) == set()
    clock.advance(days=180)
    tasks.tidy()
    assert not HostNotice.objects.exists()


def test_contributors_find_what_they_were_told_for_as_long_as_the_operator_says(
    shown, community, clock, settings
) -> None:
    settings.SITE = settings.SITE.model_copy(update={"keep_notices_days": 90})
    first, second = community.raters[:2]
    for person in (first, second):
        tell([Notice(Kind.OWN_NOTE_STATUS, str(person.pk), str(shown.pk), "a change")], now=clock())
        clock.advance(days=60)
    clock.advance(days=-29)
    tasks.tidy()
    assert [row.contributor for row in Row.objects.all()] == [second]
