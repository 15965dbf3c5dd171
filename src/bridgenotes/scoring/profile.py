"""Profiles: every number and every rule order of a scoring run, frozen, loaded from TOML.

A profile says what a run does; no other module holds a constant of the algorithm. Source of
``x-2026``: spec chapters 03 to 06; of ``birdwatch-2022``: spec chapter 12 (ST-17, DV-1).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, Final, Literal, cast

from bridgenotes.scoring.accidents import Accidents
from bridgenotes.scoring.errors import ScoringError
from bridgenotes.scoring.mf.objective import Objective, Regularisation

PROFILES: Final = ("x-2026", "birdwatch-2022")

Kind = Literal["factorization", "gaussian", "reputation"]
Trainer = Literal["exact", "early-stopped", "second round"]
"""How notes are fitted: to the optimum, or to where the reference's optimizer stops.

"second round" keeps prescoring's parameters in final scoring, as in 2022."""


class ProfileError(ScoringError):
    """A profile that does not exist or does not hold together."""


@dataclass(frozen=True)
class Normalised:
    """A second, weighted fit after each fit (spec 00 section 4): rating weights by their rater.

    Attributes
    ----------
    rater_exponent : float
        Power of each rater's summed weight that its weights are multiplied by.
    balances_signs : bool
        Whether raters of both signs weigh the same in total.
    """

    rater_exponent: float
    balances_signs: bool


@dataclass(frozen=True)
class Model:
    """How one scorer's factorization is set up (spec 03 C.4, 00 section 2).

    The learning rates are those of early-stopped fits from given and from random starting values.
    """

    regularisation: Regularisation
    min_ratings_per_rater: int
    min_raters_per_note: int
    max_first_error: float
    use_global_intercept: bool
    normalised: Normalised | None
    min_notes_for_error_check: int
    stable_group: int | None
    stable_group_share: float
    population_sampled_ratings_per_note: float
    prescoring_trainer: Literal["exact", "early-stopped"]
    final_trainer: Trainer
    learning_rate: float
    cold_learning_rate: float

    @property
    def trains_exactly(self) -> bool:
        """Whether prescoring looks for the optimum; a normalised loss has only its early-stopped values."""
        return self.prescoring_trainer == "exact" and self.normalised is None

    @property
    def objective(self) -> Objective:
        """The squared-error objective with default ratios."""
        return Objective(self.regularisation, use_global_intercept=self.use_global_intercept)


@dataclass(frozen=True)
class Helpfulness:
    """What makes a contributor's ratings count (spec 04 part one)."""

    min_mean_note_score: float
    min_crh_vs_crnh_ratio: float
    min_rater_agree_ratio: float
    crnh_weight: float
    keeps_unjudged: bool
    zero_mean_lets_all_pass: bool
    valid_within_ms: int
    first_ratings_before_ms: int
    first_ratings: int


@dataclass(frozen=True)
class Harassment:
    """The tag-consensus model on harassment and its penalty (spec 04 D.4, 08 section 4)."""

    since_ms: int
    factor_scale: float
    learning_rate: float
    min_intercept: float
    penalty: float
    multiply_by_intercept: bool


@dataclass(frozen=True)
class TagFilter:
    """Weights and limits of the tag filters (spec 05 sections 5 and 6)."""

    distance_percentile: float
    distance_exponent: float
    min_adjusted_total: float
    threshold_percentile: int
    ignored_tags: tuple[str, ...]
    super_threshold: float | None
    incorrect_threshold: float
    incorrect_min_tags: int
    incorrect_min_voters: int
    incorrect_interval: float
    incorrect_factor_clip: float


@dataclass(frozen=True)
class Thresholds:
    """What the status rules compare with (spec 05 section 7.3)."""

    min_ratings: int
    crh: float
    crnh_intercept: float
    crnh_factor_multiplier: float
    crnh_not_misleading: float
    crnh_ucb: float
    ratio_side_mean: float
    ratio_mean: float
    ratio_min_sign_count: int
    inertia: float
    no_high_volume: float | None
    no_correlated: float | None
    low_diligence: float | None
    factor: float
    firm_reject: float | None
    min_minority_net_helpful: int | None
    max_balanced_net_helpful: int
    min_minority_net_helpful_ratio: float | None


