"""Make the database ready: schema and cache table. Safe to repeat; `bridgenotes serve` does it."""

from __future__ import annotations

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Bring the database up to date."""

    help = "Apply migrations and make the cache table."

    def handle(self, *_args: object, **options: object) -> None:
        """Run both."""
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        call_command("createcachetable", verbosity=options["verbosity"])
