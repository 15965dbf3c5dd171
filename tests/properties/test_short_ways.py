"""The short ways of plain addresses and of texts lead where the long ones do."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.domain import note_text, urls
from bridgenotes.domain.config import UrlConfig
from bridgenotes.domain.verdict import Refused

CONFIG = UrlConfig()
LABELS = st.from_regex(r"[a-z0-9-]{1,8}", fullmatch=True)
HOSTS = st.builds(
    lambda labels, end: ".".join([*labels, end]),
    st.lists(st.one_of(LABELS, st.sampled_from(["www", "xn--a", "twitter", "youtube", "m"])), max_size=3),
    st.sampled_from(["com", "org", "co.uk", "net", "de", "localhost", "0x7f", "1", "youtu.be", "github.io"]),
)
SEGMENTS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_~.%-]{0,6}", fullmatch=True), st.sampled_from([".", "..", "status", "watch"])
)
ADDRESSES = st.builds(
    lambda scheme, host, segments: f"{scheme}://{host}/" + "/".join(segments),
    st.sampled_from(["http", "https", "HTTP"]), HOSTS, st.lists(SEGMENTS, max_size=4),
)  # fmt: skip


@given(ADDRESSES)
def test_both_ways_agree(address: str) -> None:
    def found() -> object:
        try:
            return urls.canonical_url(address, CONFIG)
        except Refused as refused:
            return refused.reasons

    short = found()
    with mock.patch.object(urls, "_of_plain", return_value=None):
        assert found() == short


TEXTS = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            ["http", "://", "https://a.org/b", "\N{LATIN SMALL LETTER LONG S}", "İ", " ", "(", "xhttp"]
        ),
    )
).map("".join)


@given(TEXTS)
def test_addresses_are_found_wherever_the_look_begins(text: str) -> None:
    everywhere = note_text._FINDER.match(text) or ()
    found = [(link.start, link.end, link.url) for link in note_text.links(text)]
    assert found == [(each.index, each.last_index, each.url) for each in everywhere]


@pytest.mark.parametrize("address", ["https://example.org/a/b.html", "http://www.example.co.uk/x_~-/"])
def test_plain_addresses_take_the_short_way(address: str) -> None:
    with mock.patch.object(urls, "_cleaned", side_effect=AssertionError):
        urls.canonical_url(address, CONFIG)
