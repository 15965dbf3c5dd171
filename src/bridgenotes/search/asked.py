"""From what people type to what is looked for. Nothing they type is syntax."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

MOST_TERMS: Final = 12
LONGEST: Final = 300
"""Characters of a question that are looked at."""
SHORTEST_BEGINNING: Final = 3
"""Beginnings of words are found from this length on; shorter ones would be most of the index."""

_SIGMA: Final = {0x3C2: 0x3C3}
"""A sigma at the end of a word is a sigma."""
_PIECES: Final = re.compile(r'"([^"]*)"|(\S+)')
_MARKS: Final = re.compile("[\u0300-\u036f]")
_NOT_WORDS: Final = re.compile(r"[\W_]+")
_NO_SPACES: Final = re.compile("([\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff])")
"""Scripts that are written without spaces between words: each character is found by itself."""


@dataclass(frozen=True)
class Term:
    """Words that stand beside each other in this order; the last may go on if ``is_beginning``."""

    text: str
    is_beginning: bool = False


def terms(question: str) -> tuple[Term, ...]:
    """Return what must be in a note: each word, and each phrase in quotation marks.

    Examples
    --------
    >>> [(term.text, term.is_beginning) for term in terms('the "Old bridge" colla')]
    [('the', False), ('Old bridge', False), ('colla', True)]
    """
    clean = question.replace("\x00", " ").encode("utf-8", "ignore").decode()[:LONGEST]
    found = []
    for match in _PIECES.finditer(clean):
        phrase, word = match.groups()
        text = phrase if phrase is not None else word
        if folded(text):
            is_last = phrase is None and match.end() == len(clean)
            found.append(Term(text, is_last and len(folded(text)) >= SHORTEST_BEGINNING))
    return tuple(found[:MOST_TERMS])


def folded(text: str) -> str:
    """Return the words of a text without case, accents and punctuation, with single spaces between them.

    Examples
    --------
    >>> folded("Señor MÜLLER: «no»!"), folded("東京タワー")
    ('senor muller no', '東 京 タ ワ ー')
    """
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    lower = unicodedata.normalize("NFKC", bare).lower().translate(_SIGMA)
    return " ".join(_NO_SPACES.sub(r" \1 ", _NOT_WORDS.sub(" ", lower)).split())
