"""Why a status, and the community from above: what is told, to whom it tells nothing, and what it costs."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta

import polars as pl
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.data.vocabulary import CRH, CRNH, NMR, TAGS
from bridgenotes.domain.viewpoints import CELLS, LEAST
from bridgenotes.insight import services
from bridgenotes.insight.facts import facts_of
from bridgenotes.insight.models import NoteDrawing, NoteExplanation, Overview
from bridgenotes.notes.models import Note, RaterScore, Rating
from bridgenotes.report.checks import Check
from bridgenotes.report.explain import Findings
from bridgenotes.report.patterns import PATTERNS
from bridgenotes.report.sentences import FIELDS, packed, said, tags_said
from bridgenotes.runs import folders
from bridgenotes.runs.models import Kind, ScoringRun
from bridgenotes.runs.services import score
from bridgenotes.web.community import community as page_of
from bridgenotes.web.packed_words import rule_in_words, words
from support.community import BAD, BRIDGING, LEFT


def page(client, note) -> str:
    return client.get(reverse("note", args=[note.pk])).text


def paths(text: str, kind: str = "") -> list[str]:
    """Return the paths of a page's drawings, of one class if asked."""
    classes = re.escape(kind) if kind else r"(?:area|mark|field)[^\"]*"
    return re.findall(rf'<path class="{classes}" d="([^"]+)"', text)


# --- why this status ---


@pytest.mark.requirement("ST-8", "ST-11")
def test_a_note_says_why_it_has_its_status(scored, client) -> None:
    helpful, one_sided, bad = (scored.notes[kind][0] for kind in (BRIDGING, LEFT, BAD))
    text = page(client, helpful)
    assert "People who usually disagree both find it helpful." in text
    assert "What it lacks" not in text
    assert "The core model decides" in text
    (columns,) = paths(text, "area helpful")[:1]
    assert columns.count("M") >= 2
    text = page(client, one_sided)
    assert "Not enough people of different viewpoints find it helpful." in text
    assert "0.400 short of" not in text
    assert "it needs more ratings of “helpful” from people who usually disagree" in text
    assert "Raters, across viewpoints, find it not helpful." in page(client, bad)
    assert Note.objects.filter(explanation=None, ratings__isnull=False).count() == 0


def test_a_note_that_nobody_rated_or_that_waits_for_scoring_says_so(client, noting) -> None:
    note = noting.note()
    assert "Nobody has rated it yet." in page(client, note)
    noting.rate(note)
    assert "The next scoring looks at it." in page(client, note)


def test_pages_need_no_files_of_runs(scored, client, monkeypatch) -> None:
    addresses = [reverse("community"), reverse("note", args=[scored.notes[BRIDGING][0].pk])]
    before = [paths(client.get(address).text) for address in addresses]
    shutil.rmtree(folders.root())
    for name in ("read_parquet", "scan_parquet", "read_csv", "scan_csv"):
        monkeypatch.setattr(pl, name, None)
    assert [paths(client.get(address).text) for address in addresses] == before
    assert all(before)


def test_pages_take_few_queries(scored, client, django_assert_max_num_queries) -> None:
    note = scored.notes[BRIDGING][0]
    with django_assert_max_num_queries(8):
        client.get(reverse("note", args=[note.pk]))
    with django_assert_max_num_queries(4):
        client.get(reverse("community"))


def test_what_did_not_change_is_not_written_again(scored, clock) -> None:
    facts = dict(NoteExplanation.objects.values_list("pk", "facts"))
    assert services.news(facts) == {}
    first, other = list(facts)[:2]
    changed = {**facts, first: {**facts[first], "rules": ["Another"]}}
    assert services.keep_explanations(services.news(changed), at=clock() + timedelta(days=1)) == 1
    times = dict(NoteExplanation.objects.values_list("pk", "explained_at"))
    assert times[first] == clock() + timedelta(days=1)
    assert times[other] < times[first]


def test_of_few_ratings_nothing_is_told_that_a_model_computed() -> None:
    three = said("three", value=0.123)
    gap = said("intercept.gap", value=0.123, short=0.277, bar=0.4)
    bar = said("at_least", least=0.4)
    checks = tuple(
        Check(rule, said(f"{code}.name"), three, bar, met=False, gap=gap)
        for rule, code in (("RATINGS", "ratings"), ("GENERAL_CRH", "intercept"))
    )
    found = Findings(said("head.few"), is_judged=True, scope=None, lock=None, checks=checks, missing=(gap,))
    row = {"numRatings": LEAST - 1, "metaScorerActiveRules": "MetaInitialNMR (v1.0)"}
    kept = facts_of(found, row, "InitialNMR (v1.0)")
    assert [check[0] for check in kept["checks"]] == ["ratings"]
    assert "rules" not in kept or kept["rules"] == []
    enough = facts_of(found, row | {"numRatings": LEAST}, "InitialNMR (v1.0)")
    assert len(enough["checks"]) == 2
    assert enough["rules"] == ["InitialNMR", "MetaInitialNMR"]


# --- sentences ---

SAMPLE = {"status": said(f"status.{CRH}"), "tags": tags_said(["helpfulClear"]), "scorer": "MFCoreScorer"}


