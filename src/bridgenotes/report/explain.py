"""Why a note has its status, and what it lacks to become Helpful."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from bridgenotes.data.outputs import field_name
from bridgenotes.data.vocabulary import CRH, CRNH, NEEDS_YOUR_HELP, NMR
from bridgenotes.report.checks import Check, Facts, checks
from bridgenotes.report.reasons import RULES_BY_NAME, reason
from bridgenotes.report.run import model_prefix
from bridgenotes.report.sentences import said
from bridgenotes.report.trace import TraceStep, trace_of
from bridgenotes.report.words import counted, day, listed, rule_words, status_words, tag_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.report.run import ScoredRun
    from bridgenotes.report.sentences import Sentence
    from bridgenotes.scoring.profile import Profile, Scorer
    from bridgenotes.scoring.rules.engine import Rule


@dataclass(frozen=True)
class Step:
    """A rule that decided on the note.

    Attributes
    ----------
    rule : str
        Its public name.
    stage : str
        The scorer whose rule it is, or ``final``.
    sentence : str
        Why, with this note's numbers.
    outcome : str
        What the note was after it, in words.
    """

    rule: str
    stage: str
    sentence: str
    outcome: str


@dataclass(frozen=True)
class Lock:
    """A status that does not change any more.

    Attributes
    ----------
    status, status_in_words : str
        The status.
    since : str or None
        The day it was locked, UTC.
    otherwise : str or None
        The status this run would give without the lock, in words, if it is another one.
    """

    status: str
    status_in_words: str
    since: str | None
    otherwise: str | None


@dataclass(frozen=True)
class Findings:
    """What decides about a note, without the way there.

    Attributes
    ----------
    headline : Sentence
        The reason in one sentence.
    is_judged : bool
        Whether the scorer that explains it judges it.
    scope : Sentence or None
        Why the scorer sees ratings of it and does not judge it.
    lock, checks, missing
        As in `Explanation`.
    """

    headline: Sentence
    is_judged: bool
    scope: Sentence | None
    lock: Lock | None
    checks: tuple[Check, ...]
    missing: tuple[Sentence, ...]


@dataclass(frozen=True)
class Explanation:
    """Everything there is to say about one note's status.

    Attributes
    ----------
    note_id : str
        As text: JSON readers round numbers this long.
    status, status_in_words : str
        The status.
    decided_by, decided_by_in_words : str
        The rule that set it.
    headline : Sentence
        The reason in one sentence.
    remarks : tuple of str
        What else to know: ratings, lock, deletion, scope.
    lock : Lock or None
        Set once its status is locked.
    steps : tuple of Step
        Every rule that decided on it, in order.
    checks : tuple of Check
        What a Helpful note needs and what this one has; empty if no scorer judges it.
    missing : tuple of Sentence
        What it lacks to become Helpful; empty if it is Helpful.
    trace : tuple of TraceStep
        Every rule of every list that decided on it, if the run was traced; else empty.
    """

    note_id: str
    status: str
    status_in_words: str
    decided_by: str
    decided_by_in_words: str
    headline: Sentence
    remarks: tuple[str, ...]
    lock: Lock | None
    steps: tuple[Step, ...]
    checks: tuple[Check, ...]
    missing: tuple[Sentence, ...]
    trace: tuple[TraceStep, ...] = ()


def explain_in_run(run: ScoredRun, note_id: int) -> Explanation:
    """Return the explanation of a note of a scored run.

    Raises
    ------
    ReportError
        If the run has no such note.
    """
    scored = run.row("scored_notes", note_id)
    if scored is None:
        raise run.unknown_note(note_id)
    scored = (run.row("aux_note_info", note_id) or {}) | scored
    evidence = run.evidence_of(note_id, scored["decidedBy"])
    history = run.row("note_status_history", note_id)
    explanation = explain_note(note_id, evidence, scored, run.profile, history=history)
    return replace(explanation, trace=trace_of(run, note_id, scored))


def explain_note(
    note_id: int,
    evidence: Mapping[str, Any] | None,
    scored: Mapping[str, Any],
    profile: Profile,
    *,
    history: Mapping[str, Any] | None = None,
) -> Explanation:
    """Return why a note has its status.

    Parameters
    ----------
    note_id : int
        Public id.
    evidence : mapping or None
        What the rules of one scorer read of it, under our names; None if no scorer ran.
    scored : mapping
        Its row of scored_notes, if possible with that of aux_note_info, under public names.
    profile : Profile
        The profile it was scored with, with the scorers that ran.
    history : mapping, optional
        Its row of note_status_history.
    """
    status, decided_by = scored["finalRatingStatus"], scored["decidedBy"]
    found, facts = find(evidence, scored, profile, history=history), _facts(evidence, scored, profile)
    return Explanation(
        note_id=str(note_id),
        status=status,
        status_in_words=status_words(status),
        decided_by=decided_by,
        decided_by_in_words=rule_words(decided_by),
        headline=found.headline,
        remarks=tuple(_remarks(scored, found)),
        lock=found.lock,
        steps=(*_scorer_steps(facts, judged=found.is_judged), *_final_steps(scored)),
        checks=found.checks,
        missing=found.missing,
    )


def find(
    evidence: Mapping[str, Any] | None,
    scored: Mapping[str, Any],
    profile: Profile,
    *,
    history: Mapping[str, Any] | None = None,
) -> Findings:
    """Return what decides about a note and what it lacks; parameters as in `explain_note`."""
    lock = _lock(scored, history or {})
    facts = _facts(evidence, scored, profile)
    judged = facts is not None and bool(facts.evidence.get("captured"))
    made = checks(facts) if facts is not None and judged else ()
    return Findings(
        headline=_headline(scored, facts, made, judged=judged),
        is_judged=judged,
        scope=_scope(facts, scored),
        lock=lock,
        checks=made,
        missing=() if scored["finalRatingStatus"] == CRH else _missing(scored, made, lock, profile),
    )


def _facts(evidence: Mapping[str, Any] | None, scored: Mapping[str, Any], profile: Profile) -> Facts | None:
    if evidence is None or "scorer" not in evidence:
        return None
    return Facts(evidence, scored, profile.scorer(evidence["scorer"]), profile)


def _lock(scored: Mapping[str, Any], history: Mapping[str, Any]) -> Lock | None:
    locked = history.get("lockedStatus")
    if locked is None:
        return None
    otherwise = scored.get("unlockedRatingStatus")
    return Lock(
        locked,
        status_words(locked),
        day(history.get("timestampMillisOfStatusLock")),
        None if otherwise in (None, locked) else status_words(otherwise),
    )


_DECIDED: Final = {
    ("PopulationSampledIntercept", NMR): "head.sampled",
    ("InsufficientExplanation", NMR): "head.no_reasons",
    ("NmrDueToMinStableCrhTime", CRH): "head.kept",
}
_STATUS: Final = {CRH: "head.helpful", CRNH: "head.not_helpful"}
_CHECK_HEADLINES: Final = {
    "RATINGS": "head.few",
    "CLASSIFICATION": "head.fine",
    "GENERAL_CRNH": "head.crnh",
    "GENERAL_CRH": "head.low",
    "TAG_OUTLIER": "head.tags",
    "INCORRECT_OUTLIER": "head.incorrect",
    "LOW_DILIGENCE": "head.diligence",
    "LARGE_FACTOR": "head.one_sided",
    "MIN_MINORITY_RATERS": "head.minority",
    "RATER_BALANCE": "head.balance",
    "NO_HIGH_VOL_INTERCEPT": "head.without_active",
    "NO_CORRELATED_INTERCEPT": "head.without_alike",
}
"""Why a note is not Helpful, by its first check that is not met, in this order."""


def _headline(
    scored: Mapping[str, Any], facts: Facts | None, made: tuple[Check, ...], *, judged: bool
) -> Sentence:
    status, rule = scored["finalRatingStatus"], scored["decidedBy"].split(" ")[0]
    if rule == "ScoringDriftGuard":
        return said("head.locked", status=said(f"status.{status}"))
    if (decided := _DECIDED.get((rule, status)) or _STATUS.get(status)) is not None:
        return said(decided)
    if not scored.get("numRatings"):
        return said("head.unrated")
    if facts is None or not judged:
        return said("head.not_judged")
    failed = {check.id for check in made if check.met is False}
    found = (code for check, code in _CHECK_HEADLINES.items() if check in failed)
    if not failed and rule == "NmrDueToMinStableCrhTime":
        return said("head.waits")
    return said(next(found, "head.unknown_raters"))


def _remarks(scored: Mapping[str, Any], findings: Findings) -> list[str]:
    found = [
        f"Written {day(scored.get('createdAtMillis'))}, {counted(int(scored['numRatings'] or 0), 'rating')}."
    ]
    tags = [tag_words(tag) for tag in (scored.get("firstTag"), scored.get("secondTag")) if tag]
    if tags:
        found.append(f"Raters most often say: {listed(tags)}.")
    if scored.get("classification") is None:
        found.append("Its text is not among the notes any more: its author has deleted it.")
    if (lock := findings.lock) is not None:
        since = f" on {lock.since}" if lock.since else ""
        text = f"Its status was locked as {lock.status_in_words}{since} and stays that way."
        found.append(
            text + (f" Without the lock it would be {lock.otherwise} now." if lock.otherwise else "")
        )
    if findings.scope is not None:
        found.append(findings.scope)
    return found


def _scope(facts: Facts | None, scored: Mapping[str, Any]) -> Sentence | None:
    """Return why a scorer that sees ratings of a note does not judge it; None if it does."""
    if facts is None or not scored.get("numRatings") or facts.evidence.get("captured"):
        return None
    scorer, seen = facts.scorer, facts.count("num_ratings")
    share = scorer.capture_share
    if share is None or scorer.rater_groups is None:
        return said("scope", scorer=scorer.name, count=seen)
    return said("scope.groups", scorer=scorer.name, count=seen, share=share)


_HELPFUL: Final = frozenset(("GENERAL_CRH", "GENERAL_CRH_INERTIA"))
_NOT_HELPFUL: Final = frozenset(
    ("GENERAL_CRNH", "GENERAL_CRNH_MISLEADING", "UCB_CRNH", "RATIO_CRNH", "NM_CRNH")
)
_HELD: Final = frozenset(
    ("MIN_MINORITY_RATERS", "RATER_BALANCE", "NO_HIGH_VOL_INTERCEPT", "NO_CORRELATED_INTERCEPT")
)


def _scorer_outcome(rule: Rule | None, scorer: Scorer) -> str:
    known = rule.id if rule else ""
    if known in _HELPFUL:
        return "Helpful"
    if known in _NOT_HELPFUL:
        return "Not Helpful"
    if known in _HELD:
        return "Held back for now"
    if known == "INITIAL_NMR" or scorer.thresholds.firm_reject is None:
        return status_words(NMR)
    return "Rejected"


def _scorer_steps(facts: Facts | None, *, judged: bool) -> list[Step]:
    if facts is None or not judged:
        return []
    steps = []
    for name in (facts.evidence.get("active_rules") or "").split(","):
        rule = RULES_BY_NAME.get(name)
        sentence = reason(rule, facts.evidence, facts.scorer.thresholds)
        steps.append(Step(name, facts.scorer.name, sentence, _scorer_outcome(rule, facts.scorer)))
    return steps


def _final_steps(scored: Mapping[str, Any]) -> list[Step]:
    note = {field_name(name): value for name, value in scored.items()}
    names = [name for name in (scored.get("metaScorerActiveRules") or "").split(",") if name]
    return [
        Step(name, "final", reason(RULES_BY_NAME.get(name), note, None), _final_outcome(name, scored))
        for name in names
    ]


def _final_outcome(name: str, scored: Mapping[str, Any]) -> str:
    """Return what a note was after a final rule."""
    if name == scored["decidedBy"]:
        return status_words(scored["finalRatingStatus"])
    rule = name.split(" ", maxsplit=1)[0]
    model = model_prefix(name)
    if model is not None:
        verdict = scored.get(f"{model}RatingStatus")
        return status_words(verdict if verdict in (CRH, CRNH, NEEDS_YOUR_HELP) else NMR)
    if rule == "NmrDueToMinStableCrhTime":
        return status_words(scored.get("unlockedRatingStatus") or NMR)
    if rule == "ScoringDriftGuard":  # only an explanation that is missing comes later
        return "Helpful or Not Helpful, as locked"
    return status_words(NMR)


def _missing(
    scored: Mapping[str, Any], made: tuple[Check, ...], lock: Lock | None, profile: Profile
) -> tuple[Sentence, ...]:
    if lock is not None and lock.status != CRH:
        return (said("missing.locked"),)
    if lock is not None:  # locked as Helpful, but without two common reasons
        return tuple(check.gap for check in made if check.gap and check.id == "INSUFFICIENT_EXPLANATION")
    if not scored.get("numRatings"):
        least = profile.scorers[0].thresholds.min_ratings if profile.scorers else 5
        return (said("missing.ratings", least=least),)
    gaps = [check.gap for check in made if check.gap]
    if any(check.id == "GENERAL_CRH" and check.met is None for check in made):
        gaps.append(said("missing.intercept"))
    if not made:
        gaps.append(said("missing.covered"))
    return tuple(gaps)
