"""Runs that are killed: nothing half-written, and the next run finishes as if nothing had been."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import polars as pl
import pytest

from bridgenotes.data.outputs import output_schema
from support.runs import CORE, OUTPUTS, made_up, score

QUICK = ("--scorers", CORE, "--no-cache", "--threads", "1")
OPTIONS = {"scorers": CORE}
GOES_ON = "going on with what an interrupted run has learned"


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up(tmp_path_factory.mktemp("interrupted") / "data", ratings=1_200)


@pytest.fixture(scope="module")
def undisturbed(community: Path) -> Path:
    return score(community, community.parent / "undisturbed", **OPTIONS)


def start(community: Path, out: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bridgenotes.cli.main", "score", str(community), "--out", str(out), *QUICK],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "NUMBA_NUM_THREADS": "1"},
    )


@pytest.fixture(scope="module")
def seconds(community: Path, undisturbed: Path) -> float:
    """How long an undisturbed run takes now, in its own process."""
    began = time.perf_counter()
    assert start(community, community.parent / "measured").wait() == 0
    return time.perf_counter() - began


def assert_same_tables(out: Path, undisturbed: Path) -> None:
    for name in OUTPUTS:
        assert (out / f"{name}.parquet").read_bytes() == (undisturbed / f"{name}.parquet").read_bytes()


def assert_nothing_half_written(out: Path) -> None:
    """Every visible file can be read to its end; hidden ones nobody reads."""
    for path in out.rglob("*.parquet"):
        if not path.name.startswith("."):
            frame = pl.read_parquet(path)
            if path.stem in OUTPUTS:
                assert frame.schema == output_schema(path.stem)


def kill_and_repeat(community: Path, undisturbed: Path, out: Path, after: float) -> None:
    run = start(community, out)
    time.sleep(after)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert_nothing_half_written(out)
    score(community, out, **OPTIONS)
    assert_same_tables(out, undisturbed)
    assert not list(out.rglob(".*.tmp"))


def moments(number: int, seed: int) -> list[float]:
    """Random shares of a run's time."""
    chance = random.Random(seed)
    return [round(chance.uniform(0.2, 1.0), 3) for _ in range(number)]


@pytest.mark.parametrize("share", moments(3, seed=1))
def test_killed_at_a_random_moment(
    community: Path, undisturbed: Path, seconds: float, tmp_path: Path, share: float
) -> None:
    kill_and_repeat(community, undisturbed, tmp_path / "out", share * seconds)


@pytest.mark.slow
@pytest.mark.parametrize("share", moments(20, seed=2))
def test_killed_at_any_moment(
    community: Path, undisturbed: Path, seconds: float, tmp_path: Path, share: float
) -> None:
    kill_and_repeat(community, undisturbed, tmp_path / "out", share * seconds)


@pytest.fixture(scope="module")
def killed_after_prescoring(community: Path) -> Path:
    """The folder of a run that was killed the moment final scoring began."""
    out = community.parent / "killed"
    program = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from bridgenotes.cli import score
        score.score_notes = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
        score.run_score(score.Request(
            inputs=[Path(sys.argv[1])], out=Path(sys.argv[2]), scorers=sys.argv[3], threads=1, cache=False))
    """)
    done = subprocess.run(
        [sys.executable, "-c", program, str(community), str(out), CORE], check=False, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL
    return out


def words(capture: pytest.CaptureFixture[str]) -> str:
    return " ".join(capture.readouterr().err.split())


@pytest.fixture
def out(killed_after_prescoring: Path, tmp_path: Path) -> Path:
    shutil.copytree(killed_after_prescoring, tmp_path / "out")
    return tmp_path / "out"


def test_a_run_killed_after_prescoring_shows_no_results(out: Path) -> None:
    visible = {path.name for path in out.iterdir() if not path.name.startswith(".")}
    assert visible == {"prescoring"}


def test_the_next_run_goes_on_from_there_and_says_so(
    community: Path,
    undisturbed: Path,
    out: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("prescoring began anew")

    monkeypatch.setattr("bridgenotes.cli.score.prescore_community", never)
    score(community, out, **OPTIONS)
    assert GOES_ON in words(capfd)
    assert_same_tables(out, undisturbed)
    assert not (out / "prescoring" / "unfinished.json").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"profile": "birdwatch-2022"},
        {"seed": 2},
        {"now": "2026-01-02"},
        {"scorers": "MFExpansionScorer"},
        {"changes": ("accidents.second_fit_free=false",)},
    ],
    ids=["profile", "seed", "clock", "scorers", "setting"],
)
def test_another_run_does_not(
    community: Path, out: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], change: dict
) -> None:
    score(community, out, **(OPTIONS | change))
    assert GOES_ON not in words(capfd)
    assert_same_tables(out, score(community, tmp_path / "fresh", **(OPTIONS | change)))


def test_a_run_over_changed_input_does_not(
    community: Path, out: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(community, data)
    score(data, out, **OPTIONS)
    assert GOES_ON not in words(capfd)


def test_a_run_that_is_stopped_by_hand_is_gone_on_with(
    community: Path,
    undisturbed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("bridgenotes.cli.score.score_people", stop)
        with pytest.raises(KeyboardInterrupt):
            score(community, tmp_path / "out", **OPTIONS)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["prescoring"]
    score(community, tmp_path / "out", **OPTIONS)
    assert GOES_ON in words(capfd)
    assert_same_tables(tmp_path / "out", undisturbed)
