"""What can be submitted as a note."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridgenotes.data.tables import NOTES
from bridgenotes.data.vocabulary import MISLEADING, NOT_MISLEADING
from bridgenotes.domain import note_text
from bridgenotes.domain.config import NoteConfig
from bridgenotes.domain.note_form import REASONS, NoteForm, check_note
from bridgenotes.domain.texts import sentence

CONFIG = NoteConfig()
GOOD = NoteForm(
    MISLEADING,
    frozenset({"misleadingFactualError"}),
    trustworthy_sources=True,
    text="Not so: https://example.com/a",
)


def codes(form: NoteForm, config: NoteConfig = CONFIG) -> list[str]:
    return [reason.code.removeprefix("note.") for reason in check_note(form, config).reasons]


@pytest.mark.requirement("WF-4")
def test_the_classification_is_required() -> None:
    assert codes(GOOD) == []
    assert codes(replace(GOOD, classification=None)) == ["classification_missing"]
    assert codes(replace(GOOD, classification="MAYBE")) == ["classification_missing"]


@pytest.mark.requirement("WF-5")
def test_misleading_needs_a_reason_of_its_own_list() -> None:
    assert codes(replace(GOOD, reasons=frozenset())) == ["reasons_missing"]
    mixed = replace(GOOD, reasons=frozenset({"notMisleadingPersonalOpinion"}))
    assert codes(mixed) == ["reason_not_offered", "reasons_missing"]
    assert all(codes(replace(GOOD, reasons=frozenset({reason}))) == [] for reason in REASONS[MISLEADING])


@pytest.mark.requirement("WF-6")
def test_not_misleading_has_its_own_reasons_and_demands_none() -> None:
    fine = replace(GOOD, classification=NOT_MISLEADING, reasons=frozenset(REASONS[NOT_MISLEADING]))
    assert codes(fine) == []
    assert codes(replace(fine, reasons=frozenset())) == []
    assert codes(replace(fine, reasons=GOOD.reasons)) == ["reason_not_offered"]


def test_reasons_are_the_columns_of_the_public_data() -> None:
    columns = {column.name for column in NOTES.columns}
    assert {reason for reasons in REASONS.values() for reason in reasons} <= columns


@pytest.mark.requirement("WF-7")
def test_the_question_about_sources_is_answered() -> None:
    assert codes(replace(GOOD, trustworthy_sources=False)) == []
    assert codes(replace(GOOD, trustworthy_sources=None)) == ["sources_unanswered"]


@pytest.mark.requirement("WF-8")
def test_a_link_counts_one_however_long() -> None:
    link = "https://example.com/" + "a" * 500
    assert codes(replace(GOOD, text="x" * 278 + " " + link)) == []
    over = check_note(replace(GOOD, text="x" * 279 + " " + link), CONFIG)
    assert [r.code for r in over.reasons] == ["note.too_long"]
    assert "1 character too long (281 of 280" in sentence(over.reasons[0])


@pytest.mark.requirement("WF-8")
def test_text_is_required_and_sources_are_encouraged() -> None:
    assert codes(replace(GOOD, text=" \t\n\u202e ")) == ["text_missing"]
    bare = check_note(replace(GOOD, text="Trust me."), CONFIG)
    assert bare.allowed
    assert [r.code for r in bare.advice] == ["note.source_missing"]
    assert codes(replace(GOOD, text="Trust me."), replace(CONFIG, requires_source=True)) == ["source_missing"]


@pytest.mark.requirement("WF-8")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://example.com/a_(b), and http://x.org.", ["https://example.com/a_(b)", "http://x.org"]),
        ("(HTTPS://EXAMPLE.COM)", ["HTTPS://EXAMPLE.COM"]),
        ("At the end.Then mailto:a@b.org ftp://x.org //y.org javascript:alert(1)", []),
    ],
)
def test_links_end_where_people_think_they_end(text: str, found: list[str]) -> None:
    assert [text[link.start : link.end] for link in note_text.links(text)] == found


@pytest.mark.requirement("WF-8")
def test_control_characters_become_spaces() -> None:
    typed = "  a\tb\x00c\r\nd\u202ee\u2066 e\u0301 "
    assert note_text.cleaned(typed) == "a b c\nde \u00e9"
    assert note_text.for_export(typed) == "a b c de \u00e9"
    assert note_text.cleaned(note_text.cleaned(typed)) == note_text.cleaned(typed)
