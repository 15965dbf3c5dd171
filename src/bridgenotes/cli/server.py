"""`bridgenotes serve`, `worker` and `manage`: start the platform's processes."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import TYPE_CHECKING

from bridgenotes.cli.console import stderr
from bridgenotes.cli.failures import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def prepare_process() -> None:
    """Check that the platform is installed, make data folder and keys, and load Django.

    Raises
    ------
    UsageError
        If the extra is not installed; the message says what to install.
    """
    if importlib.util.find_spec("django") is None or importlib.util.find_spec("allauth") is None:
        raise UsageError("the platform is not installed; run: pip install 'bridgenotes[web]'")
    from bridgenotes.base.keys import make_keys  # noqa: PLC0415
    from bridgenotes.base.settings import load_settings  # noqa: PLC0415

    site = load_settings()
    site.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    (site.data_dir / "static").mkdir(exist_ok=True)
    make_keys(site.keys_folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bridgenotes.server.settings")
    import django  # noqa: PLC0415

    django.setup()


def run_serve(*, bind: str, processes: int, threads: int) -> None:
    """Bring the database up to date and serve pages and API until stopped.

    Never returns: gunicorn takes the process over.
    """
    prepare_process()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    call_command("prepare", verbosity=0)
    stderr.print(f"Serving {settings.SITE.site_url} on {bind}; stop with Ctrl+C.", soft_wrap=True)
    _become(
        ["gunicorn", "bridgenotes.server.wsgi:application", "--bind", bind,
         "--workers", str(processes), "--threads", str(threads), "--worker-class", "gthread",
         "--limit-request-line", "8190",  # a hundred addresses of posts in one question
         "--no-control-socket", "--worker-tmp-dir", "/dev/shm" if os.path.isdir("/dev/shm") else "/tmp",  # noqa: PTH112, S108
         "--forwarded-allow-ips", "*" if settings.SITE.trusted_proxies else "127.0.0.1"]
    )  # fmt: skip


def run_worker(*, threads: int, schedule: bool) -> None:
    """Run background jobs until stopped; only one worker of a site may keep the schedule.

    Never returns.
    """
    prepare_process()
    arguments = ["django", "run_huey", "--workers", str(threads), "--worker-type", "thread"]
    # A killed worker leaves its locks behind; who keeps the schedule takes them away.
    _become([*arguments, "--flush-locks"] if schedule else [*arguments, "--no-periodic"])


def run_manage(arguments: Sequence[str]) -> None:
    """Run one of Django's management commands."""
    prepare_process()
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(["bridgenotes manage", *arguments])


def _become(module_and_arguments: list[str]) -> None:
    """Replace this process by ``python -m …``, so that signals reach the server itself."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", *module_and_arguments])  # noqa: S606 (no shell)
