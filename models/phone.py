"""Reads a telephone number as people write it, and says which ones we do not call."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType, shortnumberinfo
from phonenumbers.timezone import time_zones_for_number

LONGEST = 40
"""Signs; E.164 numbers have 15 digits at most, and people put blanks and signs between them."""

CALLABLE = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    }
)
"""What people have at home and in their pocket. The rest costs more than a call, or is nobody's own."""


class Fault(StrEnum):
    """Why we do not take a number."""

    MISSING = "missing"
    INVALID = "invalid"
    NO_COUNTRY = "no_country"
    """It begins without a country's number, and we do not know which country is meant."""
    EXTENSION = "extension"
    """There is an extension behind it, which would be lost."""
    SHORT = "short"
    """An emergency number or another short one."""
    KIND = "kind"
    """Premium rate, shared cost, toll-free, a pager, a voicemail box: not a person's own line."""
    COUNTRY = "country"
    """It is of a country that this brand does not call."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that may be called: as ``+491701234567``, its country, and the time zones in which it may be."""

    e164: str
    region: str
    zone_names: tuple[str, ...]

    def __repr__(self) -> str:
        """Without the number: it may stand in a log."""
        return f"Number(region={self.region!r})"

    @property
    def zone(self) -> str:
        """The only time zone in which it can be; empty where there are several, or none is known."""
        return self.zone_names[0] if len(self.zone_names) == 1 else ""


@dataclass(frozen=True, slots=True)
class PhoneFault:
    """Why a number is not taken; ``key`` is the name of the sentence in the page's texts."""

    kind: Fault

    @property
    def key(self) -> str:
        """Such as ``number_invalid``."""
        return f"number_{self.kind}"


def read_number(text: str, region: str, countries: Collection[str] = ()) -> Number | PhoneFault:
    """Read a number that is national to ``region`` (such as DE; empty if unknown) unless it says its country.

    ``countries`` are those that are called; all if empty.
    """
    text = text.strip()
    if not text:
        return PhoneFault(Fault.MISSING)
    if len(text) > LONGEST:
        return PhoneFault(Fault.INVALID)
    region = region.upper() if region.upper() in phonenumbers.SUPPORTED_REGIONS else ""
    if not region and text.startswith("00"):
        text = f"+{text[2:]}"
    if _short(text, region, countries):
        return PhoneFault(Fault.SHORT)
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException as error:
        unknown = error.error_type == error.INVALID_COUNTRY_CODE and not region and not text.startswith("+")
        return PhoneFault(Fault.NO_COUNTRY if unknown else Fault.INVALID)
    return _fault(number, countries) or _number(number)


def known_country(region: str) -> bool:
    """Whether there are numbers of a country, by its two letters, such as GB."""
    return region in phonenumbers.SUPPORTED_REGIONS


def shown(e164: str) -> str:
    """A number as people read it, such as ``+49 170 1234567``."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(e164), PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return e164


def _fault(number: phonenumbers.PhoneNumber, countries: Collection[str]) -> PhoneFault | None:
    if not phonenumbers.is_valid_number(number):
        return PhoneFault(Fault.INVALID)
    if number.extension:
        return PhoneFault(Fault.EXTENSION)
    if phonenumbers.number_type(number) not in CALLABLE:
        return PhoneFault(Fault.KIND)
    region = phonenumbers.region_code_for_number(number)
    # Satellite and other numbers of the whole world are of no country.
    if region is None or region not in phonenumbers.SUPPORTED_REGIONS or (countries and region not in countries):
        return PhoneFault(Fault.COUNTRY)
    return None


def _number(number: phonenumbers.PhoneNumber) -> Number:
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    region = phonenumbers.region_code_for_number(number) or ""
    return Number(e164, region, _clocks(time_zones_for_number(number)))


def _short(text: str, region: str, countries: Collection[str]) -> bool:
    """Whether it is an emergency number, or a short one, where it is meant to be dialled."""
    digits = "".join(sign for sign in text if sign.isdigit())
    if len(digits) > 6 or text.startswith("+"):
        return False
    places = [region] if region else [*countries]
    return any(shortnumberinfo.is_emergency_number(digits, place) for place in places) or len(digits) in (3, 4, 5, 6)


def _clocks(names: Iterable[str]) -> tuple[str, ...]:
    """One name of each clock: zones whose time is the same in winter and in summer are one to who calls."""
    clocks: dict[tuple[object, ...], str] = {}
    # The zones of the British Isles begin with Guernsey, where few people live.
    for name in sorted(names, key=lambda name: (name != "Europe/London", name)):
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
        year = [datetime(2026, month, 1, 12, tzinfo=UTC).astimezone(zone).utcoffset() for month in range(1, 13)]
        clocks.setdefault(tuple(year), name)
    return tuple(sorted(name for name in clocks.values() if name != "Etc/Unknown"))
