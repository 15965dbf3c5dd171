"""A small community as public files, to be broken in one place at a time."""

from __future__ import annotations

import gzip
import zipfile
from typing import TYPE_CHECKING

import pytest
import zstandard

from bridgenotes.data.errors import InputError
from bridgenotes.data.read import ReadResult, read_dataset
from bridgenotes.data.tables import TABLES

if TYPE_CHECKING:
    from pathlib import Path

NOTE_1, NOTE_2, NOTE_3 = "1700000000000000001", "1700000000000000002", "1700000000000000003"
NOON = 1_694_200_000_000
"""A little after the notes' ids say they were written."""

Rows = list[dict[str, str]]


def small_community() -> dict[str, Rows]:
    """Three notes, three contributors, five ratings; every table."""
    notes = [
        {
            "noteId": note,
            "noteAuthorParticipantId": author,
            "createdAtMillis": str(NOON + k),
            "tweetId": str(900 + k),
            "classification": "MISINFORMED_OR_POTENTIALLY_MISLEADING",
            "trustworthySources": "1",
            "summary": f"Note {k}",
            "isMediaNote": "0",
            "isCollaborativeNote": "0",
        }
        for k, (note, author) in enumerate([(NOTE_1, "ANN"), (NOTE_2, "BEN"), (NOTE_3, "ANN")])
    ]
    pairs = [
        (NOTE_1, "BEN", "HELPFUL", "helpfulClear"),
        (NOTE_1, "CAT", "SOMEWHAT_HELPFUL", "helpfulOther"),
        (NOTE_2, "ANN", "NOT_HELPFUL", "notHelpfulIncorrect"),
        (NOTE_2, "CAT", "HELPFUL", "helpfulClear"),
        (NOTE_3, "BEN", "HELPFUL", "helpfulUnbiasedLanguage"),
    ]
    ratings = [
        {
            "noteId": note,
            "raterParticipantId": rater,
            "createdAtMillis": str(NOON + 1000 + k),
            "helpful": "0",
            "notHelpful": "0",
            "helpfulnessLevel": level,
            "ratingSourceBucketed": "DEFAULT",
            **dict.fromkeys(_TAG_NAMES, "0"),
            tag: "1",
        }
        for k, (note, rater, level, tag) in enumerate(pairs)
    ]
    history = [
        {key: row[key] for key in ("noteId", "noteAuthorParticipantId", "createdAtMillis")}
        | {"currentStatus": "NEEDS_MORE_RATINGS", "timestampMillisOfCurrentStatus": str(NOON + 5000)}
        for row in notes
    ]
    enrollment = [
        {
            "participantId": who,
            "enrollmentState": "earnedIn",
            "successfulRatingNeededToEarnIn": "5",
            "timestampOfLastStateChange": str(NOON - 1000),
            "timestampOfLastEarnOut": "1",
            "modelingPopulation": "CORE",
            "modelingGroup": "13",
            "numberOfTimesEarnedOut": "0",
        }
        for who in ("ANN", "BEN", "CAT")
    ]
    requests = [{"tweetId": "900", "sourceLinks": "[]", "suggestions": "[]"}]
    return {
        "notes": notes,
        "ratings": ratings,
        "noteStatusHistory": history,
        "userEnrollment": enrollment,
        "noteRequests": requests,
    }


_TAG_NAMES = [column.name for column in TABLES["ratings"].columns if "elpful" in column.name][3:]


def tsv(rows: Rows, columns: list[str] | None = None, end: str = "\n") -> str:
    """Return rows as text with a header."""
    names = columns or list(rows[0])
    lines = ["\t".join(names), *("\t".join(row.get(name, "") for name in names) for row in rows)]
    return end.join(lines) + end


def pack(path: Path, data: bytes) -> None:
    """Write bytes, compressed as the name says."""
    if path.suffix == ".gz":
        data = gzip.compress(data, mtime=0)
    elif path.suffix == ".zst":
        data = zstandard.ZstdCompressor().compress(data)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(path.with_suffix("").name, data)
    else:
        path.write_bytes(data)


class Folder:
    """The files of a small community; change ``tables``, then read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(exist_ok=True)
        self.tables = small_community()
        self.raw: dict[str, bytes] = {}

    def file(self, table: str) -> Path:
        return self.path / f"{table}-00000.tsv"

    def save(self) -> None:
        for table, rows in self.tables.items():
            self.file(table).write_text(tsv(rows))
        for name, data in self.raw.items():
            (self.path / name).write_bytes(data)

    def replace(self, table: str, name: str, data: bytes) -> None:
        """Have other bytes instead of a table's file."""
        del self.tables[table]
        self.raw[name] = data

    def read(self, **options: object) -> ReadResult:
        self.save()
        return read_dataset([self.path], **{"cache": False} | options)

    def refused(self, **options: object) -> InputError:
        """Read, which must fail and leave the folder as it was."""
        self.save()
        before = sorted(self.path.rglob("*"))
        with pytest.raises(InputError) as caught:
            read_dataset([self.path], **options)
        assert sorted(self.path.rglob("*")) == before
        return caught.value

    def problem(self, **options: object) -> str:
        """Return the one problem of these files."""
        error = self.refused(**options)
        assert error.count == 1, str(error)
        assert "Correct the files" in str(error)
        return str(error.problems[0])
