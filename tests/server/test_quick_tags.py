"""Tags that look things up once say what Django's own say."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.template import engines as all_engines
from django.template.defaulttags import url
from django.template.engine import Engine
from django.templatetags.i18n import register as own_words
from django.urls import NoReverseMatch
from django.utils.translation import override

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
    )
    for language in ("en", "es", "de", "ja", "en"):
        with override(language):
            slow, quick = both(source)
        assert quick == slow
