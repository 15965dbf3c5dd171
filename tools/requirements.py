"""Prove the platform's requirements: run their tests on both databases and print who proves what.

Writes ``docs/requirements.md``. Ends with 1 if a number in scope has no passing test: a number counts as
proved when every test marked with it passes on SQLite and on PostgreSQL and at least one goes through the
platform (``tests/server``); rules of the engine (``door = "engine"``) need one passing test anywhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.with_postgres import postgres_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT: Final = Path(__file__).parents[1]
SCOPE: Final = Path(__file__).with_suffix(".toml")
PAGE: Final = ROOT / "docs" / "requirements.md"
DATABASES: Final = ("sqlite", "postgresql")

HEAD: Final = """# Requirements of the platform

Written by `make requirements`: every number in scope, the tests that prove it, and how they went on both
databases. Numbers are those of the behaviour specification, words are ours (`tools/requirements.toml`).

| number | requirement | tests | SQLite | PostgreSQL |
|---|---|---|---|---|
"""


@dataclass
class Requirement:
    """One number in scope and what its tests said.

    Attributes
    ----------
    number, words : str
        Such as ``SU-3`` and its meaning.
    by_engine : bool
        Whether the engine alone can prove it.
    outcomes : mapping
        Database to test to outcome.
    """

    number: str
    words: str
    by_engine: bool = False
    outcomes: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def tests(self) -> list[str]:
        """Every test marked with the number."""
        return sorted({test for outcomes in self.outcomes.values() for test in outcomes})

    def verdict(self, database: str) -> str:
        """Return ``passed``, ``failed`` or ``missing`` on one database."""
        outcomes = self.outcomes.get(database, {})
        if any(outcome == "failed" for outcome in outcomes.values()):
            return "failed"
        passed = [test for test, outcome in outcomes.items() if outcome == "passed"]
        proved = any(self.by_engine or test.startswith("tests/server/") for test in passed)
        return "passed" if proved else "missing"

    @property
    def is_proved(self) -> bool:
        """Whether both databases prove it; for the engine's rules once is enough."""
        verdicts = [self.verdict(database) for database in DATABASES]
        if self.by_engine:
            return "passed" in verdicts and "failed" not in verdicts
        return all(verdict == "passed" for verdict in verdicts)


def requirements_in_scope(path: Path = SCOPE) -> dict[str, Requirement]:
    """Return the requirements of the scope file by number."""
    scope = {}
    for family, entries in tomllib.loads(path.read_text()).items():
        for key, entry in entries.items():
            words, door = (entry, "") if isinstance(entry, str) else (entry["words"], entry["door"])
            number = f"{family}-{key}"
            scope[number] = Requirement(number, words, by_engine=door == "engine")
    return scope


def add_outcomes(scope: Mapping[str, Requirement], database: str, lines: Iterable[str]) -> None:
    """Add what a run of the marked tests logged (`tests/support/requirement_log.py`)."""
    for line in lines:
        if not line.strip():
            continue
        entry = json.loads(line)
        requirement = scope.get(entry["requirement"])
        if requirement is not None:
            requirement.outcomes[database][entry["test"]] = entry["outcome"]


def page(scope: Mapping[str, Requirement]) -> str:
    """Return the table."""
    rows = []
    for requirement in scope.values():
        by_file: dict[str, int] = defaultdict(int)
        for test in requirement.tests:
            by_file[test.partition("::")[0].removeprefix("tests/")] += 1
        tests = ", ".join(
            f"{name} ({count})" if count > 1 else name for name, count in sorted(by_file.items())
        )
        verdicts = " | ".join(requirement.verdict(database) for database in DATABASES)
        rows.append(f"| {requirement.number} | {requirement.words} | {tests} | {verdicts} |\n")
    proved = sum(requirement.is_proved for requirement in scope.values())
    return HEAD + "".join(rows) + f"\n{proved} of {len(scope)} are proved.\n"


def run_marked_tests(folders: list[str], environment: Mapping[str, str]) -> list[str]:
    """Run the tests marked with a requirement and return the log's lines."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        subprocess.run(
            [sys.executable, "-m", "pytest", *folders, "-m", "requirement and not slow", "-n", "2", "-q",
             "-p", "support.requirement_log"],
            cwd=ROOT, env={**os.environ, **environment, "REQUIREMENT_LOG": str(log)}, check=False,
        )  # fmt: skip
        return log.read_text().splitlines() if log.exists() else []


def main() -> int:
    """Run everything, write the page, and say what is missing."""
    scope = requirements_in_scope()
    add_outcomes(scope, "sqlite", run_marked_tests(["tests"], {}))
    with postgres_address() as address:
        lines = run_marked_tests(["tests/server"], {"BRIDGENOTES_DATABASE_URL": address})
    add_outcomes(scope, "postgresql", lines)
    text = page(scope)
    PAGE.write_text(text)
    print(text)
    missing = [requirement.number for requirement in scope.values() if not requirement.is_proved]
    if missing:
        print(f"not proved: {', '.join(missing)}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
