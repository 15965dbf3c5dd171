"""Names to contribute under: adjective, noun, bird; drawn, free and inoffensive (AL-1, AL-2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coolname import RandomGenerator

from bridgenotes.domain.chance import generator
from bridgenotes.domain.verdict import DomainError
from bridgenotes.domain.wordlists import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from coolname.types import CoolnameConfigT

    from bridgenotes.domain.config import AliasConfig

LISTS: Final = {"adjective": "alias_adjectives.txt", "noun": "alias_nouns.txt", "bird": "alias_birds.txt"}


class AliasesExhausted(DomainError):  # noqa: N818 - reads as what happened
    """No free alias was found; ``attempts`` says after how many draws."""

    code = "alias.exhausted"

    def __init__(self, attempts: int) -> None:
        self.attempts = attempts
        super().__init__(f"no free alias after {attempts} draws; extend the lists in domain/lists")


def alias_key(alias: str) -> str:
    """Return what two aliases must not share: their letters, without case and spaces."""
    return "".join(alias.split()).casefold()


def is_offensive(alias: str) -> bool:
    """Return whether the letters spell something bad, also across words or as initials."""
    key = alias_key(alias)
    initials = "".join(word[0] for word in alias.casefold().split())
    return initials in words("offensive_initials.txt") or any(
        fragment in key for fragment in words("offensive_fragments.txt")
    )


def alias_offers(is_taken: Callable[[str], bool], config: AliasConfig, seed: int | str) -> tuple[str, ...]:
    """Return the aliases a new contributor may choose from (AL-1).

    Parameters
    ----------
    is_taken : callable
        From an `alias_key` to whether a contributor, or an open offer, has it. The database
        still has to hold a unique constraint on the key: two people may be offered at once.
    config : AliasConfig
        How many, how long, how patient.
    seed : int or str
        Random for people, so that an alias tells nothing about them; fixed in tests.

    Returns
    -------
    tuple of str
        Three capitalised words each; no two offers share a bird.

    Raises
    ------
    AliasesExhausted
        If so many draws found too few.
    """
    names = _names(generator(seed, "alias"))
    offers: dict[str, str] = {}
    for _ in range(config.max_attempts):
        chosen = names.generate()
        alias, bird = " ".join(word.capitalize() for word in chosen), chosen[-1]
        is_fit = len(alias) <= config.max_length and bird not in offers and not is_offensive(alias)
        if is_fit and not is_taken(alias_key(alias)):
            offers[bird] = alias
        if len(offers) == config.offers:
            return tuple(offers.values())
    raise AliasesExhausted(config.max_attempts)


def _names(rng: Random) -> RandomGenerator:
    config: CoolnameConfigT = {"all": {"type": "cartesian", "lists": list(LISTS)}}
    for part, name in LISTS.items():
        config[part] = {"type": "words", "words": list(words(name))}
    return RandomGenerator(config, rng)
