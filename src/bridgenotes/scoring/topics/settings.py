"""Which topics there are, the terms that seed them, and how the classifier is trained."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, Final

import polars as pl

from bridgenotes.scoring.errors import ScoringError

UNASSIGNED: Final = 0
"""Number of "no topic"; topic k is ``settings.topics[k - 1]``."""

SEEDS: Final = ("x-2026",)


class TopicSettingsError(ScoringError):
    """Settings of topics that do not exist or do not hold together."""


@dataclass(frozen=True)
class Topic:
    """One topic.

    Attributes
    ----------
    name : str
        As in the side table of topics.
    max_rest : float
        The terms' word stands while the other classes share at most this probability.
    terms : tuple of str
        Regular expressions.
    """

    name: str
    max_rest: float
    terms: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """One pattern for all terms; a plain term must begin a word."""
        return "|".join(f"(?:{_anchored(term)})" for term in self.terms)

    @property
    def fragments(self) -> tuple[str, ...]:
        r"""Texts that give a token away as a seed, literally (spec 09 section 4.2).

        Two rewrites of each term: without ``\s`` and ``\b``, and with every escape as a dot.
        Those with signs that no token holds are harmless.
        """
        bare = (term.replace(r"\s", "").replace(r"\b", "") for term in self.terms)
        dotted = (re.sub(r"\\.", ".", term) for term in self.terms)
        return tuple(dict.fromkeys([*bare, *dotted]))


@dataclass(frozen=True)
class Training:
    """Which tokens are features, and the logistic regression on them.

    Attributes
    ----------
    few_posts, min_posts_per_token : int
        A token must occur in ``min_posts_per_token`` posts unless there are fewer than ``few_posts``.
    max_share_of_posts, always_allowed_posts : float, int
        A token in more posts than both of these is dropped.
    inverse_regularisation : float
        Weight of the summed loss against half the squared coefficients.
    tolerance : float
        Largest component of the summed loss's gradient at the end.
    relative_reduction : float
        The solver also stops when an iteration reduces the loss by less than this share.
    max_iterations : int
        Limit of the solver.
    """

    few_posts: int
    min_posts_per_token: int
    max_share_of_posts: float
    always_allowed_posts: int
    inverse_regularisation: float
    tolerance: float
    relative_reduction: float
    max_iterations: int


@dataclass(frozen=True)
class TopicSettings:
    """All that `train_topics` needs besides the notes.

    Attributes
    ----------
    topics : tuple of Topic
        In the order of their numbers, from 1.
    kept_in_urls : tuple of str
        A URL that contains one of these is text; of others only long words are.
    min_balanced_accuracy : float
        The classifier must reproduce the terms' word better than this.
    training : Training
        Features and regression.
    """

    topics: tuple[Topic, ...]
    kept_in_urls: tuple[str, ...]
    min_balanced_accuracy: float
    training: Training

    def to_document(self) -> dict[str, Any]:
        """Return plain values that `parse_settings` reads back."""
        return asdict(self)


@cache
def load_settings(name: str = "x-2026") -> TopicSettings:
    """Return the settings ``name`` of this package.

    Raises
    ------
    TopicSettingsError
        If there are none of that name, or their file lacks or misnames something.
    """
    if name not in SEEDS:
        raise TopicSettingsError(f"there are no topics {name!r}; choose one of: {', '.join(SEEDS)}")
    text = resources.files(__package__).joinpath("seeds", f"{name}.toml").read_text("utf-8")
    return parse_settings(tomllib.loads(text))


def parse_settings(document: dict[str, Any]) -> TopicSettings:
    """Return the settings that a parsed TOML or JSON document describes.

    Raises
    ------
    TopicSettingsError
        Naming the setting that is missing or unknown, or the topic that occurs twice or whose terms
        are none or no regular expressions.
    """
    _check(TopicSettings, document, "topics")
    for number, topic in enumerate(document["topics"], start=1):
        _check(Topic, topic, f"topic {number}")
    _check(Training, document["training"], "training")
    topics = tuple(Topic(t["name"], float(t["max_rest"]), tuple(t["terms"])) for t in document["topics"])
    names = [topic.name for topic in topics]
    if len(set(names)) < len(names):
        raise TopicSettingsError(f"a topic occurs twice: {', '.join(sorted(names))}")
    if empty := [topic.name for topic in topics if not topic.terms]:
        raise TopicSettingsError(f"topic {empty[0]} has no terms")
    for topic in topics:
        try:
            pl.Series([""]).str.contains(topic.pattern)
        except pl.exceptions.ComputeError as error:
            raise TopicSettingsError(
                f"topic {topic.name}: a term is no regular expression: {error}"
            ) from error
    return TopicSettings(
        topics=topics,
        kept_in_urls=tuple(document["kept_in_urls"]),
        min_balanced_accuracy=float(document["min_balanced_accuracy"]),
        training=Training(**document["training"]),
    )


def _check(kind: type, values: dict[str, Any], where: str) -> None:
    known = [field.name for field in fields(kind)]
    if unknown := sorted(set(values) - set(known)):
        raise TopicSettingsError(f"{where}: unknown setting {unknown[0]!r}; known: {', '.join(known)}")
    if missing := [name for name in known if name not in values]:
        raise TopicSettingsError(f"{where}: setting {missing[0]!r} is missing")


def _anchored(term: str) -> str:
    stands_alone = r"\." in term or term.startswith((r"\b", r"\s"))
    return term if stands_alone else rf"(?:\s|^){term}"
