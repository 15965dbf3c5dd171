"""Scoring runs: what is due, one at a time, nothing lost, held back when too much would change."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import polars as pl
import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from bridgenotes.base.clock import system_clock
from bridgenotes.base.errors import Conflict, Invalid
from bridgenotes.base.public_ids import epoch_ms
from bridgenotes.base.settings import ScoringSettings
from bridgenotes.data.results import read_output
from bridgenotes.data.vocabulary import CRH, NMR
from bridgenotes.datarelease.export import export
from bridgenotes.guardrails.models import Observation, OperatorAlert
from bridgenotes.jobs import tasks
from bridgenotes.notes.models import Note, Rating, StatusChange
from bridgenotes.notifications.models import Notice
from bridgenotes.runs import claims, queries, services
from bridgenotes.runs.claims import LostRunError
from bridgenotes.runs.engine import EngineError, HeldBackError, Phase, run_phase
from bridgenotes.runs.folders import folder_of
from bridgenotes.runs.models import Kind, Permit, ScoringRun, State, Step
from bridgenotes.runs.schedule import Facts, due
from support.community import BRIDGING, LEFT
from support.engine_here import score_here

SETTINGS = ScoringSettings()


def minutes_ago(now, number):
    """Return an earlier moment."""
    return now - timedelta(minutes=number)


# --- when ---


@pytest.mark.requirement("ST-10")
def test_statuses_are_recomputed_periodically(clock) -> None:
    now = clock()
    fresh = Facts(prescored_at=minutes_ago(now, 3), scored_at=minutes_ago(now, 3))
    assert due(Facts(), SETTINGS, now) is Kind.PRESCORING
    assert due(replace(fresh, scored_at=None), SETTINGS, now) is Kind.FINAL
    assert due(fresh, SETTINGS, now) is None
    assert due(fresh, SETTINGS, now + timedelta(minutes=2)) is Kind.FINAL
    assert due(replace(fresh, new_ratings=100), SETTINGS, now) is Kind.FINAL
    assert due(fresh, SETTINGS, now + timedelta(minutes=57)) is Kind.PRESCORING


def test_a_quiet_site_rests(clock) -> None:
    now = clock()
    quiet = Facts(prescored_at=minutes_ago(now, 30), scored_at=minutes_ago(now, 30), has_changes=False)
    assert due(quiet, SETTINGS, now) is None
    assert due(quiet, SETTINGS, now + timedelta(minutes=30)) is Kind.PRESCORING


def test_failures_are_tried_again_less_and_less_often(clock) -> None:
    now = clock()
    failed = Facts(failures=1, failed_at=now)
    assert due(failed, SETTINGS, now + timedelta(seconds=59)) is None
    assert due(failed, SETTINGS, now + timedelta(seconds=60)) is Kind.PRESCORING
    assert due(replace(failed, failures=9), SETTINGS, now + timedelta(minutes=59)) is None
    assert due(replace(failed, failures=9), SETTINGS, now + timedelta(minutes=60)) is Kind.PRESCORING


@pytest.mark.requirement("ST-10")
def test_the_schedule_follows_what_happens_on_the_site(scored, clock) -> None:
    assert services.score_if_due(now=clock()).kind == Kind.PRESCORING  # an hour has passed
    clock.advance(minutes=10)
    assert services.score_if_due(now=clock()) is None  # nobody did anything
    rating = Rating.objects.first()
    Rating.objects.filter(pk=rating.pk).update(edited_at=clock())
    run = services.score_if_due(now=clock())
    assert run.kind == Kind.FINAL
    assert run.previous is not None


# --- who ---


def test_two_workers_never_score_at_once(clock) -> None:
    assert claims.claim(Kind.FINAL, now=clock(), rating_cutoff_at=clock()) is not None
    assert claims.claim(Kind.FINAL, now=clock(), rating_cutoff_at=clock()) is None
    assert claims.claim(Kind.PRESCORING, now=clock(), rating_cutoff_at=clock()) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoringRun.objects.create(
            kind=Kind.FINAL, started_at=clock(), heartbeat_at=system_clock(), rating_cutoff_at=clock()
        )


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_that_start_at_once_one_scores(clock) -> None:
    claimed, gate, now = [], threading.Barrier(8), clock()

    def work() -> None:
        gate.wait()
        claimed.append(claims.claim(Kind.FINAL, now=now, rating_cutoff_at=now))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(run is not None for run in claimed) == 1


def test_a_dead_worker_is_replaced_and_cannot_come_back(clock, community, engine, monkeypatch) -> None:
    dead = claims.claim(Kind.PRESCORING, now=clock(), rating_cutoff_at=clock())
    ScoringRun.objects.filter(pk=dead.pk).update(heartbeat_at=system_clock() - timedelta(seconds=61))
    assert services.score_if_due(now=clock()) is None  # a pause after a failure
    assert services.score_if_due(now=clock.advance(minutes=1)).state == State.DONE
    dead.refresh_from_db()
    assert dead.state == State.ABANDONED
    with pytest.raises(LostRunError):
        claims.beat(dead, Step.APPLY)
    with pytest.raises(LostRunError), transaction.atomic():
        claims.lock(dead)
    claims.end(dead, State.DONE, now=clock())
    assert ScoringRun.objects.get(pk=dead.pk).state == State.ABANDONED


# --- what ---


def test_the_export_is_deterministic_and_the_engine_reads_it(scored, tmp_path) -> None:
    rows = export(tmp_path / "a")
    assert rows == export(tmp_path / "b")
    assert rows["ratings"] == Rating.objects.count()
    for name in ("notes", "ratings", "noteStatusHistory", "userEnrollment", "noteRequests"):
        a, b = (tmp_path / folder / f"{name}-00000.tsv" for folder in "ab")
        assert a.read_bytes() == b.read_bytes()


@pytest.mark.requirement("AL-6", "AL-2")
def test_the_export_names_participants_not_accounts(people, clock, tmp_path) -> None:
    account = people.contributor_account()
    export(tmp_path)
    text = "".join(path.read_text() for path in tmp_path.glob("*.tsv"))
    assert account.email not in text
    assert account.pk.hex not in text.lower()
    assert str(account.pk) not in text.lower()


def test_deleted_notes_and_ratings_leave_the_export_and_history_stays(scored, clock, tmp_path) -> None:
    note = scored.notes[BRIDGING][0]
    Note.objects.filter(pk=note.pk).update(deleted_at=clock(), removal="author", summary="")
    gone = Rating.objects.filter(note=scored.notes[BRIDGING][1]).first()
    Rating.objects.filter(pk=gone.pk).update(deleted_at=clock())
    rows = export(tmp_path)
    assert rows["notes"] == 39
    assert rows["noteStatusHistory"] == 40
    assert rows["ratings"] == 1599


def test_the_history_in_the_database_is_the_engines(scored, tmp_path) -> None:
    export(tmp_path)
    run = queries.latest(Kind.FINAL)
    told = read_output(folder_of(run) / "final", "note_status_history")
    ours = pl.read_csv(tmp_path / "noteStatusHistory-00000.tsv", separator="\t", infer_schema=False)
    ours = ours.select(pl.col(name).cast(dtype) for name, dtype in told.schema.items())
    assert ours.equals(told)


def test_everybody_is_in_the_default_group_unless_their_country_has_one(people, settings, tmp_path) -> None:
    scoring = settings.SITE.scoring.model_copy(update={"groups": {"GB": 7}})
    person = people.contributor()
    settings.SITE = settings.SITE.model_copy(update={"scoring": scoring})
    other = people.contributor()
    export(tmp_path)
    enrolled = pl.read_csv(tmp_path / "userEnrollment-00000.tsv", separator="\t")
    group = dict(enrolled.select("participantId", "modelingGroup").iter_rows())
    assert group == {person.participant_id: 1, other.participant_id: 7}


def test_an_edited_rating_has_its_note_scored_again(scored, clock) -> None:
    note, other = scored.notes[LEFT][:2]
    clock.advance(minutes=10)
    Rating.objects.filter(note=note, rater=scored.raters[0]).update(tags=0, edited_at=clock())
    run = services.score(Kind.FINAL, now=clock())
    assert run.previous is not None
    assert run.state == State.DONE, run.message
    scored_at = {pk: Note.objects.get(pk=pk).history.current_status_at_ms for pk in (note.pk, other.pk)}
    assert scored_at[note.pk] > scored_at[other.pk]


def test_an_empty_site_scores_without_a_fault(clock, engine) -> None:
    assert services.score(Kind.PRESCORING, now=clock()).state == State.DONE
    run = services.score(Kind.FINAL, now=clock())
    assert run.state == State.DONE, run.message


# --- what goes wrong ---


def test_a_failing_engine_ends_the_run_and_changes_nothing(community, clock, engine, monkeypatch) -> None:
    services.score(Kind.PRESCORING, now=clock())

    def fails(phase, beat):
        raise EngineError("it went wrong")

    monkeypatch.setattr("bridgenotes.runs.services.run_phase", fails)
    for _ in range(3):
        run = services.score(Kind.FINAL, now=clock())
        assert (run.state, run.message) == (State.FAILED, "it went wrong")
        clock.advance(minutes=1)
    assert not StatusChange.objects.exists()
    assert OperatorAlert.objects.count() == 1  # told once, at the second failure


def test_the_engine_writes_the_same_in_a_process_of_its_own(scored, tmp_path) -> None:
    """What the tests run in their own process is what a worker starts."""
    run = ScoringRun.objects.filter(kind=Kind.FINAL).latest("started_at")
    learned = folder_of(run.learned_by) / "prescoring"
    export(tmp_path / "in")
    phases = [
        Phase("final", tmp_path / "in", tmp_path / name, epoch_ms(run.started_at), ("--from", str(learned)))
        for name in ("process", "here")
    ]
    said = [run_phase(phases[0], lambda: None), score_here(phases[1], lambda: None)]
    assert said[0]["statuses"] == said[1]["statuses"]
    for path in (tmp_path / "here").glob("*.parquet"):
        assert path.read_bytes() == (tmp_path / "process" / path.name).read_bytes(), path.name


def test_the_engine_is_a_process_of_its_own_whose_words_are_kept(tmp_path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(EngineError, match="ratings"):
        run_phase(Phase("prescoring", tmp_path / "in", tmp_path / "out", 10**12), lambda: None)


def test_the_engine_ends_when_the_run_is_lost(community, clock, tmp_path) -> None:
    export(tmp_path / "in")

    def lost() -> None:
        raise LostRunError

    with pytest.raises(LostRunError):
        run_phase(Phase("prescoring", tmp_path / "in", tmp_path / "out", 10**12), lost)
    assert not (tmp_path / "out" / "run.json").exists()


def test_a_run_that_changes_too_much_is_held_back_until_an_operator_lets_it(
    scored, clock, monkeypatch, engine, people, sign_in
) -> None:
    seen = []

    def guarded(phase, beat):
        seen.append("--no-check-flips" in phase.options)
        if phase.name == "final" and "--check-flips" in phase.options:
            raise HeldBackError("ALL_NOTES: 300 notes become Helpful")
        return engine(phase, beat)

    monkeypatch.setattr("bridgenotes.runs.services.run_phase", guarded)
    before = list(Note.objects.order_by("pk").values_list("status", flat=True))
    held = services.score(Kind.FINAL, now=clock())
    assert held.state == State.HELD
    clock.advance(minutes=5)
    assert services.score(Kind.FINAL, now=clock()).state == State.HELD
    assert list(Note.objects.order_by("pk").values_list("status", flat=True)) == before
    assert [alert.subject for alert in OperatorAlert.objects.all()] == ["A scoring run was held back"]

    operator = people.account()
    operator.is_staff = operator.is_superuser = True
    operator.save()
    browser = sign_in(operator)
    assert "held back" in browser.get(reverse("staff_runs")).text
    address = reverse("staff_run", args=[held.pk])
    assert "300 notes become Helpful" in browser.get(address).text
    assert browser.post(address, {"reason": ""}).status_code == 422
    assert browser.post(address, {"reason": "A big event."}).status_code == 302
    assert Permit.objects.get().actor == str(operator.pk)
    with pytest.raises(Conflict):
        services.permit(held, actor="x", reason="again", now=clock())

    clock.advance(minutes=70)
    assert services.score(Kind.FINAL, now=clock()).state == State.DONE
    assert seen[-2] is True
    clock.advance(minutes=70)
    assert services.score(Kind.FINAL, now=clock()).state == State.HELD  # the permit was for one run


def test_a_permit_needs_a_reason_and_a_held_run(scored, clock) -> None:
    run = queries.latest(Kind.FINAL)
    with pytest.raises(Invalid):
        services.permit(run, actor="x", reason=" ", now=clock())
    with pytest.raises(Conflict):
        services.permit(run, actor="x", reason="why not", now=clock())


def test_only_staff_see_runs(client, people, sign_in, scored) -> None:
    for name, arguments in (("staff_runs", []), ("staff_run", [uuid4()]), ("staff_guard", [])):
        address = reverse(name, args=arguments)
        assert client.get(address).status_code == 302
        assert sign_in(people.account()).get(address).status_code == 403


def test_operators_see_durations_and_outcome(people, sign_in, scored) -> None:
    operator = people.account()
    operator.is_staff = operator.is_superuser = True
    operator.save()
    page = sign_in(operator).get(reverse("staff_runs")).text
    assert "final scoring" in page
    assert "prescoring" in page
    assert "done" in page
    assert "1,600" in page


def test_files_of_old_runs_are_removed(scored, clock, settings) -> None:
    scoring = settings.SITE.scoring.model_copy(update={"keep_runs": 1})
    settings.SITE = settings.SITE.model_copy(update={"scoring": scoring})
    first = ScoringRun.objects.filter(kind=Kind.FINAL).order_by("started_at").first()
    services.score(Kind.PRESCORING, now=clock())
    assert not folder_of(first).exists()
    last = queries.latest_with_files(Kind.FINAL)
    assert last is not None
    assert not (folder_of(last) / "input").exists()


@pytest.mark.requirement("ST-11")
def test_a_status_can_change(scored) -> None:
    note = scored.notes[BRIDGING][0]
    changes = list(StatusChange.objects.filter(note=note).values_list("before", "status"))
    assert changes == [(NMR, CRH)]


def test_every_job_runs_on_a_site_with_content(scored, clock, mailoutbox) -> None:
    """The worker calls services with the site's clock; it scores, asks, measures, mails and tidies."""
    clock.advance(hours=1)
    assert tasks.score.call_local() is None
    tasks.ask_for_ratings.call_local()
    tasks.tell_hosts.call_local()
    tasks.measure.call_local()
    tasks.send_notices.call_local()
    tasks.tidy.call_local()
    assert ScoringRun.objects.filter(kind=Kind.PRESCORING, state=State.DONE).count() == 2
    assert Observation.objects.count() == 3
    assert mailoutbox == []  # these contributors have no accounts behind them
    assert not Notice.objects.filter(due_at__lte=clock(), done_at__isnull=True).exists()
