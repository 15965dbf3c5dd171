"""Topics of posts: seeded by terms, extended by a classifier of words (spec 09)."""

from bridgenotes.scoring.topics.assign import (
    UnreliableTopicsError,
    assign_topics,
    find_topics,
    seed_topics,
    train_topics,
)
from bridgenotes.scoring.topics.classifier import TopicModel, TopicModelError
from bridgenotes.scoring.topics.settings import TopicSettings, TopicSettingsError, load_settings

__all__ = [
    "TopicModel",
    "TopicModelError",
    "TopicSettings",
    "TopicSettingsError",
    "UnreliableTopicsError",
    "assign_topics",
    "find_topics",
    "load_settings",
    "seed_topics",
    "train_topics",
]
