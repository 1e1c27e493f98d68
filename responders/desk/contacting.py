"""A number that the customer tells an agent: written down with the consent that was read out, as on the page."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import pairwise

from models.case import Case
from models.contact import WORDS, ContactKind, NewConsent, NewContact, Refusal, Why, read_email, read_windows
from models.form import Answer, Field, Form, Said, Style
from models.phone import Fault, Number, PhoneFault, read_number
from models.press import Verb
from models.settings.page import Look
from models.store import contacts
from models.store.subjects import Subject
from responders.desk import briefing, consents, words
from responders.desk.asked import Asked, wrong

ANY = "any"
PARTS = (time(9), time(12), time(16), time(20))
DAYS = 3
FAULTS = {
    Fault.MISSING: "Write the number.",
    Fault.INVALID: "This is no telephone number that can be called. Check it, and begin with + and the country.",
    Fault.NO_COUNTRY: "Begin with + and the country's number.",
    Fault.EXTENSION: "There is an extension behind it: take the number without it and write it in a note.",
    Fault.SHORT: "This is an emergency number or another short one. Take the customer's own.",
    Fault.KIND: "This is a premium, shared-cost or service number, or a voicemail box. Take an ordinary one.",
    Fault.COUNTRY: "This country is not among callback.countries of the configuration.",
}


def give(asked: Asked) -> Answer:
    """Show what to read out, and take the number or address down."""
    case, subject = asked.at_work()
    if asked.vault is None:
        return Said(words.sentence(WORDS[Why.NO_KEY]))
    look, lang = _look(asked, case), _lang(subject)
    languages = consents.offered(look, lang)
    brand, keep = asked.rules(subject).name, asked.settings.callback.keep_number
    read = [f"{consents.name(one)}: {consents.text(look, one, brand, keep)}" for one in languages]
    agreed = tuple((one, f"Yes, in {consents.name(one)}") for one in languages)
    return Form(
        "Number given",
        Verb.GIVEN,
        (
            Field("address", "Number, or e-mail address", Style.TEXT, hint=_hint(asked), longest=254),
            Field("agreed", "They heard this and said yes", Style.CHOICE, choices=agreed),
            Field("lang", "They want to speak", Style.CHOICE, lang, _languages(look, lang), optional=True),
            Field("when", "When to call, on their clock", Style.CHOICE, ANY, _times(asked), optional=True),
        ),
        "Keep it",
        ("Read this out word for word before you write anything down:",),
        "\n\n".join(read),
        case.id,
        subject.id,
        case.version,
    )


def given(asked: Asked) -> Answer:
    """Seal what was said, with the words that were agreed to."""
    case, subject = asked.at_work()
    look, spoken = _look(asked, case), asked.said("agreed")
    if spoken not in consents.offered(look, _lang(subject)):
        raise wrong(agreed="Read it out first, and say in which language they said yes.")
    new = _contact(asked)
    callback = asked.settings.callback
    text = consents.text(look, spoken, asked.rules(subject).name, callback.keep_number)
    consent = NewConsent(purpose=new.kind.value, text=text, lang=spoken, how="agent")
    kept = contacts.give(
        asked.session, case.id, new, consent, callback, asked.vault, asked.now, by=asked.by, form=asked.press.id
    )
    if isinstance(kept, Refusal):
        return Said(words.sentence(kept.words))
    return briefing.form(asked, asked.case(), subject, "It is kept, sealed, with the consent.", replaces=True)


def _contact(asked: Asked) -> NewContact:
    said, lang = asked.said("address"), asked.said("lang")[:20]
    if "@" in said:
        address = read_email(said)
        if address is None:
            raise wrong(address="This is no e-mail address: it needs an @ and a place behind it.")
        return NewContact(ContactKind.EMAIL, address, lang=lang)
    number = _number(asked, said)
    return NewContact(ContactKind.PHONE, number.e164, number.region, lang, number.zone, _windows(asked))


def _number(asked: Asked, said: str) -> Number:
    countries = asked.settings.callback.countries
    number = read_number(said, countries[0] if len(countries) == 1 else "", countries)
    if isinstance(number, PhoneFault):
        raise wrong(address=FAULTS[number.kind])
    return number


def _windows(asked: Asked) -> tuple[str, ...]:
    said = asked.said("when")
    if said in ("", ANY):
        return ()
    try:
        return read_windows([said])
    except ValueError:
        raise wrong(when="Choose a time from the list.") from None


def _look(asked: Asked, case: Case) -> Look:
    brand = asked.settings.brands.get(case.brand)
    return brand.page if brand else Look()


def _lang(subject: Subject) -> str:
    return subject.assessment.lang if subject.assessment else ""


def _languages(look: Look, lang: str) -> tuple[tuple[str, str], ...]:
    return consents.spoken(dict.fromkeys([*([lang] if lang else []), *look.languages]))


def _hint(asked: Asked) -> str:
    countries = ", ".join(asked.settings.callback.countries)
    return f"Begin with + and the country's number.{f' Called are: {countries}.' if countries else ''}"


def _times(asked: Asked) -> tuple[tuple[str, str], ...]:
    """Any time, or a part of today and the days after it, as far as calls are allowed then."""
    rules = asked.settings.callback
    first, last = time.fromisoformat(rules.earliest), time.fromisoformat(rules.latest)
    today = asked.now.astimezone(asked.zone).date()
    spans = [(max(start, first), min(end, last)) for start, end in pairwise(PARTS)]
    days = [today + timedelta(days=number) for number in range(DAYS)]
    named = [_named(day, start, end) for day in days for start, end in spans if start < end]
    return ((ANY, f"At any time from {rules.earliest} to {rules.latest}"), *named)


def _named(day: date, start: time, end: time) -> tuple[str, str]:
    return f"{day} {start:%H:%M}-{end:%H:%M}", f"{day:%a} {day.day} {day:%b}, {start:%H:%M} to {end:%H:%M}"
