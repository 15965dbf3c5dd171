"""The story: sixty people, half a year, one note that bridges and one that only a side likes.

People act through `doors`, operators through their pages and commands, the worker through its tasks. The clock
moves on between any two things that accounts do and that the public sees, so that a time on a page which equals
one of an account's is a leak and no accident.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings
from django.urls import reverse

from bridgenotes.accounts.models import Account
from bridgenotes.base.clock import SteppedClock
from bridgenotes.domain.config import PlatformRules
from bridgenotes.jobs import tasks
from support.life.doors import Doors, Person, call, visitor
from support.platform import PASSWORD

HOST_SITE = "square.example.org"
N_FOUNDERS, N_LEFT, N_RIGHT, N_LATE = 8, 16, 12, 18
KINDS = ("bridging", "left", "bridging", "right", "bridging", "bad")
N_NOTES = 20
FIRST_TARGET, USUAL_TARGET = 0, 5
"""Rating impact that unlocks writing: a site's first people need none, or nobody could write the first note."""


@dataclass
class Written:
    """A note of the story: its number, the post's number and address, who wrote it and of which kind it is."""

    note: str
    post: str
    url: str
    author: Person
    kind: str


@dataclass
class Life:
    """What the story leaves behind, for tests to look at."""

    now: datetime
    folder: Path
    founders: list[Person] = field(default_factory=list)
    camps: tuple[list[Person], list[Person]] = ((), ())  # type: ignore[assignment]
    late: list[Person] = field(default_factory=list)
    others: dict[str, Person] = field(default_factory=dict)
    notes: list[Written] = field(default_factory=list)
    diary: dict[str, Any] = field(default_factory=dict)
    host_token: str = ""
    host_key: str = ""

    @property
    def people(self) -> list[Person]:
        """Everybody with an account."""
        return [*self.founders, *self.camps[0], *self.camps[1], *self.late, *self.others.values()]

    def of_kind(self, kind: str) -> list[Written]:
        """Return the notes of a kind."""
        return [written for written in self.notes if written.kind == kind]

    @property
    def careless(self) -> Person:
        """The founder whose notes nobody finds helpful."""
        return self.founders[6]

    @property
    def breaker(self) -> Person:
        """The founder who breaks the rules."""
        return self.founders[7]


def rules_of_the_site(target: int) -> PlatformRules:
    """Return the rules an operator sets: what unlocks writing for newcomers, and few slots in each draw."""
    default = PlatformRules()
    return replace(
        default,
        ability=replace(default.ability, rating_impact_for_earn_in=target),
        admission=replace(default.admission, slots_per_country=30),
    )


