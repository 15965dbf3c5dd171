"""What a rule answers: yes or no, why, and when it becomes possible."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Param = str | int | float | datetime
"""What a sentence may show."""


@dataclass(frozen=True)
class Reason:
    """One reason, for programs by its code and for people by its sentence.

    Attributes
    ----------
    code : str
        Stable and dotted, ``module.reason``; `texts.sentence` has words for it.
    params : mapping
        The numbers, words and times in the sentence.
    possible_at : datetime or None
        When waiting alone removes the reason; None if waiting alone never does.
    """

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)
    possible_at: datetime | None = None


class DomainError(Exception):
    """Base of what the rules raise; ``code`` is stable."""

    code = "domain.error"


class Refused(DomainError):  # noqa: N818 - reads as what happened
    """A rule says no; ``reasons`` say why."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        self.reasons = reasons
        self.code = reasons[0].code
        super().__init__("; ".join(f"{reason.code} {dict(reason.params)}" for reason in reasons))


@dataclass(frozen=True)
class Verdict:
    """The answer to "may I?".

    Attributes
    ----------
    reasons : tuple of Reason
        What stands in the way; empty means yes.
    advice : tuple of Reason
        What is worth saying and stands in nobody's way.
    """

    reasons: tuple[Reason, ...] = ()
    advice: tuple[Reason, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.reasons

    @property
    def possible_at(self) -> datetime | None:
        """When waiting alone removes every reason; None if nothing bars or waiting is not enough."""
        times = [reason.possible_at for reason in self.reasons]
        return None if None in times or not times else max(time for time in times if time)

    def require(self) -> None:
        """Do nothing if allowed.

        Raises
        ------
        Refused
            With all reasons.
        """
        if self.reasons:
            raise Refused(self.reasons)


ALLOWED = Verdict()


def verdict(reasons: Iterable[Reason | None], advice: Iterable[Reason | None] = ()) -> Verdict:
    """Return the verdict over checks that each give a reason or None, in their order."""
    return Verdict(
        tuple(reason for reason in reasons if reason), tuple(reason for reason in advice if reason)
    )


def because(code: str, possible_at: datetime | None = None, /, **params: Param) -> Reason:
    """Return a reason with its parameters by name."""
    return Reason(code, params, possible_at)


def refuse(code: str, possible_at: datetime | None = None, /, **params: Param) -> Verdict:
    """Return a no with a single reason."""
    return Verdict((because(code, possible_at, **params),))
