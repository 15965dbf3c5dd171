"""What becomes of the text of a post before anything looks for words in it."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from bridgenotes.scoring.topics.text import (
    MARKS_END,
    clean,
    count_known_tokens,
    count_tokens,
    tokens_of,
)

KEPT = ("help.x.com", "x.com/tos")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("No address, a_b and/or c", "No address, a b and or c"),
        # Only runs of four ASCII letters survive; "https" is one, "http" and "www" are not longer than it.
        ("see https://www.bbc.co.uk/news/Kyiv-123_abcd end", "see https news Kyiv abcd end"),
        ("http://a.bc", "http"),
        ("(https://example.org/path)next", "(https example path)next"),
        ("[https://example.org]", "[https example]"),
        ("https://пример.рф/новости", "https"),
        ("https://", "https:  "),
        ("https://help.x.com/en/rules", "https:  help.x.com en rules"),
        ("https://x.com/tos", "https:  x.com tos"),
        ("https://fox.com/tos_1", "https:  fox.com tos 1"),
        # The list of kept addresses knows one spelling.
        ("https://HELP.X.COM/abcd", "https HELP abcd"),
        ("help.x.com/rules", "help.x.com rules"),
        ("HTTPS://example.org/a", "HTTPS:  example.org a"),
        ("one\nhttps://example.org\ntwo", "one\nhttps example\ntwo"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text, KEPT) == cleaned


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("a b, c!", []),
        ("It's 24 o'clock", ["it", "24", "clock"]),
        ("Snake_case stays", ["snake_case", "stays"]),
        ("Éléphant ÀÉÎ Straße", ["elephant", "aei", "straße"]),
        ("ﬁn №12 ℡", ["fin", "no12", "tel"]),
        ("\U0001d401\U0001d428\U0001d425\U0001d41d", ["bold"]),
        ("日本語 テスト", ["日本語", "テスト"]),
        ("デバイス", ["テハイス"]),
        # The virama goes, as does nothing else: vowel signs are no letters, so they split the word.
        ("आरक्षण", ["आरकषण"]),
        ("हिन्दी", ["नद"]),
        ("emoji 🇺🇦🙂 text", ["emoji", "text"]),
        ("help.x.com rules", ["help.x.com", "rules"]),
        ("Https://HELP.X.com/en/rules?a=b next", ["help.x.com", "next"]),
        ("see x.com/tos.", ["see", "x.com/tos"]),
        ("x.com/abcd", ["com", "abcd"]),
        ("myhelp.x.com", ["myhelp", "com"]),
        ("help.x.comfort", ["help.x.com"]),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert tokens_of(text) == tokens


def test_counts_of_all_and_of_known_tokens() -> None:
    texts = ["bb aa bb", "", "aa cc"]
    counts, tokens = count_tokens(texts)
    assert tokens == ["bb", "aa", "cc"]
    assert counts.toarray().tolist() == [[2, 1, 0], [0, 0, 0], [0, 1, 1]]
    known = count_known_tokens(texts, {"zz": 0, "bb": 1})
    assert known.toarray().tolist() == [[0, 2], [0, 0], [0, 0]]


def test_no_texts() -> None:
    counts, tokens = count_tokens([])
    assert (counts.shape, tokens) == ((0, 0), [])
    assert count_known_tokens([], {"aa": 0}).shape == (0, 1)


def test_every_combining_mark_is_known() -> None:
    marks = [code for code in range(sys.maxunicode + 1) if unicodedata.combining(chr(code))]
    assert max(marks) < MARKS_END
    assert tokens_of("ab" + "".join(map(chr, marks)) + "c") == ["abc"]
