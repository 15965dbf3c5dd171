"""The one error model of the platform.

A rule that says no raises `bridgenotes.domain.verdict.Refused` with reasons; a service that cannot go on
raises one of the errors here. All are `DomainError` with a stable ``code``. One handler each turns them
into an HTTP problem document (`bridgenotes.api.problems`), a page or form message
(`bridgenotes.web.problems`) and an exit code of the command line; `explain` is what they share.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from bridgenotes.base.wording import say
from bridgenotes.domain.verdict import DomainError, Reason, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = [
    "Conflict", "DomainError", "Invalid", "LimitReached", "NotAllowed", "NotFound", "NotSignedIn",
    "PlatformError", "Problem", "Reason", "Refused", "explain",
]  # fmt: skip


class PlatformError(DomainError):
    """A service cannot do what was asked; nothing was changed.

    Parameters
    ----------
    code : str
        Stable and dotted, e.g. ``identity.no_application``.
    message : str
        One sentence for people: what is wrong and what to do.
    **facts
        Values behind the sentence, for programs.

    Attributes
    ----------
    status : int
        The HTTP status that fits the kind of error.
    """

    status: ClassVar[int] = 400

    def __init__(self, code: str, message: str, **facts: object) -> None:
        self.code, self.message, self.facts = code, message, facts
        super().__init__(message)


class NotSignedIn(PlatformError):  # noqa: N818 (reads as a sentence where it is raised)
    """Nobody is signed in, or the credentials are not valid."""

    status = 401


class NotAllowed(PlatformError):  # noqa: N818
    """The person may not do this (now)."""

    status = 403


class NotFound(PlatformError):  # noqa: N818
    """There is no such thing, or it is not for this person to know."""

    status = 404


class Conflict(PlatformError):  # noqa: N818
    """The state does not permit it: done already, or too late."""

    status = 409


class Invalid(PlatformError):  # noqa: N818
    """The content is not acceptable; ``fields`` has a sentence for each field to be changed."""

    status = 422

    def __init__(self, code: str, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        self.fields = dict(fields or {})
        super().__init__(code, message)


class LimitReached(PlatformError):  # noqa: N818
    """A limit is used up; ``retry_at`` says when it opens again, None if time alone does not help."""

    status = 429

    def __init__(self, code: str, message: str, *, retry_at: datetime | None, **facts: object) -> None:
        self.retry_at = retry_at
        super().__init__(code, message, **facts)


STATUS_BY_PREFIX: Final[Mapping[str, int]] = {
    "limit.": 429,
    "request.limit": 429,
    "request.repeated": 409,
    "request.too_long": 422,
    "review.repeated": 429,
    "review.not_shown": 409,
    "report.repeated": 409,
    "report.already_decided": 409,
    "report.measure_unfit": 422,
    "note.": 422,
    "rating.own_note": 403,
    "rating.not_enrolled": 403,
    "rating.": 422,
    "url.": 422,
    "phone.": 422,
}
"""HTTP status of a refusal by the beginning of its code, the first that fits; 403 where none does."""


@dataclass(frozen=True)
class Problem:
    """An error told to a client, whatever the client is.

    Attributes
    ----------
    status : int
        HTTP status.
    code : str
        Stable code.
    sentences : tuple of str
        What is wrong and what to do, one sentence each.
    facts : mapping
        Values behind the sentences.
    fields : mapping
        Sentences by form field.
    retry_at : datetime or None
        When the same act becomes possible by waiting.
    """

    status: int
    code: str
    sentences: tuple[str, ...]
    facts: Mapping[str, object] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    retry_at: datetime | None = None

    @property
    def message(self) -> str:
        """All sentences in one."""
        return " ".join(self.sentences)


def explain(error: DomainError) -> Problem:
    """Return what to tell about ``error``, to any client."""
    if isinstance(error, Refused):
        times = [reason.possible_at for reason in error.reasons]
        retry_at = max((time for time in times if time), default=None) if None not in times else None
        return Problem(
            status=_status(error.code),
            code=error.code,
            sentences=tuple(say(reason) for reason in error.reasons),
            facts={name: value for reason in error.reasons for name, value in reason.params.items()},
            retry_at=retry_at,
        )
    if isinstance(error, PlatformError):
        return Problem(
            status=error.status,
            code=error.code,
            sentences=(error.message,),
            facts=error.facts,
            fields=error.fields if isinstance(error, Invalid) else {},
            retry_at=error.retry_at if isinstance(error, LimitReached) else None,
        )
    return Problem(status=400, code=error.code, sentences=(str(error),))


def _status(code: str) -> int:
    """Return the HTTP status of a refusal."""
    return next((status for prefix, status in STATUS_BY_PREFIX.items() if code.startswith(prefix)), 403)
