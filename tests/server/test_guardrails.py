"""Measures, remedies and what they change: for the whole site, never for a single note."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from bridgenotes.base.errors import Invalid
from bridgenotes.base.rules import rules
from bridgenotes.data.vocabulary import CRH, NMR
from bridgenotes.domain.display import NOWHERE, ON_POST, placement
from bridgenotes.domain.guardrails import Measure, Remedy
from bridgenotes.domain.verdict import Refused
from bridgenotes.guardrails import queries
from bridgenotes.guardrails.models import Observation, OperatorAlert, RemedyChange
from bridgenotes.guardrails.services import choose, observe, send_alerts
from bridgenotes.identity import services as identity
from bridgenotes.notes.models import Note, ReaderFeedback, StatusChange
from bridgenotes.notes.queries.display import shown_facts, with_facts
from bridgenotes.runs.measures import helpfulness, rule_violations, status_flips
from bridgenotes.runs.models import Kind, State
from bridgenotes.runs.services import score
from support.community import BRIDGING

FINE = Measure("accuracy", 0.97, 100)
WORRYING = Measure("accuracy", 0.94, 100)
TERRIBLE = Measure("accuracy", 0.80, 100)


@pytest.fixture
def operator(people):
    """The account of somebody who runs the site."""
    account = people.account()
    account.is_staff = account.is_superuser = True
    account.save()
    return account


def place(note, *, is_contributor=False) -> str:
    """Return where a viewer meets a note now."""
    facts = shown_facts(with_facts(Note.objects.filter(pk=note.pk)).get())
    return placement(facts, queries.viewer(is_contributor=is_contributor))


@pytest.mark.requirement("GR-2")
def test_a_guardrail_alerts_and_changes_nothing(clock, mailoutbox, operator) -> None:
    guard = observe([WORRYING], now=clock())
    assert guard.remedy is Remedy.NORMAL
    assert OperatorAlert.objects.count() == 1
    assert send_alerts(identity.mail_operators, now=clock()) == 1
    assert mailoutbox[0].to == [operator.email]
    assert "0.94" in mailoutbox[0].body
    observe([WORRYING], now=clock.advance(minutes=15))
    assert OperatorAlert.objects.count() == 1  # not again while it lasts
    assert send_alerts(identity.mail_operators, now=clock()) == 0


@pytest.mark.requirement("GR-2", "GR-3")
def test_a_breaker_pauses_display_to_readers_until_people_resume(clock, community) -> None:
    note = community.notes[BRIDGING][0]
    Note.objects.filter(pk=note.pk).update(status=CRH)
    assert place(note) == ON_POST
    guard = observe([TERRIBLE], now=clock())
    assert (guard.remedy, guard.because) == (Remedy.DISPLAY_PAUSED, ("accuracy",))
    assert place(note) == NOWHERE
    assert place(note, is_contributor=True) == ON_POST

    with pytest.raises(Refused):
        choose(Remedy.NORMAL, actor="op", reason="looks fine to me", now=clock())
    observe([FINE], now=clock.advance(hours=1))
    assert queries.guard().remedy is Remedy.DISPLAY_PAUSED  # nothing resumes by itself
    choose(Remedy.NORMAL, actor="op", reason="remedied", now=clock.advance(hours=1))
    assert place(note) == ON_POST
    assert [change.remedy for change in queries.changes()] == ["normal", "display_paused"]
    assert RemedyChange.objects.get(remedy="normal").actor == "op"


@pytest.mark.requirement("GR-1")
def test_remedies_never_change_a_note(clock, scored) -> None:
    before = list(Note.objects.order_by("pk").values_list("pk", "status", "decided_by"))
    observe([TERRIBLE], now=clock())
    assert list(Note.objects.order_by("pk").values_list("pk", "status", "decided_by")) == before


@pytest.mark.requirement("GR-3")
def test_a_raised_threshold_shows_readers_better_notes_only(clock, scored) -> None:
    notes = scored.notes[BRIDGING]
    assert {place(note) for note in notes} == {ON_POST}
    choose(Remedy.RAISED_THRESHOLD, actor="op", reason="test", now=clock())
    least = rules().needs_your_help.helpful_intercept + rules().guardrails.raised_threshold
    for note in Note.objects.filter(pk__in=[n.pk for n in notes]).select_related("score"):
        assert (place(note) == ON_POST) is (note.score.intercept >= least)
        assert place(note, is_contributor=True) == ON_POST


@pytest.mark.requirement("GR-3")
def test_while_scoring_is_paused_new_notes_get_no_status_and_old_ones_keep_theirs(
    community, engine, clock
) -> None:
    choose(Remedy.SCORING_PAUSED, actor="op", reason="test", now=clock())
    score(Kind.PRESCORING, now=clock())
    assert score(Kind.FINAL, now=clock()).state == State.DONE
    assert set(Note.objects.values_list("status", flat=True)) == {NMR}
    assert not StatusChange.objects.exists()
    choose(Remedy.NORMAL, actor="op", reason="over", now=clock.advance(minutes=10))
    run = score(Kind.FINAL, now=clock())
    assert run.previous is None  # everything is looked at again
    assert StatusChange.objects.exists()


@pytest.mark.requirement("GR-4")
def test_everybody_reads_the_present_state(client, clock) -> None:
    assert "Operating normally" in client.get(reverse("state")).text
    assert client.get("/api/v1/state").json()["remedy"] == "normal"
    observe([TERRIBLE], now=clock())
    assert "not shown on posts for now" in client.get(reverse("state")).text
    answer = client.get("/api/v1/state").json()
    assert answer["remedy"] == "display_paused"
    assert "accuracy" not in str(answer)


@pytest.mark.requirement("GR-3")
def test_operators_switch_remedies_on_the_record(clock, operator, sign_in) -> None:
    browser, address = sign_in(operator), reverse("staff_guard")
    assert browser.post(address, {"remedy": "display_paused", "reason": ""}).status_code == 422
    assert queries.guard().remedy is Remedy.NORMAL
    assert browser.post(address, {"remedy": "display_paused", "reason": "an attack"}).status_code == 302
    assert queries.guard().remedy is Remedy.DISPLAY_PAUSED
    assert "an attack" in browser.get(address).text
    assert "chose a remedy" in browser.get(reverse("staff_log")).text


@pytest.mark.requirement("GR-1")
def test_results_of_reviews_and_surveys_are_entered(clock, operator, sign_in) -> None:
    browser, address = sign_in(operator), reverse("staff_guard")
    assert browser.post(address, {"measure": "accuracy", "value": "0.93", "samples": "80"}).status_code == 302
    assert Observation.objects.get().actor == str(operator.pk)
    page = browser.get(address).text
    assert "0.930" in page
    assert "guardrail" in page
    answer = browser.post(address, {"remedy": "normal", "reason": "please"})
    assert answer.status_code == 422
    assert "normal service cannot resume" in answer.text
    assert browser.post(address, {"measure": "weather", "value": "1", "samples": "1"}).status_code == 422
    with pytest.raises(Invalid):
        observe([Measure("weather", 1.0, 1)], now=clock())


@pytest.mark.requirement("GR-1")
def test_the_site_counts_what_it_can(scored, clock) -> None:
    assert helpfulness(clock()).samples == 0
    note, other = scored.notes[BRIDGING][:2]
    for reader, level in enumerate(("HELPFUL", "HELPFUL", "NOT_HELPFUL", "SOMEWHAT_HELPFUL")):
        ReaderFeedback.objects.create(
            note=note, reader=f"{reader:064x}", level=level, given_on=clock().date()
        )
    assert helpfulness(clock()) == Measure("helpfulness", 2.5 / 4, 4)

    assert status_flips(clock()) == Measure("status_flips", 0.0, 10)
    StatusChange.objects.create(note=other, at=clock() + timedelta(hours=1), before=CRH, status=NMR)
    assert status_flips(clock()) == Measure("status_flips", 0.1, 10)

    assert rule_violations(clock()) == Measure("rule_violations", 0.0, 10)
    Note.objects.filter(pk=note.pk).update(deleted_at=clock(), removal="staff", summary="")
    assert rule_violations(clock()) == Measure("rule_violations", 0.1, 10)


def test_the_same_observation_is_kept_once(clock) -> None:
    for _ in range(3):
        observe([FINE], now=clock.advance(minutes=15))
    assert Observation.objects.count() == 1
