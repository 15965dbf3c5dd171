"""The topic of each note, from the word of the terms and of the classifier."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from bridgenotes.scoring.side import TOPICS_SCHEMA
from bridgenotes.scoring.topics.assign import (
    UnreliableTopicsError,
    assign_topics,
    balanced_accuracy,
    decide,
    find_topics,
    seed_topics,
    train_topics,
)
from bridgenotes.scoring.topics.classifier import TopicModel
from bridgenotes.scoring.topics.posts import read_posts
from bridgenotes.scoring.topics.settings import load_settings
from unit.scoring.topics.made_up import TALK, community, notes_of

SETTINGS = load_settings()
LENIENT = replace(SETTINGS, min_balanced_accuracy=-1.0)
UKRAINE, GAZA, FOOTBALL, SCAMS, INDIA = (
    "UkraineConflict",
    "GazaConflict",
    "MessiRonaldo",
    "Scams",
    "InDimensionTwo",
)


def decided(text: str, *p: float) -> str | None:
    return decide(read_posts(notes_of(text), SETTINGS), np.array([p]), LENIENT)[0]


@pytest.mark.parametrize(
    ("text", "p", "topic"),
    [
        # No terms: the most probable class, the first on ties.
        ("photo", (0.6, 0.4, 0, 0, 0, 0), None),
        ("photo", (0.3, 0.1, 0.4, 0, 0.2, 0), GAZA),
        ("photo", (0, 0, 0.5, 0, 0.5, 0), GAZA),
        ("photo", (0.5, 0, 0.5, 0, 0, 0), None),
        # Terms stand unless all else is more probable than 0.99, or 0.98 for the last topic.
        ("kiev", (0.75, 0.25, 0, 0, 0, 0), UKRAINE),
        ("kiev", (0.5, 0.015, 0.485, 0, 0, 0), UKRAINE),
        ("kiev", (0.5, 0.005, 0.495, 0, 0, 0), None),
        ("kiev", (0.4, 0.005, 0.595, 0, 0, 0), GAZA),
        ("obc", (0.975, 0, 0, 0, 0, 0.025), INDIA),
        ("obc", (0.985, 0, 0, 0, 0, 0.015), None),
        # Of several topics' terms the most probable one is weighed, the first on ties.
        ("kiev gaza", (0.7, 0.1, 0.2, 0, 0, 0), GAZA),
        ("kiev gaza", (0.0, 0.1, 0.2, 0, 0.7, 0), GAZA),
        ("gaza kiev", (0.8, 0.1, 0.1, 0, 0, 0), UKRAINE),
        ("kiev gaza", (0.995, 0.003, 0.002, 0, 0, 0), None),
        ("kiev gaza", (0.1, 0.003, 0.002, 0, 0.895, 0), SCAMS),
        ("scam gc", (0.97, 0, 0, 0, 0.01, 0.02), INDIA),
        ("scam gc", (0.98, 0, 0, 0, 0.005, 0.015), None),
    ],
)
def test_terms_against_classifier(text: str, p: tuple[float, ...], topic: str | None) -> None:
    assert decided(text, *p) == topic


def test_balanced_accuracy_is_the_mean_over_classes_of_uncontested_posts() -> None:
    posts = read_posts(notes_of("photo", "photo", "photo", "scam", "scam", "kiev", "kiev gaza"), SETTINGS)
    assert balanced_accuracy(posts, np.array([0, 0, 1, 4, 0, 0, 5])) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert balanced_accuracy(read_posts(notes_of("kiev gaza"), SETTINGS), np.array([3])) == 1
    assert balanced_accuracy(read_posts(notes_of(), SETTINGS), np.array([], int)) == 1


def test_a_classifier_that_learnt_nothing_is_refused() -> None:
    """Too few posts: whatever the terms say, the classifier says "no topic"."""
    notes = notes_of(*["photo claim"] * 30, "scam", "gaza", "messi")
    with pytest.raises(
        UnreliableTopicsError, match=r"balanced accuracy is 0\.250, not above 0\.35"
    ) as caught:
        find_topics(notes)
    assert caught.value.balanced_accuracy == 0.25
    assert caught.value.minimum == 0.35
    assert seed_topics(notes)["topic"].to_list() == [SCAMS, GAZA, FOOTBALL]


def test_words_reveal_the_topic_of_posts_without_terms() -> None:
    notes = community(600)
    model, topics = find_topics(notes)
    found = notes.join(topics, on="note", how="left")
    for name, (term, talk) in TALK.items():
        on_topic = pl.col("summary").str.contains_any(talk)
        with_term = pl.col("summary").str.contains(term, literal=True)
        assert found.filter(on_topic & with_term)["topic"].unique().to_list() == [name]
        assert (found.filter(on_topic & ~with_term)["topic"] == name).mean() > 0.9
        talk_only = assign_topics(replace(model, settings=LENIENT), notes_of(" ".join(talk)))
        assert talk_only["topic"].to_list() == [name]


def test_notes_on_a_post_share_its_topic() -> None:
    base = community(300)
    more = pl.DataFrame(
        {"note": [300, 301, 302], "post_id": [900, 900, 901], "summary": ["gaza", "no idea", None]},
        schema=base.schema,
    )
    notes = pl.concat([base, more])
    model, topics = find_topics(notes)
    assert topics.filter(pl.col("note") >= 300).rows() == [(300, GAZA), (301, GAZA)]
    assert topics.schema == TOPICS_SCHEMA
    assert topics["note"].is_sorted()
    assert_frame_equal(assign_topics(model, notes), topics)


def test_final_scoring_reads_all_notes_on_the_posts_of_scored_notes() -> None:
    model = replace(train_topics(community(300)), settings=LENIENT)
    notes = notes_of("photo", "gaza truce", "kiev", "scam", posts=[1, 1, 2, -1])
    topics = assign_topics(model, notes, scored=pl.Series([0, 3], dtype=pl.Int32))
    assert topics.rows() == [(0, GAZA), (1, GAZA), (3, SCAMS)]
    assert assign_topics(model, notes, scored=pl.Series([], dtype=pl.Int32)).is_empty()


def test_the_order_of_rows_is_irrelevant() -> None:
    notes = community(200).with_columns(post_id=pl.col("note").cast(pl.Int64) // 2)
    model, topics = find_topics(notes)
    for other in (notes, notes.reverse(), notes.sample(fraction=1.0, shuffle=True, seed=9)):
        assert_frame_equal(find_topics(other)[1], topics)
        assert_frame_equal(assign_topics(model, other), topics)


def test_numbers_of_posts_are_irrelevant() -> None:
    notes = community(200)
    renumbered = notes.with_columns(post_id=10**15 - pl.col("post_id"))
    assert_frame_equal(find_topics(renumbered)[1], find_topics(notes)[1])


def test_a_stored_model_assigns_the_same() -> None:
    notes = community(200)
    model, topics = find_topics(notes)
    assert_frame_equal(assign_topics(TopicModel.from_bytes(model.to_bytes()), notes), topics)


@pytest.mark.parametrize("topic", TALK)
def test_one_topic_only(topic: str) -> None:
    notes = community(200, (topic,))
    assert find_topics(notes)[1]["topic"].unique().to_list() == [topic]


@pytest.mark.parametrize(
    ("summaries", "topics"),
    [
        ((), []),
        ((None,), []),
        (("", "  "), []),
        (("photo",), []),
        (("gaza",), [(0, GAZA)]),
        (("gaza kiev",), []),
        (("gaza truce", "photo claim"), [(0, GAZA)]),
        (("gaza", "🙂"), [(0, GAZA)]),
    ],
)
def test_tiny_communities(summaries: tuple[str | None, ...], topics: list[tuple[int, str]]) -> None:
    """Each is within reach of the classifier, if only because there is one class or two."""
    model, found = find_topics(notes_of(*summaries))
    assert found.rows() == topics
    assert found.schema == TOPICS_SCHEMA
    assert_frame_equal(assign_topics(model, notes_of(*summaries)), found)


def test_settings_without_topics() -> None:
    assert find_topics(notes_of("gaza", "photo"), replace(SETTINGS, topics=()))[1].is_empty()
