"""Who may apply, and what is said to who may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridgenotes.domain.config import EligibilityConfig
from bridgenotes.domain.eligibility import AccountFacts, after_months, check_results, eligibility
from bridgenotes.domain.phones import Line, normalised_number, offline_line
from bridgenotes.domain.texts import sentence
from bridgenotes.domain.verdict import Refused

CONFIG = EligibilityConfig()
MOBILE = Line("GB", "mobile", "Vodafone")
GOOD = AccountFacts(joined_at=datetime(2020, 1, 1, tzinfo=UTC), line=MOBILE)


def codes(facts: AccountFacts, now: datetime, config: EligibilityConfig = CONFIG) -> list[str]:
    return [reason.code.removeprefix("eligibility.") for reason in eligibility(facts, config, now).reasons]


@pytest.mark.requirement("SU-1")
def test_a_sound_account_may_apply(now: datetime) -> None:
    assert eligibility(GOOD, CONFIG, now).allowed
    assert all(result.passed for result in check_results(GOOD, CONFIG, now))


@pytest.mark.requirement("SU-2")
def test_a_recent_violation_bars_until_it_is_old(now: datetime) -> None:
    facts = replace(GOOD, last_violation_at=now - timedelta(days=364))
    assert codes(facts, now) == ["recent_violation"]
    assert eligibility(facts, CONFIG, now).possible_at == now + timedelta(days=1)
    assert codes(facts, now + timedelta(days=1)) == []


@pytest.mark.requirement("SU-3")
@pytest.mark.parametrize(
    ("joined", "free"),
    [((2026, 1, 1), (2026, 7, 1)), ((2025, 8, 31), (2026, 2, 28)), ((2023, 8, 31), (2024, 2, 29))],
)
def test_an_account_is_old_enough_after_six_calendar_months(joined: tuple, free: tuple) -> None:
    free_at = datetime(*free, tzinfo=UTC)
    facts = replace(GOOD, joined_at=datetime(*joined, tzinfo=UTC))
    assert codes(facts, free_at) == []
    assert codes(facts, free_at - timedelta(seconds=1)) == ["account_too_young"]
    assert eligibility(facts, CONFIG, free_at - timedelta(seconds=1)).possible_at == free_at


@pytest.mark.requirement("SU-4")
@pytest.mark.requirement("SU-7")
def test_the_phone_failures_are_told_apart_with_what_to_do(now: datetime) -> None:
    failures = {
        "phone_unverified": replace(GOOD, line=None),
        "phone_untrusted": replace(GOOD, line=Line("GB", "voip", "")),
        "phone_of_contributor": replace(GOOD, number_is_contributors=True),
        "phone_verified_elsewhere": replace(GOOD, number_verified_later=True),
    }
    assert {code: codes(facts, now) for code, facts in failures.items()} == {c: [c] for c in failures}
    told = [sentence(eligibility(facts, CONFIG, now).reasons[0]) for facts in failures.values()]
    assert len(set(told)) == len(told)
    assert all("erify" in text or "enter the code" in text for text in told)


@pytest.mark.requirement("SU-5")
def test_carriers_can_be_trusted_or_not_by_name(now: datetime) -> None:
    denied = replace(CONFIG, untrusted_carriers=frozenset({"VODAFONE"}))
    listed = replace(CONFIG, trusted_carriers=frozenset({"o2"}))
    assert codes(GOOD, now, denied) == ["phone_untrusted"]
    assert codes(GOOD, now, listed) == ["phone_untrusted"]
    assert codes(replace(GOOD, line=Line("GB", "mobile", "O2")), now, listed) == []
    assert codes(GOOD, now, replace(CONFIG, countries=frozenset({"DE"}))) == ["phone_country"]


@pytest.mark.requirement("SU-12")
def test_checks_can_be_switched_off(now: datetime) -> None:
    bad = AccountFacts(joined_at=now, last_violation_at=now)
    assert codes(bad, now) == ["recent_violation", "account_too_young", "phone_unverified"]
    assert codes(bad, now, replace(CONFIG, checks=("account_age",))) == ["account_too_young"]
    assert codes(bad, now, replace(CONFIG, checks=())) == []


@pytest.mark.requirement("SU-5")
def test_numbers_are_read_by_the_phone_library() -> None:
    assert normalised_number("020 7946 0018", "GB") == "+442079460018"
    assert offline_line("+447400123456").line_type == "mobile"
    assert offline_line("+447400123456").country == "GB"
    assert offline_line("+445612345678").line_type == "voip"
    assert offline_line("+12125550123").line_type == "fixed_line_or_mobile"


@pytest.mark.parametrize("number", ["", "hello", "123", "+999123"])
def test_a_wrong_number_is_refused_without_being_repeated(number: str) -> None:
    with pytest.raises(Refused) as error:
        normalised_number(number, "US")
    assert error.value.code == "phone.invalid"
    assert not number or number not in str(error.value)


def test_months_run_over_new_year() -> None:
    assert after_months(datetime(2025, 12, 15, tzinfo=UTC), 1) == datetime(2026, 1, 15, tzinfo=UTC)
