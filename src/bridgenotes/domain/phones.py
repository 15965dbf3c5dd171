"""What a phone number tells without keeping it: country, kind of line, carrier (SU-5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import phonenumbers
from phonenumbers import PhoneNumberType, carrier

from bridgenotes.domain.verdict import Reason, Refused

LINE_TYPES: Final = {
    PhoneNumberType.FIXED_LINE: "fixed_line",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_line_or_mobile",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium_rate",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal_number",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.VOICEMAIL: "voicemail",
    PhoneNumberType.UNKNOWN: "unknown",
}


@dataclass(frozen=True)
class Line:
    """What is kept of a number.

    Attributes
    ----------
    country : str
        ISO 3166 alpha-2, or empty where a number belongs to none.
    line_type : str
        One of the values of `LINE_TYPES`.
    carrier : str
        The carrier the range was given to; empty where tables do not say.
    """

    country: str
    line_type: str
    carrier: str


class LineLookup(Protocol):
    """Asks what a number is: the offline tables below, or a paid service that knows better."""

    def __call__(self, e164: str) -> Line:
        """Return what is known of the line."""
        ...


def normalised_number(number: str, region: str | None = None) -> str:
    """Return a typed number in E.164 form, ``+441234567890``; only ever hash it.

    Parameters
    ----------
    number : str
        As typed.
    region : str or None
        ISO 3166 alpha-2, for numbers typed without a country code.

    Raises
    ------
    Refused
        If it is no valid number; the number itself is not repeated.
    """
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        raise Refused((Reason("phone.invalid"),)) from None
    if not phonenumbers.is_valid_number(parsed):
        raise Refused((Reason("phone.invalid"),))
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def offline_line(e164: str) -> Line:
    """Return what the offline tables know of a number in E.164 form.

    Notes
    -----
    The tables are those of ranges: a ported number keeps its old carrier, and in North America
    neither carrier nor virtual numbers can be told.
    """
    parsed = phonenumbers.parse(e164)
    return Line(
        country=phonenumbers.region_code_for_number(parsed) or "",
        line_type=LINE_TYPES.get(phonenumbers.number_type(parsed), "unknown"),
        carrier=carrier.name_for_number(parsed, "en"),
    )
