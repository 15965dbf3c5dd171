"""`bridgenotes simulate`: a made-up community in the public format."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from bridgenotes.cli.console import Stages, stdout
from bridgenotes.lab.simulate import simulate as make
from bridgenotes.lab.spec import community

if TYPE_CHECKING:
    from pathlib import Path

    from bridgenotes.data.write import Packing


def run_simulate(
    out: Path, *, ratings: int, seed: int, force: bool, packing: Packing | None = None, as_json: bool
) -> None:
    """Run the command."""
    stages = Stages(quiet=as_json)
    with stages.step(f"simulating about {ratings:,} ratings"):
        summary = make(community(ratings, seed), out=out, force=force, packing=packing)
    stages.end()
    if as_json:
        stdout.print_json(json.dumps(asdict(summary), default=str))
    else:
        stdout.print(f"Wrote a community to {out}; try: bridgenotes score {out} --out scored", soft_wrap=True)
