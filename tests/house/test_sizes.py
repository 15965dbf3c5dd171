"""House rules that no linter knows: modules stay readable, nothing prints, no profile knows a stray number."""

from __future__ import annotations

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "bridgenotes"


def test_modules_stay_within_five_hundred_lines() -> None:
    written = [p for p in SOURCE.rglob("*.py") if p.parent.name != "migrations"]  # those are generated
    lengths = {p.relative_to(SOURCE): len(p.read_text().splitlines()) for p in written}
    assert {path: n for path, n in lengths.items() if n > 500} == {}


def test_the_engine_reads_no_clock() -> None:
    clock = re.compile(r"time\.time\(|datetime\.now\(|utcnow\(")
    engine = [*(SOURCE / "scoring").rglob("*.py"), *(SOURCE / "lab").rglob("*.py")]
    assert [p.name for p in engine if clock.search(p.read_text())] == []


def test_decisions_are_listed() -> None:
    folder = SOURCE.parents[1] / "docs" / "decisions"
    listed = (folder / "README.md").read_text()
    assert [p.name for p in folder.glob("0*.md") if p.name not in listed] == []
