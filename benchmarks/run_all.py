"""Run every benchmark."""

from __future__ import annotations

import subprocess
import sys

COMMANDS = (
    ["benchmarks.pilot"],
    ["benchmarks.pilot", "--profile", "x-2026"],
    ["benchmarks.core_speed"],
    ["benchmarks.sweep"],
    ["benchmarks.golden"],
    ["benchmarks.reading"],
    ["benchmarks.scale"],
    ["benchmarks.incremental"],
)

if __name__ == "__main__":
    for command in COMMANDS:
        print("==", *command, flush=True)
        subprocess.run([sys.executable, "-m", *command], check=True)
