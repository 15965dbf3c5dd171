"""The languages the site speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ENGLISH: Final = "en"
LANGUAGES: Final = [
    (ENGLISH, "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("de", "Deutsch"),
    (
        "pt-br",
        "Português",
    ),  # Django's and allauth's own texts are complete in this variant; all others get it too
    ("ja", "日本語"),
]
"""Code and own name of each; every code but English has a catalogue in ``bridgenotes/locale``."""
MENDED: Final = ("Already have an account? Then please %(link)ssign in%(end_link)s.",)
"""Texts of libraries that are wrong there in one of the languages: our catalogues come before theirs."""
LOCALES: Final = Path(__file__).parents[1] / "locale"
"""Where the catalogues are."""
