"""Aliases are drawn, free and inoffensive."""

from __future__ import annotations

import pytest

from bridgenotes.domain.aliases import LISTS, AliasesExhausted, alias_key, alias_offers, is_offensive
from bridgenotes.domain.config import AliasConfig
from bridgenotes.domain.wordlists import words

CONFIG = AliasConfig()


def free(_key: str) -> bool:
    return False


@pytest.mark.requirement("AL-1")
def test_five_different_names_of_adjective_noun_and_bird() -> None:
    offers = alias_offers(free, CONFIG, 7)
    lists = [set(words(name)) for name in LISTS.values()]
    assert len(set(offers)) == 5
    for offer in offers:
        assert all(word.lower() in known for word, known in zip(offer.split(), lists, strict=True))
    assert len({offer.split()[-1] for offer in offers}) == 5


@pytest.mark.requirement("AL-1")
def test_a_seed_repeats_the_offers_and_taken_names_are_skipped() -> None:
    first = alias_offers(free, CONFIG, 7)
    assert first == alias_offers(free, CONFIG, 7)
    taken = {alias_key(alias) for alias in first}
    assert not {alias_key(a) for a in alias_offers(taken.__contains__, CONFIG, 7)} & taken


def test_running_out_says_so() -> None:
    with pytest.raises(AliasesExhausted, match="after 50 draws") as error:
        alias_offers(lambda _: True, AliasConfig(max_attempts=50), 1)
    assert error.value.code == "alias.exhausted"


@pytest.mark.requirement("AL-1")
@pytest.mark.parametrize(
    "alias", ["Kind Kettle Kite", "Brisk Illustrious Wren", "Fresh Its Bird", "Sunny River Fuck"]
)
def test_what_words_spell_together_is_screened(alias: str) -> None:
    assert is_offensive(alias)


@pytest.mark.parametrize("name", LISTS.values())
def test_no_listed_word_is_offensive_itself_or_listed_twice(name: str) -> None:
    listed = words(name)
    fragments = words("offensive_fragments.txt")
    assert [word for word in listed for fragment in fragments if fragment in word] == []
    assert len(set(listed)) == len(listed)
    assert all(word.isalpha() and word.islower() for word in listed)


def test_there_are_names_for_millions() -> None:
    total = 1
    for name in LISTS.values():
        total *= len(words(name))
    assert total > 9_000_000


def test_look_alikes_share_a_key() -> None:
    assert alias_key("Quiet Harbor Finch") == alias_key("quiet  harbor finch") == "quietharborfinch"
