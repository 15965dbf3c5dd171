"""What `simulate` writes, and that it writes the same again."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest
import zstandard

from bridgenotes.data.read import read_dataset
from bridgenotes.data.tables import TABLES
from bridgenotes.lab import ratings as ratings_module
from bridgenotes.lab import room, write
from bridgenotes.lab.errors import SimulationError
from bridgenotes.lab.simulate import simulate
from bridgenotes.lab.spec import NOW_MS, CommunitySpec, community

if TYPE_CHECKING:
    from pathlib import Path

    from bridgenotes.data.write import Packing
    from conftest import Made


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_equal_specifications_give_equal_bytes(tmp_path: Path):
    for name in ("one", "two"):
        simulate(community(3000, 5), out=tmp_path / name)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_gives_other_files(tmp_path: Path):
    simulate(community(3000, 5), out=tmp_path / "one")
    simulate(community(3000, 6), out=tmp_path / "two")
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    assert one.keys() == two.keys()
    assert all(one[name] != two[name] for name in one)


def test_the_reader_takes_the_files_without_a_word(town: Made):
    result = read_dataset([town.folder], text=True, cache=False)
    assert result.warnings == []
    assert result.dropped == {}
    assert len(result.dataset.ratings) == 60_000
    assert result.dataset.n_notes == town.summary.notes
    assert result.dataset.notes["summary"].null_count() == 0
    assert (result.dataset.notes["summary"].str.len_chars() > 5).all()


def test_headers_are_todays(town: Made):
    widths = {"notes": 24, "ratings": 35, "noteStatusHistory": 24, "userEnrollment": 8, "noteRequests": 7}
    for name, width in widths.items():
        with (town.folder / f"{name}-00000.tsv").open(encoding="utf-8") as file:
            lines = [file.readline().rstrip("\n").split("\t") for _ in range(20)]
        assert lines[0] == [column.name for column in TABLES[name].columns]
        assert {len(line) for line in lines} == {width}


def test_the_card_tells_specification_and_counts(town: Made):
    card = json.loads((town.folder / "community.json").read_text(encoding="utf-8"))
    assert CommunitySpec(**card["spec"]) == town.spec
    assert card["spec"]["now_ms"] == NOW_MS
    assert card["made"]["ratings"] == 60_000
    assert card["made"]["files"] == list(town.summary.files)
    assert sum(card["made"]["levels"]) == 60_000
    assert "out" not in card["made"]


def test_ratings_are_split_into_files_and_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ratings_module, "BATCH_RATINGS", 500)
    monkeypatch.setattr(write, "RATINGS_PER_FILE", 1000)
    told: list[tuple[int, int]] = []
    summary = simulate(community(4000, 1), out=tmp_path / "split", progress=lambda *now: told.append(now))
    parts = [name for name in summary.files if name.startswith("ratings")]
    assert parts == [f"ratings-{part:05d}.tsv" for part in range(len(parts))]
    assert len(parts) > 2
    assert told[-1] == (4000, 4000)
    assert told == sorted(told)
    assert len(read_dataset([tmp_path / "split"], cache=False).dataset.ratings) == 4000


@pytest.mark.parametrize("ratings", [0, 1, 2, 10, 199])
def test_the_smallest_communities_are_valid(tmp_path: Path, ratings: int):
    summary = simulate(community(ratings, 3), out=tmp_path / "small")
    result = read_dataset([tmp_path / "small"], text=True, cache=False)
    assert summary.ratings == len(result.dataset.ratings) == ratings
    assert result.warnings == []


def test_a_crowded_community_is_filled_to_its_caps(tmp_path: Path):
    spec = CommunitySpec(ratings=180, seed=1, raters=20, notes=30, colluding_blocks=0, brigades=0)
    simulate(spec, out=tmp_path / "crowded")
    assert len(read_dataset([tmp_path / "crowded"], cache=False).dataset.ratings) == 180


def test_negative_numbers_are_refused():
    with pytest.raises(SimulationError, match="ratings is -1"):
        community(-1, 0)
    with pytest.raises(SimulationError, match="seed is -1"):
        community(10, -1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"raters": 1}, "raters is 1"),
        ({"notes": 0}, "notes is 0"),
        ({"span_days": 0}, "span_days is 0"),
        ({"deleted_share": 1.5}, "deleted_share is 1.5"),
        ({"topic_share": float("nan")}, "topic_share is nan"),
        ({"now_ms": 0}, "now_ms is 0"),
    ],
)
def test_impossible_parameters_are_refused(change: dict, message: str):
    with pytest.raises(SimulationError, match=message):
        CommunitySpec(**({"ratings": 10, "seed": 1, "raters": 10, "notes": 10} | change))


def test_too_many_ratings_for_the_people_are_refused(tmp_path: Path):
    spec = CommunitySpec(ratings=1000, seed=1, raters=10, notes=10)
    with pytest.raises(SimulationError, match="too few for 1000 ratings"):
        simulate(spec, out=tmp_path / "never")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_packed_files_hold_the_same(tmp_path: Path, packing: Packing, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(write, "RATINGS_PER_FILE", 1000)
    simulate(community(3000, 5), out=tmp_path / "plain")
    summary = simulate(community(3000, 5), out=tmp_path / "packed", packing=packing)
    assert all(name.endswith(f".tsv.{packing}") for name in summary.files)
    for name in summary.files:
        data = (tmp_path / "packed" / name).read_bytes()
        text = (
            gzip.decompress(data)
            if packing == "gz"
            else zstandard.ZstdDecompressor().decompressobj().decompress(data)
        )
        assert text == (tmp_path / "plain" / name.removesuffix(f".{packing}")).read_bytes()
    simulate(community(3000, 6), out=tmp_path / "packed", force=True)
    assert not list((tmp_path / "packed").glob(f"*.{packing}"))


def test_a_disk_without_room_is_told_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        room.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12, 20 * 10**9)
    )
    with pytest.raises(
        SimulationError, match=r"200,000,000 ratings take about 4\d\.\d GB; the disk .* has 20\.0 GB free"
    ) as error:
        simulate(community(200_000_000, 1), out=tmp_path / "deep" / "town")
    assert re.search(r"--packing zst, which takes 1\d\.\d GB", str(error.value))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("packing", [None, "gz", "zst"])
def test_the_expected_room_is_about_what_is_taken(tmp_path: Path, packing: Packing | None):
    spec = community(60_000, 3)
    simulate(spec, out=tmp_path / "town", packing=packing)
    taken = sum(path.stat().st_size for path in (tmp_path / "town").iterdir())
    expected = room.expected_bytes(spec, packing)
    assert expected > 0.95 * taken
    if packing is None:  # small tables pack better than large ones, whose ids hardly repeat
        assert expected < 1.25 * taken
