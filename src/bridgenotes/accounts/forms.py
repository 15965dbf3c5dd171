"""Forms of sign-up and phone."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bridgenotes.base.errors import explain
from bridgenotes.domain.phones import normalised_number
from bridgenotes.domain.verdict import Refused


class PhoneField(forms.CharField):
    """A number as people write it, with its country code; cleaned to E.164."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (Django's options)
        options.setdefault("label", _("Phone number"))
        options.setdefault("help_text", _("With the country code, e.g. +44 7400 123456."))
        super().__init__(max_length=40, **options)

    def clean(self, value: str) -> str:
        """Return the number in E.164 form."""
        text: str = super().clean(value)
        if not text:
            return ""
        try:
            return normalised_number(text)
        except Refused as error:
            raise ValidationError(explain(error).message) from error


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    """Address and password (or passkey); the phone is asked for only when somebody wants to contribute."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's signature)
        super().__init__(*args, **kwargs)
        self.fields.pop("phone", None)
