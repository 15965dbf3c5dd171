"""The developers' tools of the platform."""

from __future__ import annotations

import json

from tools.requirements import add_outcomes, page, requirements_in_scope


def outcome(number: str, test: str, result: str = "passed") -> str:
    """Return a line of the log of requirements."""
    return json.dumps({"requirement": number, "test": test, "outcome": result})


def test_a_number_is_proved_by_the_platform_on_both_databases() -> None:
    scope = requirements_in_scope()
    door, unit = "tests/server/test_a.py::test", "tests/unit/test_b.py::test"
    add_outcomes(scope, "sqlite", [outcome("SU-1", door), outcome("SU-2", unit), outcome("SU-3", door), ""])
    add_outcomes(scope, "postgresql", [outcome("SU-1", door), outcome("SU-2", unit)])
    assert scope["SU-1"].is_proved
    assert not scope["SU-2"].is_proved, "a unit test alone proves nothing"
    assert not scope["SU-3"].is_proved, "one database alone proves nothing"
    assert "| SU-1 | Anybody may apply; nobody approves | server/test_a.py, " not in page(scope)
    assert "| SU-1 | Anybody may apply; nobody approves | server/test_a.py | passed | passed |" in page(scope)


def test_a_failing_test_disproves() -> None:
    scope = requirements_in_scope()
    for database in ("sqlite", "postgresql"):
        add_outcomes(
            scope, database, [outcome("SU-1", "tests/server/a.py::x"), outcome("SU-1", "b.py::y", "failed")]
        )
    assert scope["SU-1"].verdict("sqlite") == "failed"
    assert not scope["SU-1"].is_proved


def test_the_engine_alone_proves_its_own_rules() -> None:
    scope = requirements_in_scope()
    add_outcomes(scope, "sqlite", [outcome("DV-1", "tests/unit/scoring/test_x.py::y")])
    assert scope["DV-1"].is_proved
