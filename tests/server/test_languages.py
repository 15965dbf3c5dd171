"""Languages: who chooses, what comes in them, and pages from right to left."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.core import mail
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, pgettext
from hypothesis import given
from hypothesis import strategies as st

from bridgenotes.base.languages import LANGUAGES
from bridgenotes.base.wording import Number, country, exactly, label, say
from bridgenotes.domain.labels import LABELS
from bridgenotes.domain.texts import SENTENCES, sentence
from bridgenotes.domain.verdict import because
from bridgenotes.identity import services as identity
from bridgenotes.moderation import notices
from bridgenotes.moderation.models import StaffNotice
from support.browser import PHONE, give_session, overflow, violations
from support.pseudo import pseudo, write_arabic

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    """A folder with the catalogue of made-up Arabic."""
    folder = tmp_path_factory.mktemp("locale")
    write_arabic(folder)
    return folder


@pytest.fixture
def arabic(settings, catalogue) -> None:
    """The site speaks made-up Arabic, too."""
    settings.LOCALE_PATHS = [*settings.LOCALE_PATHS, catalogue]
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "العربية")]


# --- what the rules say ---


@pytest.mark.parametrize(
    ("language", "number", "share", "day", "place"),
    [
        ("en", "1,234.50", "12.3%", "April 1, 2026", "Germany"),
        ("de", "1.234,50", "12,3%", "1. April 2026", "Deutschland"),
        ("es", "1\u202f234,50", "12,3%", "1 de abril de 2026", "Alemania"),
        ("fr", "1\u202f234,50", "12,3%", "1 avril 2026", "Allemagne"),
        ("pt-br", "1.234,50", "12,3%", "1 de Abril de 2026", "Alemanha"),
        ("ja", "1,234.50", "12.3%", "2026年4月1日", "ドイツ"),
    ],
)
def test_parameters_are_written_as_the_language_writes_them(language, number, share, day, place) -> None:
    with translation.override(language):
        assert f"{Number(1234.5):.2f}".replace("\xa0", "\u202f") == number
        assert re_blank(f"{Number(0.1234):.1%}") == share
        assert day in exactly(NOON)
        assert country("DE") == place
    assert country("ZZ") == "ZZ"


def re_blank(text: str) -> str:
    """Return a text without the blank some languages write before a percent sign."""
    return text.replace("\xa0", "").replace("\u202f", "").replace(" ", "")


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_numbers_are_rounded_never_cut(value, digits) -> None:
    with translation.override("en"):
        assert f"{Number(value):.{digits}f}".replace(",", "") == f"{value:.{digits}f}"


@pytest.mark.parametrize("count", [0, 1, 2, 1234])
def test_sentences_are_those_of_the_rules_in_english(count) -> None:
    reason = because("note.too_long", over=count, length=280 + count, limit=280)
    with translation.override("en"):
        assert say(reason).replace(",", "") == sentence(reason).replace(",", "")


def test_sentences_names_and_numbers_come_in_the_language(arabic) -> None:
    with translation.override("ar"):
        told = say(because("rating.tag_retired", tag="helpfulOther"))
        assert told == pseudo(SENTENCES["rating.tag_retired"]).format(tag=pseudo("Other"))
        assert label("HELPFUL") == pseudo(LABELS["HELPFUL"])


def test_words_that_english_shares_are_told_apart() -> None:
    with translation.override("de"):
        assert gettext("Measures") == "Messgrößen"
        assert pgettext("taken on a report", "Measures") == "Maßnahmen"
        assert pgettext("page", "About") != pgettext("what a report is about", "About")
        assert gettext("Report") != pgettext("a report", "Report")
    with translation.override("es"):
        assert pgettext("notice", "New") != pgettext("posts", "New")
    with translation.override("ja"):
        assert pgettext("rating", "Helpful") != gettext("Helpful"), "what a rater says, and a status"


@pytest.mark.parametrize("language", ["es", "fr", "de", "pt", "ja"])
def test_texts_of_libraries_are_in_the_language(language, client) -> None:
    for name in ("account_signup", "account_signup_by_passkey", "account_login", "account_reset_password"):
        page = client.get(reverse(name), headers={"accept-language": language}).text
        words = re.sub(r"<[^>]*>", " ", page[page.index("<main") : page.index("</main")])
        assert re.findall(r"(?i)\b(?:sign|please|your|password)\b", words) == [], name


def test_public_names_in_sentences_are_said_by_their_labels() -> None:
    untrusted = because("eligibility.phone_untrusted", line_type="voip", carrier="")
    assert "line: internet telephony, carrier: not known" in sentence(untrusted)
    assert "line: internet telephony, carrier: not known" in say(untrusted)


# --- choosing ---


def test_visitors_get_the_language_their_browser_asks_for(client, arabic) -> None:
    answer = client.get("/about", headers={"accept-language": "ar;q=0.9, en;q=0.5"})
    assert answer.headers["Content-Language"] == "ar"
    assert "Accept-Language" in answer.headers["Vary"]
    assert '<html lang="ar" dir="rtl">' in answer.text
    assert client.get("/about", headers={"accept-language": "pt"}).headers["Content-Language"] == "pt-br"
    assert client.get("/about", headers={"accept-language": "xx"}).headers["Content-Language"] == "en"


def test_made_up_arabic_is_not_offered() -> None:
    assert "ar" not in dict(LANGUAGES)


def test_a_choice_holds_in_the_browser_and_in_every_other_one_signed_in(
    client, people, sign_in, arabic
) -> None:
    account = people.account()
    here, there = sign_in(account), sign_in(account)
    assert there.get("/about").headers["Content-Language"] == "en"
    answer = here.post(reverse("set_language"), {"language": "ar", "next": "/about"})
    assert (answer.status_code, answer.url) == (302, "/about")
    assert here.cookies["django_language"]["max-age"] > 30 * 24 * 3600
    assert here.get("/about").headers["Content-Language"] == "ar"
    assert there.get("/about").headers["Content-Language"] == "ar"
    assert client.get("/about").headers["Content-Language"] == "en", "others are not concerned"

    there.post(reverse("set_language"), {"language": "xx"})
    account.refresh_from_db()
    assert account.language == "ar"
    assert here.get(reverse("set_language")).status_code == 405


def test_visitors_choose_at_the_foot_of_every_page(client, arabic) -> None:
    page = client.get("/about?x=1").text
    assert 'name="next" value="/about?x=1"' in page
    assert all(f'value="{code}" lang="{code}"' in page for code, _ in LANGUAGES)
    page = client.get("/about", headers={"accept-language": "ar"}).text
    assert all(f">{name}</button>" in page for _, name in LANGUAGES), "each by its own name"
    assert client.post(reverse("set_language"), {"language": "ja", "next": "/about?x=1"}).url == "/about?x=1"
    assert client.get("/about").headers["Content-Language"] == "ja"


def test_the_first_sign_in_tells_the_language(client, people, arabic) -> None:
    account = people.account()
    account.set_password("a long enough secret 1")
    account.save()
    EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    form = {"login": account.email, "password": "a long enough secret 1"}
    answer = client.post(reverse("account_login"), form, headers={"accept-language": "ar"})
    assert answer.status_code == 302
    account.refresh_from_db()
    assert account.language == "ar"


def test_programs_are_answered_in_the_language_they_ask_for(client, sign_in, people, arabic) -> None:
    account = people.account()
    identity.speak(account, "ar")
    missing = "/api/v1/posts/1"
    asked = client.get(missing, headers={"accept-language": "ar"}).json()
    assert asked["detail"] == pseudo("There is no such post here.")
    assert asked["title"] == pseudo("Not found")
    assert asked["code"] == "posts.unknown"
    assert sign_in(account).get(missing).json()["detail"] == "There is no such post here."


def test_mails_come_in_the_language_of_their_reader(people, noting, clock, arabic) -> None:
    readers = [people.contributor_account() for _ in range(2)]
    identity.speak(readers[0], "ar")
    for account in readers:
        StaffNotice.objects.create(
            contributor=identity.contributor_for(account), code="told.removed", params={"ground": "spam"},
            due_at=clock(),
        )  # fmt: skip
    told = notices.mail_due(lambda c, text: identity.mail_contributor(c, subject="s", text=text), now=clock())
    assert told == 2
    english = "You were removed for breaking the rules: Spam."
    texts = {message.to[0]: message.body for message in mail.outbox}
    assert texts[readers[1].email] == english
    assert texts[readers[0].email] == pseudo("You were removed for breaking the rules: {ground}.").format(
        ground=pseudo("Spam")
    )


def test_forms_refuse_in_the_language(sign_in, people, arabic) -> None:
    account = people.account()
    identity.speak(account, "ar")
    page = sign_in(account).post(reverse("apply"), {})
    assert page.headers["Content-Language"] == "ar"
    assert "Please agree" not in page.text
    assert not list(get_messages(page.wsgi_request))


# --- from right to left ---


@pytest.mark.django_db(transaction=True)
def test_pages_from_right_to_left_fit_a_phone(live_server, open_context, client, noting, arabic) -> None:
    note = noting.helpful_note()
    noting.note(post=note.post)
    account = noting.writer_account()
    phone = open_context(**PHONE, locale="ar")
    page = phone.new_page()
    account.user_permissions.set(
        Permission.objects.filter(codename__in=("change_report", "add_remedychange"))
    )
    type(account).objects.filter(pk=account.pk).update(is_staff=True)
    visited = [
        "/", reverse("account_login"), reverse("note", args=[note.pk]), reverse("join"), reverse("search") + "?q=a",
        reverse("post", args=[note.post_id]), reverse("profile", args=[note.author.alias]),
    ]  # fmt: skip
    own = [
        reverse("needs_your_help"), reverse("settings"), reverse("write", args=[note.post_id]), reverse("welcome"),
        reverse("notices"), reverse("staff_guard"), reverse("staff_contributor", args=[note.author.alias]),
    ]  # fmt: skip
    for address in [*visited, *own]:
        if address == own[0]:
            give_session(phone, client, account, live_server.url)
        assert page.goto(live_server.url + address).status == 200
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert overflow_of_rtl(page) == [], address
        assert violations(page) == ""


def overflow_of_rtl(page) -> list[str]:
    """Return elements that stick out to the left, where pages from right to left grow."""
    return overflow(page) or page.evaluate(
        """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
            [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().left < -1)
                .map(e => `${e.tagName}.${e.className}`)"""
    )
