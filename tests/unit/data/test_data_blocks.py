"""Blocks are whole records, whatever the bytes."""

from __future__ import annotations

import csv
import io

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.data.blocks import UnreadableError, blocks, last_record_end
from bridgenotes.data.coding import note_codes, rank_people, repeated_rows
from bridgenotes.data.files import InputFile
from bridgenotes.data.records import join_records, split_records

FIELDS = st.lists(st.text(st.sampled_from('ab"\t\n \r,é'), max_size=6), min_size=2, max_size=2)


def written(rows):
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


@given(st.lists(FIELDS, max_size=12), st.integers(1, 60))
def test_blocks_join_to_the_file_and_split_between_records(tmp_path_factory, rows, size):
    path = tmp_path_factory.mktemp("blocks") / "ratings.tsv"
    data = written(rows)
    path.write_bytes(data)
    parts = list(blocks(InputFile(path, "ratings", "tsv", None), size))
    assert b"".join(part.data for part in parts) == data
    line = 1
    for part in parts:
        assert part.first_line == line
        assert part.data.count(b'"') % 2 == 0
        line += part.data.count(b"\n")


@given(st.lists(FIELDS, min_size=1, max_size=12))
def test_records_are_those_of_the_csv_module(rows):
    data = written(rows)
    records = split_records(data)
    assert len(records) == len(rows)
    assert (records.fields == 2).all()
    assert join_records(data, records, np.ones(len(rows), bool)) == data
    line = 0
    for place, row in enumerate(rows):
        assert records.lines[place] == line
        line += 1 + sum(field.count("\n") for field in row)


def test_a_record_longer_than_any_block(tmp_path, monkeypatch):
    monkeypatch.setattr("bridgenotes.data.blocks._LONGEST_RECORD", 1000)
    path = tmp_path / "ratings.tsv"
    path.write_bytes(b'a\tb\n"' + b"x\n" * 5000)
    with pytest.raises(UnreadableError, match="never closed") as caught:
        list(blocks(InputFile(path, "ratings", "tsv", None), 100))
    assert caught.value.line == 2


def test_last_record_end():
    assert last_record_end(b"") == 0
    assert last_record_end(b"no end") == 0
    assert last_record_end(b'a\n"b\nc') == 2
    assert last_record_end(b'"a\nb"\nc') == 6


def test_people_that_are_numbers_are_merged_by_value():
    people = rank_people(pl.Series(["10", "9", "NaN", "010"]))
    assert people.ids.to_list() == ["9", "10"]
    assert people.rank.to_list() == [1, 0, None, 1]


def test_no_people():
    assert rank_people(pl.Series([], dtype=pl.String)).ids.to_list() == []


def test_note_codes_tell_the_unknown():
    codes, is_known = note_codes(pl.Series("note", [30, 10, 20, 99, 1]), np.array([10, 20, 30]))
    assert codes[:3].to_list() == [2, 0, 1]
    assert is_known.tolist() == [True, True, True, False, False]


@given(st.lists(st.integers(0, 5)))
def test_repeated_rows(keys):
    expected = [place for place, key in enumerate(keys) if keys.count(key) > 1]
    assert repeated_rows(np.array(keys, np.int64)).tolist() == expected
