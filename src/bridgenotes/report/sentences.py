"""Sentences that know what they are made of, so that a site can say them in another language.

A `Sentence` is its English text, and remembers pattern and parameters. Programs keep a `packed` one: the code
and the parameters in the order of the pattern, with as many digits as the pattern shows.
"""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING, Any, Final, Self

from bridgenotes.data.vocabulary import TAGS
from bridgenotes.report.patterns import PATTERNS, Plural
from bridgenotes.report.words import listed, tag_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Packed = list[Any]
"""A code, then its parameters: numbers, words, or packed sentences."""

LISTING: Final = "list"
"""Code of several sentences in a row, the last after "and"."""
COMMAS: Final = "commas"
"""Code of several sentences with nothing but commas between them."""
TAG: Final = "tag."
"""How codes of rating reasons begin."""


class Sentence(str):
    """A sentence in English with the code of its pattern and its parameters.

    Attributes
    ----------
    code : str
        Of `patterns.PATTERNS`, or `LISTING`, `COMMAS`, or `TAG` and a reason.
    params : mapping
        What the pattern shows; those of several sentences in a row are the sentences.
    """

    __slots__ = ("code", "params")
    code: str
    params: Mapping[str, Any]

    def __new__(cls, text: str, code: str = "", params: Mapping[str, Any] | None = None) -> Self:
        """Return the sentence."""
        made = super().__new__(cls, text)
        made.code, made.params = code, params or {}
        return made

    def __getnewargs__(self) -> tuple[str, str, Mapping[str, Any]]:  # type: ignore[override]
        """Return what copies are made of."""
        return str(self), self.code, self.params


def said(code: str, **params: Any) -> Sentence:  # noqa: ANN401 (numbers, words, sentences)
    """Return the sentence of a code.

    Examples
    --------
    >>> said("ratings.gap", count=1, least=5)
    'It has 1 rating; it takes at least 5 to be judged.'
    """
    return Sentence(pattern(code, params).format(**params), code, params)


def tags_said(tags: Iterable[str]) -> Sentence:
    """Return reasons of ratings in a row, by their public names.

    Examples
    --------
    >>> tags_said(["helpfulClear", "helpfulGoodSources"])
    'clear and good sources'
    """
    parts = [Sentence(tag_words(tag), TAG + tag) for tag in tags]
    return Sentence(listed(list(parts)), LISTING, _numbered(parts))


def tags_in_short(tags: Iterable[str]) -> Sentence:
    """Return reasons of ratings with commas between them.

    Examples
    --------
    >>> tags_in_short(["helpfulClear", "helpfulGoodSources"])
    'clear, good sources'
    """
    parts = [Sentence(tag_words(tag), TAG + tag) for tag in tags]
    return Sentence(", ".join(parts), COMMAS, _numbered(parts))


def _numbered(parts: list[Sentence]) -> dict[str, Sentence]:
    return {str(k): part for k, part in enumerate(parts)}


def pattern(code: str, params: Mapping[str, Any]) -> str:
    """Return the English pattern of a code, in the form its number asks for."""
    found = PATTERNS[code]
    if not isinstance(found, Plural):
        return found
    return found.one if int(params[found.by]) == 1 else found.other


def packed(sentence: Sentence) -> Packed:
    """Return a sentence as JSON can keep it."""
    if sentence.code in {LISTING, COMMAS}:
        return [sentence.code, *(packed(part) for part in sentence.params.values())]
    values = []
    for name, digits in FIELDS.get(sentence.code, ()):
        value = sentence.params[name]
        if isinstance(value, Sentence):
            value = packed(value)
        elif isinstance(value, float) and digits is not None:
            value = round(value, digits)
        values.append(value)
    return [sentence.code, *values]


def params_of(kept: Packed) -> dict[str, Any] | None:
    """Return the parameters of a packed sentence by name; None if this version does not know it."""
    fields = FIELDS.get(kept[0])
    if fields is None or len(fields) != len(kept) - 1:
        return None
    return {name: value for (name, _), value in zip(fields, kept[1:], strict=True)}


def _fields(code: str) -> tuple[tuple[str, int | None], ...]:
    """Return the parameters of a pattern in their order, with the digits behind the point it shows."""
    found = PATTERNS[code]
    text = found.other if isinstance(found, Plural) else found
    fields: dict[str, int | None] = {found.by: None} if isinstance(found, Plural) else {}
    for _, name, spec, _ in Formatter().parse(text):
        if name is not None:
            digits = int(spec[1:-1]) if spec and spec[0] == "." else None
            fields[name] = digits + 2 if digits is not None and spec and spec[-1] == "%" else digits
    return tuple(fields.items())


FIELDS: Final = {code: _fields(code) for code in PATTERNS} | {TAG + tag: () for tag in TAGS}
"""Parameters of each code in their order, with the digits behind the point that are shown."""
