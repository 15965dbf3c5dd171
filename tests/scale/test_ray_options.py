"""What `score --executor ray` says when it cannot: no cluster is started here."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bridgenotes.cli.failures import UsageError
from bridgenotes.cli.ray_cluster import open_ray
from bridgenotes.cli.score import Request, run_score

ON_RAY = Request([Path("data")], Path("out"), executor="ray")


def complaint(request: Request) -> str:
    with pytest.raises(UsageError) as caught, open_ray(request, 10**9):
        pass
    return str(caught.value)


def test_without_the_extra_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "bridgenotes.scoring.executors.ray_", raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    assert complaint(ON_RAY) == (
        "--executor ray needs ray, which is not installed: pip install 'bridgenotes[ray]'"
    )


def test_nobody_at_the_address_is_told_at_once() -> None:
    assert "no Ray cluster answers" in complaint(replace(ON_RAY, address="127.0.0.1:1"))


def test_the_client_protocol_is_refused() -> None:
    assert "on a machine of the cluster" in complaint(replace(ON_RAY, address="ray://127.0.0.1:10001"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shards": 2}, "--shards is for --executor ray"),
        ({"address": "a:1"}, "--address is for --executor ray"),
        ({"executor": "ray", "shard_from": 5}, "--shard-from says from when on --shards holds"),
    ],
)
def test_options_that_do_not_go_together(options: dict[str, object], words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        run_score(replace(Request([tmp_path], tmp_path / "out"), **options))
