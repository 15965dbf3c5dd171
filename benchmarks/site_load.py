"""Serve a site with a million notes and 20 million ratings from PostgreSQL, and time its pages in the server.

``python -m benchmarks.site_load --keep DIR`` keeps the filled database in a folder and uses it the next time.
Twenty clients ask without a pause, each for its next page as soon as it has one; the server is
``bridgenotes serve`` with its own settings. *Server time* is what gunicorn measures from a request read to its
answer written (``%(D)s`` of the access log): waiting for the interpreter and the database counts, waiting for a
free thread does not, so the clients' own times stand beside it. CPU time is that of server and database
together, for each request. All of it shares the machine's cores with the clients. Answers are compressed, as
browsers ask for it; ``kB`` is what was sent.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
from tools.with_postgres import installed_binaries, server_in

from benchmarks.common import store
from benchmarks.site_data import NOW, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS: Final = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=2GB", "wal_level=minimal",
    "max_wal_senders=0", "max_wal_size=4GB", "min_wal_size=80MB", "effective_cache_size=8GB",
    "random_page_cost=1.1",
)  # fmt: skip
PORT: Final = 8199
CLIENTS: Final = 20
BIND: Final = f"127.0.0.1:{PORT}"
COMMAND: Final = [sys.executable, "-m", "bridgenotes.cli.main"]
TICKS: Final = os.sysconf("SC_CLK_TCK")


Askers = dict[str, dict[str, str]]
"""Headers by who asks."""


@dataclass(frozen=True)
class Kind:
    """One kind of page: its addresses, and who asks: a visitor, a contributor, or a host with its token."""

    name: str
    paths: list[str]
    asker: str = "visitor"


def kinds(address: str) -> list[Kind]:
    """Return what is asked for: places drawn at random from the database, the same each time."""
    with psycopg.connect(address) as connection:
        connection.execute("SELECT setseed(0.5)")

        def drawn(query: str, most: int = 3000) -> list[Any]:
            return [row[0] for row in connection.execute(f"{query} ORDER BY random() LIMIT {most}".encode())]

        posts = drawn("SELECT id FROM posts_post WHERE last_noted_at IS NOT NULL")
        notes = drawn("SELECT id FROM notes_note")
        aliases = drawn(
            "SELECT alias FROM contributors_contributor WHERE id IN (SELECT author_id FROM notes_note)"
        )
        urls = drawn("SELECT url FROM posts_post", 60_000)
        before = drawn('SELECT to_char(created_at, \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') FROM notes_note', 500)
    batches = [
        "/api/v1/shown?" + "&".join(f"url={u}" for u in urls[k : k + 100]) for k in range(0, 60_000, 100)
    ]
    return [
        Kind("home (New)", ["/"]),
        Kind("Rated Helpful", ["/helpful"]),
        Kind("New, deep in the past", [f"/new?before={moment}" for moment in before]),
        Kind("Rated Helpful, deep in the past", [f"/helpful?before={moment}" for moment in before]),
        Kind("post", [f"/posts/{number}" for number in posts]),
        Kind("note", [f"/notes/{number}" for number in notes]),
        Kind("profile", [f"/u/{alias.replace(' ', '-')}" for alias in aliases]),
        Kind("100 addresses", batches, "host"),
        Kind("home of a contributor (Needs Your Help)", ["/"], "contributor"),
        Kind("post, as a contributor", [f"/posts/{number}" for number in posts], "contributor"),
    ]  # fmt: skip


def hammer(kind: Kind, seconds: float, askers: Askers, folder: Path) -> dict[str, Any]:
    """Let the clients ask for one kind of page; return figures of theirs.

    Raises
    ------
    SystemExit
        If the site refused a question: how fast it refuses is not asked here.
    """
    job = folder / "job.json"
    job.write_text(
        json.dumps(
            {"host": "127.0.0.1", "port": PORT, "clients": CLIENTS, "seconds": seconds, "paths": kind.paths,
             "headers": askers[kind.asker]}
        )
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.site_clients", str(job)], check=True, capture_output=True
    )
    asked: dict[str, Any] = json.loads(done.stdout)
    if asked["statuses"].keys() != {"200"}:
        raise SystemExit(f"{kind.name}: answers were {asked['statuses']}")
    return asked


def measure(kind: Kind, seconds: float, askers: Askers, folder: Path, pids: list[int]) -> dict[str, Any]:
    """Return the figures of one kind of page, in milliseconds."""
    log = folder / "access.log"
    hammer(kind, min(2.0, seconds), askers, folder)  # code, plans and pages of the database are in memory
    began, cpu = log.stat().st_size, cpu_seconds(pids)
    asked = hammer(kind, seconds, askers, folder)
    cpu = cpu_seconds(pids) - cpu
    with log.open() as lines:
        lines.seek(began)
        times = sorted(int(line.split()[-1]) / 1000 for line in lines)
    load = os.getloadavg()[0]
    return {
        "server ms, median": round(quantile(times, 0.5), 1),
        "server ms, 99th percentile": round(quantile(times, 0.99), 1),
        "client ms, median": asked["median"],
        "client ms, 99th percentile": asked["p99"],
        "CPU ms per request": round(1000 * cpu / max(len(times), 1), 1),
        "requests per second": round(len(times) / seconds, 1),
        "statuses": asked["statuses"],
        "kB": asked["kB"],
        "load average": round(load, 1),
    }


def quantile(values: list[float], share: float) -> float:
    """Return a quantile of sorted values, the next one up."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def cpu_seconds(roots: list[int]) -> float:
    """Return the CPU time so far of some processes and of all that they started."""
    parents: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            pid = int(stat.parent.name)
            parents.setdefault(int(fields[1]), []).append(pid)
            used[pid] = sum(map(int, fields[11:15])) / TICKS  # ended children's time included
    total, line = 0.0, list(roots)
    while line:
        pid = line.pop()
        total += used.get(pid, 0.0)
        line += parents.get(pid, [])
    return total


