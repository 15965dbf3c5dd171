"""What every server package stands on: sealing, clock, rules of the operator, addresses, errors."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.accounts.adapters import MfaAdapter
from bridgenotes.base import clock as site_clock
from bridgenotes.base.clock import FileClock
from bridgenotes.base.configuration import ConfigurationError
from bridgenotes.base.databases import PREPARED_FROM, database
from bridgenotes.base.errors import Conflict, LimitReached, Reason, Refused, explain
from bridgenotes.base.problem_documents import problem_response
from bridgenotes.base.rules import load_rules
from bridgenotes.base.sealing import SealBroken, Sealer
from bridgenotes.domain.config import PlatformRules

KEY = bytes(range(48))


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_is_sealed_opens_only_in_its_place(clear: bytes, place: bytes) -> None:
    sealer = Sealer(KEY, "tests")
    sealed = sealer.seal(clear, place=place)
    assert sealer.open(sealed, place=place) == clear
    assert sealer.seal(clear, place=place) != sealed, "equal contents look different"
    for other, elsewhere in (
        (sealer, place + b"x"),
        (Sealer(KEY, "other"), place),
        (Sealer(KEY[::-1], "tests"), place),
    ):
        with pytest.raises(SealBroken):
            other.open(sealed, place=elsewhere)


@given(st.binary(max_size=50), st.integers(min_value=0))
def test_any_changed_bit_breaks_the_seal(clear: bytes, position: int) -> None:
    sealed = bytearray(Sealer(KEY, "tests").seal(clear))
    sealed[position % len(sealed)] ^= 1
    with pytest.raises(SealBroken):
        Sealer(KEY, "tests").open(bytes(sealed))


@given(st.text(max_size=30), st.text(max_size=30))
def test_hashes_tell_words_apart_and_purposes_too(one: str, other: str) -> None:
    sealer = Sealer(KEY, "tests")
    assert (sealer.hash(one) == sealer.hash(other)) is (one == other)
    assert sealer.hash(one) != Sealer(KEY, "other").hash(one)


def test_secrets_of_second_factors_are_sealed() -> None:
    stored = MfaAdapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DP" not in stored
    assert MfaAdapter().decrypt(stored) == "JBSWY3DPEHPK3PXP"


def test_several_processes_travel_by_one_file(tmp_path, settings) -> None:
    clock = FileClock(tmp_path / "now")
    clock.set(datetime.fromisoformat("2026-07-01T14:00:00+02:00"))
    settings.CLOCK = FileClock(tmp_path / "now")
    assert site_clock.now() == datetime(2026, 7, 1, 12, tzinfo=UTC)
    clock.set(site_clock.now() + timedelta(days=40))
    assert site_clock.now() == datetime(2026, 8, 10, 12, tzinfo=UTC)


def test_without_a_file_the_rules_are_the_defaults(tmp_path) -> None:
    (tmp_path / "rules.toml").write_text("")
    assert load_rules(None) == load_rules(tmp_path / "rules.toml") == PlatformRules()


def test_a_file_changes_what_it_names(tmp_path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        '[eligibility]\nchecks = ["standing"]\nuntrusted_line_types = ["voip"]\n'
        "[admission]\ndraw_interval = 'P1D'\n[admission.country_slots]\nDE = 50\n"
    )
    rules = load_rules(path)
    assert rules.eligibility.checks == ("standing",)
    assert rules.eligibility.untrusted_line_types == {"voip"}
    assert rules.admission.draw_interval == timedelta(days=1)
    assert dict(rules.admission.country_slots) == {"DE": 50}
    untouched = {field.name for field in fields(PlatformRules)} - {"eligibility", "admission"}
    assert all(getattr(rules, name) == getattr(PlatformRules(), name) for name in untouched)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[admission", "rules.toml"),
        ("[entrance]\nslots_per_country = 1", "no group [entrance]"),
        ("admission = 3", "no group [admission]"),
        ("[admission]\nslots = 1", "admission.slots does not exist"),
        ("[admission]\nslots_per_country = 'many'", "admission.slots_per_country"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, text, said) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as error:
        load_rules(path)
    assert said in str(error.value)


def test_database_addresses(tmp_path) -> None:
    default = database("", tmp_path)
    assert default["NAME"] == str(tmp_path / "bridgenotes.sqlite3")
    assert default["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    postgres = database("postgresql://ada:p%40ss@db.example:5433/notes?sslmode=require", tmp_path)
    assert postgres["OPTIONS"] == {"sslmode": "require", "prepare_threshold": PREPARED_FROM}
    assert [postgres[k] for k in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "notes", "ada", "p@ss", "db.example", "5433",
    ]  # fmt: skip


def test_every_error_has_one_shape(clock) -> None:
    later = clock() + timedelta(hours=2)
    limit = problem_response(explain(LimitReached("x.limit", "Later.", retry_at=later, left=0)))
    assert (limit.status_code, limit.headers["Retry-After"]) == (429, "7200")
    refused = explain(Refused((Reason("eligibility.phone_unverified"), Reason("phone.invalid"))))
    assert (refused.status, refused.code, len(refused.sentences)) == (403, "eligibility.phone_unverified", 2)
    assert refused.retry_at is None
    assert explain(Conflict("x.done", "Done.", count=3)).facts == {"count": 3}


def test_frozen_rules_can_be_replaced_in_tests(settings) -> None:
    from bridgenotes.base.rules import rules  # noqa: PLC0415

    settings.RULES = replace(PlatformRules(), notes=replace(PlatformRules().notes, max_length=10))
    assert rules().notes.max_length == 10
