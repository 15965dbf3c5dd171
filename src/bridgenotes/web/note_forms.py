"""Forms of writing, rating, requesting and reporting. Rules are asked by the services, not here."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

from django import forms
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bridgenotes.base.rules import rules
from bridgenotes.data.vocabulary import HELPFULNESS_LEVELS, MISLEADING, NOT_MISLEADING
from bridgenotes.domain.labels import LABELS
from bridgenotes.domain.moderation import Ground, Measure
from bridgenotes.domain.note_form import MISLEADING_REASONS, NOT_MISLEADING_REASONS, NoteForm
from bridgenotes.domain.rating_form import (
    OFFERED_HELPFUL_TAGS,
    OFFERED_NOT_HELPFUL_TAGS,
    OFFERED_TAGS,
    RatingForm,
)
from bridgenotes.moderation.services import Decision
from bridgenotes.notes.services.requesting import RequestForm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import QueryDict
    from django.utils.functional import _StrPromise

    from bridgenotes.notes.queries.display import NoteView

LEVELS = tuple(reversed(HELPFULNESS_LEVELS))
"""Yes, somewhat, no: the order of the form (RF-2)."""


def _choices(names: Iterable[str]) -> list[tuple[str, _StrPromise]]:
    """Return what a form offers, called as pages call it."""
    return [(name, _(LABELS[name])) for name in names]


class PasteForm(forms.Form):
    """The address of a post."""

    url = forms.CharField(
        label=_("Address of the post"),
        max_length=8192,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("Any public web address. Nothing is published by looking it up."),
    )


class WritingForm(forms.Form):
    """A note on a post (WF-4 to WF-8)."""

    FIELD_OF: ClassVar = {
        "note.classification_missing": "classification",
        "note.sources_unanswered": "trustworthy_sources",
        "note.text_missing": "text",
        "note.too_long": "text",
        "note.source_missing": "text",
    }
    """Where the form shows what is wrong."""

    use_required_attribute = False
    classification = forms.ChoiceField(
        label=_("Given current evidence, I believe this post is"),
        choices=[
            (MISLEADING, _("Misinformed or potentially misleading")),
            (NOT_MISLEADING, _("Not misleading")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    misleading_reasons = forms.MultipleChoiceField(
        label=_("Why is it misleading? Choose all that apply"),
        choices=_choices(MISLEADING_REASONS),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    not_misleading_reasons = forms.MultipleChoiceField(
        label=_("Why is it not misleading? Choose all that apply"),
        choices=_choices(NOT_MISLEADING_REASONS),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    trustworthy_sources = forms.ChoiceField(
        label=_("Did you link to sources that most people would consider trustworthy?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
        required=False,
    )
    text = forms.CharField(
        label=_("Your note: context that helps people understand, and where it comes from"),
        widget=forms.Textarea(attrs={"rows": 6, "data-counter": "note-left"}),
        max_length=20_000,
        required=False,
        strip=False,
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        text, limit = self.fields["text"], rules().notes.max_length
        text.help_text = _("At most {limit} characters; each link counts as 1.").format(limit=limit)
        text.widget.attrs["data-limit"] = limit

    def submitted(self) -> NoteForm:
        """Return what the author submits; only the reasons of the answer given, as the page shows them."""
        data = self.cleaned_data
        offered = {
            MISLEADING: data["misleading_reasons"],
            NOT_MISLEADING: data["not_misleading_reasons"],
        }
        answers = {"yes": True, "no": False}
        return NoteForm(
            classification=data["classification"] or None,
            reasons=frozenset(offered.get(data["classification"], ())),
            trustworthy_sources=answers.get(data["trustworthy_sources"]),
            text=data["text"],
        )


class NoteRatingForm(forms.Form):
    """Is this note helpful, and why (RF-2 to RF-5)."""

    FIELD_OF: ClassVar = {"rating.level_missing": "level"}
    use_required_attribute = False
    level = forms.ChoiceField(
        label=_("Is this note helpful?"), choices=_choices(LEVELS), widget=forms.RadioSelect, required=False
    )
    helpful = forms.MultipleChoiceField(
        label=_("What was helpful about it?"),
        choices=_choices(OFFERED_HELPFUL_TAGS),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    not_helpful = forms.MultipleChoiceField(
        label=_("What was unhelpful about it?"),
        choices=_choices(OFFERED_NOT_HELPFUL_TAGS),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    @classmethod
    def of(cls, view: NoteView, data: QueryDict | None = None) -> NoteRatingForm:
        """Return the form of a note: as sent, or filled with the rating given before.

        A page may hold the forms of several notes, so their fields have ids of their own.
        """
        auto_id, rating = f"id_{view.note.pk}_%s", view.own_rating
        if data is not None or rating is None:
            return cls(data, auto_id=auto_id)
        tags = rating.tag_names
        return cls(
            auto_id=auto_id,
            initial={
                "level": rating.level,
                "helpful": [tag for tag in tags if tag in OFFERED_HELPFUL_TAGS],
                "not_helpful": [tag for tag in tags if tag in OFFERED_NOT_HELPFUL_TAGS],
            },
        )

    def __str__(self) -> SafeString:
        """Return the fields; those of an empty form differ from note to note by their ids alone."""
        if self.is_bound or self.initial:
            return super().__str__()
        ids = str(self.auto_id).removesuffix("%s")
        return mark_safe(_empty_rating(get_language()).replace(EMPTY, ids))  # noqa: S308 (Django's own words)

    def submitted(self) -> RatingForm:
        """Return what the rater submits; the page hides the reasons of the other answer, so they go."""
        data = self.cleaned_data
        ticked = frozenset([*data["helpful"], *data["not_helpful"]])
        return RatingForm(data["level"], ticked & frozenset(OFFERED_TAGS.get(data["level"], ())))


EMPTY: Final = "id_of-a-note_"
"""Beginning of the ids of a form that belongs to no note yet."""


@lru_cache(maxsize=100)
def _empty_rating(language: str | None) -> str:  # noqa: ARG001 (it decides what the form says)
    """Return the fields of a rating form that nobody has filled."""
    return NoteRatingForm(auto_id=f"{EMPTY}%s").render()


class FeedbackForm(forms.Form):
    """A reader's answer (RF-12)."""

    level = forms.ChoiceField(
        label=_("Is this note helpful?"),
        choices=_choices(LEVELS),
        widget=forms.RadioSelect,
    )


