"""What the rules say, in the language of whoever reads it: the only place where their texts meet gettext.

`bridgenotes.domain` states texts in English as patterns with parameters. Here a pattern is looked up in the
catalogue of the active language, and its parameters are written as that language writes them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, gettext, ngettext
from phonenumbers.geodata.locale import LOCALE_DATA

from bridgenotes.base.languages import ENGLISH
from bridgenotes.domain.labels import LABELS
from bridgenotes.domain.texts import SENTENCES, Plural, label_of

if TYPE_CHECKING:
    from bridgenotes.domain.verdict import Param, Reason

COUNTRY: Final = "country"
"""The parameter that is a country's code."""


class Number(float):
    """A number that ``str.format`` writes with the marks of the reader's language.

    The formats are those of patterns: ``.2f``, ``.1%``, ``,``, ``g``; without one, whole numbers.
    """

    def __format__(self, spec: str) -> str:
        if spec.endswith("%"):
            return gettext("{number}%").format(number=number_format(f"{100 * self:{spec[:-1]}f}"))
        if spec:
            return number_format(f"{float(self):{spec.removeprefix(',') or '.0f'}}", force_grouping=True)
        return number_format(f"{float(self):.0f}", force_grouping=True)


def say(reason: Reason) -> str:
    """Return a reason in words of the active language.

    Raises
    ------
    KeyError
        If the code has no sentence or the sentence a parameter the reason lacks.
    """
    words = SENTENCES[reason.code]
    if isinstance(words, Plural):
        count = reason.params[words.by]
        assert isinstance(count, int)
        text = ngettext(words.one, words.other, count)
    else:
        text = gettext(words)
    return text.format(**{name: _shown(name, value) for name, value in reason.params.items()})


def label(name: str) -> str:
    """Return what a public name is called.

    Raises
    ------
    KeyError
        If it has no label.
    """
    return gettext(LABELS[name])


def exactly(at: datetime) -> str:
    """Return a time to the minute."""
    at = at.astimezone(UTC)
    words = gettext("{day}, {time} UTC")
    return words.format(day=day(at, "DATE_FORMAT"), time=f"{at.hour:02}:{at.minute:02}")


def day(at: datetime, form: str) -> str:
    """Return a day in words.

    Parameters
    ----------
    at : datetime
        In UTC.
    form : str
        Name of a format of days, ``DATE_FORMAT`` or ``MONTH_DAY_FORMAT``.
    """
    return _day(get_language(), at.date(), form)


@lru_cache(maxsize=10_000)
def _day(language: str | None, at: date, form: str) -> str:  # noqa: ARG001 (it decides what the day is called)
    return date_format(at, form)


def country(code: str) -> str:
    """Return the name of a country by its ISO 3166 code; an unknown code stays."""
    names = LOCALE_DATA.get(code)
    if names is None:
        return code
    name = names.get((get_language() or ENGLISH)[:2], names[ENGLISH])
    return names[name[1:]] if name.startswith("*") else name  # "as in that language"


def _shown(name: str, value: Param) -> str:
    if isinstance(value, datetime):
        return exactly(value)
    if isinstance(value, float):
        return f"{Number(value):.2f}"
    if isinstance(value, int):
        return f"{Number(value)}"
    if name == COUNTRY:
        return country(value)
    found = label_of(name, value)
    return value if found is None else gettext(found)
