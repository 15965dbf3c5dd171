"""Two machines on a network of their own (namespaces), one of which is killed in the middle of a run."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.ray_driver import expected

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD, OTHER = "10.77.0.1", "10.77.0.2"
PORT = 6399
TESTS = Path(__file__).parents[1]
SECRET = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
"""Machines that do not have it are not let in."""
PATIENCE = 120
"""Seconds until a machine or a run is given up."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("ip") is None, reason="network namespaces need root and iproute2"
    ),
]


def ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


class Machine:
    """A network namespace with one address, in which a Ray node may run."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self.address = name, address
        ip("netns", "add", name)

    def join(self, cable: str) -> None:
        ip("link", "set", cable, "netns", self.name)
        ip("-n", self.name, "address", "add", f"{self.address}/24", "dev", cable)
        for device in (cable, "lo"):
            ip("-n", self.name, "link", "set", device, "up")

    def run(self, *command: str, log: Path) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(TESTS), "RAY_USAGE_STATS_ENABLED": "0", **SECRET}
        with log.open("w") as file:
            return subprocess.Popen(
                ["ip", "netns", "exec", self.name, *command],
                stdout=file, stderr=subprocess.STDOUT, env=environment,
            )  # fmt: skip

    def ray(self, log: Path, *options: str) -> None:
        ray = Path(sys.executable).with_name("ray")
        self.run(
            str(ray), "start", *options, f"--node-ip-address={self.address}", "--num-cpus=1",
            "--object-store-memory=100000000", "--block", log=log,
        )  # fmt: skip

    def kill(self) -> None:
        """Kill every process of the machine at once."""
        for process in ip("netns", "pids", self.name).split():
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)

    def remove(self) -> None:
        self.kill()
        ip("netns", "delete", self.name)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, because sockets lie in it."""
    path = Path(tempfile.mkdtemp(prefix="bn", dir="/tmp"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def machines() -> Iterator[tuple[Machine, Machine]]:
    mark = f"{os.getpid() % 10_000}"
    cables = [f"bnr{mark}a", f"bnr{mark}b"]
    pair = (Machine(f"bn-head-{mark}", HEAD), Machine(f"bn-other-{mark}", OTHER))
    try:
        ip("link", "add", cables[0], "type", "veth", "peer", "name", cables[1])
        for machine, cable in zip(pair, cables, strict=True):
            machine.join(cable)
        yield pair
    finally:
        for machine in pair:
            machine.remove()


def wait_until(holds, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.2)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # processes that were killed
def test_a_machine_killed_in_the_middle_changes_nothing(
    machines: tuple[Machine, Machine], folder: Path
) -> None:
    head, other = machines
    head.ray(
        folder / "head.log",
        "--head",
        f"--port={PORT}",
        "--include-dashboard=false",
        f"--temp-dir={folder}/ray",
    )
    wait_until(lambda: "runtime started" in (folder / "head.log").read_text(), "the first machine")
    other.ray(folder / "other.log", f"--address={HEAD}:{PORT}")
    wait_until(lambda: "runtime started" in (folder / "other.log").read_text(), "the other machine")
    driver = head.run(
        sys.executable, "-m", "support.ray_driver", f"{HEAD}:{PORT}", str(folder), log=folder / "driver.log"
    )
    wait_until(
        lambda: (folder / "fitting").exists() and (folder / "stepping").exists(), "the middle of the run"
    )
    other.kill()
    (folder / "lost").touch()
    assert driver.wait(PATIENCE) == 0, (folder / "driver.log").read_text()
    found = json.loads((folder / "result.json").read_text())
    before, after = found.pop("machines")
    assert (len(set(before)), len(set(after))) == (2, 1)
    assert found == expected()