class AskingForm(forms.Form):
    """A request for a note (RQ-7, RQ-8)."""

    source = forms.CharField(
        label=_("A link that helps (optional)"), max_length=8192, required=False, widget=forms.URLInput()
    )
    suggestion = forms.CharField(
        label=_("What should a note explain? (optional)"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=20_000,
        required=False,
    )

    def submitted(self) -> RequestForm:
        """Return what comes with the request."""
        return RequestForm(self.cleaned_data["source"], self.cleaned_data["suggestion"])


class ReportForm(forms.Form):
    """A report of a note or a contributor (RP-2)."""

    ground = forms.ChoiceField(
        label=_("Which rule is broken?"),
        choices=_choices(Ground),
        widget=forms.RadioSelect,
        required=False,
    )
    text = forms.CharField(
        label=_("What should we know? (optional)"), widget=forms.Textarea(attrs={"rows": 4}), required=False
    )


class ClaimForm(forms.Form):
    """A claim of authorship signed by the post's platform (AR-1)."""

    claim = forms.CharField(
        label=_("Claim from your platform"), widget=forms.Textarea(attrs={"rows": 4}), required=False
    )


MEASURE_LABELS = {
    Measure.WARN: _("Warn the contributor"),
    Measure.TAKE_DOWN_NOTE: _("Take the note down"),
    Measure.REMOVE_CONTRIBUTOR: _("Remove the contributor"),
}


class DecisionForm(forms.Form):
    """What follows from a report; nothing chosen dismisses it (RP-3)."""

    measures = forms.MultipleChoiceField(
        label=_("Measures (none: dismiss the report)"),
        choices=[(measure.value, MEASURE_LABELS[measure]) for measure in Measure],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    decision = forms.CharField(
        label=_("Reason, for the record"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )

    def submitted(self) -> Decision:
        """Return the decision."""
        measures = frozenset(Measure(name) for name in self.cleaned_data["measures"])
        return Decision(measures, self.cleaned_data["decision"])
