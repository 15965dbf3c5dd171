"""Topics found in prescoring are not looked for again in the same run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from polars.testing import assert_frame_equal

from bridgenotes.scoring.phases import final
from bridgenotes.scoring.phases.context import Context
from bridgenotes.scoring.phases.prescoring import Prescored, Topics
from bridgenotes.scoring.topics import find_topics
from unit.scoring.topics.made_up import community


def test_only_other_notes_are_looked_at() -> None:
    notes = community(200)
    topics = Topics(*find_topics(notes), notes)
    steps: list[str] = []

    @contextmanager
    def watch(name: str) -> Iterator[None]:
        steps.append(name)
        yield

    def of(frame: Any, known: Topics) -> Any:
        return final._topics(SimpleNamespace(notes=frame), known, Context(0, watch=watch))[0]

    assert of(notes, topics) is topics.table
    assert steps == []
    assert_frame_equal(of(notes.clone(), topics), topics.table)
    assert_frame_equal(of(notes, replace(topics, notes=None)), topics.table)
    assert steps == [final.TOPICS] * 2


def test_steps_are_not_given_the_notes_once_more() -> None:
    notes = community(20)
    assert Prescored(topics=Topics(notes=notes)).for_steps().topics.notes is None
