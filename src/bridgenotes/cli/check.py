"""`bridgenotes check`: is the input sound, and what is in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.table import Table

from bridgenotes.cli.console import Stages, stderr, stdout
from bridgenotes.data.describe import describe
from bridgenotes.data.read import read_dataset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def run_check(inputs: list[Path], *, cache: bool, as_json: bool) -> None:
    """Run the command; problems end it with a list of files, lines and columns."""
    stages = Stages(quiet=as_json)
    with stages.step("reading"):
        result = read_dataset(inputs, cache=cache)
    stages.end()
    found = describe(result.dataset)
    if as_json:
        stdout.print_json(json.dumps({"warnings": result.warnings, "data": found}, default=str))
        return
    for warning in result.warnings:
        stderr.print(f"[yellow]warning:[/] {warning}", soft_wrap=True)
    table = Table(title="What is in the data", title_justify="left", show_header=False)
    for name, value in _flat(found):
        table.add_row(name, value)
    stdout.print(table)
    stdout.print("The input is sound.")


def _flat(found: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in found.items():
        label = f"{prefix}{name}".replace("_", " ")
        if isinstance(value, dict):
            yield from _flat(value, f"{label}: ")
        else:
            yield label, f"{value:,}" if isinstance(value, int) else str(value)
