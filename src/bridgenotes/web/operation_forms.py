"""Forms of operators."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from bridgenotes.base.rules import rules
from bridgenotes.domain.guardrails import Alarm, Measure, Remedy

REMEDIES = {
    Remedy.NORMAL: _("Normal service"),
    Remedy.RAISED_THRESHOLD: _("Readers see only notes with a higher score"),
    Remedy.SCORING_PAUSED: _("New notes get no status"),
    Remedy.DISPLAY_PAUSED: _("Readers see no notes on posts"),
}


MEASURES = {
    "accuracy": _("Accuracy, by reviewers"),
    "informativeness": _("Informativeness, by surveys"),
    "helpfulness": _("Helpfulness, by readers"),
    "rule_violations": _("Notes taken down for breaking rules"),
    "status_flips": _("Notes that lost Helpful again"),
}
ALARMS = {
    Alarm.NONE: _("fine"),
    Alarm.GUARDRAIL: _("beyond the guardrail: investigate"),
    Alarm.BREAKER: _("beyond the breaker: display is paused"),
}


class ReasonForm(forms.Form):
    """Why an operator does something, for the record."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, label=_("Why, for the record")
    )


class RemedyForm(ReasonForm):
    """Choose a remedy, the smallest that suffices (GR-3)."""

    remedy = forms.ChoiceField(
        label=_("What is in force"),
        choices=[(remedy.value, words) for remedy, words in REMEDIES.items()],
        widget=forms.RadioSelect,
    )
    field_order = ("remedy", "reason")

    def chosen(self) -> Remedy:
        """Return the remedy."""
        return Remedy(self.cleaned_data["remedy"])


class MeasureForm(forms.Form):
    """The result of a review or a survey."""

    measure = forms.ChoiceField(label=_("Measure"))
    value = forms.FloatField(label=_("Value"))
    samples = forms.IntegerField(min_value=1, max_value=2**31 - 1, label=_("Over how many cases"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choice = self.fields["measure"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(name, MEASURES.get(name, name)) for name in sorted(rules().guardrails.thresholds)]

    def measured(self) -> Measure:
        """Return the measure."""
        data = self.cleaned_data
        return Measure(data["measure"], data["value"], data["samples"])
