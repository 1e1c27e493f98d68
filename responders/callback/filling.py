"""A form as it was sent, and what is wrong with it: every field looked at, each fault by the name of its text."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from models.contact import ContactKind, NewContact, read_email
from models.phone import Number, PhoneFault, read_number
from models.settings.callback import CallbackSettings
from responders.callback import times

MOST_FIELDS = 60
LONGEST = 300
"""Signs of one field; the longest that can be right is an e-mail address of 254."""
Faults = dict[str, str]
"""Field → the name of the text that says what to do."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed. Never printed: it holds numbers."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)

    def one(self, name: str) -> str:
        """A field's value without what stands around it; empty where it was not sent."""
        return self.values.get(name, [""])[0].strip()

    def every(self, name: str) -> Sequence[str]:
        """All values of a field that may be ticked more than once."""
        return self.values.get(name, [])


@dataclass(frozen=True, slots=True)
class Read:
    """What was understood. ``clocks`` are the time zones to choose from where the number leaves it open."""

    contact: NewContact | None
    faults: Faults
    clocks: tuple[str, ...] = ()


def decode(body: bytes) -> Filled:
    """Of a body in the form's own encoding; raises ValueError where it is not what a browser would send of our form."""
    values: dict[str, list[str]] = {}
    pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    for name, value in pairs:
        if len(value) > LONGEST or any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
            raise ValueError("a field holds what nobody can type there")
        values.setdefault(name, []).append(value)
    return Filled(values)


def read_contact(
    kind: ContactKind, filled: Filled, languages: Collection[str], callback: CallbackSettings, now: datetime
) -> Read:
    """How somebody wants to be reached, or every fault of the form."""
    faults: Faults = {}
    lang = filled.one("speak")
    if lang not in languages:
        faults["speak"] = "fault_speak"
    address = region = zone = ""
    clocks: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    if kind is ContactKind.PHONE:
        number = _number(filled, callback, faults)
        address, region = (number.e164, number.region) if number else ("", "")
        clocks, zone = _zone(filled, number, faults)
        windows = _windows(filled, callback, zone, now, faults)
    elif kind is ContactKind.EMAIL:
        address = _email(filled, faults)
    if filled.one("consent") != "yes":
        faults["consent"] = "fault_consent"
    return Read(None if faults else NewContact(kind, address, region, lang, zone, windows), faults, clocks)


def rating(filled: Filled) -> dict[str, Any]:
    """The answers of a survey; raises ValueError for one that is not on its scale."""
    said: dict[str, Any] = {}
    for name, most in (("csat", 5), ("nps", 10)):
        if text := filled.one(name):
            least = 1 if name == "csat" else 0
            if not text.isascii() or not text.isdigit() or len(text) > 2 or not least <= int(text) <= most:
                raise ValueError("not on the scale")
            said[name] = int(text)
    if text := filled.one("again"):
        if text not in ("yes", "no"):
            raise ValueError("neither yes nor no")
        said["again"] = text == "yes"
    return said


def _number(filled: Filled, callback: CallbackSettings, faults: Faults) -> Number | None:
    region = filled.one("region")
    if region and not (len(region) == 2 and region.isascii() and region.isalpha() and region.isupper()):
        faults["region"] = "fault_country"
        return None
    number = read_number(filled.one("number"), region, callback.countries)
    if isinstance(number, PhoneFault):
        faults["number"] = f"fault_{number.key}"
        return None
    return number


def _zone(filled: Filled, number: Number | None, faults: Faults) -> tuple[tuple[str, ...], str]:
    """The clocks that there are, and the customer's."""
    if number is None or len(number.zone_names) < 2:
        return (), number.zone if number else ""
    chosen = filled.one("zone")
    if chosen not in number.zone_names:
        faults["zone"] = "fault_zone"
        return number.zone_names, ""
    return number.zone_names, chosen


def _windows(filled: Filled, callback: CallbackSettings, zone: str, now: datetime, faults: Faults) -> tuple[str, ...]:
    chosen = filled.every("at")
    if not chosen:
        if filled.one("when") != "any":
            faults["when"] = "fault_when"
        return ()
    try:
        windows = times.kept(chosen, callback, zone, now)
    except ValueError:
        faults["when"] = "fault_when"
        return ()
    if not windows:
        faults["when"] = "fault_when_over"
    return windows


def _email(filled: Filled, faults: Faults) -> str:
    text = filled.one("email")
    address = read_email(text)
    if address is None:
        faults["email"] = "fault_email_invalid" if text else "fault_email_missing"
    return address or ""
