"""Whatever is asked for, a made-up community keeps the rules of the public format."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgenotes.data.vocabulary import HELPFUL_TAGS, NOT_HELPFUL_TAGS
from bridgenotes.lab.simulate import simulate
from bridgenotes.lab.spec import community

_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
_RETIRED = (
    "helpfulInformative",
    "helpfulEmpathetic",
    "helpfulUniqueContext",
    "notHelpfulOpinionSpeculationOrBias",
    "notHelpfulOutdated",
    "notHelpfulOffTopic",
)


def made(ratings: int, seed: int) -> tuple[int, dict[str, pl.DataFrame]]:
    spec = community(ratings, seed)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "town"
        simulate(spec, out=out)
        tables = {
            path.name.partition("-")[0]: pl.read_csv(
                path, separator="\t", quote_char=None, infer_schema_length=None
            )
            for path in out.glob("*.tsv")
        }
    return spec.now_ms, tables


@settings(max_examples=15)
@given(ratings=st.integers(1, 4000), seed=st.integers(0, 2**63))
def test_rules_of_the_format(ratings: int, seed: int):
    now, tables = made(ratings, seed)
    notes, history, rated = tables["notes"], tables["noteStatusHistory"], tables["ratings"]
    people = tables["userEnrollment"]

    assert len(rated) == ratings
    assert not rated.select("noteId", "raterParticipantId").is_duplicated().any()
    assert not notes["noteId"].is_duplicated().any()
    assert not history["noteId"].is_duplicated().any()
    assert not people["participantId"].is_duplicated().any()

    columns = ["noteId", "noteAuthorParticipantId", "createdAtMillis"]
    both = notes.select(columns).join(history.select(columns), on="noteId")
    assert (both["createdAtMillis"] == both["createdAtMillis_right"]).all()
    assert (both["noteAuthorParticipantId"] == both["noteAuthorParticipantId_right"]).all()
    known = pl.concat([notes.select(columns), history.select(columns)]).unique()
    assert (known["createdAtMillis"] == (known["noteId"] // 2**22) + _SNOWFLAKE_EPOCH_MS).all()
    assert (known["createdAtMillis"] <= now).all()
    unlisted = notes.filter(~pl.col("noteId").is_in(history["noteId"].implode()))
    assert (now - unlisted["createdAtMillis"] < 12 * 3_600_000).all()

    joined = rated.join(known.rename({"createdAtMillis": "note_ms"}), on="noteId", how="left")
    assert joined["note_ms"].null_count() == 0
    assert (joined["createdAtMillis"] > joined["note_ms"]).all()
    assert (joined["createdAtMillis"] <= now).all()
    assert (joined["raterParticipantId"] != joined["noteAuthorParticipantId"]).all()
    for column in (rated["raterParticipantId"], people["participantId"], known["noteAuthorParticipantId"]):
        assert column.str.contains("^[0-9A-F]{64}$").all()


@settings(max_examples=10)
@given(ratings=st.integers(1, 2000), seed=st.integers(0, 2**32))
def test_rules_of_the_tags(ratings: int, seed: int):
    _, tables = made(ratings, seed)
    counted = tables["ratings"].with_columns(
        helpful_tags=pl.sum_horizontal(HELPFUL_TAGS), not_helpful_tags=pl.sum_horizontal(NOT_HELPFUL_TAGS)
    )
    total = counted["helpful_tags"] + counted["not_helpful_tags"]
    assert total.is_between(1, 3).all()
    assert (counted.filter(helpfulnessLevel="HELPFUL")["not_helpful_tags"] == 0).all()
    assert (counted.filter(helpfulnessLevel="NOT_HELPFUL")["helpful_tags"] == 0).all()
    somewhat = counted.filter(helpfulnessLevel="SOMEWHAT_HELPFUL")
    assert ((somewhat["helpful_tags"] > 0) & (somewhat["not_helpful_tags"] > 0)).all()
    assert all((counted[tag] == 0).all() for tag in _RETIRED)