@dataclass(frozen=True)
class Scorer:
    """One scorer, described: which ratings it sees, its model, its rules (spec 03 C.1 and C.4).

    Attributes
    ----------
    name : str
        Name in the prescoring hand-over.
    kind : {"factorization", "gaussian", "reputation"}
        What fits notes in final scoring.
    prefix : str
        Family: prefix of its columns; instances of a family share columns.
    rule : str or None
        Id of the meta rule that applies it; None for groups and topics, whose rules are settings.
    prescores, scores : bool
        Phases it takes part in.
    borrows : str or None
        Scorer whose prescoring it uses; default its own.
    group : int or None
        Modeling group or multi-group written to its notes.
    rater_groups : tuple of int or None
        Groups whose raters are its own; None: everybody's.
    include_unassigned : bool
        Whether people without an enrollment row are its own.
    is_strict : bool
        Whether only notes mostly rated by its own raters are seen at all.
    excludes_topics : bool, topic : str or None
        Notes with any topic are out of scope, or only notes of one topic are in.
    confident_ratings : int or None
        A topic status is confident with more ratings than this on each side.
    capture_share : float or None
        Share of a note's ratings that must be its own raters'.
    filters_helpfulness : bool
        Whether only helpful raters count; without it the first fit is final.
    uses_diligence, uses_pseudo_raters : bool
        Side models of final scoring.
    """

    name: str
    kind: Kind
    prefix: str
    rule: str | None
    prescores: bool
    scores: bool
    borrows: str | None
    group: int | None
    rater_groups: tuple[int, ...] | None
    include_unassigned: bool
    is_strict: bool
    excludes_topics: bool
    topic: str | None
    confident_ratings: int | None
    capture_share: float | None
    filters_helpfulness: bool
    uses_diligence: bool
    uses_pseudo_raters: bool
    baselines: tuple[str, ...]
    model: Model
    helpfulness: Helpfulness
    harassment: Harassment | None
    tags: TagFilter
    thresholds: Thresholds
    prescoring_rules: tuple[str, ...]
    final_rules: tuple[str, ...]


@dataclass(frozen=True)
class HighVolume:
    """Who counts as a high-volume rater (spec 01 A.4)."""

    windows_days: tuple[int, ...]
    quantile: float


@dataclass(frozen=True)
class PopulationSampled:
    """The population-sampled safeguard of the meta stage (spec 05 section 9.6)."""

    min_ratings: int
    min_per_side: int
    max_intercept: float
    min_difference: float


@dataclass(frozen=True)
class GroupRule:
    """How a modeling group changes the running status (spec 05 sections 9.2 and 9.3).

    Attributes
    ----------
    group : int
    promotes_above, promotes_below : float or None
        The core (else expansion) intercept must lie strictly between; no lower bound: never promotes.
    demotes : bool
        Whether its doubt takes back a status.
    """

    group: int
    promotes_above: float | None
    promotes_below: float | None
    demotes: bool


@dataclass(frozen=True)
class TopicRule:
    """When a topic model takes back a status (spec 05 section 9.5)."""

    id: int
    topic: str
    min_intercept: float
    max_factor: float


@dataclass(frozen=True)
class Stabilisation:
    """How long a new status waits (spec 05 section 9.7)."""

    required_ms: int
    longest_ms: int
    longest_held_back_ms: int


@dataclass(frozen=True)
class History:
    """Locking and the dates that divide eras (spec 01 A.7, A.12)."""

    lock_after_ms: int | None
    tombstones_since_ms: int
    not_misleading_since_ms: int
    small_data_notes: int


@dataclass(frozen=True)
class Contributors:
    """Writing rights (spec 04 D.8 to D.11)."""

    max_history: int
    at_risk_crnh: int
    rating_impact_for_earn_in: int
    earn_in_grows: bool
    single_trigger: bool
    top_writer_impact: int
    top_writer_hit_rate: float
    emerging_writer_mean: float
    emerging_writer_ratings: int
    tag_min_count: int


@dataclass(frozen=True)
class Profile:
    """Everything a scoring run needs to know besides its data, its clock and its seed."""

    name: str
    description: str
    uses_similarity: bool
    uses_topics: bool
    predicts_flips: bool
    predicts_helpful: bool
    scorers: tuple[Scorer, ...]
    meta_rules: tuple[str, ...]
    high_volume: HighVolume
    group_rules: tuple[GroupRule, ...]
    topic_rules: tuple[TopicRule, ...]
    stabilisation: Stabilisation | None
    population_sampled: PopulationSampled
    history: History
    contributors: Contributors
    accidents: Accidents

    def scorer(self, name: str) -> Scorer:
        """Return the scorer of that name.

        Raises
        ------
        ProfileError
            If the profile has none.
        """
        for scorer in self.scorers:
            if scorer.name == name:
                return scorer
        known = ", ".join(s.name for s in self.scorers)
        raise ProfileError(f"profile {self.name} has no scorer {name!r}; it has: {known}")


