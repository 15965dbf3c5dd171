"""From notes to the text of posts, and from text to tokens (spec 09 sections 2 and 4.1)."""

from __future__ import annotations

import re
import unicodedata
from array import array
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_URL: Final = re.compile(r"https?://[^\s)\]]+")
_LONG_WORD: Final = re.compile(r"[a-zA-Z]{4,}")
_BLANKED: Final = str.maketrans("_/", "  ")
_WORD: Final = re.compile(r"\w{2,}")
_SITE: Final = "x.com"
_WORD_OR_SITE: Final = re.compile(r"(?:https?://)?(help\.x\.com|x\.com/tos)(?:/\S*)?|\b(\w\w+)\b")
MARKS_END: Final = 0x20000
"""No combining mark is here or beyond: scripts end before, then come ideographs."""


def clean(text: str, kept_in_urls: tuple[str, ...]) -> str:
    """Return ``text`` with URLs reduced to their long words, and blanks for ``_`` and ``/``.

    Parameters
    ----------
    text : str
        Of all notes on a post.
    kept_in_urls : tuple of str
        A URL that contains one of these is not reduced, but loses its slashes.
    """

    def reduce(match: re.Match[str]) -> str:
        url = match[0]
        if any(part in url for part in kept_in_urls):
            return url
        return " ".join(_LONG_WORD.findall(url))

    return _URL.sub(reduce, text).translate(_BLANKED)


def tokens_of(text: str) -> list[str]:
    """Return the words of at least two letters, digits or underscores, lower-case and without accents.

    The addresses that seed a topic are one token each. Scripts whose vowels are combining
    marks come out broken: that is how the model sees them.
    """
    text = text.lower()
    if not text.isascii():
        # Again lower-case: some signs decompose into capitals.
        text = unicodedata.normalize("NFKD", text).translate(_marks()).lower()
    if _SITE not in text:
        return _WORD.findall(text)
    return [site or word for site, word in _WORD_OR_SITE.findall(text)]


@cache
def _marks() -> dict[int, None]:
    """Return what takes combining marks out of a text."""
    return dict.fromkeys(code for code in range(MARKS_END) if unicodedata.combining(chr(code)))


def count_tokens(texts: Iterable[str]) -> tuple[sparse.csr_array, list[str]]:
    """Return how often each token occurs in each text, and the tokens in order of appearance.

    Returns
    -------
    counts : scipy.sparse.csr_array, int32, shape (n_texts, n_tokens)
        Rows as ``texts``.
    tokens : list of str
        Name of each column.
    """
    columns: dict[str, int] = {}
    found, ends = array("i"), array("q", [0])
    for text in texts:
        found.extend([columns.setdefault(token, len(columns)) for token in tokens_of(text)])
        ends.append(len(found))
    return _matrix(found, ends, len(columns)), list(columns)


def count_known_tokens(texts: Iterable[str], columns: Mapping[str, int]) -> sparse.csr_array:
    """Return how often each of the tokens ``columns`` occurs in each text; others are ignored.

    Returns
    -------
    scipy.sparse.csr_array, int32, shape (n_texts, n_tokens)
        Rows as ``texts``, columns as numbered by ``columns``.
    """
    found, ends = array("i"), array("q", [0])
    for text in texts:
        found.extend([columns[token] for token in tokens_of(text) if token in columns])
        ends.append(len(found))
    return _matrix(found, ends, len(columns))


def _matrix(found: array[int], ends: array[int], n_tokens: int) -> sparse.csr_array:
    indices, indptr = np.frombuffer(found, np.int32), np.frombuffer(ends, np.int64)
    shape = (len(ends) - 1, n_tokens)
    counts = sparse.csr_array((np.ones(len(found), np.int32), indices.copy(), indptr), shape=shape)
    counts.sum_duplicates()
    return counts
