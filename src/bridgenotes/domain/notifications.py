"""Who is told what, how often, and never twice (NO-1 to NO-6, and withdrawals)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bridgenotes.data.vocabulary import CRH
from bridgenotes.domain.chance import generator
from bridgenotes.domain.config import Budget
from bridgenotes.domain.display import ON_POST, ShownNote, Viewer, placement
from bridgenotes.domain.writing_limits import allowance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bridgenotes.domain.config import NotificationConfig
    from bridgenotes.domain.verdict import Param


class Frequency(StrEnum):
    """How often a contributor wants to be asked to rate (NO-1)."""

    ALL_IN = "all_in"
    OFTEN = "often"
    SOMETIMES = "sometimes"
    NEVER = "never"


DEFAULT_FREQUENCY: Final = Frequency.OFTEN


class Kind(StrEnum):
    """What a notice is about."""

    RATE_NOTE = "rate_note"
    OWN_NOTE_STATUS = "own_note_status"
    RATED_NOTE_STATUS = "rated_note_status"
    WRITING_ABILITY = "writing_ability"
    NOTE_ON_ENGAGED_POST = "note_on_engaged_post"
    NOTE_ON_OWN_POST = "note_on_own_post"
    NOTE_WITHDRAWN = "note_withdrawn"


CONFIGURABLE: Final = frozenset({Kind.RATE_NOTE})
"""Only asking to rate follows the frequency; the rest is always told (NO-3)."""


@dataclass(frozen=True)
class Notice:
    """Something to tell one person, once.

    Attributes
    ----------
    kind : Kind
        What about.
    recipient : str
        Opaque: a contributor, or an account of the host for NO-5 and NO-6.
    subject : str
        The note, or whatever it is about.
    occasion : str
        Tells this time from other times for the same subject, e.g. the time of a change.
    params : mapping
        For the sentence ``notice.<kind>``.
    """

    kind: Kind
    recipient: str
    subject: str
    occasion: str
    params: Mapping[str, Param] = field(default_factory=dict)

    @property
    def idempotency_key(self) -> str:
        """Equal for the same notice made twice; hold it unique and nobody is told twice."""
        return f"{self.kind}:{self.recipient}:{self.subject}:{self.occasion}"

    def batch_key(self, now: datetime, config: NotificationConfig) -> str:
        """Return what the notices of one mail share: the person and the window of time."""
        return f"{self.recipient}:{int(now.timestamp() // config.batch_window.total_seconds())}"


def batch_closes_at(now: datetime, config: NotificationConfig) -> datetime:
    """Return when the window of `Notice.batch_key` ends and its mail can go."""
    width = config.batch_window.total_seconds()
    return datetime.fromtimestamp((now.timestamp() // width + 1) * width, tz=UTC)


def budget(frequency: Frequency, config: NotificationConfig) -> Budget:
    """Return how many alerts a frequency allows within which time (NO-1)."""
    budgets = {
        Frequency.ALL_IN: config.all_in,
        Frequency.OFTEN: config.often,
        Frequency.SOMETIMES: config.sometimes,
    }
    return budgets.get(frequency, Budget(0, config.often.window))


@dataclass(frozen=True)
class AlertTarget:
    """A contributor who may be asked to rate.

    Attributes
    ----------
    contributor_id : str
        The contributor.
    frequency : Frequency
        Their setting.
    alerted_at : tuple of datetime
        When they were last asked, about any note.
    """

    contributor_id: str
    frequency: Frequency = DEFAULT_FREQUENCY
    alerted_at: tuple[datetime, ...] = ()


def may_be_alerted(target: AlertTarget, config: NotificationConfig, now: datetime) -> bool:
    """Return whether a contributor's frequency leaves room for an alert (NO-1)."""
    limit = budget(target.frequency, config)
    return limit.count > 0 and allowance(target.alerted_at, limit, now).left > 0


