"""Every code has words, every number a place in the documentation, every decision its time."""

from __future__ import annotations

import ast
import dataclasses
import re
import string
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import bridgenotes.domain
from bridgenotes.domain.config import Budget, PlatformRules
from bridgenotes.domain.display import KINDS, status_label
from bridgenotes.domain.guardrails import Alarm, Remedy
from bridgenotes.domain.notifications import Kind
from bridgenotes.domain.texts import SENTENCES, Plural, sentence
from bridgenotes.domain.verdict import ALLOWED, Reason, Refused, Verdict, refuse, verdict

SOURCE = Path(bridgenotes.domain.__file__).parent
DOCS = SOURCE.parents[2] / "docs" / "platform-rules.md"
CODE = re.compile(r"[a-z]+\.[a-z_]*[a-z]")


def codes_in_source() -> set[str]:
    literals = {
        node.value
        for file in SOURCE.glob("*.py")
        if file.name != "texts.py"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    families = {code.partition(".")[0] for code in SENTENCES}
    return {text for text in literals if CODE.fullmatch(text) and text.partition(".")[0] in families}


def test_every_code_has_words_and_no_words_are_idle() -> None:
    built = {f"guardrail.public_{remedy}" for remedy in Remedy}
    built |= {f"guardrail.{alarm.name.lower()}" for alarm in Alarm if alarm}
    built |= {f"notice.{kind}" for kind in Kind if kind is not Kind.WRITING_ABILITY}
    built |= {status_label(kind).code for kind in KINDS.values()} | {status_label("needs_more_ratings").code}
    built |= {
        "told.note_broke_rules",
        "told.conduct_broke_rules",
        "told.note_taken_down",
        "told.removed",
    }  # by staff
    assert codes_in_source() - set(SENTENCES) == set()
    assert set(SENTENCES) - codes_in_source() - built == set()


def test_both_forms_of_a_plural_name_its_number_or_one() -> None:
    def named(text: str) -> set[str]:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    for words in SENTENCES.values():
        if isinstance(words, Plural):
            assert named(words.one) - named(words.other) == set()
            assert named(words.other) - named(words.one) <= {words.by}


def test_numbers_and_times_are_readable(now: datetime) -> None:
    reason = Reason("help.low_score", {"score": 0.12345, "least": 0.1})
    assert sentence(reason) == "Its score (0.12) is below 0.10."
    assert sentence(Reason("leaving.too_early", {"at": now})).endswith("1 July 2026, 12:00 UTC.")
    with pytest.raises(KeyError):
        sentence(Reason("no.such_code"))


def test_a_verdict_knows_when_waiting_helps(now: datetime) -> None:
    soon, late = Reason("a.b", {}, now), Reason("a.c", {}, now + timedelta(days=1))
    assert ALLOWED.allowed
    assert ALLOWED.possible_at is None
    assert verdict([None, soon, late]).possible_at == late.possible_at
    assert Verdict((soon, Reason("a.d"))).possible_at is None
    ALLOWED.require()
    with pytest.raises(Refused) as error:
        refuse("a.b", n=3).require()
    assert (error.value.code, dict(error.value.reasons[0].params)) == ("a.b", {"n": 3})


def in_words(value: object) -> str | None:
    """A default as the documentation writes it; None for lists and dates, which it does not repeat."""
    if isinstance(value, Budget):
        return f"{value.count} in {in_words(value.window)}"
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
            if seconds and seconds % size == 0:
                return f"{seconds / size:g} {unit}"
        return "0 h"
    return str(value).lower() if isinstance(value, bool | int | float) else None


def test_every_number_is_documented_with_its_default() -> None:
    documented = DOCS.read_text(encoding="utf-8")
    rules = PlatformRules()
    wanted = {
        f"`{section.name}.{field.name}`": in_words(getattr(getattr(rules, section.name), field.name))
        for section in dataclasses.fields(rules)
        for field in dataclasses.fields(getattr(rules, section.name))
    }
    missing = [
        (name, default)
        for name, default in wanted.items()
        if not re.search(
            re.escape(name) + (f" {re.escape(default)}(?![\\w.])" if default else ""), documented
        )
    ]
    assert missing == []
    named = set(re.findall(r"`[a-z_]+\.[a-z_]+`", documented))
    assert named - set(wanted) - {"`pydantic.TypeAdapter`"} == set()


def test_every_module_is_documented() -> None:
    documented = DOCS.read_text(encoding="utf-8")
    modules = [p.stem for p in SOURCE.glob("*.py") if p.stem != "__init__"]
    assert [name for name in modules if f"`{name}`" not in documented] == []