@pytest.mark.parametrize("code", sorted(PATTERNS))
def test_pages_say_what_the_command_says(code) -> None:
    for whole, part in ((1, 0.25), (3, 12.5)):
        params = {name: SAMPLE.get(name, whole if digits is None else part) for name, digits in FIELDS[code]}
        sentence = said(code, **params)
        assert words(packed(sentence)).replace("“Easy to understand”", "clear") == sentence


def test_sentences_and_rules_of_other_versions_are_passed_over() -> None:
    assert words(["unheard.of", 1, 2]) == words(["intercept.gap", 0.1]) == ""
    assert rule_in_words("Unheard (v9.0)") == "Unheard"
    assert rule_in_words("GroupModel03 (v1.1)") == "Modeling group 3 finds it helpful"
    assert {words(["tag." + tag]) for tag in TAGS} >= {"“Easy to understand”"}


# --- how viewpoints rated it ---


@pytest.fixture
def rated(noting):
    """Returns a function that lets so many raters of a viewpoint rate the note."""
    note = noting.note()

    def rate(count: int, factor: float, level: str = "HELPFUL") -> Note:
        for _ in range(count):
            rating = noting.rate(note, level)
            RaterScore.objects.update_or_create(contributor=rating.rater, defaults={"factor": factor})
        return note

    return rate


def drawn(note, clock) -> list[list[int]] | None:
    services.draw([note.pk], until=clock(), at=clock())
    found = NoteDrawing.objects.filter(pk=note.pk).first()
    return found.groups if found else None


def test_a_drawing_shows_groups_and_never_follows_a_single_rater(rated, clock) -> None:
    assert drawn(rated(4, -0.5), clock) is None
    note = rated(1, 0.7, "NOT_HELPFUL")
    first = drawn(note, clock)
    assert first == [[0, CELLS - 1, 4, 0, 1]]
    for _ in range(LEAST - 1):  # one by one: nothing moves, so nothing tells who it was
        rated(1, 0.7, "NOT_HELPFUL")
        assert drawn(note, clock) == first
    rated(1, 0.7, "NOT_HELPFUL")
    assert drawn(note, clock) != first
    assert all(sum(group[2:]) >= LEAST for group in NoteDrawing.objects.get().groups)


def test_a_drawing_holds_what_was_scored(rated, clock) -> None:
    note, then = rated(5, -0.5), clock()
    clock.advance(hours=1)
    rated(7, 0.5)
    Rating.objects.filter(note=note, created_at__lte=then).update(deleted_at=None)
    services.draw([note.pk], until=then, at=then)
    assert NoteDrawing.objects.get().raters == 5
    note.ratings.update(deleted_at=clock())
    assert drawn(note, clock) is not None  # taken back: the group stays until five others came


# --- the community ---


def test_the_overview_counts_the_community(scored, client) -> None:
    figures = Overview.objects.get().figures
    status = dict.fromkeys((CRH, CRNH, NMR), 0)
    for note in Note.objects.all():
        status[note.status] += 1
    funnel = figures["funnel"]
    assert (funnel["helpful"], funnel["not_helpful"]) == (status[CRH], status[CRNH])
    assert funnel["proposed"] == funnel["rated"] == Note.objects.count()
    assert all(group[2] >= LEAST for group in figures["landscape"]["groups"])
    assert sum(group[2] for group in figures["landscape"]["groups"]) == figures["landscape"]["raters"]
    assert sum(day["ratings"] or 0 for day in figures["days"]) == Rating.objects.count()
    assert sum(figures["waiting"]["helpful"]) == status[CRH]
    text = client.get(reverse("community")).text
    assert 'role="img"' in text
    assert text.count("<table") >= 5


def test_the_landscape_waits_for_five_raters(scored, clock) -> None:
    before = Overview.objects.get().figures["landscape"]
    gone = RaterScore.objects.filter(factor__isnull=False).first()
    clock.advance(minutes=10)
    RaterScore.objects.filter(pk=gone.pk).update(factor=None)
    run = ScoringRun.objects.filter(kind=Kind.FINAL).latest("started_at")
    assert run.figures["explained"] >= 0
    score(Kind.FINAL, now=clock())
    assert Overview.objects.get().figures["landscape"] == before


def test_before_the_first_scoring_the_page_says_so(client) -> None:
    assert "The first scoring draws this page." in client.get(reverse("community")).text


DAY = st.fixed_dictionaries(
    {
        "notes": st.integers(0, 9),
        "ratings": st.one_of(st.none(), st.just(0), st.integers(5, 99)),
        "helpful": st.integers(0, 3),
    }
)


@given(
    st.lists(DAY, max_size=120), st.lists(st.tuples(st.floats(-2, 2), st.floats(-3, 3), st.integers(0, 2)))
)
def test_any_figures_can_be_shown(days, points) -> None:
    figures = {
        "landscape": {"groups": [], "raters": 0, "cells": 10},
        "map": {"points": [list(point) for point in points], "notes": len(points), "helpful_from": 0.4},
        "funnel": dict.fromkeys(("proposed", "rated", "enough", "liked", "helpful", "not_helpful"), 0)
        | {"least": 5},
        "waiting": {"helpful": [0] * 10, "not_helpful": [0] * 10, "median": None},
        "days": [{"day": f"2026-{1 + k // 28:02}-{1 + k % 28:02}", **day} for k, day in enumerate(days)],
        "languages": [],
    }
    shown = page_of(figures)
    assert sum(sum(counts) for _, counts in shown.map.rows) == len(points)
    assert shown.activity.series[0].total == sum(day["notes"] for day in days)
