"""Every sentence for people, by code, in English.

A sentence names its parameters in braces; ``one`` is used where the parameter in ``by`` is 1. People read them
in their language through `bridgenotes.base.wording`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bridgenotes.domain.labels import LABELS

if TYPE_CHECKING:
    from bridgenotes.domain.verdict import Param, Reason


NAMED: Final = frozenset(
    {"after", "before", "carrier", "ground", "level", "line_type", "measure", "reason", "tag"}
)
"""Parameters that hold a public name, which people read as its label."""


@dataclass(frozen=True)
class Plural:
    """A sentence that counts."""

    by: str
    one: str
    other: str


SENTENCES: Final[dict[str, str | Plural]] = {
    # Sign-up
    "phone.invalid": "This is not a valid phone number. Write it with the country code, for example +44 …",
    "eligibility.recent_violation": "Your account has a recent notice of violating the rules. You can apply "
    "from {at}.",
    "eligibility.account_too_young": "Your account is younger than {months} months. You can apply from {at}.",
    "eligibility.phone_unverified": "Your phone number is not verified. Add one in your settings and enter the "
    "code we send.",
    "eligibility.phone_untrusted": "Your number does not come from a carrier we can trust (line: {line_type}, "
    "carrier: {carrier}). Virtual numbers cannot be used; verify the number of a mobile or landline contract.",
    "eligibility.phone_country": "Numbers of your country ({country}) cannot be used yet. Verify a number of "
    "a country that is open.",
    "eligibility.phone_of_contributor": "Another contributor has this phone number. Verify a number of your "
    "own, or continue with that contributor's account.",
    "eligibility.phone_verified_elsewhere": "Another account verified this number more recently, and only that "
    "account can use it. Verify it again here to use it with this account.",
    "admission.country_not_open": "Contributors are admitted country by country; {country} is not open yet. You "
    "keep your place in the draw.",
    "admission.waiting": "You are on the waitlist. The next draw is on {at}: {slots} of the {waiting} people "
    "waiting in your country are admitted, all with the same chance (about {percent} %).",
    # Addresses
    "url.invalid": "This is not a web address. Paste it whole, beginning with https://.",
    "url.scheme": "Only web addresses (http, https) can be used, not {scheme}.",
    "url.credentials": "This address contains a user name or password. Paste it without.",
    "url.ip_address": "Addresses of machines without a name cannot be used.",
    "url.host": "{host} is not the name of a public website.",
    "url.too_long": "This address has {length} characters; at most {limit} are possible.",
    # Writing
    "note.classification_missing": "Say whether the post is misleading.",
    "note.reasons_missing": Plural(
        "least", "Choose at least one reason.", "Choose at least {least} reasons."
    ),
    "note.reason_not_offered": "The reason {reason} does not belong to this answer.",
    "note.sources_unanswered": "Say whether you link to sources that most people would consider trustworthy.",
    "note.text_missing": "Write the note: the context, and the evidence for it.",
    "note.too_long": Plural(
        "over",
        "The note is 1 character too long ({length} of {limit}; each link counts as 1).",
        "The note is {over} characters too long ({length} of {limit}; each link counts as 1).",
    ),
    "note.source_missing": "The note links to no source. Notes with sources are found helpful far more often.",
    "limit.daily": Plural(
        "limit",
        "You can write 1 note in {hours} hours. Your next note is possible from {at}.",
        "You can write {limit} notes in {hours} hours. Your next note is possible from {at}.",
    ),
    "limit.author": Plural(
        "limit",
        "You can write 1 note in {hours} hours on posts of this author. The next one is possible from {at}; "
        "notes on other authors' posts are not affected.",
        "You can write {limit} notes in {hours} hours on posts of this author. The next one is possible from "
        "{at}; notes on other authors' posts are not affected.",
    ),
    # Rating
    "rating.not_enrolled": "Only contributors can rate notes.",
    "rating.own_note": "You cannot rate your own note.",
    "rating.level_missing": "Say whether the note is helpful.",
    "rating.tags_missing": Plural("least", "Choose at least one reason.", "Choose at least {least} reasons."),
    "rating.tag_retired": "The reason {tag} is no longer in use.",
    "rating.tag_not_offered": "The reason {tag} does not belong to the answer {level}.",
    # Writing ability
    "ability.not_yet": Plural(
        "missing",
        "Your rating impact is {impact}; you can write notes from {target}: 1 more. Rate notes before they "
        "have a status.",
        "Your rating impact is {impact}; you can write notes from {target}: {missing} more. Rate notes before "
        "they have a status.",
    ),
    "ability.locked": Plural(
        "missing",
        "Writing is locked for now. Your rating impact is {impact}; writing comes back at {target}: 1 more. "
        "You can rate as before. (Locked {times} times so far.)",
        "Writing is locked for now. Your rating impact is {impact}; writing comes back at {target}: {missing} "
        "more. You can rate as before. (Locked {times} times so far.)",
    ),
    "ability.writes": Plural(
        "until",
        "You can write notes. {not_helpful} of your latest {decided} decided notes are Not Helpful; if your "
        "next one is too, writing is locked.",
        "You can write notes. {not_helpful} of your latest {decided} decided notes are Not Helpful; writing "
        "is locked only if your next {until} are too.",
    ),
    "ability.at_risk": Plural(
        "until",
        "You may lose writing: {not_helpful} of your latest {decided} decided notes are Not Helpful. If your "
        "next one is too, writing is locked until your rating impact has grown.",
        "You may lose writing: {not_helpful} of your latest {decided} decided notes are Not Helpful. If your "
        "next {until} are too, writing is locked until your rating impact has grown.",
    ),
    "ability.earned": "You can write notes now: your rating impact has reached {impact}.",
    "ability.risk_over": "Your right to write is no longer at risk.",
    "ability.removed": "You have been removed from the programme for violating its rules.",
    "ability.api_writes": "This account writes notes through the API.",
    "ability.api_closed": "This account cannot publish notes through the API at present.",
    # Display
    "display.helpful": "Currently rated helpful",
    "display.not_helpful": "Currently rated not helpful",
    "display.needs_more_ratings": "Needs more ratings",
    "display.shown": "Shown on the post",
    "display.not_shown": "Not shown on the post",
    "display.rate_proposed": Plural(
        "n",
        "Rate the proposed note (shown to contributors only)",
        "Rate {n} proposed notes (shown to contributors only)",
    ),
    "display.needs_ratings": Plural(
        "n",
        "1 more rating is needed before the note can get a status (at least {least}).",
        "{n} more ratings are needed before the note can get a status (at least {least}).",
    ),
    "display.stabilising": "Raters of different viewpoints find it helpful. It waits a little before it is "
    "shown, to see whether that lasts.",
    "display.safeguarded": "It is found helpful, but a safeguard waits for ratings from more people of more "
    "viewpoints.",
    "display.needs_agreement": "So far raters who usually disagree do not agree on it.",
    # Needs Your Help
    "help.deleted": "The note was deleted.",
    "help.own_note": "It is your own note.",
    "help.already_rated": "You have rated it.",
    "help.post_hidden": "You do not see posts of this author.",
    "help.decided": "It has a status already.",
    "help.too_old": "The post is too old.",
    "help.low_score": "Its score ({score}) is below {least}.",
    "help.enough_ratings": "It has {ratings} ratings already.",
    # Requests and review
    "request.phone_unverified": "Verify a phone number to request notes.",
    "request.repeated": "You have already requested a note on this post.",
    "request.limit": Plural(
        "limit",
        "You can request 1 note a day; the next request is possible from {at}.",
        "You can request {limit} notes a day; the next request is possible from {at}.",
    ),
    "request.too_long": "The explanation has {length} characters; at most {limit} are possible.",
    "request.top_writers_only": "Only top writers see requests.",
    "review.not_author": "Only the post's author can ask for additional review of its note.",
    "review.not_shown": "No note shows on the post, so there is nothing to review.",
    "review.repeated": "Additional review was asked for already; it can be asked for again from {at}.",
    # Reports, leaving
    "report.own": "You cannot report yourself.",
    "report.repeated": "You have already reported this; it is being looked at.",
    "report.already_decided": "This report has been decided.",
    "report.involved": "You are involved in this report; somebody else must decide it.",
    "report.measure_unfit": "{measure} does not fit: no note was reported.",
    "told.note_broke_rules": "A note of yours broke the rules: {ground}. Please keep to them.",
    "told.conduct_broke_rules": "Your conduct broke the rules: {ground}. Please keep to them.",
    "told.note_taken_down": "A note of yours was taken down: {ground}.",
    "told.removed": "You were removed for breaking the rules: {ground}.",
    "leaving.already_left": "You have already left.",
    "leaving.not_left": "You have not left.",
    "leaving.too_early": "You can come back from {at}.",
    "leaving.removed": "You were removed from the programme and cannot come back.",
    # Guardrails
    "guardrail.guardrail": "{measure} is {value} over {samples} cases, beyond the guardrail {threshold}: "
    "investigate.",
    "guardrail.breaker": "{measure} is {value} over {samples} cases, beyond the circuit breaker {threshold}: "
    "display is paused; investigate and remedy.",
    "guardrail.still_tripped": "A measure is still beyond its circuit breaker; the remedy cannot be weakened.",
    "guardrail.still_alarmed": "A measure is still beyond its guardrail; normal service cannot resume.",
    "guardrail.public_normal": "Operating normally since {at}.",
    "guardrail.public_raised_threshold": "Since {at} notes need a higher score than usual to be shown.",
    "guardrail.public_scoring_paused": "Since {at} new notes get no status for now.",
    "guardrail.public_display_paused": "Since {at} notes are not shown on posts for now, except to contributors.",
    # Notices
    "notice.rate_note": "A note on a post that gets attention needs your rating.",
    "notice.own_note_status": "The status of your note changed from {before} to {after}.",
    "notice.rated_note_status": "The status of a note you rated changed from {before} to {after}.",
    "notice.note_on_engaged_post": "Readers added a note to a post you replied to, liked or reposted.",
    "notice.note_on_own_post": "Readers added a note to your post. You can ask for additional review.",
    "notice.note_withdrawn": "The note we told you about is no longer shown on the post: its status is now {after}.",
}
"""``notice.writing_ability`` is missing on purpose: such a notice carries an ``ability`` sentence."""


def sentence(reason: Reason) -> str:
    """Return a reason in words.

    Raises
    ------
    KeyError
        If the code has no sentence or the sentence a parameter the reason lacks.
    """
    words = SENTENCES[reason.code]
    if isinstance(words, Plural):
        words = words.one if reason.params[words.by] == 1 else words.other
    return words.format(**{name: _shown(name, value) for name, value in reason.params.items()})


def label_of(name: str, value: Param) -> str | None:
    """Return what the public name in a parameter is called; None where it is no such parameter.

    Names of one parameter alone have labels of their own, ``parameter.name``.
    """
    if name not in NAMED:
        return None
    return LABELS.get(f"{name}.{value}") or LABELS.get(str(value))


def _shown(name: str, value: Param) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%-d %B %Y, %H:%M} UTC"
    if isinstance(value, float):
        return f"{value:.2f}"
    return label_of(name, value) or str(value)
