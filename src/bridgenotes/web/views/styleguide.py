"""The style guide: every component in its states, from the templates that pages use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from bridgenotes.base import clock
from bridgenotes.web.icons import ICONS
from bridgenotes.web.navigation import Place
from bridgenotes.web.note_forms import FeedbackForm, NoteRatingForm, ReportForm
from bridgenotes.web.samples import ALIASES, Samples

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

COLOURS: Final = (
    "paper", "surface", "sunken", "ink", "ink-soft", "line", "edge", "accent", "accent-tint", "good", "good-tint",
    "bad", "bad-tint", "warn", "warn-tint", "side-a", "bridge", "side-b",
)  # fmt: skip
"""Tokens with a swatch; the style guide's part of the styles has a class for each."""


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component with made-up content."""
    samples = Samples(clock.now())
    here = reverse("styleguide")
    rated = samples.note(rated="SOMEWHAT_HELPFUL")
    refused = ReportForm({})
    refused.add_error("ground", _("Say which rule is broken."))
    context = {
        "colours": COLOURS,
        "icons": ICONS,
        "aliases": ALIASES,
        "sample": samples.contributor(),
        "tabs": [
            Place(f"{here}#tabs", "", pgettext("posts", "New"), is_current=True),
            Place(f"{here}#tabs", "", _("Rated Helpful")),
        ],
        "post": samples.post(),
        "bare_post": samples.bare_post(),
        "notes": samples.notes(),
        "noted": samples.noted_post(),
        "open": samples.open_post(),
        "requested": samples.requested(),
        "feedback_form": FeedbackForm(auto_id="id_feedback_%s"),
        "rated": rated,
        "rating_form": NoteRatingForm.of(rated),
        "refused_form": refused,
        "impact": samples.impact(),
        "facts": [
            (_("Country"), "GB"),
            (_("Waiting in it"), "1,204"),
            (_("Next draw"), samples.post().published_at),
        ],
        "long_ago": samples.note().note.created_at,
    }
    return render(request, "web/styleguide.html", context)
