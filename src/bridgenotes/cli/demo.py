"""`bridgenotes demo`: build the demo community, say how to look at it, and run the site if wanted."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from bridgenotes.cli.console import stderr, stdout
from bridgenotes.cli.failures import UsageError
from bridgenotes.cli.server import prepare_process

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

START_SECONDS: Final = 30
STOP_SECONDS: Final = 10


def run_demo(*, size: str, seed: int, force: bool, serve: bool, bind: str) -> None:
    """Build the demo and print the logins; with ``serve`` run server and worker until stopped.

    Raises
    ------
    UsageError
        If the port is in use.
    DomainError
        If the database is not the demo's, or the engine fails.
    """
    if serve:
        _require_free(bind)
        os.environ.setdefault("BRIDGENOTES_SITE_URL", f"http://localhost:{bind.rpartition(':')[2]}")
    prepare_process()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    from bridgenotes.base import clock  # noqa: PLC0415
    from bridgenotes.demo.build import build  # noqa: PLC0415
    from bridgenotes.demo.elsewhere import write_page  # noqa: PLC0415

    begun = time.monotonic()
    call_command("prepare", verbosity=0)
    now = clock.now()
    built = build(
        size=size, seed=seed, now=now, force=force, say=lambda text: stderr.print(text, soft_wrap=True)
    )
    stdout.print(
        f"The demo has {built.posts} posts, {built.notes} notes ({built.helpful} Helpful, {built.not_helpful} Not "
        f"Helpful), {built.ratings} ratings and {built.contributors} contributors; {time.monotonic() - begun:.0f} s.",
        soft_wrap=True,
    )
    if built.is_stale(now):
        stdout.print(f"Its story ended on {built.ended_at:%d %B}: `--force` tells it anew, up to now.")
    log, plaza = settings.SITE.data_dir / "demo.log", settings.SITE.data_dir / "plaza"
    write_page(plaza, settings.SITE.site_url)
    processes = _start(bind, log) if serve else []
    other = _start_elsewhere(bind, plaza) if serve else None
    _print_logins(settings.SITE.site_url, is_up=serve)
    if folder := getattr(settings, "EMAIL_FILE_PATH", None):  # a site with a mail server sends them
        stdout.print(
            f"\n  Mails, with the codes that sign-up asks for, are files in {folder}.", soft_wrap=True
        )
    if other is not None:
        processes.append(other[1])
        stdout.print(f"\n  Another site that shows these notes: [bold]{other[0]}[/]", soft_wrap=True)
    if processes:
        stdout.print(f"\n  Server and worker write to {log}. Stop with Ctrl+C.", soft_wrap=True)
        _keep_up(processes)


def _print_logins(address: str, *, is_up: bool) -> None:
    from bridgenotes.demo.accounts import NEWCOMER, PASSWORD, ROLES  # noqa: PLC0415

    stdout.print(f"\n  [bold]{address}[/]" + ("" if is_up else "   (after `bridgenotes serve` and `worker`)"))
    stdout.print(
        f"\n  New to it? Begin at {address}/accounts/login/?next=/join as [bold]{NEWCOMER.email}[/], password "
        f"[bold]{PASSWORD}[/]:\n  choose an alias, rate three notes, see why one is shown. With the same password:\n",
        soft_wrap=True,
    )
    for role in ROLES:
        stdout.print(f"    {role.email:<30} {role.does}", soft_wrap=True)


def _require_free(bind: str) -> None:
    """Do nothing if the server will get its port.

    Raises
    ------
    UsageError
        If another program has it.
    """
    host, _, port = bind.rpartition(":")
    try:
        with socket.create_server((host or "127.0.0.1", int(port))):
            return
    except ValueError:
        raise UsageError(f"--bind is {bind!r}; write address:port, e.g. 127.0.0.1:8000") from None
    except OSError:
        raise UsageError(
            f"{bind} is in use; name another port: --bind 127.0.0.1:8001, or make run PORT=8001"
        ) from None


def _start(bind: str, log: Path) -> list[subprocess.Popen[bytes]]:
    """Start server and worker, and return them once pages are served."""
    commands = (("serve", "--bind", bind, "--processes", "1"), ("worker",))
    # Sessions of their own, so that Ctrl+C reaches this process alone, which then stops them in order.
    with log.open("ab") as said:
        processes = [
            subprocess.Popen(  # noqa: S603 (our own program, no shell)
                [sys.executable, "-m", "bridgenotes.cli.main", *command],
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
            for command in commands
        ]
    host, _, port = bind.rpartition(":")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            break
        except OSError:
            time.sleep(0.2)
    return processes


def _start_elsewhere(bind: str, folder: Path) -> tuple[str, subprocess.Popen[bytes]] | None:
    """Serve a folder as another site, on the next port; return its address, None if the port is in use."""
    host, _, port = bind.rpartition(":")
    host, port = host or "127.0.0.1", str(int(port) + 1)
    try:
        socket.create_server((host, int(port))).close()
    except OSError:
        stderr.print(f"{host}:{port} is in use; the other site that shows the notes is left out.")
        return None
    process = subprocess.Popen(  # noqa: S603 (Python's own server of files, no shell)
        [sys.executable, "-m", "http.server", "--bind", host, "--directory", str(folder), port],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return f"http://localhost:{port}", process


def _keep_up(processes: list[subprocess.Popen[bytes]]) -> None:
    """Wait until the user stops us or one process ends; then end all."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(0.3)
    except KeyboardInterrupt:
        stderr.print("Stopping.")
    else:
        stderr.print("[bold red]error:[/] server or worker ended by itself; the log says why")
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
