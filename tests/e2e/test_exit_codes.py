"""What a program that starts the command learns from its exit code."""

from __future__ import annotations

import subprocess
import sys

from bridgenotes.cli.failures import UsageError, explain_failure
from bridgenotes.data.errors import DataError
from bridgenotes.scoring.flip_guard import TooManyFlipsError


def test_a_run_that_is_held_back_has_a_code_of_its_own() -> None:
    assert explain_failure(TooManyFlipsError(("ALL_NOTES: 90 notes become Helpful",))) == 3
    assert explain_failure(DataError("no ratings")) == 2
    assert explain_failure(UsageError("no such option")) == 2
    assert explain_failure(RuntimeError("a fault of ours")) == 1


def test_the_leashed_command_ends_with_who_holds_it() -> None:
    leashed = [sys.executable, "-m", "bridgenotes.cli.leashed", "--help"]
    with subprocess.Popen(leashed, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"score" in process.stdout.read()
        assert process.wait(60) == 0
    let_go = subprocess.run(leashed, input=b"", capture_output=True, timeout=60, check=False)
    assert let_go.returncode in {0, 137}  # it may be done before it notices
