"""Run the models that scorers lean on: rater similarity and topics."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgenotes.scoring.side import Side
from bridgenotes.scoring.similarity.settings import SimilaritySettings
from bridgenotes.scoring.similarity.table import rater_similarity
from bridgenotes.scoring.topics import UnreliableTopicsError, find_topics

if TYPE_CHECKING:
    from bridgenotes.scoring.preprocess import Community
    from bridgenotes.scoring.profile import Profile


def find_side(community: Community, profile: Profile) -> tuple[Side, list[str]]:
    """Return what the profile's side models find, and sentences about what they could not.

    A community with too few notes on a topic to learn from has no topics (spec 09 aborts there).
    """
    side, remarks = Side(), []
    if profile.uses_similarity:
        similarity = rater_similarity(community.dataset, community.ratings, SimilaritySettings())
        side = replace(side, similarity=similarity)
    notes = community.dataset.notes
    if profile.uses_topics and notes["summary"].count():
        try:
            _, topics = find_topics(notes)
        except UnreliableTopicsError as error:
            remarks.append(f"no topics: {error}")
        else:
            side = replace(side, topics=topics)
    return side, remarks
