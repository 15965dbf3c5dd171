"""The draw is fair, by country and repeatable."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bridgenotes.domain.admission import Applicant, draw, next_draw_at, slots_of, waiting_outlook
from bridgenotes.domain.config import AdmissionConfig
from bridgenotes.domain.texts import sentence

CONFIG = AdmissionConfig(slots_per_country=2, country_slots={"DE": 3})


def people(country: str, n: int) -> list[Applicant]:
    return [Applicant(f"{country}-{k}", country) for k in range(n)]


@pytest.mark.requirement("SU-9")
def test_each_country_has_its_own_slots() -> None:
    found = {c.country: c for c in draw(people("DE", 10) + people("FR", 10) + people("IS", 1), CONFIG, "s")}
    assert {country: len(c.admitted) for country, c in found.items()} == {"DE": 3, "FR": 2, "IS": 1}
    assert {c.waiting for c in found.values()} == {10, 1}
    assert all(a.startswith(c.country) for c in found.values() for a in c.admitted)


@pytest.mark.requirement("SU-9")
def test_a_kept_seed_repeats_the_draw_whatever_the_order() -> None:
    applicants = people("DE", 30)
    assert draw(applicants, CONFIG, "s") == draw(applicants[::-1], CONFIG, "s")
    assert draw(applicants, CONFIG, "s") != draw(applicants, CONFIG, "t")


@pytest.mark.requirement("SU-8")
def test_everybody_is_admitted_in_the_end() -> None:
    waiting = people("DE", 20)
    for week in range(7):
        admitted = {a for country in draw(waiting, CONFIG, week) for a in country.admitted}
        waiting = [applicant for applicant in waiting if applicant.applicant_id not in admitted]
    assert waiting == []


@pytest.mark.requirement("SU-10")
def test_everybody_has_the_same_chance() -> None:
    applicants = people("FR", 10)
    times = dict.fromkeys((a.applicant_id for a in applicants), 0)
    for seed in range(2000):
        for admitted in draw(applicants, CONFIG, seed)[0].admitted:
            times[admitted] += 1
    expected, spread = 400, (2000 * 0.2 * 0.8) ** 0.5
    assert max(abs(n - expected) for n in times.values()) < 4 * spread


@pytest.mark.requirement("SU-11")
def test_closed_countries_wait() -> None:
    config = AdmissionConfig(open_countries=frozenset({"DE"}))
    assert slots_of("FR", config) == 0
    assert [c.admitted for c in draw(people("FR", 5), config, 1)] == [()]


@pytest.mark.requirement("SU-9")
def test_draws_come_at_intervals(now: datetime) -> None:
    assert next_draw_at(None, CONFIG, now) == now
    assert next_draw_at(now - timedelta(days=6), CONFIG, now) == now + timedelta(days=1)
    assert next_draw_at(now - timedelta(days=60), CONFIG, now) == now


@pytest.mark.requirement("SU-8")
def test_who_waits_is_told_what_to_expect(now: datetime) -> None:
    outlook = waiting_outlook("FR", 8, CONFIG, now)
    assert "2 of the 8 people" in sentence(outlook)
    assert "25 %" in sentence(outlook)
    assert outlook.possible_at is None
    assert waiting_outlook("FR", 2, CONFIG, now).possible_at == now
    closed = waiting_outlook("FR", 2, AdmissionConfig(open_countries=frozenset({"DE"})), now)
    assert closed.code == "admission.country_not_open"
