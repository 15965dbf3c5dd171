"""Topics of the golden communities: those of the reference, and its classifier's coefficients."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bridgenotes.data.read import read_dataset
from bridgenotes.scoring.topics import TopicModel, assign_topics, find_topics
from bridgenotes.scoring.topics.posts import read_posts
from bridgenotes.scoring.topics.settings import load_settings
from bridgenotes.scoring.topics.text import tokens_of
from support.golden import Golden

pytestmark = pytest.mark.parity


class Found:
    def __init__(self, golden: Golden) -> None:
        self.golden = golden
        self.notes = read_dataset([golden.folder / "input"], text=True, cache=False).dataset.notes
        self.model, self.topics = find_topics(self.notes)
        stored = golden.reference / "prescoring" / "note_topic_classifier.json"
        self.reference = json.loads(stored.read_text("utf-8"))


@pytest.fixture(scope="module", params=["S", "M"])
def found(request: pytest.FixtureRequest, reference_data: Path) -> Found:
    return Found(Golden.load(reference_data, request.param))


def test_topics_of_all_notes(found: Found) -> None:
    reference = found.golden.topics().sort("note")
    assert reference.height > 700
    assert found.topics.equals(reference)


def test_final_scoring_assigns_the_same_by_the_stored_model(found: Found) -> None:
    model = TopicModel.from_bytes(found.model.to_bytes())
    assert assign_topics(model, found.notes).equals(found.topics)
    scored = found.notes.filter(pl.col("note") % 2 == 0)["note"]
    some = assign_topics(model, found.notes, scored=scored)
    assert 0.5 < some.height / found.topics.height < 1
    assert some.equals(found.topics.filter(pl.col("note").is_in(some["note"].implode())))


def test_features(found: Found) -> None:
    vocabulary = found.reference["vocabulary"]
    assert list(found.model.tokens) == sorted(vocabulary, key=vocabulary.get)
    np.testing.assert_allclose(found.model.idf, found.reference["idf"], rtol=1e-13)


def test_stop_words(found: Found) -> None:
    """The reference lists them: all tokens, of contested posts too, that contain a seed."""
    settings = load_settings()
    fragments = {fragment for topic in settings.topics for fragment in topic.fragments}
    tokens = {token for text in read_posts(found.notes, settings).texts for token in tokens_of(text)}
    stopped = {token for token in tokens if any(fragment in token for fragment in fragments)}
    assert stopped == set(found.reference["stop_words"])


def test_regression(found: Found) -> None:
    """The same solver, start and stop: the same numbers, far within the 1e-3 that another stop would cost."""
    assert found.model.classes.tolist() == found.reference["classes"]
    np.testing.assert_allclose(found.model.coefficients, found.reference["coef"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(found.model.intercepts, found.reference["intercept"], rtol=0, atol=1e-8)