@contextlib.contextmanager
def database(folder: Path, notes: int, ratings: int) -> Iterator[str]:
    """Yield the address of a server with the community, filled here if the folder has none."""
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "filled.json"
    with server_in(folder, installed_binaries()[0], SETTINGS) as address:
        environment = {**os.environ, "BRIDGENOTES_DATABASE_URL": address}
        subprocess.run([*COMMAND, "manage", "prepare", "--verbosity", "0"], env=environment, check=True)
        if not done.exists():
            seconds = fill(address, notes=notes, ratings=ratings)
            done.write_text(json.dumps({"notes": notes, "ratings": ratings, "seconds": round(seconds)}))
        yield address


@contextlib.contextmanager
def site(folder: Path, arguments: list[str]) -> Iterator[int]:
    """Yield the process id of a running server that logs the time of every request."""
    log = folder / "access.log"
    environment = {
        **os.environ,
        "GUNICORN_CMD_ARGS": f"--access-logfile {log} --access-logformat '%(m)s %(U)s %(s)s %(D)s'",
    }
    with (folder / "server.log").open("wb") as said:
        server = subprocess.Popen(
            [*COMMAND, "serve", "--bind", BIND, *arguments], env=environment, stdout=said, stderr=said
        )
    try:
        hammer_until_up(server)
        yield server.pid
    finally:
        server.terminate()
        server.wait(20)


def hammer_until_up(server: subprocess.Popen[bytes]) -> None:
    """Return once the site answers."""
    from urllib.error import URLError  # noqa: PLC0415
    from urllib.request import urlopen  # noqa: PLC0415

    for _ in range(120):
        if server.poll() is not None:
            raise SystemExit("the server ended by itself; its log says why")
        with contextlib.suppress(URLError, OSError):
            urlopen(f"http://{BIND}/healthz").close()
            return
        time.sleep(0.5)
    raise SystemExit("the server does not answer")


def make_askers() -> Askers:
    """Return what a contributor who may rate and a host send, both made by the site's own services."""
    from bridgenotes.cli.server import prepare_process  # noqa: PLC0415

    prepare_process()
    from django.test import Client  # noqa: PLC0415

    from bridgenotes.accounts.models import Account  # noqa: PLC0415
    from bridgenotes.contributors import services as contributors  # noqa: PLC0415
    from bridgenotes.identity import services as identity  # noqa: PLC0415
    from bridgenotes.identity.models import Application  # noqa: PLC0415
    from bridgenotes.posts import services as posts  # noqa: PLC0415

    # A new account each time: the keys of the last run are gone, and so is who its contributor was.
    account = Account.objects.create_user(f"{time.time_ns()}@example.org", "of no use", joined_at=NOW)
    application = Application.objects.create(account=account, country="GB", applied_at=NOW, agreed_at=NOW)
    admitted = identity.admit(application, now=NOW)
    contributors.choose_alias(admitted, contributors.offer_aliases(admitted)[0])
    browser = Client()
    browser.force_login(account)
    unique = time.time_ns()
    _, token = posts.add_host(f"Load {unique}", [f"load-{unique}.example.org"], "", now=NOW)
    return {
        "visitor": {},
        "contributor": {"Cookie": f"session={browser.cookies['session'].value}"},
        "host": {"Authorization": f"Bearer {token}"},
    }


def postmaster(folder: Path) -> int:
    """Return the process id of the database server."""
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=1_000_000)
    parser.add_argument("--ratings", type=int, default=20_000_000)
    parser.add_argument("--keep", type=Path, help="folder of the filled database, used again if it is there")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--only", default="", help="a regular expression of kinds of pages")
    parser.add_argument("--processes", default="2")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--dry", action="store_true", help="store nothing")
    chosen = parser.parse_args()
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="site-load-", dir="/tmp"))
    own = Path(tempfile.mkdtemp(prefix="site-load-"))
    try:
        (own / "now").write_text(NOW.isoformat())
        os.environ |= {"BRIDGENOTES_DATA_DIR": str(own), "BRIDGENOTES_CLOCK_FILE": str(own / "now"),
                       "BRIDGENOTES_LOG_LEVEL": "ERROR", "BRIDGENOTES_SITE_URL": f"http://{BIND}"}  # fmt: skip
        with database(folder, chosen.notes, chosen.ratings) as address:
            os.environ["BRIDGENOTES_DATABASE_URL"] = address
            with psycopg.connect(address) as connection:
                postgresql = connection.execute("SHOW server_version").fetchone()[0]
            askers = make_askers()
            arguments = ["--processes", chosen.processes, "--threads", chosen.threads]
            with site(own, arguments) as server:
                pids = [server, postmaster(folder)]
                wanted = [kind for kind in kinds(address) if re.search(chosen.only, kind.name)]
                figures = {}
                for kind in wanted:
                    figures[kind.name] = measure(kind, chosen.seconds, askers, own, pids)
                    print(f"{kind.name:40} {json.dumps(figures[kind.name])}", flush=True)
    finally:
        shutil.rmtree(own, ignore_errors=True)
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    if not chosen.dry:
        size = {
            "notes": chosen.notes, "ratings": chosen.ratings, "clients": CLIENTS, "server": arguments,
            **{name: version(name) for name in ("django", "gunicorn", "psycopg")}, "postgresql": postgresql,
        }  # fmt: skip
        store("site-load", {**size, "pages": figures})


if __name__ == "__main__":
    main()