def draw_recipients(
    note_id: str,
    targets: Iterable[AlertTarget],
    excluded: frozenset[str],
    config: NotificationConfig,
    now: datetime,
    seed: int | str,
    *,
    author_is_top_writer: bool = False,
) -> tuple[str, ...]:
    """Return whom to ask about a note, drawn at random (NO-2, RF-10).

    Parameters
    ----------
    note_id : str
        The note.
    targets : iterable of AlertTarget
        Contributors to whom the post is visible; their order does not matter.
    excluded : frozenset of str
        The note's author, everyone who rated it and everyone already asked about it.
    config : NotificationConfig
        Budgets and how many to ask.
    now : datetime
        The clock.
    seed : int or str
        Chance.
    author_is_top_writer : bool
        Asks more people (TW-2).
    """
    open_to_it = sorted(
        target.contributor_id
        for target in targets
        if target.contributor_id not in excluded and may_be_alerted(target, config, now)
    )
    wanted = config.recipients_per_note * (config.top_writer_factor if author_is_top_writer else 1)
    drawn = generator(seed, "alert", note_id).sample(open_to_it, min(wanted, len(open_to_it)))
    return tuple(drawn)


@dataclass(frozen=True)
class StatusChange:
    """A note's status became another."""

    note_id: str
    before: str
    after: str
    changed_at: datetime


def status_notices(change: StatusChange, author_id: str, rater_ids: Iterable[str]) -> tuple[Notice, ...]:
    """Return what the author and every rater of a note are told of its change (NO-3)."""
    if change.before == change.after:
        return ()
    occasion, params = _moment(change.changed_at), {"before": change.before, "after": change.after}
    raters = dict.fromkeys(rater for rater in rater_ids if rater != author_id)
    return (
        Notice(Kind.OWN_NOTE_STATUS, author_id, change.note_id, occasion, params),
        *(Notice(Kind.RATED_NOTE_STATUS, rater, change.note_id, occasion, params) for rater in raters),
    )


def _moment(time: datetime) -> str:
    return str(round(time.timestamp() * 1000))


@dataclass(frozen=True)
class Showing:
    """A note that shows on its post.

    Attributes
    ----------
    note : ShownNote
        The note.
    since : datetime
        When it last began to show, without a break since.
    """

    note: ShownNote
    since: datetime

    def lasts(self, now: datetime) -> bool:
        """Return whether the note shows now and has begun to."""
        return placement(self.note, Viewer(is_contributor=False)) == ON_POST and self.since <= now


def engaged_are_due(showing: Showing, config: NotificationConfig, now: datetime) -> bool:
    """Return whether to tell those who replied to, liked or reposted the post (NO-5)."""
    is_steady = now - showing.since >= config.engaged_after
    return showing.lasts(now) and is_steady and now - showing.note.created_at <= config.engaged_max_note_age


def post_author_is_due(showing: Showing, config: NotificationConfig, now: datetime) -> bool:
    """Return whether to tell the post's author: shown without a break for a while (NO-6)."""
    return showing.lasts(now) and now - showing.since >= config.post_author_after


def shown_notices(
    showing: Showing,
    post_author: str | None,
    engaged: Iterable[str],
    config: NotificationConfig,
    now: datetime,
) -> tuple[Notice, ...]:
    """Return what is due to people of the host about a note on a post (NO-5, NO-6).

    Once per person and note: a note that comes back is not news, so its id is the occasion.
    The post's author, who engages with the own post, is told as its author.
    """
    found = []
    note_id = showing.note.note_id
    if post_author is not None and post_author_is_due(showing, config, now):
        found.append(Notice(Kind.NOTE_ON_OWN_POST, post_author, note_id, "shown"))
    if engaged_are_due(showing, config, now):
        others = dict.fromkeys(person for person in engaged if person != post_author)
        found.extend(Notice(Kind.NOTE_ON_ENGAGED_POST, person, note_id, "shown") for person in others)
    return tuple(found)


def withdrawal_notices(change: StatusChange, told: Iterable[str]) -> tuple[Notice, ...]:
    """Return the notices that take an earlier one back: the note no longer shows.

    Parameters
    ----------
    change : StatusChange
        From Helpful to anything else; deletion and removal are such changes too.
    told : iterable of str
        Everyone who got a notice of NO-5 or NO-6 about the note and no withdrawal since.
    """
    if change.before != CRH or change.after == CRH:
        return ()
    occasion = _moment(change.changed_at)
    return tuple(
        Notice(Kind.NOTE_WITHDRAWN, person, change.note_id, occasion, {"after": change.after})
        for person in dict.fromkeys(told)
    )
