"""Profiles say what is wrong with them."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from importlib import resources
from typing import Any

import pytest

from bridgenotes.scoring.profile import PROFILES, ProfileError, load_profile, parse_profile


@pytest.fixture
def document() -> dict[str, Any]:
    text = (
        resources.files("bridgenotes.scoring").joinpath("profiles", "birdwatch-2022.toml").read_text("utf-8")
    )
    return deepcopy(tomllib.loads(text))


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_load_and_lists_name_existing_scorers(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert all(profile.scorer(s.borrows) for s in profile.scorers if s.borrows)


def test_an_unknown_setting_is_named(document: dict[str, Any]) -> None:
    document["scorer_defaults"]["thresholds"]["crhh"] = 0.4
    with pytest.raises(ProfileError, match=r"MFCoreScorer\.thresholds: unknown setting 'crhh'"):
        parse_profile(document)


def test_a_missing_setting_is_named(document: dict[str, Any]) -> None:
    del document["scorer_defaults"]["model"]["max_first_error"]
    with pytest.raises(ProfileError, match=r"MFCoreScorer\.model: setting 'max_first_error' is missing"):
        parse_profile(document)


def test_unknown_names_are_answered_with_what_there_is() -> None:
    with pytest.raises(ProfileError, match="choose one of: x-2026, birdwatch-2022"):
        load_profile("x-2099")
    with pytest.raises(ProfileError, match="has no scorer 'Nope'; it has: MFCoreScorer"):
        load_profile("birdwatch-2022").scorer("Nope")
