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
LOCALES: Final = Path(__file__).parents[1] / "locale"
"""Where the catalogues are."""
