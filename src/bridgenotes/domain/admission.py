"""Who is let in, and when: a random draw from each country's waitlist (SU-8 to SU-11)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgenotes.domain.chance import generator
from bridgenotes.domain.verdict import Reason, because

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bridgenotes.domain.config import AdmissionConfig


@dataclass(frozen=True)
class Applicant:
    """Somebody on a waitlist; nothing but the country decides (SU-10).

    Attributes
    ----------
    applicant_id : str
        Opaque and unique.
    country : str
        ISO 3166 alpha-2, in capitals; empty where not known, a waitlist of its own.
    """

    applicant_id: str
    country: str


@dataclass(frozen=True)
class CountryDraw:
    """What a draw did in one country, for the record."""

    country: str
    waiting: int
    slots: int
    admitted: tuple[str, ...]


def slots_of(country: str, config: AdmissionConfig) -> int:
    """Return how many a draw admits in a country; 0 where the programme is not open yet (SU-11)."""
    if config.open_countries and country not in config.open_countries:
        return 0
    return config.country_slots.get(country, config.slots_per_country)


def draw(
    applicants: Iterable[Applicant], config: AdmissionConfig, seed: int | str
) -> tuple[CountryDraw, ...]:
    """Draw whom to admit: everybody of a country has the same chance, whenever they applied.

    Parameters
    ----------
    applicants : iterable of Applicant
        All that wait; their order does not matter.
    config : AdmissionConfig
        Slots and open countries.
    seed : int or str
        Fresh and random for every draw; kept, it lets anybody repeat the draw.

    Returns
    -------
    tuple of CountryDraw
        One per country with a waitlist, by country; unused slots do not move to others.
    """
    waitlists: Mapping[str, list[str]] = defaultdict(list)
    for applicant in applicants:
        waitlists[applicant.country].append(applicant.applicant_id)
    return tuple(_draw_country(country, ids, config, seed) for country, ids in sorted(waitlists.items()))


def _draw_country(country: str, ids: list[str], config: AdmissionConfig, seed: int | str) -> CountryDraw:
    slots = slots_of(country, config)
    admitted = generator(seed, "admission", country).sample(sorted(ids), min(slots, len(ids)))
    return CountryDraw(country, len(ids), slots, tuple(admitted))


def next_draw_at(last_draw_at: datetime | None, config: AdmissionConfig, now: datetime) -> datetime:
    """Return when the next draw is due: now if there never was one or it is overdue (SU-9)."""
    return now if last_draw_at is None else max(now, last_draw_at + config.draw_interval)


def waiting_outlook(country: str, waiting: int, config: AdmissionConfig, next_at: datetime) -> Reason:
    """Return what to tell somebody who waits (SU-8, SU-11).

    Parameters
    ----------
    country : str
        Theirs.
    waiting : int
        How many wait in it, they included.
    config : AdmissionConfig
        Slots and open countries.
    next_at : datetime
        The next draw.
    """
    slots = slots_of(country, config)
    if slots == 0:
        return Reason("admission.country_not_open", {"country": country})
    percent = min(100, 100 * slots // max(waiting, 1))
    possible_at = next_at if waiting <= slots else None
    return because(
        "admission.waiting", possible_at, waiting=waiting, slots=slots, percent=percent, at=next_at
    )
