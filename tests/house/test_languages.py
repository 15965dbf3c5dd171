"""Everything people read can be translated, and is, in the languages listed as complete."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message
from django.template.base import Lexer, TokenType
from tools.catalogues import is_done, languages, path_of, read
from tools.messages import gathered, offered, updated, words_in

SOURCE = Path(__file__).parents[2] / "src" / "bridgenotes"
TEMPLATES = sorted(
    path for path in SOURCE.rglob("templates/**/*") if path.suffix in {".html", ".txt"} and path.is_file()
)
COMPLETE: tuple[str, ...] = ("de", "es", "fr", "ja", "pt_BR")
"""Languages nothing is missing in. Who completes one adds it here; then it stays complete."""

SAME_EVERYWHERE = {"https", "UTC", "iframe", "oEmbed", "JSON", "Bridgenotes", "CC0", "community-note"}
"""Words in templates that are no language's: names, units, technical terms."""
SAID = {"title", "placeholder", "alt", "aria-label", "aria-description", "aria-roledescription"}
"""Attributes that people read or hear."""
CODE = {"script", "style", "code", "pre", "svg"}
"""Elements whose content no translator touches."""
ERRORS = {"Conflict", "Invalid", "LimitReached", "NotAllowed", "NotFound", "NotSignedIn"}
UNTIL = {name: f"end{name}" for name in ("blocktranslate", "comment")}
"""Template tags whose content is translated or not shown, and where it ends."""


class Reader(HTMLParser):
    """Gathers the words of a page that stand in no translated text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value.strip() for name, value in attrs if name in SAID and value and has_words(value)]
        if tag in CODE:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            self._inside.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self._inside and has_words(data):
            self.found.append(data.strip())


def has_words(text: str) -> bool:
    """Say whether a text has words of a language."""
    return bool({word for word in re.findall(r"[^\W\d_][\w-]*", text) if len(word) > 1} - SAME_EVERYWHERE)


def untranslated(template: str) -> list[str]:
    """Return the words of a template outside ``translate`` and ``blocktranslate``."""
    kept, until = [], ""
    for token in Lexer(template).tokenize():
        command = token.contents.strip().split(maxsplit=2)
        if token.token_type is TokenType.BLOCK and not until:
            until = "endblock" if command[:2] == ["block", "main_class"] else UNTIL.get(command[0], "")
        elif token.token_type is TokenType.BLOCK and command[0] == until:
            until = ""
        kept.append(token.contents if token.token_type is TokenType.TEXT and not until else "")
    reader = Reader()
    reader.feed("".join(kept))
    return reader.found


def test_templates_say_nothing_in_one_language_only() -> None:
    found = {str(path.relative_to(SOURCE)): untranslated(path.read_text()) for path in TEMPLATES}
    assert {path: words for path, words in found.items() if words} == {}


def test_the_check_of_templates_sees_words() -> None:
    page = '<p title="Say {{ it }}">{% translate "Fine" %} Bare</p>{% comment %}No{% endcomment %}<code>no</code>'
    assert untranslated(page) == ["Say", "Bare"]


def test_every_error_is_said_by_gettext() -> None:
    found = []
    for path in SOURCE.rglob("*.py"):
        if path.relative_to(SOURCE).parts[0] in {"demo", "cli", "scoring", "lab", "report", "data"}:
            continue
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ERRORS:
                bare = (ast.Constant, ast.JoinedStr, ast.BinOp)
                found += [f"{path.name}:{call.lineno}" for said in call.args[1:2] if isinstance(said, bare)]
    assert found == []


def test_catalogues_are_up_to_date() -> None:
    texts = gathered()
    stale = [language for language in offered() if path_of(language).read_bytes() != updated(language, texts)]
    assert stale == [], "run `make messages`"


def test_there_is_a_catalogue_for_each_language_offered() -> None:
    assert languages() == sorted(offered())


def test_complete_languages_lack_nothing() -> None:
    left = {language: [m.id for m in read(language) if m.id and not is_done(m)] for language in COMPLETE}
    assert {language: texts for language, texts in left.items() if texts} == {}


@pytest.mark.parametrize("language", offered())
def test_translations_keep_what_is_not_language(language: str) -> None:
    catalogue = read(language)
    found = [
        (message.id, problem)
        for message in catalogue
        if message.id and is_done(message) and (problem := fault(message, catalogue.num_plurals))
    ]
    assert found == []


def fault(message: Message, forms: int) -> str:
    """Return what a translation does that its text does not; empty if nothing."""
    texts = message.id if isinstance(message.id, tuple) else (message.id,)
    made = message.string if isinstance(message.string, tuple) else (message.string,)
    if isinstance(message.id, tuple) and len(made) != forms:
        return f"{len(made)} forms, the language has {forms}"
    may = set().union(*map(places, texts))
    must = set.intersection(*map(places, texts))
    for text in made:
        if unknown := places(text) - may:
            return f"places the text does not have: {sorted(unknown)}"
        if missing := must - places(text):
            return f"places are missing: {sorted(missing)}"
        if tags(text) != tags(texts[0]):
            return "other HTML than the text"
        if has_edges(text) != has_edges(texts[0]):
            return "other blanks at its ends than the text"
    return ""


def places(text: str) -> set[str]:
    """Return where a text shows parameters, and how."""
    braces = {f"{{{name}:{spec}}}" for _, name, spec, _ in Formatter().parse(text) if name is not None}
    return braces | set(re.findall(r"%\(\w+\)[sd]|%%[sd]", text))


def tags(text: str) -> list[str]:
    """Return the HTML tags and entities of a text, sorted: other languages have another order."""
    return sorted(re.findall(r"</?[a-zA-Z][^>]*>|&\w+;", words_in(text)))


def has_edges(text: str) -> tuple[bool, bool]:
    """Say whether a text begins and ends with a blank."""
    return text[:1].isspace(), text[-1:].isspace()
