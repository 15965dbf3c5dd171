"""Prescoring: everything that is learned slowly, from all data (spec 06 section 3)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from bridgenotes.scoring.coalesce import coalesce, no_similarity
from bridgenotes.scoring.confidence import RaterFactors, learn_flips, learn_predicted_helpful
from bridgenotes.scoring.coverage import learn_reputations
from bridgenotes.scoring.graph import Step, run_steps
from bridgenotes.scoring.inputs import Inputs
from bridgenotes.scoring.preprocess import prepare, with_high_volume
from bridgenotes.scoring.prescoring import prescore
from bridgenotes.scoring.scope import weight
from bridgenotes.scoring.side import TOPICS_SCHEMA
from bridgenotes.scoring.similarity.settings import QuasiCliques, SimilaritySettings
from bridgenotes.scoring.similarity.table import rater_similarity
from bridgenotes.scoring.topics import TopicModel, UnreliableTopicsError, find_topics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgenotes.data.dataset import Dataset
    from bridgenotes.scoring.confidence import FlipModel, PredictedHelpfulModel
    from bridgenotes.scoring.handover import Handover
    from bridgenotes.scoring.phases.context import Context
    from bridgenotes.scoring.preprocess import Community
    from bridgenotes.scoring.profile import Profile, Scorer
    from bridgenotes.scoring.shelf import Shelf


@dataclass(frozen=True)
class Topics:
    """What is known about topics.

    Attributes
    ----------
    model : TopicModel or None
        Assigns topics to notes; None where too little was there to learn from.
    table : polars.DataFrame
        `TOPICS_SCHEMA`: the topics of the notes it was learned from.
    notes : polars.DataFrame or None
        Those notes, where they are at hand still: a later phase of the same run need not look again.
    """

    model: TopicModel | None = None
    table: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TOPICS_SCHEMA))
    notes: pl.DataFrame | None = None


@dataclass(frozen=True)
class Prescored:
    """What prescoring hands over to final scoring.

    Attributes
    ----------
    similarity : polars.DataFrame
        Raters that act as one (`coalesce.SIMILARITY_SCHEMA`).
    topics : Topics
    handovers : dict of str to Handover
        By scorer; scorers with too little data are absent.
    flip_model : FlipModel or None
        Predicts which notes lose a Helpful status again.
    helpful_model : PredictedHelpfulModel or None
        Predicts from early ratings which notes become Helpful.
    remarks : tuple of str
        What could not be learned, and why.
    """

    similarity: pl.DataFrame = field(default_factory=no_similarity)
    topics: Topics = field(default_factory=Topics)
    handovers: Mapping[str, Handover] = field(default_factory=dict)
    flip_model: FlipModel | None = None
    helpful_model: PredictedHelpfulModel | None = None
    remarks: tuple[str, ...] = ()

    def for_steps(self) -> Prescored:
        """Return what steps may know, also in other processes: without the notes that topics were learned from."""
        return replace(self, topics=replace(self.topics, notes=None))

    def with_remarks(self, remarks: tuple[str, ...]) -> Prescored:
        """Return the same with other remarks."""
        return replace(self, remarks=remarks)


SIMILARITY: Final = "finding raters that act alike"
TOPICS: Final = "finding topics"
HANDOVERS: Final = "collecting what was learned"
INPUTS: Final = "counting raters that act alike once"
FLIPS: Final = "learning to predict flips"
HELPFUL: Final = "learning to predict Helpful"
PREDICTION_BYTES_PER_RATING: Final = 50
"""Ratings by note and time, and what rows are described by."""
SHOWN: Final = 3
"""Scorers named in a remark."""


def find_similar_raters(dataset: Dataset, profile: Profile, context: Context) -> pl.DataFrame:
    """Return raters that act as one, as `coalesce.SIMILARITY_SCHEMA` (spec 02)."""
    community = prepare(dataset, profile.history)
    steps = [Step(SIMILARITY, partial(_similarity, profile=profile), ("community",))]
    found = run_steps(steps, [SIMILARITY], given={"community": community}, watch=context.watch)
    similarity: pl.DataFrame = found[SIMILARITY]
    return similarity


def prescore_community(
    dataset: Dataset,
    profile: Profile,
    context: Context,
    *,
    similarity: pl.DataFrame | None = None,
    topics: Topics | None = None,
    handovers: Mapping[str, Handover] | None = None,
    earlier: Prescored | None = None,
) -> Prescored:
    """Learn raters with every scorer, and the models that scorers lean on.

    Parameters
    ----------
    dataset : Dataset
        With the text of notes, if the profile uses topics.
    profile : Profile
        What to learn and with which constants.
    context : Context
        Clock, seed, executor.
    similarity, topics, handovers : optional
        Results that are given instead of computed.
    earlier : Prescored, optional
        What an earlier state of the community taught: exact fits begin from it and end at the same optimum sooner.
    """
    given: dict[str, Any] = {"community": prepare(dataset, profile.history)}
    if similarity is not None:
        given[SIMILARITY] = similarity
    if topics is not None:
        given[TOPICS] = (topics,)
    known = dict(handovers or {})
    begun = {} if earlier is None else earlier.handovers
    learns = {f"learning raters: {s.name}": s for s in profile.scorers if s.prescores and s.name not in known}
    steps = [
        Step(SIMILARITY, partial(_similarity, profile=profile), ("community",)),
        Step(TOPICS, partial(_topics, profile=profile), ("community",)),
        Step(
            INPUTS,
            partial(_inputs, profile=profile, context=context.for_steps()),
            ("community", SIMILARITY, TOPICS),
        ),
        *(
            Step(
                name,
                partial(_learn, scorer=s, earlier=begun.get(s.name), shelf=context.shelf),
                (INPUTS,),
                partial(weight, scorer=s),
            )
            for name, s in learns.items()
        ),
        Step(HANDOVERS, partial(_collect, profile=profile, known=known), tuple(learns)),
        Step(FLIPS, partial(_learn_flips, profile=profile), (INPUTS, HANDOVERS), _weight_of_prediction),
        Step(HELPFUL, partial(_learn_helpful, profile=profile), (INPUTS, HANDOVERS), _weight_of_prediction),
    ]
    wanted = [SIMILARITY, TOPICS, HANDOVERS, FLIPS, HELPFUL]
    steps = [step for step in steps if step.name not in given]
    found = run_steps(
        steps,
        wanted,
        given=given,
        executor=context.executor,
        watch=context.watch,
        room=context.room(dataset.ratings.height),
    )
    (of_topics, *remarks), (flips, *more), (helpful, *most) = found[TOPICS], found[FLIPS], found[HELPFUL]
    return Prescored(
        similarity=found[SIMILARITY],
        topics=of_topics if topics is not None else replace(of_topics, notes=dataset.notes),
        handovers=found[HANDOVERS],
        flip_model=flips,
        helpful_model=helpful,
        remarks=(*_unlearned(profile, found[HANDOVERS]), *remarks, *more, *most),
    )


def _similarity(community: Community, profile: Profile) -> pl.DataFrame:
    if not profile.uses_similarity:
        return no_similarity()
    cliques = QuasiCliques(idle_members_stay=profile.accidents.idle_members_stay)
    settings = SimilaritySettings(quasi_cliques=cliques)
    return rater_similarity(community.dataset, community.ratings, settings)


def _topics(community: Community, profile: Profile) -> tuple[Topics, *tuple[str, ...]]:
    """Find topics; a community with too few notes on one to learn from has none (spec 09 aborts there)."""
    notes = community.dataset.notes
    if not profile.uses_topics or not notes["summary"].count():
        return (Topics(),)
    try:
        return (Topics(*find_topics(notes)),)
    except UnreliableTopicsError as error:
        return (Topics(), f"no topics: {error}")


def _inputs(
    community: Community,
    similarity: pl.DataFrame,
    topics: tuple[Topics, *tuple[str, ...]],
    profile: Profile,
    context: Context,
) -> Inputs:
    """Return what scorers learn from: every rater found by either detector counts as one of a group."""
    small = profile.history.small_data_notes
    ratings = coalesce(community.ratings, community, similarity, small)
    return Inputs(
        community,
        with_high_volume(ratings, community.shape[1], profile.high_volume, small),
        topics[0].table,
        context.now_ms,
        context.seed,
        profile.accidents,
        context.trainers,
    )


def _learn(inputs: Inputs, scorer: Scorer, earlier: Handover | None, shelf: Shelf) -> Handover | None:
    is_reputation = scorer.kind == "reputation"
    learned = learn_reputations(inputs, scorer) if is_reputation else prescore(inputs, scorer, earlier)
    return None if learned is None else learned.kept(shelf)


def _collect(*found: Handover | None, profile: Profile, known: Mapping[str, Handover]) -> dict[str, Handover]:
    """Return the hand-overs there are, in the profile's order."""
    learned = dict(known) | {handover.scorer: handover for handover in found if handover is not None}
    return {scorer.name: learned[scorer.name] for scorer in profile.scorers if scorer.name in learned}


