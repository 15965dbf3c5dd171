"""What holds for every input of the platform's rules."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from bridgenotes.data.vocabulary import CLASSIFICATIONS, CRH, CRNH, HELPFULNESS_LEVELS, NMR, STATUSES
from bridgenotes.domain import note_text
from bridgenotes.domain.admission import Applicant, draw
from bridgenotes.domain.aliases import alias_key, alias_offers, is_offensive
from bridgenotes.domain.config import (
    AdmissionConfig,
    AliasConfig,
    Budget,
    GuardrailConfig,
    HelpConfig,
    ImpactConfig,
    NoteConfig,
    NotificationConfig,
    RequestConfig,
    UrlConfig,
    WritingLimitConfig,
)
from bridgenotes.domain.display import ON_POST, ShownNote, Viewer, note_list, placement, prompt, shown_on_post
from bridgenotes.domain.guardrails import Alarm, Guard, Measure, Remedy, after_measuring, judge, may_choose
from bridgenotes.domain.impacts import NoteOutcome, RatedNote, rating_class, rating_impact, writing_impact
from bridgenotes.domain.needs_your_help import Candidate, HelpViewer, PostFacts, components, offers
from bridgenotes.domain.notifications import AlertTarget, Frequency, draw_recipients, may_be_alerted
from bridgenotes.domain.requests import RequesterRecord, request_limit
from bridgenotes.domain.urls import canonical_url
from bridgenotes.domain.verdict import Refused
from bridgenotes.domain.writing_limits import OnAuthor, allowance, author_limit, daily_limit

NOW = datetime(2026, 7, 1, tzinfo=UTC)
LIMITS, URLS, IMPACT = WritingLimitConfig(), UrlConfig(), ImpactConfig()

moments = st.integers(-400, 0).map(lambda hours: NOW + timedelta(hours=hours))

# Addresses

hosts = st.sampled_from(
    ["example.com", "WWW.Example.co.uk", "youtu.be", "www.youtube.com", "m.youtube.com", "twitter.com", "x.com",
     "mobile.twitter.com", "bücher.example.org", "example.com.", "old.reddit.com", "de.m.wikipedia.org", "m.tiktok.com"]
)  # fmt: skip
segments = st.sampled_from(
    ["watch", "shorts", "dQw4w9WgXcQ", "status", "123", "i", "web", "..", ".", "%2e%2e", "", "a b", "ü", "%7Euser",
     "@who", "video", "photo", "1", "p", "#!", "{id}", "%"]
)  # fmt: skip
pairs = st.sampled_from(
    [
        "v=dQw4w9WgXcQ",
        "utm_source=x",
        "UTM_x=1",
        "%75tm_y=2",
        "t=3",
        "a=1",
        "a=2",
        "b",
        "b=",
        "=",
        "",
        "q=a%20b",
        "q=a+b",
    ]
)
addresses = st.builds(
    lambda scheme, host, port, path, query, fragment: (
        f"{scheme}://{host}{port}/{'/'.join(path)}{query}{fragment}"
    ),
    st.sampled_from(["http", "https", "HTTPS"]),
    hosts,
    st.sampled_from(["", ":80", ":443", ":8080"]),
    st.lists(segments, max_size=5),
    st.lists(pairs, max_size=5).map(lambda found: "?" + "&".join(found) if found else ""),
    st.sampled_from(["", "#top", "#!/a", "#/b?c=d"]),
)


@settings(max_examples=400)
@given(addresses)
def test_a_canonical_address_is_its_own_canonical_form(address: str) -> None:
    once = canonical_url(address, URLS)
    assert canonical_url(once.url, URLS) == once


@settings(max_examples=200)
@given(addresses, st.sampled_from(["utm_medium=z", "fbclid=9"]))
def test_tracking_scheme_and_www_do_not_make_another_page(address: str, tracking: str) -> None:
    bare, _, fragment = address.partition("#")
    tracked = bare + ("&" if "?" in bare else "?") + tracking + (f"#{fragment}" if fragment else "")
    assert canonical_url(tracked, URLS).identity == canonical_url(address, URLS).identity


@settings(max_examples=300)
@given(st.text() | st.text(alphabet="htps:/.@[]0x7f1%#?&=e").map("http://".__add__))
def test_any_text_is_an_address_or_refused_with_a_reason(text: str) -> None:
    try:
        found = canonical_url(text, URLS)
    except Refused as error:
        codes = [reason.code for reason in error.reasons]
        event("refused")
    else:
        codes = ["url.accepted"]
        assert found.url.startswith(("https://", "http://"))
        assert found.host.endswith(found.site)
        assert found.site
    assert [code for code in codes if not code.startswith("url.")] == []


# Texts


@given(st.text())
def test_cleaning_a_text_twice_changes_nothing_more(text: str) -> None:
    once = note_text.cleaned(text)
    assert note_text.cleaned(once) == once
    exported = note_text.for_export(text)
    assert exported.splitlines() in ([exported], [])
    assert "\t" not in exported


@given(st.text(alphabet="ab é.\n"), st.integers(1, 300))
def test_the_length_of_a_link_does_not_matter(words: str, size: int) -> None:
    text = note_text.cleaned(words) + " https://example.com/" + "x" * size
    assert note_text.length(text, NoteConfig()) == len(note_text.cleaned(words)) + 2


# Limits


@given(st.integers(-50, 300), st.integers(0, 5000))
def test_a_writer_can_always_write_and_never_loses_by_impact(impact: int, notes: int) -> None:
    found = daily_limit(impact, notes, LIMITS).count
    assert found >= 1
    assert found <= max(impact + LIMITS.base_limit, 1)
    if impact > 0:
        assert daily_limit(impact + 1, notes, LIMITS).count >= found
        assert daily_limit(impact, notes + 1, LIMITS).count <= found


@given(st.integers(1, 200), st.integers(0, 200), st.integers(0, 50))
def test_more_helpful_notes_never_tighten_the_limit_on_an_author(
    proposed: int, helpful: int, older: int
) -> None:
    assume(helpful < proposed)

    def per_week(record: OnAuthor) -> float:
        limit = author_limit(record, LIMITS)
        return limit.count / limit.window.total_seconds()

    worse, better = (OnAuthor(proposed + older, proposed, helpful + more) for more in (0, 1))
    assert per_week(better) >= per_week(worse)


@given(st.lists(moments, max_size=30), st.integers(1, 8), st.integers(1, 200))
def test_a_limit_says_exactly_when_the_next_one_is_possible(
    written: list[datetime], count: int, hours: int
) -> None:
    limit = Budget(count, timedelta(hours=hours))
    found = allowance(written, limit, NOW)
    assert (found.next_at == NOW) == (found.left > 0)
    assert allowance(written, limit, found.next_at).left > 0
    if found.next_at > NOW:
        assert allowance(written, limit, found.next_at - timedelta(seconds=1)).left == 0


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_hit_never_lowers_the_limit_of_requests(eligible: int, hits: int) -> None:
    assume(hits < eligible)
    config = RequestConfig()
    counts = [request_limit(RequesterRecord(eligible, found), config).count for found in (hits, hits + 1)]
    assert counts == sorted(counts)


# Draws


@given(st.lists(st.sampled_from(["DE", "FR", "JP", ""]), max_size=60), st.integers(0, 10), st.integers())
def test_a_draw_stays_within_slots_and_waitlists(countries: list[str], slots: int, seed: int) -> None:
    applicants = [Applicant(f"a{k}", country) for k, country in enumerate(countries)]
    home = {applicant.applicant_id: applicant.country for applicant in applicants}
    for found in draw(applicants, AdmissionConfig(slots_per_country=slots), seed):
        assert len(found.admitted) == len(set(found.admitted)) == min(slots, found.waiting)
        assert {home[admitted] for admitted in found.admitted} <= {found.country}
        assert found.waiting == countries.count(found.country)


@given(st.integers(1, 40), st.integers(1, 40), st.integers())
def test_other_countries_do_not_change_a_country_s_draw(here: int, there: int, seed: int) -> None:
    home = [Applicant(f"h{k}", "DE") for k in range(here)]
    config = AdmissionConfig(slots_per_country=3)
    alone = draw(home, config, seed)[0]
    assert draw([*home, *(Applicant(f"t{k}", "FR") for k in range(there))], config, seed)[0] == alone


@settings(max_examples=50)
@given(st.integers())
def test_offers_are_free_distinct_and_inoffensive(seed: int) -> None:
    taken = {alias_key(alias) for alias in alias_offers(lambda _: False, AliasConfig(), seed)}
    offers_ = alias_offers(taken.__contains__, AliasConfig(), seed)
    keys = {alias_key(alias) for alias in offers_}
    assert len(keys) == 5
    assert not keys & taken
    assert not any(is_offensive(alias) or len(alias) > AliasConfig().max_length for alias in offers_)


@given(st.lists(st.sampled_from(Frequency), max_size=60), st.sets(st.integers(0, 60)), st.integers())
def test_alerts_go_to_who_wants_them_and_not_to_who_has_rated(
    frequencies: list[Frequency], rated: set[int], seed: int
) -> None:
    config = NotificationConfig()
    targets = {f"c{k}": AlertTarget(f"c{k}", frequency) for k, frequency in enumerate(frequencies)}
    excluded = frozenset(f"c{k}" for k in rated)
    drawn = draw_recipients("n", targets.values(), excluded, config, NOW, seed)
    possible = {name for name, t in targets.items() if may_be_alerted(t, config, NOW)} - excluded
    assert set(drawn) <= possible
    assert len(drawn) == min(config.recipients_per_note, len(possible))


# Impacts

SWAPPED = {CRH: CRNH, CRNH: CRH, "HELPFUL": "NOT_HELPFUL", "NOT_HELPFUL": "HELPFUL"}


@given(st.lists(st.sampled_from(STATUSES)))
def test_writing_impact_is_antisymmetric(statuses: list[str]) -> None:
    mirrored = [SWAPPED.get(status, status) for status in statuses]
    assert writing_impact(mirrored).total == -writing_impact(statuses).total
    assert writing_impact(statuses).notes == len(statuses)


rated_notes = st.builds(
    RatedNote,
    st.sampled_from(HELPFULNESS_LEVELS),
    moments,
    st.builds(NoteOutcome, moments, st.sampled_from([CRH, CRNH, NMR]), st.none() | moments),
)


@given(rated_notes)
def test_judgement_mirrors_when_rating_or_outcome_does(rating: RatedNote) -> None:
    """Turning the rating and the outcome round keeps whether it helped; turning one turns it."""
    found = rating_class(rating, IMPACT)
    level = SWAPPED.get(rating.level, rating.level)
    note = NoteOutcome(rating.note.created_at, SWAPPED.get(rating.note.status, NMR), rating.note.decided_at)
    both = rating_class(RatedNote(level, rating.rated_at, note), IMPACT)
    one = rating_class(RatedNote(level, rating.rated_at, rating.note), IMPACT)
    if found is None:
        assert both is one is None
    else:
        assert both is not None
        assert one is not None
        assert both.startswith("helped") == found.startswith("helped") != one.startswith("helped")


@given(st.lists(rated_notes), st.lists(rated_notes))
def test_rating_impact_adds_up(first: list[RatedNote], second: list[RatedNote]) -> None:
    parts = rating_impact(first, IMPACT).total + rating_impact(second, IMPACT).total
    assert rating_impact(first + second, IMPACT).total == parts


@given(st.lists(st.sampled_from([CRH, CRNH]), min_size=1), st.data())
def test_random_rating_does_not_pay(outcomes: list[str], data: st.DataObject) -> None:
    """Rating everything one way and everything the other way costs as much as it wins, or more (IM-8)."""
    made = NOW - timedelta(hours=1)
    notes = [NoteOutcome(made, status, NOW) for status in outcomes]
    both = [RatedNote(level, made, note) for note in notes for level in ("HELPFUL", "NOT_HELPFUL")]
    assert rating_impact(both, IMPACT).total <= 0
    shuffled = data.draw(st.permutations(both))
    assert rating_impact(shuffled, IMPACT) == rating_impact(both, IMPACT)


# Display

shown_notes = st.lists(
    st.builds(
        ShownNote,
        st.uuids().map(str),
        st.sampled_from(STATUSES),
        st.sampled_from(CLASSIFICATIONS),
        moments,
        st.booleans(),
        st.none() | st.floats(-1, 1),
        st.integers(0, 100),
    ),
    max_size=12,
    unique_by=lambda note: note.note_id,
)
viewers = st.builds(Viewer, st.booleans(), st.booleans())


@given(shown_notes, viewers)
def test_display_keeps_its_promises(notes: list[ShownNote], viewer: Viewer) -> None:
    on_post = shown_on_post(notes, viewer)
    assert all(
        n.status == CRH and n.classification == CLASSIFICATIONS[0] and not n.is_deleted for n in on_post
    )
    assert not (prompt(notes, viewer) and (on_post or not viewer.is_contributor))
    listed = note_list(notes, viewer)
    assert not any(note.is_deleted for note in listed)
    assert note_list(notes[::-1], viewer) == listed
    assert [placement(note, viewer) for note in on_post] == [ON_POST] * len(on_post)


# Needs Your Help

candidates = st.builds(
    Candidate,
    note_id=st.uuids().map(str),
    author_id=st.sampled_from(["a", "b", "me"]),
    post=st.builds(
        PostFacts,
        st.sampled_from("pqrst"),
        st.none() | st.sampled_from("xyz"),
        moments,
        st.integers(0, 10**6),
    ),
    status=st.sampled_from(STATUSES),
    text=st.sampled_from(["fine", "a scam"]),
    author_writing=st.lists(st.sampled_from(STATUSES)).map(writing_impact),
    intercept=st.none() | st.floats(-1, 1),
    negative_ratings=st.integers(0, 60),
    positive_ratings=st.integers(0, 60),
    is_stabilising=st.booleans(),
    is_deleted=st.booleans(),
    review_pending=st.booleans(),
)


@settings(max_examples=100)
@given(st.lists(candidates, max_size=20), st.sampled_from([None, -0.4, 0.0, 0.4]), st.integers())
def test_help_is_asked_once_per_post_and_never_about_own_or_rated_notes(
    found: list[Candidate], factor: float | None, seed: int
) -> None:
    rated = frozenset(candidate.note_id for candidate in found[::3])
    viewer = HelpViewer("me", factor, rated, frozenset({"x"}))
    ranked = offers(found, viewer, HelpConfig(), NOW, seed)
    assert max(Counter(offer.candidate.post.post_id for offer in ranked).values(), default=0) <= 1
    for offer in ranked:
        note = offer.candidate
        assert note.author_id != "me"
        assert note.note_id not in rated
        assert note.post.author_id != "x"
        assert not note.is_deleted
        assert all(0.0 <= part <= 1.0 for part in offer.components.values())
    assert ranked == offers(found[::-1], viewer, HelpConfig(), NOW, seed)


@given(candidates)
def test_only_one_side_is_sought_unless_both_are_equal(candidate: Candidate) -> None:
    left, right = (
        components(candidate, HelpViewer("v", factor), HelpConfig(), NOW)["viewpoint"]
        for factor in (-1.0, 1.0)
    )
    assert left == right or min(left, right) == 0.0
    assert (left <= right) or candidate.negative_ratings < candidate.positive_ratings


# Guardrails


@given(
    st.sampled_from(Remedy),
    st.lists(
        st.builds(
            Measure,
            st.sampled_from(list(GuardrailConfig().thresholds)),
            st.floats(-1, 1),
            st.integers(0, 500),
        )
    ),
)
def test_measures_never_weaken_a_remedy_and_people_cannot_while_tripped(
    remedy: Remedy, measures: list[Measure]
) -> None:
    findings = [judge(measure, GuardrailConfig()) for measure in measures]
    guard = Guard(remedy, NOW)
    after = after_measuring(guard, findings, NOW)
    assert after.remedy in {remedy, Remedy.DISPLAY_PAUSED}
    if any(finding.alarm is Alarm.BREAKER for finding in findings):
        assert after.remedy is Remedy.DISPLAY_PAUSED
        assert not any(may_choose(after, weaker, findings).allowed for weaker in list(Remedy)[:-1])


@pytest.mark.parametrize("seed", range(3))
def test_a_position_on_the_waitlist_gives_no_advantage(seed: int) -> None:
    """Chi-square over 20 people and 3000 draws of 4; 43.8 is the 0.1 % point for 19 degrees of freedom."""
    applicants = [Applicant(f"a{k:02}", "DE") for k in range(20)]
    times = Counter(
        admitted
        for n in range(3000)
        for found in draw(applicants, AdmissionConfig(slots_per_country=4), f"{seed}-{n}")
        for admitted in found.admitted
    )
    expected = 3000 * 4 / 20
    assert sum((times[a.applicant_id] - expected) ** 2 / expected for a in applicants) < 43.8
