"""One box for words and links: notes that hold the words, or the post behind the link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language_info, gettext
from django.views.decorators.http import require_http_methods, require_safe

from bridgenotes.base import clock
from bridgenotes.base.errors import DomainError
from bridgenotes.data.vocabulary import STATUSES
from bridgenotes.domain.labels import LABELS
from bridgenotes.insight import queries as insight
from bridgenotes.posts import queries as posts
from bridgenotes.posts import services
from bridgenotes.search.queries import Search, find
from bridgenotes.web.limits import limited
from bridgenotes.web.note_forms import PasteForm
from bridgenotes.web.problems import add_to_form
from bridgenotes.web.viewing import looker_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, QueryDict

LINKS: Final = ("http://", "https://")


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show notes that hold the words; of a link show its post, or offer to be the first there (WF-1)."""
    wanted = search_of(request.GET)
    form, is_new = None, False
    if wanted.question.lower().startswith(LINKS):
        form = PasteForm({"url": wanted.question})
        known, is_new = _look_up(form)
        if known is not None:
            return redirect("post", post_id=known)
    return _page(request, wanted, form, is_new=is_new)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("add_post")
def add_post(request: HttpRequest) -> HttpResponse:
    """Make a pasted address a post, for who has an account; looking for it only leads to it (WF-1)."""
    is_sent = request.method == "POST"
    form = PasteForm(request.POST if is_sent else request.GET)
    known, is_new = _look_up(form)
    if known is None and not is_sent:
        return redirect(f"{reverse('search')}?{urlencode({'q': request.GET.get('url', '')})}")
    if is_new and request.user.is_authenticated:
        known = services.add_pasted(form.cleaned_data["url"], now=clock.now()).pk
    if known is not None:
        return redirect("post", post_id=known)
    return _page(request, Search(form["url"].value() or ""), form, is_new=is_new)


def search_of(asked: QueryDict) -> Search:
    """Return what an address asks for; what makes no sense is left out."""
    before, status = asked.get("before", ""), asked.get("status", "")
    return Search(
        question=asked.get("q", "").strip(),
        language=asked.get("language", "")[:16],
        status=status if status in STATUSES else "",
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 20 else None,
    )


def _look_up(form: PasteForm) -> tuple[int | None, bool]:
    """Return the post of a pasted address, and whether it could become one; what is wrong is in the form."""
    if not form.is_valid():
        return None, False
    address = form.cleaned_data["url"]
    try:
        return posts.by_url(address).pk, False
    except DomainError as error:
        if error.code == "posts.unknown_address":
            return None, True
        add_to_form(form, error)
    return None, False


def _page(request: HttpRequest, wanted: Search, form: PasteForm | None, *, is_new: bool) -> HttpResponse:
    found = None if wanted.is_empty else find(wanted, looker_of(request))
    kept = {"q": wanted.question, "status": wanted.status, "language": wanted.language}
    older = f"?{urlencode({**kept, 'before': found.next_before})}" if found and found.next_before else ""
    context: dict[str, Any] = {
        "wanted": wanted,
        "found": found,
        "form": form,
        "is_new": is_new,
        "older": older,
        "statuses": [(status, gettext(LABELS[status])) for status in STATUSES],
        "languages": _languages(wanted.language),
    }
    return render(request, "web/search.html", context, status=422 if form and form.errors else 200)


def _languages(chosen: str) -> list[tuple[str, str]]:
    """Return the languages of notes as the latest run saw them, with their names."""
    overview = insight.overview()
    codes = overview[0].get("languages", []) if overview else []
    return [(code, _language_name(code)) for code in dict.fromkeys([*codes, *filter(None, [chosen])])]


def _language_name(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
