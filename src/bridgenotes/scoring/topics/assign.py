"""From posts and a classifier to the topic of each note (spec 09 section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bridgenotes.scoring.errors import ScoringError
from bridgenotes.scoring.side import TOPICS_SCHEMA
from bridgenotes.scoring.topics.classifier import train
from bridgenotes.scoring.topics.posts import read_posts
from bridgenotes.scoring.topics.settings import load_settings
from bridgenotes.scoring.topics.text import count_tokens

if TYPE_CHECKING:
    from scipy import sparse

    from bridgenotes.scoring.topics.classifier import FloatArray, IntArray, TopicModel
    from bridgenotes.scoring.topics.posts import Posts
    from bridgenotes.scoring.topics.settings import TopicSettings


class UnreliableTopicsError(ScoringError):
    """The classifier reproduces the terms' word too badly; `seed_topics` does without it.

    Attributes
    ----------
    balanced_accuracy : float
        Mean share of right answers over the classes.
    minimum : float
        What it must exceed.
    """

    def __init__(self, balanced_accuracy: float, minimum: float) -> None:
        self.balanced_accuracy = balanced_accuracy
        self.minimum = minimum
        super().__init__(
            f"the topic classifier's balanced accuracy is {balanced_accuracy:.3f}, not above {minimum}; "
            "too few posts may mention its topics"
        )


def find_topics(
    notes: pl.DataFrame, settings: TopicSettings | None = None
) -> tuple[TopicModel, pl.DataFrame]:
    """Train the classifier on the notes and return it with their topics, as prescoring does.

    Parameters
    ----------
    notes : polars.DataFrame
        Columns note, post_id and summary, as in `NOTES_SCHEMA` when text was read.
    settings : TopicSettings, optional
        Topics and terms; those of ``x-2026`` unless given.

    Returns
    -------
    model : TopicModel
        For final scoring.
    topics : polars.DataFrame
        `TOPICS_SCHEMA`, ascending by note; notes without a topic are absent.

    Raises
    ------
    UnreliableTopicsError
        As `assign_topics`.
    """
    model, posts, counts = _train(notes, settings)
    return model, _topics_of_notes(notes, posts, decide(posts, model.probabilities(counts), model.settings))


def train_topics(notes: pl.DataFrame, settings: TopicSettings | None = None) -> TopicModel:
    """Train the classifier on the notes; parameters as in `find_topics`."""
    return _train(notes, settings)[0]


def assign_topics(model: TopicModel, notes: pl.DataFrame, *, scored: pl.Series | None = None) -> pl.DataFrame:
    """Return the topics of notes by a classifier trained before, as final scoring does.

    Parameters
    ----------
    model : TopicModel
        From `find_topics` or `train_topics`.
    notes : polars.DataFrame
        Columns note, post_id and summary.
    scored : polars.Series, Int32, optional
        Codes of the notes to be scored. All notes on their posts are read and get a topic, no others.

    Returns
    -------
    polars.DataFrame
        `TOPICS_SCHEMA`, ascending by note; notes without a topic are absent.

    Raises
    ------
    UnreliableTopicsError
        If the model's balanced accuracy on posts with terms of one topic at most is too small.
    """
    if scored is not None:
        scored_posts = notes.filter(pl.col("note").is_in(scored.implode()))["post_id"]
        notes = notes.filter(pl.col("post_id").is_in(scored_posts.implode()))
    posts = read_posts(notes, model.settings)
    probabilities = model.probabilities(model.count(posts))
    return _topics_of_notes(notes, posts, decide(posts, probabilities, model.settings))


def seed_topics(notes: pl.DataFrame, settings: TopicSettings | None = None) -> pl.DataFrame:
    """Return the topics of notes by terms alone; contested posts get none.

    Meant for communities that are too small for `find_topics`; parameters as there.

    Returns
    -------
    polars.DataFrame
        `TOPICS_SCHEMA`, ascending by note.
    """
    settings = settings or load_settings()
    posts = read_posts(notes, settings)
    return _topics_of_notes(notes, posts, _names(posts.seeds, settings))


def decide(posts: Posts, probabilities: FloatArray, settings: TopicSettings) -> pl.Series:
    """Weigh the terms' word against the classifier's.

    Parameters
    ----------
    posts : Posts
        The posts.
    probabilities : numpy.ndarray, float64, shape (n_posts, 1 + number of topics)
        By topic number.
    settings : TopicSettings
        Names and limits of the topics.

    Returns
    -------
    polars.Series, String, length n_posts
        Name of each post's topic, or null.

    Raises
    ------
    UnreliableTopicsError
        As `assign_topics`.

    Notes
    -----
    A post's claim is the topic of its terms, the most probable one if there are several. The claim
    stands if all other classes together have at most the topic's ``max_rest``; otherwise, and for
    posts without terms, the most probable class wins.
    """
    best = probabilities.argmax(axis=1)
    accuracy = balanced_accuracy(posts, best)
    if accuracy <= settings.min_balanced_accuracy:
        raise UnreliableTopicsError(accuracy, settings.min_balanced_accuracy)
    if not settings.topics:
        return _names(best, settings)
    claim = np.where(posts.hits, probabilities[:, 1:], -1.0).argmax(axis=1)
    rest = 1 - probabilities[np.arange(len(posts)), claim + 1]
    limit = np.array([topic.max_rest for topic in settings.topics])[claim]
    stands = posts.hits.any(axis=1) & (rest <= limit)
    return _names(np.where(stands, claim + 1, best), settings)


def balanced_accuracy(posts: Posts, best: IntArray) -> float:
    """Return the mean share of right answers over the classes of uncontested posts; 1 without any."""
    uncontested = ~posts.contested
    seeds = posts.seeds[uncontested]
    right = best[uncontested] == seeds
    if not len(seeds):
        return 1.0
    sizes = np.bincount(seeds)
    return float((np.bincount(seeds, weights=right)[sizes > 0] / sizes[sizes > 0]).mean())


def _train(notes: pl.DataFrame, settings: TopicSettings | None) -> tuple[TopicModel, Posts, sparse.csr_array]:
    """Return the model, the posts, and the occurrences of the model's tokens in them."""
    settings = settings or load_settings()
    posts = read_posts(notes, settings)
    counts, tokens = count_tokens(posts.texts)
    model = train(posts, settings, counts, tokens)
    column = {token: k for k, token in enumerate(tokens)}
    return model, posts, counts[:, [column[token] for token in model.tokens]]


def _names(numbers: IntArray, settings: TopicSettings) -> pl.Series:
    names = pl.Series("topic", [None, *(topic.name for topic in settings.topics)], pl.String)
    return names.gather(numbers.astype(np.uint32))


def _topics_of_notes(notes: pl.DataFrame, posts: Posts, topics: pl.Series) -> pl.DataFrame:
    by_post = pl.DataFrame({"post_id": posts.ids, "topic": topics}).drop_nulls("topic")
    named = notes.select("note", "post_id").join(by_post, on="post_id", how="inner").sort("note")
    return named.select(pl.col(name).cast(dtype) for name, dtype in TOPICS_SCHEMA.items())
