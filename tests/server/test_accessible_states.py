"""Axe, in both schemes and on a small phone, on the states of pages that come up now and then.

Staff pages, pages that refuse, pages without anything, pages of contributors in trouble, pages under a remedy; what
every visitor sees on a usual day is looked at elsewhere (`test_browser`, `test_design`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from bridgenotes.contributors.models import Contributor, Enrollment
from bridgenotes.domain.guardrails import Measure, Remedy
from bridgenotes.domain.moderation import Ground
from bridgenotes.domain.notifications import Kind, Notice
from bridgenotes.guardrails import services as guardrails
from bridgenotes.identity import handles
from bridgenotes.identity import services as identity
from bridgenotes.identity.handles import Purpose
from bridgenotes.moderation import services as moderation
from bridgenotes.moderation.models import Report
from bridgenotes.moderation.services import Decision, Moderator, Reporter
from bridgenotes.notes.services import reviewing
from bridgenotes.notifications.services.notices import mark_read, tell
from bridgenotes.posts.models import Authorship
from bridgenotes.runs.models import Kind as RunKind
from bridgenotes.runs.models import Permit, ScoringRun, State
from bridgenotes.web.problems import server_error
from support.browser import PHONE, give_session, overflow, violations_in_both_schemes

pytestmark = pytest.mark.django_db(transaction=True)


class Look:
    """Looks at pages and keeps what is wrong with them."""

    def __init__(self, context, client, address: str) -> None:
        self._context, self._client, self._address = context, client, address
        self.page = context.new_page()
        self.wrong: dict[str, object] = {}

    def become(self, account) -> None:
        """Go on as an account."""
        give_session(self._context, self._client, account, self._address)

    def at(self, *paths: str, status: int = 200) -> None:
        """Open pages and look at each."""
        for path in paths:
            assert self.goto(path) == status, path
            self.here(path)

    def goto(self, path: str) -> int:
        """Open a page and return its status."""
        return self.page.goto(self._address + path).status

    def refused(self, name: str) -> None:
        """Look at the page once a form was refused."""
        self.page.locator(".error, .problems").first.wait_for()
        self.here(f"{name}, refused")

    def here(self, name: str) -> None:
        """Look at the page as it is."""
        if found := violations_in_both_schemes(self.page) or overflow(self.page):
            self.wrong[f"{len(self.wrong)} {name}"] = found


@pytest.fixture
def look(open_context, client, live_server) -> Iterable[Look]:
    """A phone whose findings fail the test at its end."""
    looking = Look(open_context(**PHONE), client, live_server.url)
    yield looking
    assert looking.wrong == {}


@pytest.fixture
def staff(people) -> Callable[..., object]:
    """Returns an account of staff with all rights."""

    def made():
        account = people.account()
        account.is_staff = True
        account.save()
        names = ("change_report", "add_permit", "add_remedychange")
        account.user_permissions.set(Permission.objects.filter(codename__in=names))
        return account

    return made


def test_pages_with_nothing_and_pages_that_refuse(look, people, rf) -> None:
    look.at("/", reverse("helpful"), reverse("community"), reverse("search") + "?q=nothing", reverse("state"))
    look.at(reverse("search") + "?q=https://social.example.org/p/new", reverse("join"))
    look.at("/nowhere", status=404)
    fault = server_error(rf.get("/")).text
    look.page.route("**/fault", lambda route: route.fulfill(status=500, body=fault, content_type="text/html"))
    look.at("/fault", status=500)

    look.become(people.account(phone=None))
    look.at(reverse("join"), reverse("account"))
    look.at(reverse("notices"), reverse("staff_reports"), status=403)
    look.become(people.applicant())
    look.at(reverse("join"))
    member = people.contributor_account()
    look.become(member)
    own = identity.contributor_for(member)
    look.at("/", reverse("notices"), reverse("profile", args=[own.alias]))
    look.at(reverse("requests"), status=403)
    own.is_active = False
    own.save()
    look.at(reverse("settings"), reverse("profile", args=[own.alias]))


def test_pages_of_contributors_in_trouble(look, noting, people) -> None:
    account = noting.writer_account()
    own, post = identity.contributor_for(account), noting.post(text="A claim")
    note = noting.note(author=own, post=post)
    codes = ("ability.risk_over", "ability.locked")
    told = {"impact": -1, "target": 4, "missing": 5, "times": 1}
    tell(
        [Notice(Kind.WRITING_ABILITY, str(own.pk), "writing", code, told | {"code": code}) for code in codes],
        now=noting.clock(),
    )
    look.become(account)
    look.at(reverse("delete_note", args=[note.pk]), reverse("notices"))
    mark_read(own, now=noting.clock())
    look.at(reverse("notices"))
    reporter = Reporter(handles.session_handle("somebody", Purpose.REPORT), None)
    moderation.report(reporter, own, note, Ground.SPAM, "", now=noting.clock())
    other = Moderator(people.account().pk, "staff", None)
    measures = Decision(
        frozenset({moderation.Measure.WARN, moderation.Measure.TAKE_DOWN_NOTE}), "Advertising"
    )
    moderation.decide(Report.objects.get(), measures, other, now=noting.clock())
    look.at(reverse("profile", args=[own.alias]), reverse("post", args=[post.pk]))
    look.at(reverse("note", args=[note.pk]), status=410)
    Contributor.objects.filter(pk=own.pk).update(enrollment_state=Enrollment.EARNED_OUT, times_earned_out=1)
    look.at("/", reverse("profile", args=[own.alias]))
    look.at(reverse("write", args=[post.pk]), status=403)
    Contributor.objects.filter(pk=own.pk).update(enrollment_state=Enrollment.REMOVED)
    look.at(reverse("needs_your_help"), status=403)


def test_forms_that_are_refused(look, noting, people, staff) -> None:
    note = noting.note()
    look.become(noting.writer_account())
    forms = {
        reverse("write", args=[note.post_id]): "Publish", reverse("rate", args=[note.pk]): "Submit rating",
        reverse("needs_your_help"): "Submit and go on", reverse("report_note", args=[note.pk]): "Report",
    }  # fmt: skip
    for path, button in forms.items():
        look.goto(path)
        look.page.locator("main").get_by_role("button", name=button, exact=True).click()
        look.refused(path)
    look.become(people.account())
    look.goto(reverse("join"))
    look.page.get_by_role("button", name="Apply").click()
    look.refused("application")
    look.become(staff())
    look.goto(reverse("staff_guard"))
    look.page.locator("form:has([name=remedy])").first.evaluate("form => form.noValidate = true")
    look.page.get_by_role("button", name="Put in force").click()
    look.refused("remedy")


def test_pages_of_authors(look, noting, people) -> None:
    account, note, bare = (
        people.account(),
        noting.helpful_note(post=noting.post(text="A claim")),
        noting.post(),
    )
    claimant = handles.handle(account, Purpose.AUTHORSHIP)
    look.become(account)
    look.at(reverse("author", args=[note.post_id]))
    for post in (note.post, bare):
        Authorship.objects.create(
            post=post, claimant=claimant, method="claim", proven_on=noting.clock().date()
        )
    look.at(reverse("author", args=[bare.pk]))
    reviewing.request_review(note, is_post_author=True, now=noting.clock())
    look.at(reverse("author", args=[note.post_id]))
    look.become(people.account(phone=None))
    look.at(reverse("request_note", args=[bare.pk]))


def test_pages_of_moderators(look, noting, staff) -> None:
    moderator = staff()
    look.become(moderator)
    look.at(reverse("staff_reports"), reverse("staff_reports") + "?decided", reverse("staff_log"))
    notes = [noting.note() for _ in range(3)]
    for note in notes:
        reporter = Reporter(handles.session_handle(str(note.pk), Purpose.REPORT), None)
        moderation.report(
            reporter, note.author, note, Ground.HARASSMENT, "Look https://a.example.org", now=noting.clock()
        )
    waiting, *found = Report.objects.order_by("reported_at")
    acting = Moderator(moderator.pk, "staff", None)
    every = (frozenset(), frozenset(moderation.Measure))
    for report, measures in zip(found, every, strict=True):
        moderation.decide(report, Decision(measures, "Rule 3"), acting, now=noting.clock())
    look.at(reverse("staff_reports"), reverse("staff_reports") + "?decided", reverse("staff_log"))
    look.at(*(reverse("staff_report", args=[report.pk]) for report in (waiting, *found)))
    look.at(
        *(reverse("staff_contributor", args=[report.contributor.alias]) for report in (waiting, found[1]))
    )
    look.goto(reverse("staff_report", args=[waiting.pk]))
    look.page.get_by_label("Remove the contributor").check()
    look.page.get_by_role("button", name="Decide").click()
    look.refused("decision")


def test_pages_of_operators(look, noting, staff) -> None:
    look.become(staff())
    look.at(reverse("staff_runs"), reverse("staff_guard"))
    figures = {"seconds": {"export": 1.5, "engine": 200.0}, "rows": {"ratings": 12_345}, "status_changes": 7,
               "statuses": {"CURRENTLY_RATED_HELPFUL": 3}}  # fmt: skip
    runs = [
        ScoringRun.objects.create(
            kind=kind, state=state, started_at=noting.clock(), heartbeat_at=noting.clock(),
            rating_cutoff_at=noting.clock(), figures=figures if state != State.RUNNING else {},
            message="Too many statuses would change: 120 of 300." if state in {State.HELD, State.FAILED} else "",
        )
        for (kind, state) in itertools.zip_longest(
            (RunKind.PRESCORING,), (*State, State.HELD), fillvalue=RunKind.FINAL
        )
    ]  # fmt: skip
    Permit.objects.create(held=runs[-1], actor="somebody", reason="All right", given_at=noting.clock())
    guardrails.alert(
        "a", "A scoring run was held back", "Too many statuses would change.", now=noting.clock()
    )
    look.at(reverse("staff_runs"), *(reverse("staff_run", args=[run.pk]) for run in runs))
    for measure in (Measure("accuracy", 0.2, 500), Measure("helpfulness", 0.8, 40)):
        guardrails.observe([measure], now=noting.clock())
    look.at(reverse("staff_guard"), reverse("state"))
    guardrails.choose(Remedy.DISPLAY_PAUSED, actor="somebody", reason="We look into it.", now=noting.clock())
    note = noting.helpful_note()
    look.at(reverse("staff_guard"), reverse("state"), reverse("post", args=[note.post_id]))
