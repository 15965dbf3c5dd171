"""Write ``docs/operate/settings.md`` from the settings themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, SecretStr

from bridgenotes.base.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[1] / "docs" / "operate" / "settings.md"

HEAD = """# Settings

Environment variables of the platform. Written by `python -m tools.write_settings`; a test keeps it true.

| variable | default | meaning |
|---|---|---|
"""


def rows(model: type[BaseModel], prefix: str = "BRIDGENOTES_") -> Iterator[str]:
    """Yield one table row per setting, nested ones with two underscores."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from rows(field.annotation, f"{prefix}{name.upper()}__")
            continue
        default = field.get_default(call_default_factory=True, validated_data={})
        shown = default.get_secret_value() if isinstance(default, SecretStr) else default
        text = (
            "" if shown in (None, "", []) else f"`{str(shown).lower() if isinstance(shown, bool) else shown}`"
        )
        yield f"| `{prefix}{name.upper()}` | {text} | {field.description} |\n"


def page() -> str:
    """Return the page."""
    return HEAD + "".join(rows(Settings))


if __name__ == "__main__":
    PAGE.write_text(page())
