from __future__ import annotations

from pathlib import Path

import pytest

from bridgenotes.report.run import ScoredRun, open_run
from unit.report.made_up import community, score


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return community(tmp_path_factory.mktemp("community"))


@pytest.fixture(scope="session")
def scored(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return score(source, tmp_path_factory.mktemp("scored"))


@pytest.fixture(scope="session")
def run(scored: Path) -> ScoredRun:
    return open_run(scored)