class Story:
    """Tells the life, chapter by chapter."""

    def __init__(self, clock: SteppedClock, texts: list[tuple[str, str]], folder: Path) -> None:
        self.clock, self.doors = clock, Doors(clock, texts)
        self.life = Life(clock(), folder)
        self.chance = random.Random(7)

    def tell(self) -> Life:
        """Live the life and return what it leaves."""
        self._people_sign_up()
        self._operators_prepare()
        with override_settings(RULES=rules_of_the_site(FIRST_TARGET)):
            self._founders_join()
        with override_settings(RULES=rules_of_the_site(USUAL_TARGET)):
            self._others_join()
        self._founders_write()
        self._people_rate()
        self._first_statuses()
        self._notes_become_helpful()
        self._newcomers_write()
        self._the_author_asks_for_review()
        self._a_rule_is_broken()
        self._somebody_leaves()
        self._readers_take_part()
        self.life.now = self.clock()
        return self.life

    # --- joining ---

    def _people_sign_up(self) -> None:
        life = self.life
        named = [("founder", N_FOUNDERS), ("left", N_LEFT), ("right", N_RIGHT), ("late", N_LATE)]
        groups = {
            name: [self._sign_up(f"{name}.person{number}") for number in range(count)]
            for name, count in named
        }
        life.founders, life.late, life.camps = (
            groups["founder"],
            groups["late"],
            (groups["left"], groups["right"]),
        )
        for name in ("poster", "reader", "moderator", "operator"):
            life.others[name] = self._sign_up(name)
        life.others["virtual"] = self.doors.sign_up("virtual@people.example.net", "+445600123456")
        life.others["phoneless"] = self.doors.sign_up("phoneless@people.example.net", "")

    def _sign_up(self, name: str) -> Person:
        number = len(self.doors.texts) + 1
        return self.doors.sign_up(f"{name}@people.example.net", f"+447400{700000 + 37 * number:06d}")

    def _operators_prepare(self) -> None:
        """The operator makes a moderator and lets a platform supply posts."""
        life = self.life
        operator, moderator = life.others["operator"], life.others["moderator"]
        Account.objects.filter(email=operator.email).delete()
        Account.objects.create_superuser(operator.email, PASSWORD)  # `manage createsuperuser`
        self._verify_operator(operator)
        person = Account.objects.get(email=moderator.email)
        permission = _permission("change_report")
        admin = operator.browser
        answer = admin.post("/operator/auth/group/add/", {"name": "Moderators", "permissions": [permission]})
        assert answer.status_code == 302, answer.text
        fields = {
            "email": person.email, "joined_at_0": person.joined_at.date().isoformat(),
            "joined_at_1": person.joined_at.time().isoformat(), "is_active": "on", "is_staff": "on",
            "groups": [_group("Moderators")],
        }  # fmt: skip
        answer = admin.post(f"/operator/accounts/account/{person.pk}/change/", fields)
        assert answer.status_code == 302, answer.text
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        path = life.folder / "claims.pem"
        path.write_bytes(public)
        said = StringIO()
        call_command("addhost", "Square", site=["example.org"], claim_key=path, stdout=said)
        life.host_token = said.getvalue().splitlines()[-1]
        life.host_key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def _verify_operator(self, operator: Person) -> None:
        """Sign in: the first time an address is confirmed by a code, as for everybody."""
        from django.core import mail  # noqa: PLC0415

        from support.platform import code_in  # noqa: PLC0415

        browser = visitor()
        operator.moments.append(self.clock.advance(minutes=2, seconds=7))
        browser.post(reverse("account_login"), {"login": operator.email, "password": PASSWORD})
        browser.post(reverse("account_email_verification_sent"), {"code": code_in(mail.outbox[-1].body)})
        operator.session = browser.cookies[settings.SESSION_COOKIE_NAME].value

    def _founders_join(self) -> None:
        refused = self.doors.apply(self.life.founders[0])
        self.life.diary["too_young"] = refused.text
        self.clock.advance(days=200)
        for person in self.life.founders:
            self.doors.sign_in(person)
            assert self.doors.apply(person).status_code == 302
        self.life.diary["waiting"] = self.life.founders[0].page("join").text
        self._draw()
        for person in self.life.founders:
            self.doors.choose_alias(person)
        self.life.diary["founder"] = self._profile(self.life.founders[0])

    def _others_join(self) -> None:
        life = self.life
        self.life.diary["refused"] = {
            name: self.doors.apply(life.others[name]).text for name in ("virtual", "phoneless")
        }
        newcomers = [*life.camps[0], *life.camps[1], *life.late]
        for person in newcomers:
            assert self.doors.apply(person).status_code == 302
        self.clock.advance(days=7)
        self._draw()
        life.diary["not_drawn"] = sum(person.page("join").status_code == 200 for person in newcomers)
        self.clock.advance(days=7)
        self._draw()
        for person in newcomers:
            self.doors.choose_alias(person)
        life.diary["newcomer"] = self._profile(newcomers[0])

    def _draw(self) -> None:
        self.clock.advance(minutes=10)
        tasks.draw_from_waitlists.call_local()
        self.clock.advance(minutes=10)

    # --- writing, rating, scoring ---

    def _founders_write(self) -> None:
        self.clock.advance(hours=2)  # posts are older than their notes, and younger than the last sign-in
        good = self.life.founders[:6]
        for number in range(N_NOTES):
            kind = KINDS[number % len(KINDS)]
            author = self.life.careless if kind == "bad" else good[number % 6]
            self.clock.advance(minutes=4, seconds=11)
            url = f"https://{HOST_SITE}/posts/{number}"
            text = f"What claim {number} leaves out: https://facts.example.org/{number}"
            post = self._supplied(number, url) if number % 3 else self._pasted(author, url)
            self.life.notes.append(self._write(author, post, url, kind, text))

    def _supplied(self, number: int, url: str) -> str:
        body = {
            "url": url, "author_id": f"square-{number}", "author_name": f"Writer {number}",
            "text": f"Claim {number}", "language": "en", "views": 5000, "likes": 200, "reposts": 40,
            "published_at": (self.clock() - timedelta(minutes=33)).isoformat(),
        }  # fmt: skip
        answer = call(visitor(), "put", "/posts", body, Authorization=f"Bearer {self.life.host_token}")
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()["id"]

    def _pasted(self, person: Person, url: str) -> str:
        answer = person.send("find", url=f"{url}{'&' if '?' in url else '?'}utm_source=feed")
        assert answer.status_code == 302, answer.text
        return answer.url.rsplit("/", 1)[1]

    def _write(self, author: Person, post: str, url: str, kind: str, text: str) -> Written:
        answer = author.send(
            "write", post, classification="MISINFORMED_OR_POTENTIALLY_MISLEADING",
            misleading_reasons=["misleadingFactualError"], trustworthy_sources="yes", text=text,
        )  # fmt: skip
        assert answer.status_code == 302, answer.text
        return Written(answer.url.rsplit("/", 1)[1], post, url, author, kind)

    def _people_rate(self) -> None:
        self.clock.advance(minutes=10)
        pairs = [
            (written, person, side)
            for side, camp in enumerate(self.life.camps)
            for person in camp
            for written in self.life.notes
        ]
        self.chance.shuffle(pairs)
        for written, person, side in pairs:
            self.clock.advance(seconds=9)
            likes = {"bridging": 0.97, "left": (0.95, 0.05)[side], "right": (0.05, 0.95)[side], "bad": 0.04}
            self._rate(person, written, is_helpful=self.chance.random() < likes[written.kind])
        for person in self.life.late:  # a crowd of newcomers for what one side says
            self.clock.advance(seconds=9)
            self._rate(person, self.life.of_kind("left")[0], is_helpful=True)

    def _rate(self, person: Person, written: Written, *, is_helpful: bool) -> None:
        tags = ["helpfulGoodSources", "helpfulClear"]
        if not is_helpful:
            tags = ["notHelpfulIncorrect", "notHelpfulOpinionSpeculation"]
        body = {"level": "HELPFUL" if is_helpful else "NOT_HELPFUL", "tags": tags}
        answer = person.api("put", f"/notes/{written.note}/rating", body)
        assert answer.status_code == 200, answer.text

    def _first_statuses(self) -> None:
        life = self.life
        self.clock.advance(minutes=5)
        self._score()
        self._score()
        life.diary["locked"] = self._profile(life.careless)
        life.diary["locked_notices"] = life.careless.api("get", "/notices").json()
        life.diary["locked_writes"] = life.careless.page("write", life.notes[0].post).text
        life.diary["stabilising"] = life.camps[0][0].page("note", life.of_kind("bridging")[0].note).text
        for written in life.of_kind("bridging"):
            self.clock.advance(minutes=1)
            self._rate(life.careless, written, is_helpful=True)

    def _notes_become_helpful(self) -> None:
        self.clock.advance(minutes=75)
        self._score()
        for job in (tasks.tell_hosts, tasks.ask_for_ratings, tasks.measure, tasks.send_notices):
            self.clock.advance(minutes=1)
            job.call_local()

    def _score(self) -> None:
        """Let the worker do what is due: first learn about raters, later judge notes."""
        self.clock.advance(minutes=5)
        tasks.score.call_local()
        self.clock.advance(minutes=1)

    # --- what people do then ---

    def _newcomers_write(self) -> None:
        life = self.life
        first, second = (camp[3] for camp in life.camps)
        url = f"https://{HOST_SITE}/posts/later"
        self.clock.advance(minutes=7)
        life.notes.append(
            self._write(first, self._supplied(100, url), url, "new", "More at https://facts.example.org")
        )
        url = "https://elsewhere.example.com/story?id=7"
        self.clock.advance(minutes=7)
        life.notes.append(
            self._write(second, self._pasted(second, url), url, "new", "More at https://f.example.org")
        )
        self.clock.advance(minutes=7)
        spare = self._write(first, life.notes[0].post, life.notes[0].url, "deleted", "Never mind this one.")
        assert first.send("delete_note", spare.note).status_code == 302
        life.notes.append(spare)

    def _the_author_asks_for_review(self) -> None:
        life, poster = self.life, self.life.others["poster"]
        written = next(note for note in life.of_kind("bridging") if life.notes.index(note) % 3)
        life.diary["reviewed"] = written
        self.clock.advance(minutes=7)
        claim = jwt.encode(
            {
                "iss": "Square", "aud": settings.SITE.site_url, "sub": written.url,
                "exp": int((self.clock() + timedelta(minutes=5)).timestamp()),
            },
            life.host_key, algorithm="EdDSA",
        )  # fmt: skip
        assert poster.send("prove", written.post, claim=claim).status_code == 302
        life.diary["author_page"] = poster.page("author", written.post).text
        assert poster.send("request_review", written.note).status_code == 302

    def _a_rule_is_broken(self) -> None:
        life = self.life
        self.clock.advance(minutes=7)
        post = self._pasted(life.breaker, "https://elsewhere.example.com/spammed")
        spam = self._write(
            life.breaker,
            post,
            "https://elsewhere.example.com/spammed",
            "spam",
            "Buy at https://x.example.com",
        )
        life.notes.append(spam)
        self.clock.advance(minutes=7)
        reader = life.others["reader"]
        assert (
            reader.send("report_note", spam.note, ground="spam", text="An advertisement").status_code == 302
        )
        moderator = life.others["moderator"]
        self.doors.sign_in(moderator)
        page = moderator.page("staff_reports")
        (report,) = page.context["reports"]
        measures = ["take_down_note", "remove_contributor"]
        self.clock.advance(minutes=7)
        answer = moderator.send("staff_report", report.pk, measures=measures, decision="Advertising, rule 3.")
        assert answer.status_code == 302, answer.text
        life.diary["report"] = str(report.pk)

    def _somebody_leaves(self) -> None:
        life = self.life
        leaver = life.camps[1][5]
        life.diary["leaver"] = leaver
        self.clock.advance(minutes=7)
        assert leaver.send("leave").status_code == 302
        body = {"level": "HELPFUL", "tags": ["helpfulClear"]}
        fresh = life.of_kind("new")[0]
        life.diary["left_rates"] = leaver.api("put", f"/notes/{fresh.note}/rating", body).json()
        life.diary["left_profile"] = visitor().get(reverse("profile", args=[leaver.alias])).status_code
        self.clock.advance(days=1)
        assert leaver.send("rejoin").status_code == 302
        life.diary["rejoined_rates"] = leaver.api("put", f"/notes/{fresh.note}/rating", body).status_code

    def _readers_take_part(self) -> None:
        """Feedback, requests, messages, settings: whatever leaves a row."""
        life, shown = self.life, self.life.of_kind("bridging")[0]
        member, reader = life.camps[0][7], life.others["reader"]
        self.clock.advance(minutes=7)
        answers = [
            visitor().post(reverse("feedback", args=[shown.note]), {"level": "HELPFUL"}),
            reader.send(
                "request_note", life.notes[-1].post, source="https://facts.example.org/s", suggestion="Why?"
            ),
            member.send("team", text="Thank you for this site."),
            member.send("settings", notification_frequency="all_in"),
            member.send("hide_author", life.notes[1].post),
            member.send("report_contributor", life.founders[0].alias, ground="other"),
            member.send("rate", shown.note, level="SOMEWHAT_HELPFUL", helpful=["helpfulClear"]),
        ]
        assert [answer.status_code for answer in answers] == [302] * len(answers), answers
        body = {"people": ["square-fan-1", "square-fan-2"]}
        headers = {"Authorization": f"Bearer {life.host_token}"}
        post = life.diary["reviewed"].post
        assert call(visitor(), "post", f"/posts/{post}/engagements", body, **headers).status_code == 200
        self.clock.advance(days=1, minutes=3)
        for job in (tasks.tell_hosts, tasks.send_notices, tasks.measure):
            job.call_local()

    def _profile(self, person: Person) -> dict[str, Any]:
        return visitor().get(f"/api/v1/contributors/{person.alias}").json()


def _permission(codename: str) -> int:
    from django.contrib.auth.models import Permission  # noqa: PLC0415

    return Permission.objects.get(codename=codename).pk


def _group(name: str) -> int:
    from django.contrib.auth.models import Group  # noqa: PLC0415

    return Group.objects.get(name=name).pk
