"""A pytest plugin that notes which requirement each test proves; loaded by `tools.requirements`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Hand the marks over to the reports, also from worker processes."""
    for item in items:
        for mark in item.iter_markers("requirement"):
            item.user_properties.extend(("requirement", number) for number in mark.args)


class Log:
    """Collects outcomes; one line of JSON per test and number."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._worst: dict[str, tuple[str, list[str]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst outcome of a test's phases."""
        numbers = [value for name, value in report.user_properties if name == "requirement"]
        before, _ = self._worst.get(report.nodeid, ("passed", []))
        outcome = report.outcome if report.outcome != "passed" else before
        self._worst[report.nodeid] = (outcome, numbers)

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        lines = [
            json.dumps({"test": test, "outcome": outcome, "requirement": number})
            for test, (outcome, numbers) in sorted(self._worst.items())
            for number in numbers
        ]
        self._path.write_text("\n".join(lines) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    """Collect in the process that gathers the reports."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Log(Path(os.environ["REQUIREMENT_LOG"])))
