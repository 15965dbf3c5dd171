"""What a scoring run changes: statuses, history, impacts, the right to write; all of it or nothing."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.urls import reverse

from bridgenotes.base.public_ids import epoch_ms
from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor, Enrollment, Impact
from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.domain.top_writer import is_top_writer
from bridgenotes.notes.models import Note, NoteScore, NoteStatus, RaterScore, Rating, StatusChange
from bridgenotes.notes.services.rating import take_back
from bridgenotes.notifications.models import Notice
from bridgenotes.runs import queries
from bridgenotes.runs.apply.people import apply_people
from bridgenotes.runs.apply.results import Results
from bridgenotes.runs.apply.whole import apply_results
from bridgenotes.runs.claims import LostRunError
from bridgenotes.runs.folders import folder_of
from bridgenotes.runs.models import Kind, ScoringRun, State
from bridgenotes.runs.services import score
from support.community import BAD, BRIDGING, LEFT, RIGHT
from support.recount import recounted_impacts


def fresh(notes):
    """Return notes as they are in the database now."""
    return list(Note.objects.filter(pk__in=[note.pk for note in notes]).order_by("pk"))


def results_of(run) -> Results:
    """Return what the engine wrote in a run."""
    folder = folder_of(run)
    return Results(folder / "final", folder / "contributor", epoch_ms(run.started_at))


# --- statuses ---


@pytest.mark.requirement("ST-1", "ST-2")
def test_what_bridges_becomes_helpful_and_what_one_side_likes_does_not(scored) -> None:
    status = {kind: {note.status for note in fresh(notes)} for kind, notes in scored.notes.items()}
    assert status == {BRIDGING: {CRH}, LEFT: {NMR}, RIGHT: {NMR}, BAD: {CRNH}}


@pytest.mark.requirement("ST-13")
def test_a_helpful_note_waits_and_is_known_to_wait(community, engine, clock) -> None:
    score(Kind.PRESCORING, now=clock())
    score(Kind.FINAL, now=clock())
    assert {(note.status, note.is_stabilising) for note in fresh(community.notes[BRIDGING])} == {(NMR, True)}
    clock.advance(minutes=75)
    score(Kind.FINAL, now=clock())
    assert {(note.status, note.is_stabilising) for note in fresh(community.notes[BRIDGING])} == {(CRH, False)}


@pytest.mark.requirement("ST-8")
def test_a_decided_note_has_two_reasons_and_a_deciding_model(scored) -> None:
    for note in fresh(scored.notes[BRIDGING]):
        assert set(note.status_tags) == {"helpfulGoodSources", "helpfulClear"}
        assert note.decided_by == "CoreModel (v1.1)"
    for note in fresh(scored.notes[BAD]):
        assert set(note.status_tags) == {"notHelpfulIncorrect", "notHelpfulOpinionSpeculation"}
    assert {tuple(note.status_tags) for note in fresh(scored.notes[LEFT])} == {()}


@pytest.mark.requirement("ST-10", "ST-11")
def test_no_status_without_a_history_row_and_a_change(scored) -> None:
    for note in Note.objects.select_related("history"):
        assert note.history.current_status == note.status
        last = note.status_changes.order_by("-at").first()
        assert (last.status if last else NMR) == note.status
    runs = set(StatusChange.objects.values_list("run", flat=True))
    assert runs <= {str(run.pk) for run in ScoringRun.objects.all()}


@pytest.mark.requirement("ST-12")
def test_after_fourteen_days_a_status_is_locked_against_later_ratings(scored, clock) -> None:
    clock.advance(days=15)
    score(Kind.PRESCORING, now=clock())
    score(Kind.FINAL, now=clock())
    locked = NoteStatus.objects.get(note=scored.notes[BRIDGING][0])
    assert locked.locked_status == CRH
    assert locked.status_lock_at_ms == epoch_ms(clock())
    # nearly everybody changes their mind, too late (two reasons must remain, or nothing explains the status)
    note = scored.notes[BRIDGING][0]
    clock.advance(hours=1)
    Rating.objects.filter(note=note).exclude(rater__in=scored.raters[:4]).update(
        level="NOT_HELPFUL", tags=2 << 9, created_at=clock(), edited_at=clock()
    )
    clock.advance(minutes=5)
    assert score(Kind.FINAL, now=clock()).state == State.DONE
    assert fresh([note])[0].status == CRH


@pytest.mark.requirement("ST-16", "IM-6", "WF-12")
def test_a_deleted_note_keeps_status_and_impact(scored, clock) -> None:
    note = scored.notes[BRIDGING][0]
    before = Impact.objects.get(contributor=note.author_id)
    Note.objects.filter(pk=note.pk).update(deleted_at=clock(), removal="author", summary="")
    clock.advance(minutes=10)
    assert score(Kind.FINAL, now=clock()).state == State.DONE
    assert fresh([note])[0].status == CRH
    assert Impact.objects.get(contributor=note.author_id).writing == before.writing
    rater = scored.raters[0]
    assert Impact.objects.get(contributor=rater).rating == recounted_impacts()[rater.pk][1]


def test_ranking_knows_scores_and_sides_that_no_page_shows(scored, client) -> None:
    left, right = (
        [score.factor for score in RaterScore.objects.filter(contributor__in=camp)] for camp in scored.camps
    )
    assert len({factor > 0 for factor in left}) == 1
    assert {factor > 0 for factor in left} != {factor > 0 for factor in right}
    intercepts = {
        kind: [score.intercept for score in NoteScore.objects.filter(note__in=notes)]
        for kind, notes in scored.notes.items()
    }
    assert min(intercepts[BRIDGING]) > max(intercepts[LEFT] + intercepts[RIGHT]) > max(intercepts[BAD])
    page = client.get(reverse("profile", args=[scored.raters[0].alias])).text
    assert "factor" not in page


# --- impacts ---


@pytest.mark.requirement("IM-1", "IM-2", "IM-3", "IM-4")
def test_impacts_equal_a_recount_from_scratch(scored, clock) -> None:
    recounted = recounted_impacts()
    for impact in Impact.objects.all():
        writing, rating = recounted[impact.contributor_id]
        assert impact.writing == writing
        assert impact.rating == rating
    assert any(impact.writing.total < 0 for impact in Impact.objects.all())


@pytest.mark.requirement("IM-3")
def test_impacts_follow_statuses(scored, clock) -> None:
    author = scored.notes[BRIDGING][0].author
    before = Impact.objects.get(contributor=author).writing.total
    for rating in Rating.objects.filter(note=scored.notes[BRIDGING][0]).select_related("rater", "note"):
        take_back(rating.rater, rating.note, now=clock())
    clock.advance(minutes=10)
    score(Kind.FINAL, now=clock())
    assert fresh(scored.notes[BRIDGING][:1])[0].status == NMR
    assert Impact.objects.get(contributor=author).writing.total == before - 1


@pytest.mark.requirement("IM-8")
def test_rating_at_random_does_not_pay(scored) -> None:
    """The sum of all ratings answered the other way round would be negative."""
    opposite = Impact()
    for impact in Impact.objects.all():
        opposite.helped_helpful += impact.against_helpful
        opposite.against_helpful += impact.helped_helpful
        opposite.helped_not_helpful += impact.against_not_helpful
        opposite.against_not_helpful += impact.helped_not_helpful
    straight = sum(impact.rating.total for impact in Impact.objects.all())
    assert straight + opposite.rating.total < 0


@pytest.mark.requirement("TW-1")
def test_who_is_a_top_writer_follows_the_impact(scored) -> None:
    writers = [i for i in Impact.objects.all() if is_top_writer(i.writing, rules().top_writer)]
    assert writers == []  # five Helpful notes are not ten
    impact = Impact.objects.order_by("-notes_helpful").first()
    assert impact.notes_helpful == 5


# --- the right to write ---


@pytest.mark.requirement("WA-1", "SU-16", "WA-5")
def test_raters_with_enough_impact_may_write_and_are_told(scored) -> None:
    for rater in Contributor.objects.filter(pk__in=[r.pk for r in scored.raters]).select_related("impact"):
        earned = rater.impact.rating.total >= 5
        assert (rater.enrollment_state == Enrollment.EARNED_IN) is earned
        assert Notice.objects.filter(contributor=rater, code="ability.earned").exists() is earned
    assert Counter(Contributor.objects.values_list("enrollment_state", flat=True))[Enrollment.EARNED_IN] > 30


@pytest.mark.requirement("WA-2", "WA-3", "WA-4", "WA-6", "NO-4")
def test_writers_of_bad_notes_lose_writing_and_are_told_what_brings_it_back(scored) -> None:
    locked = Contributor.objects.filter(enrollment_state=Enrollment.EARNED_OUT)
    assert {person.pk for person in locked} == {note.author_id for note in scored.notes[BAD]}
    for person in locked:
        assert (person.times_earned_out, person.earn_in_target) == (1, 5)
        assert person.can_rate
        assert not person.can_write
        notice = Notice.objects.get(contributor=person, kind="writing_ability")
        assert "Writing is locked for now." in notice.words
        assert "comes back at 5" in notice.words


@pytest.mark.requirement("WA-7")
def test_one_camp_cannot_take_writing_from_somebody(scored) -> None:
    """Half of all raters call these notes not helpful, and their authors write on."""
    authors = {note.author_id for kind in (LEFT, RIGHT) for note in scored.notes[kind]}
    authors -= {note.author_id for note in scored.notes[BAD]}
    assert authors
    assert all(author.can_write for author in Contributor.objects.filter(pk__in=authors))


@pytest.mark.requirement("RP-4")
def test_who_was_removed_stays_removed(scored, clock) -> None:
    rater = scored.raters[0]
    Contributor.objects.filter(pk=rater.pk).update(enrollment_state=Enrollment.REMOVED)
    clock.advance(minutes=70)
    score(Kind.FINAL, now=clock())
    rater.refresh_from_db()
    assert rater.enrollment_state == Enrollment.REMOVED
    # also where staff acted while the run was on its way
    run = queries.latest(Kind.FINAL)
    other = scored.raters[1]
    Contributor.objects.filter(pk=other.pk).update(
        enrollment_state=Enrollment.NEW_USER, state_changed_at=run.started_at + timedelta(minutes=1)
    )
    apply_people(results_of(run), now=clock())
    other.refresh_from_db()
    assert other.enrollment_state == Enrollment.NEW_USER


# --- all or nothing ---


def test_a_failure_while_applying_leaves_nothing_half_done(community, engine, clock, monkeypatch) -> None:
    score(Kind.PRESCORING, now=clock())

    def breaks(*arguments, **options):
        raise MemoryError

    monkeypatch.setattr("bridgenotes.runs.apply.whole.notifications.tell_of_ability", breaks)
    with pytest.raises(MemoryError):
        score(Kind.FINAL, now=clock())
    assert ScoringRun.objects.get(kind=Kind.FINAL).state == State.FAILED
    assert not StatusChange.objects.exists()
    assert not NoteStatus.objects.exists()
    assert not Notice.objects.exists()
    assert set(Note.objects.values_list("status", flat=True)) == {NMR}
    assert not Impact.objects.filter(updated_at__isnull=False).exists()


def test_a_run_that_was_taken_over_applies_nothing(scored, clock) -> None:
    run = queries.latest(Kind.FINAL)
    changes = StatusChange.objects.count()
    with pytest.raises(LostRunError):
        apply_results(results_of(run), run, now=clock())
    assert StatusChange.objects.count() == changes


def test_applying_takes_a_bounded_number_of_queries(scored, clock, django_assert_max_num_queries) -> None:
    clock.advance(minutes=70)
    run = queries.latest(Kind.FINAL)
    ScoringRun.objects.filter(pk=run.pk).update(state=State.RUNNING)
    run.refresh_from_db()
    with django_assert_max_num_queries(45):
        apply_results(results_of(run), run, now=clock())


@pytest.mark.requirement("ST-14")
def test_a_note_that_a_safeguard_holds_is_known_for_its_preview(community, engine, clock) -> None:
    note = community.notes[BRIDGING][0]
    few = [rater.pk for rater in community.camps[1][3:]]
    Rating.objects.filter(note=note, rater__in=few).delete()
    score(Kind.PRESCORING, now=clock())
    score(Kind.FINAL, now=clock())
    held = fresh([note])[0]
    assert (held.status, held.is_safeguarded, held.is_stabilising) == (NMR, True, False)
    assert not any(other.is_safeguarded for other in fresh(community.notes[LEFT] + community.notes[BAD]))
