"""Everything a reader may meet has words."""

from __future__ import annotations

from bridgenotes.report.words import RULE_WORDS
from bridgenotes.scoring.rules.meta import META_RULES
from bridgenotes.scoring.rules.scorer import SCORER_RULES


def test_every_rule_has_words_and_a_reason() -> None:
    rules = [*SCORER_RULES.values(), *META_RULES.values()]
    assert [rule.name for rule in rules if rule.name not in RULE_WORDS] == []
    assert [rule.name for rule in rules if not rule.reason] == []


def test_no_words_for_rules_that_do_not_exist() -> None:
    names = {rule.name for rule in (*SCORER_RULES.values(), *META_RULES.values())}
    assert set(RULE_WORDS) - names == set()
