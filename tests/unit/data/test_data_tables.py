"""The declaration fits the contract, and the page about it is up to date."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from bridgenotes.data import dataset as contract
from bridgenotes.data.describe import describe
from bridgenotes.data.errors import InputError, Problem, ProblemLog
from bridgenotes.data.tables import RATINGS, TABLES
from support.public_files import NOON

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("table", "schema"),
    [
        ("notes", contract.NOTES_SCHEMA),
        ("noteStatusHistory", contract.STATUS_HISTORY_SCHEMA),
        ("userEnrollment", contract.ENROLLMENT_SCHEMA),
        ("noteRequests", contract.REQUESTS_SCHEMA),
    ],
)
def test_every_field_of_the_contract_is_declared(table, schema):
    assert {column.field for column in TABLES[table].read_columns} == set(schema)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_names_are_unique_and_documented(table):
    names = [name for column in table.columns for name in column.names]
    assert len(set(names)) == len(names)
    assert all(column.doc.endswith(".") for column in table.columns)


def test_numbers_of_columns():
    assert [len(table.columns) for table in TABLES.values()] == [24, 35, 24, 8, 7]


def test_column_by_field():
    assert RATINGS.column("rater").name == "raterParticipantId"
    with pytest.raises(KeyError, match="table ratings has no field mood"):
        RATINGS.column("mood")


def load_tool():
    spec = importlib.util.spec_from_file_location(
        "write_data_format", ROOT / "tools" / "write_data_format.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(capsys, tmp_path):
    tool = load_tool()
    assert tool.main(["--check"]) == 0, "run python tools/write_data_format.py"
    tool.PAGE = tmp_path / "page.md"
    assert tool.main(["--check"]) == 1
    assert "not up to date" in capsys.readouterr().out
    assert tool.main([]) == 0
    assert tool.main(["--check"]) == 0


def test_description(folder):
    folder.tables["noteStatusHistory"][0] |= {"lockedStatus": "NEEDS_MORE_RATINGS"}
    for row in folder.tables["noteStatusHistory"]:
        row.setdefault("lockedStatus", "")
    folder.tables["ratings"][0] |= {"ratingSourceBucketed": "POPULATION_SAMPLED"}
    text = describe(folder.read().dataset)
    assert json.loads(json.dumps(text)) == text
    assert text["rows"]["ratings"] == 5
    assert text["ratings"]["by_level"] == {"NOT_HELPFUL": 1, "SOMEWHAT_HELPFUL": 1, "HELPFUL": 3}
    assert text["ratings"]["population_sampled_share"] == pytest.approx(0.2)
    assert text["ratings"]["given"] == {"first_ms": NOON + 1000, "last_ms": NOON + 1004}
    assert text["ratings"]["per_note"]["max"] == 2
    assert text["ratings"]["by_tag"]["helpfulClear"] == 2
    assert text["status_history"]["locked"] == 1
    assert text["enrollment"] == {"by_state": {"earnedIn": 3}, "by_group": {"13": 3}}


def test_description_of_nothing(folder):
    folder.tables["ratings"] = [row | {"helpfulnessLevel": ""} for row in folder.tables["ratings"]]
    text = describe(folder.read().dataset)
    assert text["ratings"]["given"] == {"first_ms": None, "last_ms": None}
    assert text["ratings"]["population_sampled_share"] is None


def test_messages():
    assert (
        str(Problem("f.tsv", 3, "c", "x" * 99, "is not y"))
        == f"f.tsv line 3, column c: '{'x' * 59}…' is not y"
    )
    log = ProblemLog()
    log.raise_if_any()
    for line in range(25):
        log.add(Problem("f.tsv", line, None, None, "is bad"))
    with pytest.raises(InputError) as caught:
        log.raise_if_any()
    assert str(caught.value).startswith("25 problems in the input; nothing was read. Correct the files")
    assert str(caught.value).endswith("\n  … and 5 more")
