"""Log lines: structured, with a request id, without people.

Secrets and personal data are taken out twice: by the name of a field, and by shape in every text, so that
a library's message about an address is clean as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor

HIDDEN: Final = "[hidden]"
PRIVATE_NAMES: Final = re.compile(
    r"password|passwd|secret|token|authorization|cookie|session|csrf|e?mail|phone|account|user|code$|remote_addr"
    r"|forwarded|^ip$",
    re.IGNORECASE,
)
PRIVATE_SHAPES: Final = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*"  # a mail address
    r"|\+[1-9]\d{6,14}\b"  # a phone number
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user:password in an address
)


def hide_private(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace private fields and anything in a text that looks like a person."""
    return {name: HIDDEN if PRIVATE_NAMES.search(name) else _clean(value) for name, value in event.items()}


def _clean(value: object) -> object:
    """Return ``value`` with what looks like a person replaced, in containers too."""
    match value:
        case str():
            return PRIVATE_SHAPES.sub(HIDDEN, value)
        case dict():
            return {
                name: HIDDEN if isinstance(name, str) and PRIVATE_NAMES.search(name) else _clean(item)
                for name, item in value.items()
            }
        case list() | tuple():
            return [_clean(item) for item in value]
        case _:
            return value


def logging_settings(*, form: str, level: str) -> dict[str, Any]:
    """Return the ``LOGGING`` dictionary; ``form`` is ``json`` or ``text``."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    after: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        hide_private,
        renderer,
    ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": before,
                "processors": after,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "huey": {"handlers": ["stderr"], "propagate": False},
            "gunicorn.http.wsgi": {"level": "ERROR"},  # says of every HEAD that its body was dropped
            "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        },
    }
