"""The rule engine: order, trace, decided-by, and lists that do not hold together (spec 05 section 2)."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from bridgenotes.data.vocabulary import CRH, CRNH, NMR
from bridgenotes.scoring.rules.engine import CODE, Decision, NoteTable, Rule, RuleError, run_rules


def rule(rule_id: str, notes: list[bool], label: str, *, needs: tuple[str, ...] = ()) -> Rule:
    def decide(_table: object, _label: object, _settings: object) -> Decision:
        return Decision(np.array(notes), CODE[label])

    return Rule(rule_id, rule_id.title(), "1.0", decide, "", needs=needs)


TABLE = NoteTable(pl.DataFrame({"note": [0, 1, 2]}))
START = rule("START", [True, True, True], NMR)


def test_later_rules_win_and_all_are_traced() -> None:
    verdict = run_rules(
        [START, rule("UP", [True, True, False], CRH), rule("SAME", [False, True, False], CRH)], TABLE, None
    )
    assert verdict.status().to_list() == [CRH, CRH, NMR]
    assert verdict.active_rules().to_list() == [
        "Start (v1.0),Up (v1.0)",
        "Start (v1.0),Up (v1.0),Same (v1.0)",
        "Start (v1.0)",
    ]
    assert verdict.decided_by().to_list() == ["Up (v1.0)", "Same (v1.0)", "Start (v1.0)"]


def test_effects_count_decisions_and_changes() -> None:
    verdict = run_rules(
        [START, rule("UP", [True, True, False], CRH), rule("SAME", [False, True, False], CRH)], TABLE, None
    )
    assert verdict.effects()["decided"].to_list() == [3, 2, 1]
    assert verdict.effects()["changed"].to_list() == [3, 2, 0]


def test_a_note_without_a_label_is_an_error() -> None:
    with pytest.raises(RuleError, match="1 notes have no label; begin the list with an initial rule"):
        run_rules([rule("SOME", [True, True, False], CRNH)], TABLE, None)


def test_a_rule_may_occur_once() -> None:
    with pytest.raises(RuleError, match="rule START occurs twice"):
        run_rules([START, START], TABLE, None)


def test_needed_rules_must_come_earlier() -> None:
    with pytest.raises(RuleError, match="rule LATE needs rule EARLY earlier"):
        run_rules([START, rule("LATE", [True] * 3, CRH, needs=("EARLY",))], TABLE, None)


def test_no_notes_is_fine() -> None:
    empty = NoteTable(pl.DataFrame({"note": []}, schema={"note": pl.Int32}))
    verdict = run_rules([rule("START", [], NMR)], empty, None)
    assert verdict.status().to_list() == []
    assert verdict.active_rules().to_list() == []
