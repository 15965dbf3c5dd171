"""Kept sentences of explanations in the reader's language (`bridgenotes.report.sentences`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext, ngettext

from bridgenotes.base.wording import Number
from bridgenotes.domain.labels import LABELS
from bridgenotes.report.patterns import PATTERNS, Plural
from bridgenotes.report.sentences import COMMAS, LISTING, TAG, params_of
from bridgenotes.report.words import RULE_WORDS

if TYPE_CHECKING:
    from bridgenotes.report.sentences import Packed

_GROUP: Final = re.compile(r"GroupModel(\d+)(NMR)?")


def words(kept: Packed) -> str:
    """Return a kept sentence; empty if this version does not know it.

    Parameters
    ----------
    kept : list
        As `bridgenotes.report.sentences.packed` made it, of this version or another.
    """
    code = kept[0]
    if code in {LISTING, COMMAS}:
        return _row([words(part) for part in kept[1:]], ends_with_and=code == LISTING)
    if code.startswith(TAG):
        name = code.removeprefix(TAG)
        return gettext("“{reason}”").format(reason=gettext(LABELS.get(name, name)))
    params = params_of(kept)
    if params is None:
        return ""
    found = PATTERNS[code]
    shown = {name: _shown(value) for name, value in params.items()}
    if isinstance(found, Plural):
        return ngettext(found.one, found.other, int(params[found.by])).format(**shown)
    return gettext(found).format(**shown)


def rule_in_words(name: str) -> str:
    """Return what a rule means, by its public name, with or without its version; unknown ones keep their name."""
    bare = name.split(" ", maxsplit=1)[0]
    if group := _GROUP.fullmatch(bare):
        text = (
            gettext("Modeling group {group} does not find it helpful enough")
            if group[2]
            else gettext("Modeling group {group} finds it helpful")
        )
        return text.format(group=int(group[1]))
    return gettext(RULE_WORDS[bare]) if bare in RULE_WORDS else bare


def _shown(value: Any) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, list):
        return words(value)
    return value if isinstance(value, str) else Number(value)


def _row(parts: list[str], *, ends_with_and: bool) -> str:
    if ends_with_and and len(parts) > 1:
        return gettext("{several} and {last}").format(several=", ".join(parts[:-1]), last=parts[-1])
    return ", ".join(parts)
