"""``bridgenotes manage addhost``: let a platform supply its posts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError
from bridgenotes.posts import services

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Make a host and print its token, once."""

    help = "Let a platform supply its posts through the API; prints the token, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""
        parser.add_argument("name")
        parser.add_argument(
            "--site", action="append", required=True, help="Registrable domain of its posts; repeatable."
        )
        parser.add_argument(
            "--claim-key", type=Path, help="PEM file of the Ed25519 public key that signs claims."
        )

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 (Django's)
        """Make the host."""
        key = options["claim_key"]
        try:
            host, token = services.add_host(
                options["name"], options["site"], key.read_text() if key else "", now=clock.now()
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{host.name} may supply posts of {', '.join(host.sites)} with the token\n{token}")
