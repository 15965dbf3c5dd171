"""A made-up Arabic, to see what a language from right to left and with longer words does to pages.

Each letter becomes an Arabic one, each vowel two, so that texts grow by about a third. Nobody reads it, and it is
never offered to visitors.
"""

from __future__ import annotations

import re
from pathlib import Path

from tools.catalogues import Messages, write_compiled
from tools.messages import PLACES, gathered

ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
KEPT = re.compile(rf"({PLACES.pattern}|</?[a-zA-Z][^>]*>|&\w+;|https?://\S*)")
"""What stays as it is: parameters, tags, entities, addresses."""


def pseudo(text: str) -> str:
    """Return a text in made-up Arabic."""
    parts = KEPT.split(text)
    return "".join(part if at % 2 else "".join(map(_letter, part)) for at, part in enumerate(parts))


def write_arabic(folder: Path) -> None:
    """Write a compiled catalogue of all texts in made-up Arabic, in ``folder/ar``."""
    catalogue = Messages("ar")
    for message in gathered():
        if message.id:
            several = isinstance(message.id, tuple)
            made = (
                tuple(pseudo(message.id[1]) for _ in range(catalogue.num_plurals))
                if several
                else pseudo(message.id)
            )
            catalogue.add(message.id, made, context=message.context)
    path = folder / "ar" / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    write_compiled(catalogue, path)


def _letter(letter: str) -> str:
    if not (letter.isascii() and letter.isalpha()):
        return letter
    made = ARABIC[ord(letter.lower()) - ord("a")]
    return 2 * made if letter.lower() in "aeiou" else made
