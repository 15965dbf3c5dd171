"""What the people of the demo write: invented claims and the notes about them, in several languages.

The texts are written by hand, in ``stories/*.toml``; numbers, places and links are filled in. Places are invented,
and links lead to domains that are reserved for documentation.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from bridgenotes.domain.chance import generator

if TYPE_CHECKING:
    from random import Random

TOWNS: Final = (
    "Ostermouth", "Velden Bay", "Karrowick", "Port Lumen", "Brindlemere", "Salvatica", "Nordhaven",
    "Querrin", "Altamora", "Lindengard", "Fennmark", "Corvale", "Hollowby", "Maresund",
)  # fmt: skip
SOURCES: Final = ("archive", "statistics", "council", "library", "weather", "reports", "gazette")
DOMAINS: Final = ("example.org", "example.com", "example.net")
FIRST: Final = (
    "Harbour", "Morning", "Evening", "Quiet", "Hilltop", "Old Town", "Riverside", "Lantern", "Paper", "Garden",
    "Northern", "Salty", "Curious", "Plain", "Everyday",
)  # fmt: skip
LAST: Final = ("Gazette", "Observer", "Notes", "Kitchen", "Desk", "Walks", "Lens", "Letters", "Talk", "Radio")
COMMON: Final = ("poor", "opinion", "spam")
"""Kinds of notes whose words do not depend on the claim."""


@dataclass(frozen=True)
class Claim:
    """A post's story, with its blanks filled the same way in the post and in the notes on it.

    Attributes
    ----------
    language : str
        BCP 47.
    text : str
        The post.
    """

    language: str
    text: str
    story: dict[str, list[str]]
    blanks: dict[str, str]


class Teller:
    """Writes posts and notes; equal seeds write equal texts in equal order."""

    def __init__(self, seed: int) -> None:
        self._chance: Random = generator(seed, "demo words")
        self._languages = stories()
        self._told: Counter[tuple[str, str]] = Counter()

    def claim(self) -> Claim:
        """Return a new claim and the post that makes it."""
        chance, known = self._chance, self._languages
        (language,) = chance.choices(list(known), [book["share"] for book in known.values()])
        book = known[language]
        story = chance.choice(book["story"])
        town, other = chance.sample(TOWNS, 2)
        blanks = {
            "town": town, "other": other, "year": str(chance.randint(2014, 2023)),
            "n": str(chance.randint(6, 48)), "percent": str(chance.randint(7, 68)),
        }  # fmt: skip
        text = chance.choice(book["openers"]) + self._filled(chance.choice(story["post"]), blanks)
        return Claim(language, text, {**story, **{kind: book[kind] for kind in COMMON}}, blanks)

    def note(self, claim: Claim, kind: str) -> str:
        """Return a note of a kind on a claim; several notes on one post have different words where there are."""
        texts = claim.story[kind]
        number = self._told[claim.text, kind]
        if not number:
            number = self._chance.randrange(len(texts))
        self._told[claim.text, kind] = number + 1
        return self._filled(texts[number % len(texts)], claim.blanks)

    def address(self) -> str:
        """Return a link that leads nowhere."""
        chance = self._chance
        host = f"{chance.choice(SOURCES)}.{chance.choice(DOMAINS)}"
        return f"https://{host}/{chance.randint(2014, 2026)}/{chance.randint(100, 9999)}"

    def author(self, number: int) -> str:
        """Return the name of a post's author, the same for the same number."""
        return f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST) % len(LAST)]}"

    def _filled(self, text: str, blanks: dict[str, str]) -> str:
        return text.format(source=self.address(), **blanks)


@cache
def stories() -> dict[str, Any]:
    """Return the books of stories by language."""
    folder = files("bridgenotes.demo") / "stories"
    return {
        path.name.removesuffix(".toml"): tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.iterdir(), key=lambda path: path.name)
        if path.name.endswith(".toml")
    }
