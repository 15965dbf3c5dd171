"""The trace: every firing once, chained from the first label to the last."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.data.vocabulary import CRH, CRNH, NMR, STATUSES
from bridgenotes.scoring.rules.engine import CODE, Decision, NoteTable, Rule, Verdict, run_rules
from bridgenotes.scoring.rules.trace import META_LIST, TraceError, public_trace, trace


def rule(rule_id: str, notes: list[bool], label: str) -> Rule:
    def decide(_table: object, _label: object, _settings: object) -> Decision:
        return Decision(np.array(notes, np.bool_), CODE[label])

    return Rule(rule_id, rule_id.title(), "1.0", decide, "")


def verdict(*rules: Rule, n: int = 3) -> Verdict:
    start = rule("START", [True] * n, NMR)
    return run_rules([start, *rules], NoteTable(pl.DataFrame({"note": list(range(n))})), None)


CORE = verdict(rule("UP", [True, True, False], CRH), rule("SAME", [False, True, False], CRH))
META = verdict(rule("DOWN", [False, False, True], CRNH))


def test_a_note_can_be_followed_from_its_first_label_to_its_last() -> None:
    table = trace({"MFCoreScorer": CORE, META_LIST: META})
    steps = table.filter(pl.col("note") == 1).drop("note").rows()
    assert steps == [
        ("MFCoreScorer", 0, "START", "Start (v1.0)", None, NMR, True),
        ("MFCoreScorer", 1, "UP", "Up (v1.0)", NMR, CRH, True),
        ("MFCoreScorer", 2, "SAME", "Same (v1.0)", CRH, CRH, False),
        ("meta", 0, "START", "Start (v1.0)", None, NMR, True),
    ]


def test_counts_are_those_of_the_effects() -> None:
    table = trace({"MFCoreScorer": CORE, META_LIST: META})
    for name, source in (("MFCoreScorer", CORE), (META_LIST, META)):
        counted = (
            table.filter(pl.col("scorer") == name)
            .group_by("rule_name", maintain_order=True)
            .agg(decided=pl.len(), changed=pl.col("changed").sum())
        )
        assert counted["decided"].to_list() == source.effects()["decided"].to_list()
        assert counted["changed"].to_list() == source.effects()["changed"].to_list()


def test_notes_a_scorer_does_not_judge_can_be_left_out() -> None:
    table = trace(
        {"MFCoreScorer": CORE, META_LIST: META}, judged={"MFCoreScorer": np.array([True, False, False])}
    )
    assert set(table.filter(pl.col("scorer") == "MFCoreScorer")["note"]) == {0}
    assert set(table.filter(pl.col("scorer") == META_LIST)["note"]) == {0, 1, 2}


def test_public_ids_replace_positions() -> None:
    table = public_trace(trace({META_LIST: META}), pl.Series([70, 80, 90]))
    assert table.columns[0] == "noteId"
    assert table.filter(pl.col("rule") == "DOWN")["noteId"].to_list() == [90]


def test_nothing_ran_and_no_notes() -> None:
    assert trace({}).height == 0
    nobody = trace({META_LIST: verdict(n=0)})
    assert nobody.height == 0
    assert nobody.columns == trace({}).columns


def test_verdicts_about_other_notes_are_refused() -> None:
    with pytest.raises(TraceError, match="core: 3 notes, meta: 2 notes"):
        trace({"core": CORE, "meta": verdict(n=2)})


@given(
    st.lists(
        st.tuples(st.lists(st.booleans(), min_size=4, max_size=4), st.sampled_from(STATUSES)), max_size=6
    )
)
def test_steps_chain(firings: list[tuple[list[bool], str]]) -> None:
    ran = verdict(*(rule(f"R{k}", notes, label) for k, (notes, label) in enumerate(firings)), n=4)
    table = trace({"s": ran})
    for note in range(4):
        steps = table.filter(pl.col("note") == note)
        before, after = steps["status_before"].to_list(), steps["status_after"].to_list()
        assert before == [None, *after[:-1]]
        assert after[-1] == ran.status()[note]
        assert steps["position"].is_sorted()
        assert ",".join(steps["rule_name"]) == ran.active_rules()[note]
