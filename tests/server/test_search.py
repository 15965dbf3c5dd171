"""Finding notes: by words, language and status; whatever people type."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgenotes.data.vocabulary import CRH, NMR
from bridgenotes.domain.display import Viewer
from bridgenotes.notes.models import Note
from bridgenotes.notes.queries.display import Looker
from bridgenotes.notes.services.writing import delete_note, take_down
from bridgenotes.search import index
from bridgenotes.search.asked import folded, terms
from bridgenotes.search.queries import PAGE_SIZE, Search, find

READER = Looker(Viewer(is_contributor=False))
SOURCE = "https://source.example.org/a"


def numbers(question: str = "", **more) -> list[int]:
    return [view.note.pk for view in find(Search(question, **more), READER).notes]


@pytest.fixture
def write(noting):
    """Writes a note with these words."""
    return lambda text, **more: noting.note(text=f"{text} {SOURCE}", **more)


def test_words_are_found_whatever_their_case_and_accents(write) -> None:
    note = write("Die BRÜCKE wurde 1994 in Århus gebaut")
    for question in ("brücke", "brucke arhus", "BRÜCKE 1994", "gebaut, die!", "brück", '"wurde 1994"'):
        assert numbers(question) == [note.pk], question
    for question in ("bruecke", "1995", '"1994 wurde"', "rücke", "brücke fluss"):
        assert numbers(question) == [], question


def test_scripts_without_spaces_and_other_alphabets(write) -> None:
    tokyo, athens, kyiv = (
        write("東京タワーの高さは333メートル"),
        write("ΚΛΕΙΣΤΗ ΟΔΟΣ είναι"),
        write("Міст ЗБУДОВАНО"),
    )
    assert numbers("東京") == numbers("高さ") == numbers("タワー") == [tokyo.pk]
    assert numbers("京東") == []
    assert numbers("οδος") == numbers("ειναι") == [athens.pk]
    assert numbers("збудовано") == [kyiv.pk]


def test_newest_first_and_every_page_once(noting, clock, write) -> None:
    written = []
    author = noting.writer(helpful=20)
    for _ in range(PAGE_SIZE + 3):
        clock.advance(days=2)
        written.append(write("bridge", author=author).pk)
    first = find(Search("bridge"), READER)
    assert [view.note.pk for view in first.notes] == written[:2:-1]
    write("bridge")  # what is written meanwhile moves nothing
    second = find(Search("bridge", before=first.next_before), READER)
    assert [view.note.pk for view in second.notes] == written[2::-1]
    assert second.next_before is None


def test_by_status_and_language(noting, write) -> None:
    german = noting.post(text="Hallo", language="de")
    first, second = write("bridge", post=german), write("bridge")
    noting.decide(second, CRH)
    assert numbers(status=CRH) == [second.pk]
    assert numbers("bridge", status=NMR) == numbers(language="de") == [first.pk]
    assert numbers("bridge", language="fr") == numbers(status="NONSENSE") == []


@pytest.mark.requirement("WF-12", "RP-3")
def test_what_was_deleted_is_never_found(noting, clock, write) -> None:
    author = noting.writer()
    own, bad = write("unfindable words", author=author), write("unfindable words")
    assert len(numbers("unfindable")) == 2
    delete_note(author, own, now=clock())
    take_down(bad, now=clock())
    assert numbers("unfindable") == numbers(status=NMR) == []


def test_changed_words_are_found_and_former_ones_not(write) -> None:
    note = write("formerly")
    Note.objects.filter(pk=note.pk).update(summary="nowadays")
    assert (numbers("formerly"), numbers("nowadays")) == ([], [note.pk])
    Note.objects.filter(pk=note.pk).delete()
    assert numbers("nowadays") == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=60), st.text(alphabet="\"'*()-^:&|!\\<> aé東\x00", max_size=40)))
def test_no_text_is_a_mistake(question: str) -> None:
    assert numbers(question) == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_folding_again_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert all(folded(term.text) for term in terms(text))


def test_a_page_takes_few_queries_however_many_notes(write, django_assert_max_num_queries) -> None:
    for _ in range(5):
        write("bridge")
    with django_assert_max_num_queries(4):
        assert len(numbers("bridge")) == 5


def test_the_index_survives_a_change_of_the_table(write) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER search_note_added")
    index.mend(connection)
    assert numbers("bridge") == []
    note = write("bridge")
    assert numbers("bridge") == [note.pk]


# --- the page and the API ---


@pytest.mark.requirement("WF-1")
def test_one_box_takes_links_and_words(client, noting, write) -> None:
    note = write("bridge")
    address = reverse("search")
    assert client.get(address, {"q": note.post.url}).headers["Location"] == reverse(
        "post", args=[note.post_id]
    )
    page = client.get(address, {"q": "https://example.org/new"})
    assert "Nobody has written or requested a note" in page.text
    assert "Be the first" not in page.text
    assert f"note-{note.pk}" in client.get(address, {"q": "BRIDGE"}).text
    assert "No note holds these words" in client.get(address, {"q": "tunnel"}).text
    assert client.get(address, {"q": "https://"}).status_code == 422
    assert noting.post().pk  # looking made none
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    "query", ["q=%00", "before=x", "before=-1", "before=99999999999999999999", "status=x", "q=%22"]
)
def test_no_address_of_the_page_is_a_mistake(client, query) -> None:
    assert client.get(f"{reverse('search')}?{query}").status_code in {200, 404}


def test_somebody_with_an_account_is_the_first_from_there(sign_in, people) -> None:
    browser = sign_in(people.account())
    assert "Be the first" in browser.get(reverse("search"), {"q": "https://example.org/new"}).text
    assert browser.post(reverse("find"), {"url": "https://example.org/new"}).status_code == 302


def test_the_api_searches_page_by_page(noting, clock, write) -> None:
    author, written = noting.writer(helpful=20), []
    for _ in range(PAGE_SIZE + 1):
        clock.advance(days=2)
        written.append(str(write("bridge", author=author).pk))
    client = Client()
    first = client.get("/api/v1/search", {"q": "bridge"}).json()
    second = client.get("/api/v1/search", {"q": "bridge", "before": first["next_before"]}).json()
    assert [note["id"] for note in [*first["notes"], *second["notes"]]] == written[::-1]
    assert second["next_before"] is None


def test_the_page_takes_few_queries(client, write, django_assert_max_num_queries) -> None:
    for _ in range(5):
        write("bridge")
    with django_assert_max_num_queries(7):
        assert client.get(reverse("search"), {"q": "bridge"}).text.count("<article") == 5
