"""Who takes part in the demo: contributors by number, the host and its posts' authors."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import transaction

from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor, Enrollment, Impact, NotificationFrequency
from bridgenotes.demo import accounts
from bridgenotes.domain.aliases import alias_key, alias_offers
from bridgenotes.domain.chance import generator
from bridgenotes.identity import services as identity
from bridgenotes.posts import services as posts

if TYPE_CHECKING:
    from bridgenotes.accounts.models import Account
    from bridgenotes.demo.plan import Plan
    from bridgenotes.posts.models import Host

HOST: Final = "Town Square"
SITE: Final = "example.org"


@dataclass(frozen=True)
class Cast:
    """Everybody.

    Attributes
    ----------
    host : Host
        The platform whose posts are noted.
    host_key : Ed25519PrivateKey
        With which it vouches for authors.
    people : tuple of Contributor
        By the plan's numbers.
    logins : dict of str to Account
        The demo logins made so far, by name of the role.
    """

    host: Host
    host_key: Ed25519PrivateKey
    people: tuple[Contributor, ...]
    logins: dict[str, Account]


@transaction.atomic
def make_cast(plan: Plan, *, seed: int) -> Cast:
    """Make everybody who is there at the beginning.

    The people behind two of the logins are admitted like anybody else. The others have no accounts: their
    rows are those of `bridgenotes.contributors.services.enroll` and `choose_alias`, written at once.
    """
    now = plan.begins
    key = Ed25519PrivateKey.generate()
    public_key = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    host, _token = posts.add_host(HOST, [SITE], public_key, now=now)
    logins = {
        accounts.READER.name: accounts.sign_up(accounts.READER, now=now),
        accounts.AUTHOR.name: accounts.sign_up(accounts.AUTHOR, now=now),
        accounts.MODERATOR.name: accounts.sign_up_moderator(now=now),
        accounts.CONTRIBUTOR.name: accounts.apply(accounts.CONTRIBUTOR, now=now),
        accounts.WRITER.name: accounts.apply(accounts.WRITER, now=now),
    }
    identity.draw(now=now, seed=f"demo {seed}")
    named = {
        plan.writer: accounts.named(logins[accounts.WRITER.name]),
        earnest_rater(plan): accounts.named(logins[accounts.CONTRIBUTOR.name]),
    }
    others = _others(plan, seed, [number for number in range(plan.people) if number not in named])
    people = tuple(named.get(number) or others[number] for number in range(plan.people))
    founders = [people[number].pk for number in sorted(plan.founders)]
    Contributor.objects.filter(pk__in=founders).update(enrollment_state=Enrollment.EARNED_IN)
    return Cast(host, key, people, logins)


def earnest_rater(plan: Plan) -> int:
    """Return somebody who rates now and then and has not written yet."""
    rated = Counter(rating.rater for rating in plan.ratings)
    newcomers = [number for number, _count in rated.most_common() if number not in plan.founders]
    return newcomers[len(newcomers) * 24 // 25]


def _others(plan: Plan, seed: int, numbers: list[int]) -> dict[int, Contributor]:
    """Write contributors without accounts, as enrolling and choosing an alias leave them; return them by number."""
    chance = generator(seed, "demo people")
    month = plan.begins.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    config = rules()
    taken = set(Contributor.objects.exclude(alias="").values_list("alias_key", flat=True))
    found: dict[int, Contributor] = {}
    for number in numbers:
        person = Contributor(
            id=UUID(int=chance.getrandbits(128), version=4), enrolled_on=month.date(), state_changed_at=month,
            earn_in_target=config.ability.rating_impact_for_earn_in,
            notification_frequency=chance.choice(NotificationFrequency.values),
        )  # fmt: skip
        alias = alias_offers(taken.__contains__, config.aliases, f"{seed} {number}")[0]
        person.take_alias(alias)
        taken.add(alias_key(alias))
        found[number] = person
    Contributor.objects.bulk_create(found.values())
    Impact.objects.bulk_create([Impact(contributor=person) for person in found.values()])
    return found
