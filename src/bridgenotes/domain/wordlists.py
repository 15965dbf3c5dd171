"""The reviewed lists beside the code: words, fragments, parameters, rules for hosts."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


def _text(name: str) -> str:
    return (files("bridgenotes.domain") / "lists" / name).read_text(encoding="utf-8")


@cache
def words(name: str) -> tuple[str, ...]:
    """Return the lines of a list without comments and empty lines."""
    lines = (line.strip() for line in _text(name).splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


@cache
def table(name: str) -> dict[str, Any]:
    """Return a TOML file; do not change it."""
    return tomllib.loads(_text(name))
