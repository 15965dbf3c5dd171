"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import numba
import pytest
from hypothesis import HealthCheck, settings
from tools.catalogues import compile_stale

from support.two_camps import Camps, two_camps

settings.register_profile(
    "default", max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")

list(compile_stale())  # a fresh clone has no compiled catalogues

# Test processes already share the cores; kernels that wait for each other's threads cost minutes.
numba.set_num_threads(1)


@pytest.fixture
def camps() -> Camps:
    """A readable community: left, right and bridging notes, two camps of raters."""
    return two_camps(n_notes=30, n_raters=60, seed=7)


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder with real and reference data; tests that need it are marked ``parity``."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("BRIDGENOTES_REFERENCE_DATA", default))
    if not folder.is_dir():
        if os.environ.get("BRIDGENOTES_FORBID_SKIPS"):
            pytest.fail(f"reference data not found at {folder}, and skips are forbidden")
        pytest.skip(f"no reference data at {folder}; set BRIDGENOTES_REFERENCE_DATA to run this")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Turn skips into failures where they are forbidden, as in CI."""
    report = yield
    if report.skipped and os.environ.get("BRIDGENOTES_FORBID_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and skips are forbidden: {report.longrepr}"
    return report
