"""Tags that look things up once say what Django's own say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.template import Context, Template, TemplateSyntaxError
from django.template import engines as all_engines
from django.template.defaulttags import url
from django.template.engine import Engine
from django.templatetags.i18n import register as own_words
from django.urls import NoReverseMatch
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext_lazy, override

from bridgenotes.contributors.models import Contributor
from bridgenotes.web.quick.threads import keep_in_threads
from support.fresh_process import said_in_fresh_process

SLOW = Engine(libraries={"i18n": "django.templatetags.i18n"})
QUICK = all_engines["django"].engine


def both(source: str, **values: object) -> list[str]:
    """Return what a template says with Django's tags and with ours."""
    return [Template(source, engine=engine).render(Context(values)) for engine in (SLOW, QUICK)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("post", 5), ("post", 0), ("post", "5"), ("profile", "Amber Heron 12"), ("profile", "Ämber & Heron"),
        ("profile", "a-b"), ("embed_version", "abc"), ("staff_contributor", "Amber"),
    ],
)  # fmt: skip
def test_addresses_are_the_same(name: str, value: object) -> None:
    slow, quick = both(f"{{% url '{name}' value %}}", value=value)
    assert quick == slow


@pytest.mark.parametrize(
    ("name", "value"), [("post", -1), ("post", True), ("embed_version", "a b"), ("no", 1)]
)
def test_what_has_no_address_has_none(name: str, value: object) -> None:
    source = f"{{% url '{name}' value %}}"
    for engine in (SLOW, QUICK):
        with pytest.raises(NoReverseMatch):
            Template(source, engine=engine).render(Context({"value": value}))


def test_sentences_are_the_same_in_every_language() -> None:
    assert own_words.tags["translate"] is not QUICK.template_libraries["i18n"].tags["translate"]
    assert url is not QUICK.template_builtins[-1].tags["url"]
    source = (
        "{% load i18n %}{% translate 'Sign in' %}{% translate \"100% <b>\" %}{% translate 'Notes' as name %}"
        "{{ name }}{% translate name %}{% translate 'Sign in'|upper %}"
        "{% translate 'About' context 'page' %}{% translate 'About' context 'what a report is about' %}"
        "{% translate 'Report' context meant %}{% translate 'Report' context meant as told %}{{ told }}"
    )
    for language in ("en", "es", "de", "ja", "en"):
        with override(language):
            slow, quick = both(source, meant="a report")
        assert quick == slow


def test_a_part_says_what_the_component_says_in_every_language() -> None:
    name = "web/components/status.html"
    for language in ("en", "es", "ja", "en"):
        with override(language):
            slow, quick = (
                Template(source, engine=QUICK).render(Context({"kind": "not_helpful"}))
                for source in (
                    f"{{% include '{name}' with kind=kind only %}}",
                    f"{{% part '{name}' kind=kind %}}",
                )
            )
        assert quick == slow


def test_a_part_escapes_words_although_the_same_were_safe_before() -> None:
    source = Template("{% part 'web/components/person.html' alias=alias plain=True %}", engine=QUICK)
    assert "<b>" in source.render(Context({"alias": mark_safe("<b>")}))
    assert "<b>" not in source.render(Context({"alias": "<b>"}))


@pytest.mark.parametrize(
    "value", [datetime(2026, 7, 1, tzinfo=UTC), ["a"], Contributor(), gettext_lazy("Sign in")]
)
def test_a_part_takes_no_value_that_could_change(value: object) -> None:
    source = Template("{% part 'web/components/person.html' alias=alias %}", engine=QUICK)
    with pytest.raises(TypeError, match="words and numbers"):
        source.render(Context({"alias": value}))


@pytest.mark.parametrize("source", ["{% part name alias=a %}", "{% part 'web/components/mark.html' only %}"])
def test_a_part_names_its_template_and_its_values(source: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="part takes"):
        Template(source, engine=QUICK)


PROGRAM = """
import threading
import django
django.setup()
from bridgenotes.web.quick.threads import KEPT
print({type(getattr(module, name)) for module, name in KEPT} == {threading.local})
"""


def test_a_process_keeps_languages_in_threads_from_its_start(tmp_path) -> None:
    assert said_in_fresh_process(PROGRAM, tmp_path) == "True\n"


def test_each_thread_has_a_language_of_its_own() -> None:
    """As Django's own keeping does. A test that changed settings has put that back; ours takes its place again."""
    keep_in_threads()
    with override("es"), ThreadPoolExecutor(1) as others:
        there = others.submit(get_language).result()
        assert (get_language(), there) == ("es", settings.LANGUAGE_CODE)
