"""Gather every text for people into the catalogues of `src/bridgenotes/locale`: `make messages`.

Texts come from templates, from calls of gettext in Python, from the tables of `bridgenotes.domain`, which knows no
gettext, and from the texts of libraries that we say better. Translations are kept; those of a text that changed are
marked fuzzy, so that English shows until somebody has looked at them. Nothing is written of lines and dates: only
texts change the files.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final

from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.pofile import write_po
from django.utils.translation import to_locale
from django.utils.translation.template import templatize
from tools.catalogues import LOCALES, Messages, compile_stale, is_done, path_of, read

from bridgenotes.base.languages import ENGLISH, LANGUAGES, MENDED
from bridgenotes.domain.labels import LABELS, VALUES
from bridgenotes.domain.texts import SENTENCES, Plural
from bridgenotes.report.words import RULE_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE: Final = LOCALES.parent
KEYWORDS: Final = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
MARKED: Final = {".html": "{%", ".txt": "{%", ".py": "gettext"}
"""What a file with texts contains at least."""
NOTE: Final = "Translators"
"""How a comment for translators begins."""

PLACES: Final = re.compile(r"%\(\w+\)[sd]|%%[sd]|\{\w*(?:![rs])?(?::[^{}]*)?\}")
"""Where a text shows a parameter."""

Text = tuple[str, str | tuple[str, str], str | None, list[str]]
"""Where a text is, the text (or singular and plural), its context, comments for translators."""


def gathered() -> Messages:
    """Return all texts, in the order of files and of the texts in them."""
    found = Messages()
    for where, text, context, comments in [*in_sources(), *in_tables()]:
        found.add(text, locations=[(where, 0)], context=context, auto_comments=comments)
    return found


def in_sources() -> Iterator[Text]:
    """Yield the texts in templates and Python."""
    for path in sorted([*SOURCE.rglob("*.html"), *SOURCE.rglob("*.txt"), *SOURCE.rglob("*.py")]):
        code = path.read_text(encoding="utf-8")
        if MARKED[path.suffix] not in code:
            continue
        if path.suffix != ".py":
            code = as_python(code, path)
        for _, text, comments, context in extract("python", io.BytesIO(code.encode()), KEYWORDS, (NOTE,)):
            yield path.relative_to(SOURCE).as_posix(), text, context, comments  # type: ignore[misc]


def as_python(template: str, path: Path) -> str:
    """Return the texts of a template as calls of gettext, one statement a line."""
    return "\n".join(line.lstrip() for line in templatize(template, str(path)).splitlines())


def in_tables() -> Iterator[Text]:
    """Yield the texts in the tables of the rules."""
    for code, text in SENTENCES.items():
        if isinstance(text, Plural):
            yield "domain/texts.py", (text.one, text.other), None, [f"{code}, by {{{text.by}}}"]
        else:
            yield "domain/texts.py", text, None, [code]
    for name, text in LABELS.items():
        yield "domain/labels.py", text, None, [str(name)]
    for text in VALUES:
        yield "domain/labels.py", text, None, []
    for text in MENDED:
        yield "base/languages.py", text, None, []
    for name, text in RULE_WORDS.items():
        if not name.startswith("GroupModel"):  # said with the group's number
            yield "report/words.py", text, None, []


def updated(language: str, texts: Messages) -> bytes:
    """Return the file of a language's catalogue, brought up to the texts."""
    catalogue = read(language) if path_of(language).exists() else Messages(language)
    catalogue.update(texts)
    catalogue.obsolete.clear()
    for message in catalogue:
        settle(message)
    file = io.BytesIO()
    write_po(file, catalogue, width=100, include_lineno=False)
    return file.getvalue().rstrip() + b"\n"


def settle(message: Message) -> None:
    """Leave a message as reading its file would: nothing of what it was made from stays but a translation."""
    if isinstance(message.id, str) and not message.string and not any(map(str.isalpha, words_in(message.id))):
        message.string = message.id  # a number or a name alone
    is_guessed = message.fuzzy and any(message.string)
    message.flags = Message(message.id).flags | ({"fuzzy"} if is_guessed else set())


def words_in(text: str) -> str:
    """Return a text without the places where parameters go."""
    return PLACES.sub("", text)


def offered() -> list[str]:
    """Return the languages of the site that need a catalogue."""
    return [to_locale(code) for code, _ in LANGUAGES if code != ENGLISH]


def main() -> None:
    """Write the catalogues and say what is left to translate."""
    texts = gathered()
    for language in offered():
        path = path_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = updated(language, texts)
        if not path.exists() or path.read_bytes() != new:
            path.write_bytes(new)
        left = [m for m in read(language) if m.id and not is_done(m)]
        print(f"{language}: {len(texts)} texts, {len(left)} left to translate")
    list(compile_stale())


if __name__ == "__main__":
    main()
