"""Compile the catalogues of messages: for a checkout, for tests, and for the wheel as a hook of its build.

Compiled catalogues are not committed. Nothing here needs more than Babel, so that a fresh clone and a builder of
wheels without Debian's gettext have them too.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileParser
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCALES: Final = Path(__file__).parents[1] / "src" / "bridgenotes" / "locale"
HEADERS: Final = frozenset(
    {"Language", "Plural-Forms", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
)
"""What a catalogue says of itself: no dates and no tools, so that only its messages change it."""


class Messages(Catalog):
    """A catalogue whose head never changes by itself."""

    def __init__(self, locale: str | None = None) -> None:
        super().__init__(locale, header_comment="#", fuzzy=False)

    def _steady_headers(self) -> list[tuple[str, str]]:
        *kept, (name, value) = [pair for pair in self._get_mime_headers() if pair[0] in HEADERS]
        return [*kept, (name, f"{value}\n")]

    mime_headers = property(_steady_headers, Catalog._set_mime_headers)  # noqa: SLF001 (Babel's own pair)


def languages(folder: Path = LOCALES) -> list[str]:
    """Return the languages that have a catalogue, as folders name them."""
    return sorted(path.parent.parent.name for path in folder.glob("*/LC_MESSAGES/django.po"))


def path_of(language: str, folder: Path = LOCALES) -> Path:
    """Return where a language's catalogue is."""
    return folder / language / "LC_MESSAGES" / "django.po"


def read(language: str, folder: Path = LOCALES) -> Messages:
    """Return the catalogue of a language."""
    catalogue = Messages(language)
    with path_of(language, folder).open(encoding="utf-8") as file:
        PoFileParser(catalogue, abort_invalid=True).parse(file)
    return catalogue


def is_done(message: Message) -> bool:
    """Say whether a message has a translation that nobody must look at."""
    text = message.string
    return not message.fuzzy and all(text if isinstance(text, tuple) else (text,))


def write_compiled(catalogue: Catalog, path: Path) -> None:
    """Write what is translated, in one step: another process may be reading it."""
    for message in list(catalogue):
        if message.id and not is_done(message):
            catalogue.delete(message.id, message.context)  # English shows
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as file:
        write_mo(file, catalogue)
    Path(name).chmod(0o644)
    Path(name).replace(path)


def compile_stale(folder: Path = LOCALES) -> Iterator[Path]:
    """Compile the catalogues that changed since they were compiled; yield what was written."""
    for language in languages(folder):
        source = path_of(language, folder)
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime <= source.stat().st_mtime:
            write_compiled(read(language, folder), compiled)
            yield compiled


class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the compiled catalogues into the wheel, and beside the sources for an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (Hatch's signature)
        """Compile before files are gathered; ignored files are gathered only if named."""
        folder = Path(self.root) / LOCALES.relative_to(Path(__file__).parents[1])
        list(compile_stale(folder))
        build_data["artifacts"].append("*.mo")


if __name__ == "__main__":
    for path in compile_stale():
        print(f"compiled {path.relative_to(LOCALES)}")
