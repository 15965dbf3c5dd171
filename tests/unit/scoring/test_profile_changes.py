"""A profile with some settings changed from the command line."""

from __future__ import annotations

import pytest

from bridgenotes.scoring.profile import ProfileError, load_profile


def changed(*changes: str):
    return load_profile("x-2026", changes)


def test_a_setting_of_a_table() -> None:
    assert load_profile("x-2026").accidents.second_fit_free
    assert not changed("accidents.second_fit_free=false").accidents.second_fit_free


def test_a_setting_of_one_scorer_and_of_all() -> None:
    profile = changed("scorers.MFCoreScorer.thresholds.crh=0.41", "scorer_defaults.thresholds.min_ratings=7")
    core, expansion = profile.scorer("MFCoreScorer"), profile.scorer("MFExpansionScorer")
    assert (core.thresholds.crh, expansion.thresholds.crh) == (0.41, 0.40)
    assert (core.thresholds.min_ratings, expansion.thresholds.min_ratings) == (7, 7)


def test_other_profiles_are_not_touched() -> None:
    changed("accidents.second_fit_free=false")
    assert load_profile("x-2026").accidents.second_fit_free


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("crh", "write path=value"),
        ("accidents.second_fit_free=maybe", "write path=value"),
        ("accidents.luck=true", "unknown setting 'luck'"),
        ("nothing.there=1", "unknown setting 'nothing'"),
        ("scorers.NoScorer.topic=1", "there is no table 'NoScorer'"),
        ("accidents=true", "is a table or a list"),
        ("scorers=3", "is a table or a list"),
    ],
)
def test_changes_that_make_no_sense(change: str, words: str) -> None:
    with pytest.raises(ProfileError, match=words):
        changed(change)
