"""The numbers of the rules on this site: the defaults, changed by the operator's TOML file (SU-12).

The file has a table per group of `bridgenotes.domain.config`, e.g.::

    [admission]
    slots_per_country = 20

    [admission.country_slots]
    DE = 50
"""

from __future__ import annotations

import dataclasses
import tomllib
from typing import TYPE_CHECKING, Any

from django.conf import settings
from pydantic import TypeAdapter, ValidationError

from bridgenotes.base.configuration import ConfigurationError
from bridgenotes.domain.config import PlatformRules

if TYPE_CHECKING:
    from pathlib import Path


class RulesFileError(ConfigurationError):
    """The operator's file of rules cannot be used; the message names the entry."""


def rules() -> PlatformRules:
    """Return the rules in force."""
    in_force: PlatformRules = settings.RULES
    return in_force


def load_rules(path: Path | None) -> PlatformRules:
    """Return the rules that a file changes; the defaults without a file.

    Raises
    ------
    RulesFileError
        If the file is no TOML, names an entry that does not exist, or a value is of the wrong kind.
    """
    if path is None:
        return PlatformRules()
    try:
        given = tomllib.loads(path.read_text())
    except FileNotFoundError as error:
        raise RulesFileError(f"{path}: there is no such file; correct BRIDGENOTES_RULES_FILE") from error
    except tomllib.TOMLDecodeError as error:
        raise RulesFileError(f"{path}: {error}") from error
    rules = PlatformRules()
    for group, entries in given.items():
        if group not in {field.name for field in dataclasses.fields(PlatformRules)} or not isinstance(
            entries, dict
        ):
            raise RulesFileError(f"{path}: there is no group [{group}] of rules")
        changed = {group: _changed(getattr(rules, group), entries, f"{path}: {group}")}
        rules = dataclasses.replace(rules, **changed)
    return rules


def _changed(defaults: Any, entries: dict[str, Any], where: str) -> Any:  # noqa: ANN401 (any of the groups)
    """Return one group with some entries replaced and checked against their types."""
    known = {field.name for field in dataclasses.fields(defaults)}
    for name in entries:
        if name not in known:
            raise RulesFileError(f"{where}.{name} does not exist; known: {', '.join(sorted(known))}")
    values = {name: entries.get(name, getattr(defaults, name)) for name in known}
    try:
        return TypeAdapter(type(defaults)).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise RulesFileError(f"{where}.{place}: {first['msg']}, not {first['input']!r}") from error
