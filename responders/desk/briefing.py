"""“Brief & call”: what is known of a case in five lines, and the number, for the one person who is going to call.

The number is in this form only: no message holds it, so it is in no history of the program in which people work.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from models.assessment import Head
from models.case import Case
from models.contact import Contact, ContactKind, Refusal, calling
from models.events import EventType
from models.form import Answer, Form
from models.mask import mask_name
from models.phone import shown
from models.press import Verb
from models.store import board, casework, contacts, switches, ways
from models.store.board import CasePage
from models.store.subjects import Subject
from responders.card_words import LANGUAGES, place
from responders.desk import words
from responders.desk.asked import Asked
from responders.words import author

QUOTE = 220
"""Signs of a post or an answer in a line."""
WANTS = {"problem": "to have it put right", "question": "an answer to their question", "praise": "to say thank you"}
SEVERAL = "{count} ways were given: the page's link is public, so ask first who you speak with."
NONE = "Nobody has given a number. Take it down with “Number given”, or call from the records that you have."


def brief(asked: Asked) -> Answer:
    """Take the case on if nobody has it, write down that its brief was read, and show both."""
    case, subject = asked.locked(), asked.subject()
    if case.holder is None or not case.live:
        outcome = casework.claim(asked.session, case.id, asked.by, asked.now)
        if not outcome.done:
            return asked.told(outcome, "")
    casework.note_event(asked.session, case.id, EventType.BRIEF_OPENED, asked.by, asked.now)
    return form(asked, asked.case(), subject)


def form(asked: Asked, case: Case, subject: Subject, first: str = "", replaces: bool = False) -> Form:
    """The brief as it stands now; ``first`` says what was just done."""
    page = board.case_page(asked.session, case.code, asked.now)
    assert page
    given = [one for one in contacts.of_case(asked.session, case.id) if one.usable]
    links, said = _ways(asked, case, given)
    return Form(
        "Brief & call",
        Verb.CALL_DONE,
        (),
        "Call done",
        (first,) if first else (),
        case_id=case.id,
        mention_id=subject.id,
        seen=case.version,
        replaces=replaces,
        facts=(*five_lines(asked, page, subject), ("Reach them", " ".join(said))),
        links=tuple(links),
        buttons=_buttons(asked, case, given),
    )


def _buttons(asked: Asked, case: Case, given: Sequence[Contact]) -> tuple[tuple[Verb, str], ...]:
    phone = any(one.kind is ContactKind.PHONE for one in given)
    dial = asked.settings.callback.dial is not None and phone and _holds(asked, case)
    live = switches.live(asked.session, case.id)
    return (
        *(((Verb.DIAL, "Dial"),) if dial else ()),
        (Verb.GIVE, "Number given"),
        *(((Verb.DECLINED, "They decline"),) if live else ()),
        *(((Verb.WITHDRAWN, "They take it back"),) if given else ()),
    )


def _holds(asked: Asked, case: Case) -> bool:
    return case.holder is not None and case.holder.id == asked.by.id


def _ways(asked: Asked, case: Case, given: Sequence[Contact]) -> tuple[list[tuple[str, str]], list[str]]:
    """The numbers to tap, and what is to be known of each."""
    if not given:
        return [], [NONE]
    links: list[tuple[str, str]] = []
    said = [SEVERAL.format(count=len(given))] if len(given) > 1 else []
    for one in given:
        address = contacts.reveal(asked.session, one.id, asked.by, asked.vault, asked.now)
        if isinstance(address, Refusal):
            said.append(words.sentence(address.words))
            continue
        said.append(_when(asked, one))
        links += [_link(one, address)] if address else []
    return links, said


def _link(contact: Contact, address: str) -> tuple[str, str]:
    if contact.kind is ContactKind.PHONE:
        return shown(address), f"tel:{address}"
    return address, f"mailto:{address}"


def _when(asked: Asked, contact: Contact) -> str:
    """By whom and when it was given, and whether this is a time to call."""
    what = {ContactKind.PHONE: "Number", ContactKind.EMAIL: "E-mail address"}.get(contact.kind, "A private message")
    by = "written down by an agent" if contact.by else "on the page"
    lang = f", in {LANGUAGES.get(contact.lang, contact.lang)}" if contact.lang else ""
    given = f"{what} given {asked.clock(contact.given_at)} {by}{lang}."
    return f"{given} {_hours(asked, contact)}".strip() if contact.kind is ContactKind.PHONE else given


def _hours(asked: Asked, contact: Contact) -> str:
    rules = asked.settings.callback
    at = calling(contact, rules.earliest, rules.latest, asked.now)
    span = f"{rules.earliest} to {rules.latest}"
    if at.local is None:
        return f"Call from {span} on their clock; nobody knows what time it is there, so ask."
    there = f"it is {at.local:%H:%M} there now"
    if not at.allowed:
        return f"⚠️ Do not call yet: {there}, and calls are allowed from {span} on their clock."
    if not at.wanted:
        return f"⚠️ They asked for {', '.join(contact.windows)}, and {there}."
    return f"You may call: {there}."


def five_lines(asked: Asked, page: CasePage, subject: Subject) -> tuple[tuple[str, str], ...]:
    """What happened, what was said, what they want, what not to ask again, what to promise. All of it masked."""
    card = page.card or {}
    return (
        ("What happened", _happened(asked, page)),
        ("What was said", _said(asked, page)),
        ("What they want", _wanted(card, subject)),
        ("Do not ask again", _known(page, subject)),
        ("Promise", _promise(asked, page.case)),
    )


def _happened(asked: Asked, page: CasePage) -> str:
    """The first post, and how many there are."""
    if not page.heard:
        return "the posts were erased."
    first, more = page.heard[-1], len(page.heard) - 1
    rest = f", and {more} more {'post' if more == 1 else 'posts'}, the last at {asked.clock(page.heard[0].posted_at)}"
    return f"“{_cut(first.text)}” ({place(first.channel)}, {asked.clock(first.posted_at)}){rest if more else ''}."


def _said(asked: Asked, page: CasePage) -> str:
    """By us in public and on the phone, and by them since."""
    ours = ways.said_by_us(asked.session, page.case.id, 1)
    parts = [f"we wrote at {asked.clock(at)} on {place(where)}: “{_cut(mask_name(text))}”" for at, where, text in ours]
    tried = page.card.get("attempts", ()) if page.card else ()
    parts += [f"call at {asked.clock(datetime.fromisoformat(at))}: {how}" for at, how in tried[:2]]
    since = ours[0][0] if ours else None
    last = page.heard[0] if len(page.heard) > 1 else None
    if last and (since is None or last.posted_at > since):
        parts.append(f"they wrote at {asked.clock(last.posted_at)}: “{_cut(last.text)}”")
    return f"{'; '.join(parts)}." if parts else "nobody has spoken to them yet."


def _wanted(card: dict[str, object], subject: Subject) -> str:
    assessment = subject.assessment
    wish = WANTS.get(assessment.label(Head.INTENT), "to be heard") if assessment else "to be heard"
    parts = [wish]
    if fix := str(card.get("private_data") or ""):
        parts.append(f"the fix takes {fix}")
    if urgency := str(card.get("urgency") or "").partition(": ")[2]:
        parts.append(urgency)
    if assessment and assessment.label(Head.CHURN) == "yes":
        parts.append("they may leave")
    return f"{'; '.join(parts)}."


def _known(page: CasePage, subject: Subject) -> str:
    """What we have already, so that nobody has to say it twice."""
    pii = subject.assessment.pii if subject.assessment else ()
    gave = sorted({one.kind.replace("_", " ") for one in pii})
    link = f", see {subject.mention.url}" if gave and subject.mention.url else ""
    lang = subject.assessment.lang if subject.assessment else ""
    parts = [
        "what happened",
        f"who they are there ({author(subject.mention)})",
        *([f"their language ({LANGUAGES.get(lang, lang)})"] if lang else []),
        *([f"what they posted: {', '.join(gave)}{link}"] if gave else []),
    ]
    # Whoever reads the answer has the code, and may have left a number on the page with it.
    return f"{', '.join(parts)}. The code {page.case.code} stands in public: it names the case and proves nobody."


def _promise(asked: Asked, case: Case) -> str:
    due = f"it is settled by {asked.clock(case.resolve_by)}, or they hear from you by then" if case.resolve_by else ""
    again = "say when they hear from you again, and that nobody will ask them to explain it once more"
    return f"{due or again}. Nothing private is asked for or said in public."


def _cut(text: str) -> str:
    line = " ".join(text.split()) or "(no words)"
    return line if len(line) <= QUOTE else f"{line[: QUOTE - 1]}…"