@cache
def load_profile(name: str, changes: tuple[str, ...] = ()) -> Profile:
    """Return the profile ``name``.

    Parameters
    ----------
    changes : tuple of str
        Settings that are to differ, as ``path=value`` with a TOML value: ``accidents.idle_members_stay=false``,
        ``scorer_defaults.thresholds.crh=0.41`` (all scorers) or ``scorers.MFCoreScorer.thresholds.crh=0.41``.

    Raises
    ------
    ProfileError
        If there is no such profile, or its file or a change lacks or misnames a setting.
    """
    if name not in PROFILES:
        raise ProfileError(f"there is no profile {name!r}; choose one of: {', '.join(PROFILES)}")
    text = resources.files("bridgenotes.scoring").joinpath("profiles", f"{name}.toml").read_text("utf-8")
    document = tomllib.loads(text)
    for change in changes:
        _apply(document, change)
    return parse_profile(document)


def _apply(document: dict[str, Any], change: str) -> None:
    """Change one setting of a parsed profile."""
    path, is_given, value = change.partition("=")
    try:
        parsed = tomllib.loads(f"value = {value}")["value"] if is_given else None
    except tomllib.TOMLDecodeError:
        parsed = None
    if parsed is None:
        raise ProfileError(
            f"{change!r} changes nothing; write path=value, for example accidents.second_fit_free=false"
        )
    *tables, last = path.split(".")
    place: Any = document
    for key in tables:
        if isinstance(place, list):
            place = next((row for row in place if row.get("name") == key), None)
        else:
            place = place.setdefault(key, {})
        if not isinstance(place, dict | list):
            raise ProfileError(f"{change!r}: there is no table {key!r}")
    if isinstance(place, list) or isinstance(place.get(last), dict | list) != isinstance(parsed, dict | list):
        raise ProfileError(
            f"{change!r}: {path!r} is a table or a list, not a setting; name one of its settings"
        )
    place[last] = parsed


def parse_profile(document: dict[str, Any]) -> Profile:
    """Return the profile that a parsed TOML document describes.

    Raises
    ------
    ProfileError
        Naming the table and the setting that is missing or unknown.
    """
    document = dict(document)
    defaults = document.pop("scorer_defaults")
    scorers = tuple(_scorer(_merged(defaults, one)) for one in document.pop("scorers"))
    sections = {
        name: _build(kind, document.pop(name), name)
        for name, kind in (
            ("high_volume", HighVolume),
            ("population_sampled", PopulationSampled),
            ("history", History),
            ("contributors", Contributors),
            ("accidents", Accidents),
        )
    }
    sections["group_rules"] = tuple(
        _build(GroupRule, row, "group_rules") for row in document.pop("group_rules", [])
    )
    sections["topic_rules"] = tuple(
        _build(TopicRule, row, "topic_rules") for row in document.pop("topic_rules", [])
    )
    waits = document.pop("stabilisation", None)
    sections["stabilisation"] = _build(Stabilisation, waits, "stabilisation") if waits else None
    return cast("Profile", _build(Profile, {**document, **sections, "scorers": scorers}, "profile"))


def _scorer(table: dict[str, Any]) -> Scorer:
    name = table.get("name", "?")
    model = dict(table["model"])
    model["regularisation"] = _build(Regularisation, model["regularisation"], f"{name}.regularisation")
    if model.get("normalised"):
        model["normalised"] = _build(Normalised, model["normalised"], f"{name}.normalised")
    parts = {
        "model": _build(Model, model, f"{name}.model"),
        "helpfulness": _build(Helpfulness, table["helpfulness"], f"{name}.helpfulness"),
        "harassment": _build(Harassment, table["harassment"], f"{name}.harassment")
        if table.get("harassment")
        else None,
        "tags": _build(TagFilter, table["tags"], f"{name}.tags"),
        "thresholds": _build(Thresholds, table["thresholds"], f"{name}.thresholds"),
    }
    return cast("Scorer", _build(Scorer, {**table, **parts}, name))


def _build(kind: type, values: dict[str, Any], where: str) -> Any:  # noqa: ANN401 (one dataclass of many)
    """Make a frozen dataclass from a TOML table; absent optional settings become None."""
    known = {f.name: str(f.type) for f in fields(kind)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ProfileError(f"{where}: unknown setting {unknown[0]!r}; known: {', '.join(known)}")
    missing = [name for name, kind_text in known.items() if name not in values and "None" not in kind_text]
    if missing:
        raise ProfileError(f"{where}: setting {missing[0]!r} is missing")
    frozen = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return kind(**{name: frozen.get(name) for name in known})


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        inner = result.get(key)
        result[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return result