def _unlearned(profile: Profile, learned: Mapping[str, Handover]) -> tuple[str, ...]:
    """Say which scorers will say nothing about notes."""
    missing = [s.name for s in profile.scorers if s.prescores and s.name not in learned]
    if not missing:
        return ()
    more = f" and {len(missing) - SHOWN} more scorers" if len(missing) > SHOWN else ""
    return (f"too few ratings to learn raters: {', '.join(missing[:SHOWN])}{more}",)


def _weight_of_prediction(inputs: Inputs, _handovers: Mapping[str, Handover]) -> float:
    """Return about how many bytes learning to predict takes: `graph.Step.weight`."""
    return PREDICTION_BYTES_PER_RATING * len(inputs.ratings)


def _learn_flips(
    inputs: Inputs, handovers: Mapping[str, Handover], profile: Profile
) -> tuple[FlipModel | None, *tuple[str, ...]]:
    if not profile.predicts_flips:
        return (None,)
    factors = RaterFactors.gather(handovers, inputs.community.shape[1])
    model, remarks = learn_flips(inputs.community, inputs.ratings, factors, seed=inputs.seed)
    return (model, *remarks)


def _learn_helpful(
    inputs: Inputs, handovers: Mapping[str, Handover], profile: Profile
) -> tuple[PredictedHelpfulModel | None, *tuple[str, ...]]:
    if not profile.predicts_helpful:
        return (None,)
    factors = RaterFactors.gather(handovers, inputs.community.shape[1])
    model, remarks = learn_predicted_helpful(inputs, factors)
    return (model, *remarks)
