"""Forms that everybody can use: labels, hints and errors tied to their fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

from bridgenotes.contributors.models import NotificationFrequency


class Renderer(TemplatesSetting):
    """Renders forms with our templates: each field with label, hint and error in one block."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


class ApplicationForm(forms.Form):
    """What an applicant agrees to (SU-13, SU-14)."""

    understanding = forms.BooleanField(label=_("I contribute to build understanding."), required=False)
    good_faith = forms.BooleanField(label=_("I act in good faith."), required=False)
    helpful = forms.BooleanField(label=_("I am helpful, even to those who disagree with me."), required=False)
    public = forms.BooleanField(
        label=_(
            "I know that my notes and ratings are public under my alias, even if my own posts are protected."
        ),
        required=False,
    )
    rules = forms.BooleanField(
        label=_("I agree to the rules, the terms and the privacy policy of this site."), required=False
    )


class AliasForm(forms.Form):
    """One of the offered aliases."""

    alias = forms.ChoiceField(label=_("Your alias"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, aliases: list[str], **kwargs: Any) -> None:  # noqa: ANN401 (Django's)
        super().__init__(*args, **kwargs)
        self.fields["alias"].choices = [(alias, alias) for alias in aliases]  # type: ignore[attr-defined]


class TeamMessageForm(forms.Form):
    """A message to the team (AL-7)."""

    text = forms.CharField(label=_("Your message"), widget=forms.Textarea(attrs={"rows": 6}), required=False)


class NotificationForm(forms.Form):
    """How often to be asked for help (NO-1)."""

    notification_frequency = forms.ChoiceField(
        label=_("How often may we ask you to rate a note?"),
        widget=forms.RadioSelect,
        choices=NotificationFrequency.choices,
    )
