"""Which posts the terms put into which topic."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.scoring.topics.posts import read_posts
from bridgenotes.scoring.topics.settings import TopicSettings, load_settings

SETTINGS = load_settings()
UKRAINE, GAZA, FOOTBALL, SCAMS, INDIA = range(1, 6)


def topics_in(text: str) -> set[int]:
    notes = pl.DataFrame({"note": [0], "post_id": [1], "summary": [text]})
    return set(np.flatnonzero(read_posts(notes, SETTINGS).hits[0]) + 1)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("", set()),
        (" \n\t", set()),
        ("Ukrainian", {UKRAINE}),
        ("in UKRAINE", {UKRAINE}),
        ("line\nkyivite", {UKRAINE}),
        ("non\u00a0breaking\u00a0Putin", {UKRAINE}),
        # Plain terms begin a word after a blank, and only there.
        ("(Ukraine", set()),
        ("anti-russian", set()),
        ("#Gaza", set()),
        ("belarussia", set()),
        ("\u201cIsrael\u201d", set()),
        # Underscores and slashes are blanks.
        ("pro_russian", {UKRAINE}),
        ("#/gaza", {GAZA}),
        # Terms with a boundary mark need none.
        ("(Hamas)", {GAZA}),
        ("hamass", set()),
        ("anti-hamas", {GAZA}),
        ("Messi", {FOOTBALL}),
        ("messi's", {FOOTBALL}),
        ("messiah", set()),
        ("ronaldovic", {FOOTBALL}),
        ("undisclosed ad", {SCAMS}),
        ("undisclosed\nadvert", {SCAMS}),
        ("undisclosed  ad", set()),
        ("undisclosed-ad", set()),
        ("terms of service", {SCAMS}),
        ("the terms  of service", set()),
        ("drop shipping", {SCAMS}),
        ("see(help.x.com)", {SCAMS}),
        ("https://help.x.com/rules", {SCAMS}),
        ("https://x.com/tos", set()),
        ("x.com/tos", set()),
        ("helpsx.com", set()),
        # Addresses leave their long words.
        ("https://example.org/ukraine-war", {UKRAINE}),
        ("https://example.org/?q=gc", set()),
        ("https://ukraine.org", {UKRAINE}),
        ("OBC", {INDIA}),
        ("#SC", {INDIA}),
        ("sc,st", {INDIA}),
        ("SC/ST", {INDIA}),
        ("science", set()),
        ("एक आरक्षण", {INDIA}),
        ("आरक्षणका", {INDIA}),
        ("\u0915आरक्षण", set()),
        ("Ukraine Israel", {UKRAINE, GAZA}),
        ("scam by hamas, messi and the gc in Kiev", {UKRAINE, GAZA, FOOTBALL, SCAMS, INDIA}),
    ],
)
def test_terms(text: str, topics: set[int]) -> None:
    assert topics_in(text) == topics


PIECES = [
    *(re.sub(r"\\[bs]|\\", " ", term) for topic in SETTINGS.topics for term in topic.terms),
    *("ship", "ad", "of", "service", "st", "x", "a", "é", "न"),
    *(" ", " ", " ", "\n", ",", ".", "-", "/", "_"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_one_scan_for_all_topics_finds_the_same(text: str) -> None:
    """The specification scans once, without overlaps; terms of different topics never overlap."""
    scan = re.compile(
        "|".join(f"(?P<t{k}>{t.pattern})" for k, t in enumerate(SETTINGS.topics, 1)), re.IGNORECASE
    )
    notes = pl.DataFrame({"note": [0], "post_id": [1], "summary": [text]})
    cleaned = read_posts(notes, SETTINGS).texts[0]
    found = {int(str(match.lastgroup)[1:]) for match in scan.finditer(cleaned.lower())}
    assert topics_in(text) == found


def test_all_notes_on_a_post_are_one_text_in_the_order_of_notes() -> None:
    notes = pl.DataFrame(
        {
            "note": [3, 0, 2, 1],
            "post_id": [7, 7, -1, 7],
            "summary": ["ad space", "an undisclosed", "gaza", None],
        }
    )
    posts = read_posts(notes, SETTINGS)
    assert posts.ids.to_list() == [-1, 7]
    assert posts.texts.to_list() == ["gaza", "an undisclosed  ad space"]
    assert posts.seeds.tolist() == [GAZA, 0]


def test_a_term_may_span_two_notes() -> None:
    notes = pl.DataFrame({"note": [0, 1], "post_id": [7, 7], "summary": ["undisclosed", "ad"]})
    assert read_posts(notes, SETTINGS).seeds.tolist() == [SCAMS]


def test_notes_without_a_post_count_as_one_post() -> None:
    notes = pl.DataFrame({"note": [0, 1], "post_id": [-1, -1], "summary": ["gaza", "kiev"]})
    posts = read_posts(notes, SETTINGS)
    assert posts.contested.tolist() == [True]
    assert posts.seeds.tolist() == [0]


def test_no_notes_and_no_topics() -> None:
    nothing = pl.DataFrame(schema={"note": pl.Int32, "post_id": pl.Int64, "summary": pl.String})
    posts = read_posts(nothing, SETTINGS)
    assert (len(posts), posts.hits.shape, len(posts.seeds), len(posts.contested)) == (0, (0, 5), 0, 0)
    none = TopicSettings((), SETTINGS.kept_in_urls, 0.35, SETTINGS.training)
    notes = pl.DataFrame({"note": [0], "post_id": [7], "summary": ["gaza"]})
    assert read_posts(notes, none).seeds.tolist() == [0]
