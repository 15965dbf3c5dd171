"""The words of notes: plain sentences from word lists, links to domains that cannot exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from bridgenotes.lab.chance import Stage, generator, pick
from bridgenotes.lab.notes import OPINION, SPAM, TOPICS

if TYPE_CHECKING:
    import numpy.typing as npt

    from bridgenotes.lab.notes import Notes

    Ints = npt.NDArray[np.int64]

_POOL: Final = 1500
"""Sentences prepared per language and topic."""


@dataclass(frozen=True)
class Language:
    """Patterns with ``{subject}``, ``{verb}``, ``{object}``, and words for each."""

    patterns: tuple[str, ...]
    subject: tuple[str, ...]
    verb: tuple[str, ...]
    object: tuple[str, ...]


_ENGLISH: Final = Language(
    (
        "{subject} {verb} {object}.",
        "In fact {subject} {verb} {object}.",
        "According to the archive, {subject} {verb} {object}.",
        "The post leaves out that {subject} {verb} {object}.",
        "{subject} &amp; the full text: it {verb} {object}.",
    ),
    ("the picture", "this clip", "the quoted report", "the chart", "the headline", "the survey", "the table",
     "the map", "the full interview", "the original article", "the city council", "the weather office"),
    ("shows", "was taken before", "does not mention", "contradicts", "confirms", "leaves out", "dates from",
     "explains", "was edited after", "refers to"),
    ("the year 2019", "a different town", "the price of bread", "the second half of the table", "a training day",
     "the final count", "an older storm", "the official figures", "a film set", "the rest of the sentence",
     "the new timetable", "the number of trains"),
)  # fmt: skip
_SPANISH: Final = Language(
    ("{subject} {verb} {object}.", "En realidad {subject} {verb} {object}.",
     "Falta contexto: {subject} {verb} {object}."),
    ("la imagen", "el video", "el informe", "la tabla", "el titular", "la encuesta"),
    ("muestra", "no menciona", "contradice", "confirma", "omite", "es anterior a"),
    ("el año 2019", "otra ciudad", "el precio del pan", "los datos oficiales", "una tormenta antigua"),
)  # fmt: skip
_PORTUGUESE: Final = Language(
    ("{subject} {verb} {object}.", "Na verdade {subject} {verb} {object}.",
     "Falta contexto: {subject} {verb} {object}."),
    ("a imagem", "o vídeo", "o relatório", "a tabela", "a manchete"),
    ("mostra", "não menciona", "contradiz", "confirma", "é anterior a"),
    ("o ano de 2019", "outra cidade", "o preço do pão", "os dados oficiais"),
)  # fmt: skip
_FRENCH: Final = Language(
    ("{subject} {verb} {object}.", "En réalité {subject} {verb} {object}."),
    ("l'image", "la vidéo", "le rapport", "le tableau", "le titre"),
    ("montre", "ne mentionne pas", "contredit", "confirme", "date d'avant"),
    ("l'année 2019", "une autre ville", "le prix du pain", "les chiffres officiels"),
)
_JAPANESE: Final = Language(
    ("{subject}{object}{verb}。", "実際には{subject}{object}{verb}。"),
    ("この画像は", "この動画は", "元の記事は", "この表は"),
    ("示しています", "説明していません", "確認しています"),
    ("別の町を", "2019年を", "公式の数字を", "古い嵐を"),
)
LANGUAGES: Final = (_ENGLISH, _SPANISH, _PORTUGUESE, _FRENCH, _JAPANESE)
_EVERYWHERE: Final = (0.68, 0.1, 0.08, 0.06, 0.08)
_AT_HOME: Final = (0.15, 0.5, 0.2, 0.05, 0.1)

_TOPIC_WORDS: Final = {
    "ukraine": ("Ukraine", "Ukrainian grain", "Kyiv", "Russia", "Moscow", "Russian railways"),
    "gaza": ("Gaza", "Israel", "Jerusalem", "Palestinian schools", "Israel and Gaza"),
    "football": ("Messi", "Ronaldo", "Messi and Ronaldo", "Ronaldo in the final", "Messi in the cup"),
    "scams": ("scam", "airdrop scam", "dropshipping", "spam account", "gambling promotion", "fake airdrop promotion"),
}  # fmt: skip
_TOPIC_PATTERNS: Final = (
    "About {word} the post is missing the date.",
    "This clip about {word} is older than claimed.",
    "Numbers on {word} come from another table.",
    "Sobre {word} falta contexto.",
)
_SCAM_PATTERNS: Final = (
    "This is a {word} and asks for a wallet key.",
    "Beware of a {word} behind this link.",
    "The shop is a {word} with copied pictures.",
    "Isto é {word} sem aviso.",
)
_SPAM: Final = (
    "Win a free token now, join the airdrop here.",
    "Follow me for more, everybody who disagrees is a clown.",
    "Cheap watches, message me.",
    "You are all stupid.",
)
_OPINION: Final = (
    "I think this is simply wrong.",
    "Nobody needs this.",
    "It is just an opinion, and a bad one.",
    "People should calm down.",
    "This will end badly, probably.",
)
_NOT_NEEDED: Final = ("NNN. ", "Note not needed: ", "No note needed. ", "")
_HOSTS: Final = (
    "https://example.org",
    "https://www.example.com",
    "https://archive.example.net",
    "https://news.example",
    "https://statistics.example",
    "https://weather-office.example",
    "https://city-records.example",
    "https://factfile.example",
)
_PATHS: Final = ("report", "archive", "data/table", "news/article", "maps", "interview", "figures")


class Phrases:
    """Prepared sentences; notes are put together from them column by column."""

    def __init__(self, seed: int) -> None:
        rng = generator(seed, Stage.PHRASES)
        self._plain = pl.Series([text for language in LANGUAGES for text in _sentences(rng, language)])
        self._topical = pl.Series(
            [""] + [text for topic in TOPICS[1:] for text in _topical(rng, topic)], dtype=pl.String
        )
        self._link = pl.Series([f" {host}/{path}/" for host in _HOSTS for path in _PATHS])

    def summaries(self, seed: int, part: int, notes: Notes, start: int, stop: int) -> pl.Series:
        """Return the texts of the notes from ``start`` up to ``stop``."""
        rng = generator(seed, Stage.TEXT, part)
        count = stop - start
        kind, home = notes.kind[start:stop], notes.home[start:stop]
        language = np.where(home < 0, pick(rng, _EVERYWHERE, count), pick(rng, _AT_HOME, count))
        return pl.select(
            pl.concat_str(
                _take(pl.Series(_NOT_NEEDED), _defence(rng, notes.not_misleading[start:stop])),
                self._opening(rng, notes.topic[start:stop]),
                self._body(rng, kind, language),
                self._links(rng, kind),
            )
        ).to_series()

    def _opening(self, rng: np.random.Generator, topic: Ints) -> pl.Series:
        each = (len(self._topical) - 1) // (len(TOPICS) - 1)
        row = np.where(topic > 0, 1 + (topic - 1) * each + rng.integers(0, each, len(topic)), 0)
        return _take(self._topical, row)

    def _body(self, rng: np.random.Generator, kind: Ints, language: Ints) -> pl.Series:
        """Return one to three sentences, or what spam and opinions say."""
        count = len(kind)
        plain = [_take(self._plain, language * _POOL + rng.integers(0, _POOL, count)) for _ in range(3)]
        length = rng.integers(1, 4, count)
        spam = _take(pl.Series(_SPAM), rng.integers(0, len(_SPAM), count))
        opinion = _take(pl.Series(_OPINION), rng.integers(0, len(_OPINION), count))
        first, second, third = (text.alias(name) for text, name in zip(plain, "abc", strict=True))
        frame = pl.DataFrame([first, second, third, spam.alias("spam"), opinion.alias("opinion")])
        two, three = pl.Series(length > 1), pl.Series(length > 2)
        is_spam, is_opinion = pl.Series(kind == SPAM), pl.Series(kind == OPINION)
        return frame.select(
            pl.when(is_spam)
            .then("spam")
            .when(is_opinion)
            .then("opinion")
            .when(three)
            .then(pl.concat_str("a", "b", "c", separator=" "))
            .when(two)
            .then(pl.concat_str("a", "b", separator=" "))
            .otherwise("a")
        ).to_series()

    def _links(self, rng: np.random.Generator, kind: Ints) -> pl.Series:
        """Return up to two links; opinions have none, poor notes often none."""
        count = len(kind)
        first = pl.concat_str(
            _take(self._link, rng.integers(0, len(self._link), count)),
            pl.Series(rng.integers(1000, 1_000_000, count)).cast(pl.String),
        )
        second = pl.concat_str(
            _take(self._link, rng.integers(0, len(self._link), count)),
            pl.Series(rng.integers(1000, 1_000_000, count)).cast(pl.String),
        )
        likely = np.array([0.97, 0.85, 0.85, 0.5, 0.6, 0.0, 0.85])[kind]
        has, has_two = rng.random(count) < likely, rng.random(count) < 0.3 * likely
        return pl.select(
            pl.when(pl.Series(has & has_two))
            .then(pl.concat_str(first, second))
            .when(pl.Series(has))
            .then(first)
            .otherwise(pl.lit(""))
        ).to_series()


def _take(pool: pl.Series, rows: Ints) -> pl.Series:
    return pool.gather(rows)


def _defence(rng: np.random.Generator, not_misleading: npt.NDArray[np.bool_]) -> Ints:
    last = len(_NOT_NEEDED) - 1
    return np.where(not_misleading, rng.integers(0, last + 1, len(not_misleading)), last)


def _sentences(rng: np.random.Generator, language: Language) -> list[str]:
    return [
        _capital(
            _one(rng, language.patterns).format(
                subject=_one(rng, language.subject),
                verb=_one(rng, language.verb),
                object=_one(rng, language.object),
            )
        )
        for _ in range(_POOL)
    ]


def _topical(rng: np.random.Generator, topic: str) -> list[str]:
    patterns = _SCAM_PATTERNS if topic == "scams" else _TOPIC_PATTERNS
    return [_one(rng, patterns).format(word=_one(rng, _TOPIC_WORDS[topic])) + " " for _ in range(200)]


def _one(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_REASONS: Final = (
    "misleadingOther",
    "misleadingFactualError",
    "misleadingManipulatedMedia",
    "misleadingOutdatedInformation",
    "misleadingMissingImportantContext",
    "misleadingUnverifiedClaimAsFact",
    "misleadingSatire",
)
_REASON_SHARES: Final = (0.04, 0.4, 0.1, 0.08, 0.36, 0.22, 0.03)
_DEFENCES: Final = (
    "notMisleadingOther",
    "notMisleadingFactuallyCorrect",
    "notMisleadingOutdatedButNotWhenWritten",
    "notMisleadingClearlySatire",
    "notMisleadingPersonalOpinion",
)
_DEFENCE_SHARES: Final = (0.08, 0.55, 0.04, 0.15, 0.35)


def author_reasons(
    rng: np.random.Generator, not_misleading: npt.NDArray[np.bool_]
) -> dict[str, npt.NDArray[np.int8]]:
    """Return the twelve columns of reasons, at least one ticked on the side of the classification."""
    columns: dict[str, npt.NDArray[np.int8]] = {}
    for names, shares, mine in (
        (_REASONS, _REASON_SHARES, ~not_misleading),
        (_DEFENCES, _DEFENCE_SHARES, not_misleading),
    ):
        ticked = rng.random((len(mine), len(names))) < np.asarray(shares)
        ticked[~ticked.any(axis=1), 1] = True
        columns |= {name: (ticked[:, k] & mine).astype(np.int8) for k, name in enumerate(names)}
    return columns
