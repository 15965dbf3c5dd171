"""Wrong values: the message names file, line, column and value and what was expected."""

from __future__ import annotations

import pytest

from support.public_files import NOON, NOTE_1, NOTE_2

TIME = "a time in epoch milliseconds"
LEVELS = "HELPFUL, SOMEWHAT_HELPFUL, NOT_HELPFUL"
STATUSES = (
    "CURRENTLY_RATED_HELPFUL, CURRENTLY_RATED_NOT_HELPFUL, NEEDS_MORE_RATINGS, NEEDS_YOUR_HELP, FIRM_REJECT"
)
STATES = (
    "earnedIn, atRisk, earnedOutNoAcknowledge, earnedOutAcknowledged, newUser, removed, apiTestUser, "
    "apiEarnedIn, apiEarnedOut"
)


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("ratings", "helpfulnessLevel", "HELPFULL", f"is not one of {LEVELS}"),  # codespell:ignore
        ("ratings", "ratingSourceBucketed", "OTHER", "is not one of DEFAULT, POPULATION_SAMPLED"),
        ("noteStatusHistory", "currentStatus", "HELPFUL", f"is not one of {STATUSES}"),
        (
            "notes",
            "classification",
            "MISLEADING",
            "is not one of MISINFORMED_OR_POTENTIALLY_MISLEADING, NOT_MISLEADING",
        ),
        ("userEnrollment", "enrollmentState", "earnedOut", f"is not one of {STATES}"),
        ("notes", "noteId", "12ab", "is not a note id (whole number)"),
        ("ratings", "noteId", "NaN", "is missing; expected a note id (whole number)"),
        ("ratings", "noteId", "-5", "is not a note id (whole number)"),
        ("ratings", "noteId", "99999999999999999999", "is not a note id (whole number)"),
        ("ratings", "raterParticipantId", "NaN", "is missing; expected a contributor id (text)"),
        ("ratings", "raterParticipantId", "", "is missing; expected a contributor id (text)"),
        ("userEnrollment", "participantId", "null", "is missing; expected a contributor id (text)"),
        ("ratings", "createdAtMillis", "yesterday", f"is not {TIME}"),
        ("ratings", "createdAtMillis", "", f"is missing; expected {TIME}"),
        ("ratings", "createdAtMillis", "-7", f"is negative; expected {TIME}"),
        (
            "ratings",
            "createdAtMillis",
            str(NOON // 1000),
            "looks like seconds; expected epoch milliseconds (multiply by 1000)",
        ),
        (
            "ratings",
            "createdAtMillis",
            str(NOON * 1000),
            "is too late; expected epoch milliseconds, perhaps these are microseconds",
        ),
        ("ratings", "helpfulClear", "2", "is not 0 or 1"),
        ("ratings", "helpfulClear", "yes", "is not 0 or 1"),
        ("userEnrollment", "modelingGroup", "1.5", "is not a whole number"),
        ("noteStatusHistory", "currentModelingGroup", "first", "is not a number"),
    ],
)
def test_a_wrong_value_is_named(folder, table, column, value, said):
    for row in folder.tables[table]:
        row.setdefault(column, "")
    folder.tables[table][1][column] = value
    quoted = f"'{value}' " if value else ""
    assert folder.problem() == f"{table}-00000.tsv line 3, column {column}: {quoted}{said}"


def test_a_rating_given_twice_and_differently(folder):
    again = folder.tables["ratings"][0] | {"helpfulnessLevel": "NOT_HELPFUL"}
    folder.tables["ratings"].append(again)
    assert folder.problem() == (
        f"ratings-00000.tsv line 7, column noteId and raterParticipantId: '{NOTE_1}, BEN' stands already in "
        "ratings-00000.tsv line 2 with other values; keep one of the two rows"
    )


def test_a_note_written_twice_and_differently(folder):
    folder.tables["notes"].append(folder.tables["notes"][1] | {"tweetId": "77"})
    assert folder.problem() == (
        f"notes-00000.tsv line 5, column noteId: '{NOTE_2}' stands already in notes-00000.tsv line 3 "
        "with other values; keep one of the two rows"
    )


def test_a_note_twice_in_the_status_history(folder):
    changed = folder.tables["noteStatusHistory"][1] | {"currentStatus": "CURRENTLY_RATED_HELPFUL"}
    folder.tables["noteStatusHistory"].append(changed)
    assert (
        f"column noteId: '{NOTE_2}' stands already in noteStatusHistory-00000.tsv line 3" in folder.problem()
    )


def test_a_contributor_enrolled_twice_and_differently(folder):
    folder.tables["userEnrollment"].append(folder.tables["userEnrollment"][2] | {"enrollmentState": "atRisk"})
    assert "line 5, column participantId: 'CAT' stands already in userEnrollment-00000.tsv line 4" in (
        folder.problem()
    )


@pytest.mark.parametrize(
    ("column", "value"), [("createdAtMillis", str(NOON + 99)), ("noteAuthorParticipantId", "EVE")]
)
def test_notes_and_status_history_disagree(folder, column, value):
    was = folder.tables["noteStatusHistory"][1][column]
    folder.tables["noteStatusHistory"][1][column] = value
    quoted = value if value.isdecimal() else f"'{value}'"
    assert folder.problem() == (
        f"notes-00000.tsv line 3, column {column}: '{was}' differs from {quoted} in "
        f"noteStatusHistory-00000.tsv line 3 for note {NOTE_2}; both tables must agree"
    )


def test_an_unknown_author_disagrees_with_nobody(folder):
    folder.tables["noteStatusHistory"][1]["noteAuthorParticipantId"] = ""
    assert folder.read().dataset.status_history["author"].null_count() == 1


def test_ratings_of_unknown_notes_are_left_out_and_said(folder):
    folder.tables["ratings"][1]["noteId"] = "42"
    folder.tables["ratings"][3]["noteId"] = "43"
    result = folder.read()
    assert len(result.dataset.ratings) == 3
    assert len(result.warnings) == 1
    assert result.warnings[0] == (
        "2 ratings left out: their note is in neither notes nor noteStatusHistory "
        "(first: 42, ratings-00000.tsv line 3)"
    )


def test_all_problems_of_all_files_come_together(folder):
    folder.tables["ratings"][0]["helpfulnessLevel"] = "BAD"
    folder.tables["ratings"][4]["createdAtMillis"] = "soon"
    folder.tables["notes"][2]["classification"] = "WRONG"
    error = folder.refused()
    assert error.count == 3
    assert [(problem.file, problem.line, problem.column) for problem in error.problems] == [
        ("notes-00000.tsv", 4, "classification"),
        ("ratings-00000.tsv", 6, "createdAtMillis"),
        ("ratings-00000.tsv", 2, "helpfulnessLevel"),
    ]


def test_more_problems_than_fit_are_counted(folder):
    row = folder.tables["ratings"][0]
    folder.tables["ratings"] = [
        row | {"raterParticipantId": f"R{k}", "helpfulnessLevel": "?"} for k in range(50)
    ]
    error = folder.refused()
    assert error.count == 50
    assert len(error.problems) == 20
    assert str(error).endswith("… and 30 more")
