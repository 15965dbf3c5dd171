"""Rating: who, what, from where."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bridgenotes.data.vocabulary import TAGS
from bridgenotes.domain.config import RatingConfig
from bridgenotes.domain.rating_form import (
    OFFERED_TAGS,
    RETIRED_TAGS,
    RatingForm,
    check_rating,
    may_rate,
    rating_source,
)

CONFIG = RatingConfig()


def codes(level: str, *tags: str) -> list[str]:
    return [reason.code for reason in check_rating(RatingForm(level, frozenset(tags)), CONFIG).reasons]


@pytest.mark.requirement("RF-1")
def test_nobody_rates_their_own_note() -> None:
    assert may_rate("a", "b", is_enrolled=True).allowed
    assert may_rate("a", "a", is_enrolled=True).reasons[0].code == "rating.own_note"
    assert may_rate("a", "b", is_enrolled=False).reasons[0].code == "rating.not_enrolled"


@pytest.mark.requirement("RF-2")
def test_a_level_is_required() -> None:
    assert codes("HELPFUL") == codes("SOMEWHAT_HELPFUL") == codes("NOT_HELPFUL") == []
    assert codes("") == codes("YES") == ["rating.level_missing"]


@pytest.mark.requirement("RF-3")
def test_each_level_offers_its_own_reasons_and_somewhat_both() -> None:
    assert codes("HELPFUL", *OFFERED_TAGS["HELPFUL"]) == []
    assert codes("NOT_HELPFUL", *OFFERED_TAGS["NOT_HELPFUL"]) == []
    assert codes("SOMEWHAT_HELPFUL", *OFFERED_TAGS["HELPFUL"], *OFFERED_TAGS["NOT_HELPFUL"]) == []
    assert codes("HELPFUL", "notHelpfulIncorrect") == ["rating.tag_not_offered"]
    assert codes("NOT_HELPFUL", "helpfulClear") == ["rating.tag_not_offered"]


@pytest.mark.requirement("RF-4")
@pytest.mark.requirement("RF-5")
def test_retired_reasons_are_refused() -> None:
    assert len(OFFERED_TAGS["HELPFUL"]) == 6
    assert len(OFFERED_TAGS["NOT_HELPFUL"]) == 10
    assert {
        "helpfulInformative",
        "helpfulEmpathetic",
        "helpfulUniqueContext",
        "notHelpfulOpinionSpeculationOrBias",
        "notHelpfulOutdated",
        "notHelpfulOffTopic",
    } == RETIRED_TAGS
    assert set(OFFERED_TAGS["SOMEWHAT_HELPFUL"]) | RETIRED_TAGS == set(TAGS)
    assert all(codes("SOMEWHAT_HELPFUL", tag) == ["rating.tag_retired"] for tag in RETIRED_TAGS)


def test_a_site_can_demand_reasons() -> None:
    demanding = RatingConfig(min_tags=1)
    found = check_rating(RatingForm("HELPFUL", frozenset()), demanding).reasons
    assert [reason.code for reason in found] == ["rating.tags_missing"]


@pytest.mark.requirement("RF-10")
def test_only_the_answer_to_a_drawn_alert_is_population_sampled(now: datetime) -> None:
    assert rating_source(None, now, CONFIG) == "DEFAULT"
    assert rating_source(now - timedelta(hours=1), now, CONFIG) == "POPULATION_SAMPLED"
    assert rating_source(now + timedelta(hours=1), now, CONFIG) == "DEFAULT"
    assert rating_source(now - timedelta(days=2), now, CONFIG) == "DEFAULT"
