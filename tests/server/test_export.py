"""The public tables: byte for byte what a plain walk over the rows writes, however they are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db.models import Model

from bridgenotes.base.public_ids import epoch_ms
from bridgenotes.contributors.models import Contributor, Enrollment
from bridgenotes.data.tables import ENROLLMENT, NOTES, RATINGS, STATUS_HISTORY
from bridgenotes.data.vocabulary import TAGS
from bridgenotes.datarelease import columns
from bridgenotes.datarelease.export import export
from bridgenotes.notes.models import Note, NoteRequest, NoteStatus, Rating
from bridgenotes.notes.models.note import Removal
from support.community import BAD


def names_of(table) -> list[str]:
    """Return the public columns of a table."""
    return [column.name for column in table.columns]


def ratings() -> Iterator[dict[str, object]]:
    """Ratings, row by row."""
    for row in Rating.objects.filter(deleted_at=None).order_by("note_id", "rater_id"):
        yield {
            "noteId": row.note_id, "raterParticipantId": row.rater_id.hex.upper(),
            "createdAtMillis": epoch_ms(row.created_at), "version": 2, "helpfulnessLevel": row.level,
            "ratedOnTweetId": row.rated_on_id, "ratingSourceBucketed": row.source,
            **{tag: int(tag in row.tag_names) for tag in TAGS},
        }  # fmt: skip


def notes() -> Iterator[dict[str, object]]:
    """Notes, row by row."""
    for row in Note.objects.filter(deleted_at=None).order_by("id"):
        reasons = [n for n in names_of(NOTES) if n.startswith(("misleading", "notMisleading"))]
        yield {
            "noteId": row.pk, "noteAuthorParticipantId": row.author_id.hex.upper(),
            "createdAtMillis": epoch_ms(row.created_at), "tweetId": row.post_id,
            "classification": row.classification, "trustworthySources": int(row.trustworthy_sources),
            "summary": row.summary, "isMediaNote": 0, "isCollaborativeNote": 0,
            **{reason: int(reason in row.reasons) for reason in reasons},
        }  # fmt: skip


def history() -> Iterator[dict[str, object]]:
    """Histories, row by row."""
    fields = {column.name: column.field for column in STATUS_HISTORY.columns}
    for row in NoteStatus.objects.select_related("note").order_by("note_id"):
        yield {
            **{name: getattr(row, field) for name, field in fields.items() if field and hasattr(row, field)},
            "noteId": row.note_id, "noteAuthorParticipantId": row.note.author_id.hex.upper(),
            "createdAtMillis": epoch_ms(row.note.created_at),
        }  # fmt: skip


def enrolled() -> Iterator[dict[str, object]]:
    """Contributors, row by row."""
    for row in Contributor.objects.exclude(alias="").order_by("id"):
        values = (
            row.participant_id, row.enrollment_state, row.earn_in_target, epoch_ms(row.state_changed_at),
            1 if row.last_earned_out_at is None else epoch_ms(row.last_earned_out_at),
            row.modeling_population, row.modeling_group or 1, row.times_earned_out,
        )  # fmt: skip
        yield dict(zip(names_of(ENROLLMENT), values, strict=True))


TABLES = {
    "ratings": (RATINGS, ratings),
    "notes": (NOTES, notes),
    "noteStatusHistory": (STATUS_HISTORY, history),
    "userEnrollment": (ENROLLMENT, enrolled),
}


def plain(table, rows: Iterator[dict[str, object]]) -> str:
    """Return a table as the public files have it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, names_of(table), delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.fixture
def lively(scored, clock, people) -> None:
    """The scored community, with everything that is written in a way of its own."""
    whole = clock().replace(microsecond=0)
    first, second, third = Rating.objects.order_by("pk")[:3]
    change(first, created_at=whole, tags=(1 << len(TAGS)) - 1)
    change(second, created_at=whole + timedelta(microseconds=999), tags=0)
    change(third, deleted_at=whole)
    note, other = scored.notes[BAD][:2]
    change(note, deleted_at=whole, removal=Removal.BY_AUTHOR, summary="")
    change(
        other, summary='Tab\t, "quotes", commas\nand a line: ä 漢 🙂', trustworthy_sources=False, reasons=[]
    )
    locked, grouped = Contributor.objects.exclude(alias="").order_by("pk")[:2]
    change(locked, last_earned_out_at=whole + timedelta(milliseconds=7), times_earned_out=2)
    change(grouped, modeling_group=12, enrollment_state=Enrollment.AT_RISK)
    Contributor.objects.create(enrolled_on=whole.date(), state_changed_at=whole)  # has no alias yet


def change(row: Model, **fields: object) -> None:
    """Set fields of a row."""
    type(row)._default_manager.filter(pk=row.pk).update(**fields)


def test_every_byte_is_that_of_a_plain_walk(lively, tmp_path, monkeypatch) -> None:
    rows = export(tmp_path / "whole")
    for name, (table, truth) in TABLES.items():
        expected = plain(table, truth())
        assert (tmp_path / "whole" / f"{name}-00000.tsv").read_text() == expected, name
        assert rows[name] == len(list(truth()))
    monkeypatch.setattr(columns, "PORTION", 7)
    monkeypatch.setattr(columns, "FETCH", 3)
    assert export(tmp_path / "parts") == rows
    for path in (tmp_path / "whole").iterdir():
        assert (tmp_path / "parts" / path.name).read_bytes() == path.read_bytes()


def test_an_empty_site_has_every_table_with_its_header(tmp_path) -> None:
    assert set(export(tmp_path).values()) == {0}
    assert not NoteRequest.objects.exists()
    for name, (table, _) in TABLES.items():
        assert (tmp_path / f"{name}-00000.tsv").read_text() == "\t".join(names_of(table)) + "\n"
