"""How long a site takes to write its public tables: ``python -m benchmarks.export --ratings 200000``.

The database is SQLite in a temporary folder, or what ``BRIDGENOTES_DATABASE_URL`` names, e.g.
``python -m tools.with_postgres -- python -m benchmarks.export``; that one must be empty.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

RATERS = 5_000
PER_NOTE = 40
AT_ONCE = 10_000


def fill(ratings: int) -> None:
    """Make contributors, posts, notes and their ratings, straight into the tables."""
    from bridgenotes.base.public_ids import public_id  # noqa: PLC0415 (after the setup)
    from bridgenotes.contributors.models import Contributor  # noqa: PLC0415
    from bridgenotes.data.vocabulary import MISLEADING  # noqa: PLC0415
    from bridgenotes.notes.models import Note, Rating  # noqa: PLC0415
    from bridgenotes.posts.models import Post  # noqa: PLC0415

    chance, begun = random.Random(1), datetime(2026, 7, 1, tzinfo=UTC)
    people = [
        Contributor(
            id=uuid.UUID(int=chance.getrandbits(128), version=4),
            enrolled_on=begun.date(),
            state_changed_at=begun,
        )
        for _ in range(RATERS)
    ]
    for number, person in enumerate(people):
        person.take_alias(f"Quiet Number {number}")
    Contributor.objects.bulk_create(people, batch_size=AT_ONCE)
    times = [begun + timedelta(seconds=30 * number) for number in range(ratings // PER_NOTE)]
    posts = [
        Post(id=public_id(at), identity=f"a.example/{k}", url=f"https://a.example/{k}", site="a.example",
             added_at=at, published_at=at)
        for k, at in enumerate(times)
    ]  # fmt: skip
    Post.objects.bulk_create(posts, batch_size=AT_ONCE)
    notes = [
        Note(id=public_id(at), post=post, author=people[k % RATERS], classification=MISLEADING,
             reasons=["misleadingFactualError"], trustworthy_sources=True, created_at=at,
             summary=f"What claim {k} leaves out: https://facts.example/{k}")
        for k, (post, at) in enumerate(zip(posts, times, strict=True))
    ]  # fmt: skip
    Note.objects.bulk_create(notes, batch_size=AT_ONCE)
    rows = []
    for note in notes:
        for rater in chance.sample(people, PER_NOTE):
            at = note.created_at + timedelta(microseconds=chance.randrange(10**10))
            level = chance.choice(("HELPFUL", "NOT_HELPFUL", "SOMEWHAT_HELPFUL"))
            rows.append(
                Rating(note=note, rater=rater, level=level, tags=chance.getrandbits(22), rated_on_id=note.post_id,
                       created_at=at)
            )  # fmt: skip
        if len(rows) >= AT_ONCE:
            Rating.objects.bulk_create(rows)
            rows = []
    Rating.objects.bulk_create(rows)


def timed(out: Path) -> tuple[float, float]:
    """Return wall and CPU seconds of one export; of the database's own process, if it has one, only the wall's."""
    from bridgenotes.datarelease.export import export  # noqa: PLC0415

    begun = time.perf_counter(), time.process_time()
    export(out)
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


def peak_mb() -> float:
    """Return the largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(runs: int) -> None:
    """Export several times and store the figures; in a process of its own, so that the peak is the export's."""
    from django.db import connection  # noqa: PLC0415

    from benchmarks.common import store  # noqa: PLC0415
    from bridgenotes.notes.models import Rating  # noqa: PLC0415

    ratings = Rating.objects.count()
    before = peak_mb()
    with tempfile.TemporaryDirectory() as folder:
        seconds = [timed(Path(folder) / str(run)) for run in range(runs)]
    store(
        f"export-{connection.vendor}-{ratings}",
        {
            "ratings": ratings,
            "seconds": round(statistics.median(wall for wall, _ in seconds), 2),
            "CPU seconds": round(statistics.median(cpu for _, cpu in seconds), 2),
            "megabytes before": round(before),
            "megabytes at most": round(peak_mb()),
        },
    )


def main() -> None:
    """Fill a database, then measure in another process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratings", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only-measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "bridgenotes.server.settings"
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("BRIDGENOTES_DATA_DIR", folder)
        import django  # noqa: PLC0415

        django.setup()
        if options.only_measure:
            measure(options.runs)
            return
        from django.core.management import call_command  # noqa: PLC0415

        call_command("migrate", verbosity=0)
        fill(options.ratings)
        again = [sys.executable, "-m", "benchmarks.export", "--only-measure", "--runs", str(options.runs)]
        subprocess.run(again, check=True)


if __name__ == "__main__":
    main()
