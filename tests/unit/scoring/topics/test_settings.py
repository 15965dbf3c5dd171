"""Settings of topics hold together or say why not."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from bridgenotes.scoring.topics.settings import TopicSettingsError, load_settings, parse_settings

FRAGMENTS = """
    ukrain russia kiev kyiv moscow zelensky putin
    israel palestin gaza jerusalem hamas
    messi ronaldo
    scam undisclosedad termsofservice engagementfarm help.x.com x.com/tos spam gambling apostas apuestas
    dropship promotion
    ugc gc obc sc आरक्षण
"""


@pytest.fixture
def document() -> dict[str, Any]:
    return copy.deepcopy(load_settings().to_document())


def test_the_topics_of_the_specification() -> None:
    settings = load_settings()
    assert [(topic.name, topic.max_rest, len(topic.terms)) for topic in settings.topics] == [
        ("UkraineConflict", 0.99, 7),
        ("GazaConflict", 0.99, 5),
        ("MessiRonaldo", 0.99, 2),
        ("Scams", 0.99, 13),
        ("InDimensionTwo", 0.98, 7),
    ]


def test_fragments_are_those_of_the_specification() -> None:
    """Of the others none can be part of a token."""
    expected = set(FRAGMENTS.split())
    fragments = {f for topic in load_settings().topics for f in topic.fragments}
    assert fragments >= expected
    assert all(set(f) & set(r".[\ ") for f in fragments - expected)


def test_settings_survive_json(document: dict[str, Any]) -> None:
    assert parse_settings(json.loads(json.dumps(document))) == load_settings()


def test_unknown_name() -> None:
    with pytest.raises(TopicSettingsError, match="no topics 'x-1999'; choose one of: x-2026"):
        load_settings("x-1999")


def test_missing_unknown_double_empty_and_broken(document: dict[str, Any]) -> None:
    def refused(message: str) -> None:
        with pytest.raises(TopicSettingsError, match=message):
            parse_settings(document)
        document.update(copy.deepcopy(load_settings().to_document()))

    del document["training"]["tolerance"]
    refused("training: setting 'tolerance' is missing")
    document["topics"][1]["weight"] = 3
    refused("topic 2: unknown setting 'weight'")
    document["topics"][1]["name"] = "Scams"
    refused("a topic occurs twice")
    document["topics"][0]["terms"] = ()
    refused("topic UkraineConflict has no terms")
    document["topics"][0]["terms"] = ("(",)
    refused("topic UkraineConflict: a term is no regular expression")
