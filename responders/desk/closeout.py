"""The public line that ends a visible thread whose case was settled elsewhere: offered, written, sent or said by hand.

Who reads along sees a complaint without an end otherwise. It is a reviewed line, and there is one a case.
"""

from __future__ import annotations

from dataclasses import replace

from models.case import Case
from models.decision import Eligibility, Kind, Message, Route, message_key
from models.form import Answer, Field, Form, Said, Style
from models.press import Verb
from models.store import closings, deciding, subjects, ways
from models.store.closings import CLOSING
from models.store.subjects import Subject
from responders.card_words import place
from responders.desk import answering, words
from responders.desk.asked import Asked, Undone, wrong
from responders.policy import who_may_answer
from responders.replying import line_of
from responders.shadow import IN_SHADOW
from responders.words import ELIGIBILITIES, author

LONGEST = 3000
SEND, HAND = "send", "hand"
OPEN = ("due", "failed")
STATES = {
    "waiting": "The closing line is on its way.",
    "sent": "A closing line stands there already.",
    "by_hand": "This was closed in public by hand.",
    "": "Nothing was settled elsewhere, so there is nothing to close in public.",
}


def close_out(asked: Asked) -> Answer:
    """Show the line and ask whether it is sent, or was written by hand."""
    case, subject = asked.case(), asked.subject()
    state = _state(asked, case)
    return _form(asked, case, subject) if state in OPEN else Said(STATES[state])


def offered(asked: Asked) -> Form | None:
    """The same, right after a case was settled elsewhere; None where nothing is to be closed."""
    case = asked.case()
    mention_id = asked.press.mention_id
    subject = subjects.of(asked.session, mention_id) if mention_id else None
    if subject is None or subject.case_id != case.id or _state(asked, case) not in OPEN:
        return None
    return _form(asked, case, subject)


def closed_out(asked: Asked) -> Answer:
    """Queue the line, or write down that somebody wrote it on the platform."""
    case, subject = asked.locked(), asked.subject()
    state = _state(asked, case)
    if state not in OPEN:
        raise Undone(Said(STATES[state]))
    if asked.said("how") == HAND:
        return asked.told(closings.by_hand(asked.session, case.id, asked.by, asked.now), "Written down. Thank you.")
    return _sent(asked, case, subject, asked.said("text")[:LONGEST])


def _sent(asked: Asked, case: Case, subject: Subject, text: str) -> Answer:
    rules = asked.rules(subject)
    if why := _against(asked, case, subject):
        raise wrong(how=f"{why}. Write it by hand, and choose that.")
    if not text:
        raise wrong(text="Write the line, or choose that you wrote it by hand.")
    if fault := answering.too_long(subject.mention.channel, rules.manifest, text):
        raise wrong(text=fault)
    if asked.settings.desk.approval == "other" and text != line(asked, case, subject):
        raise wrong(text="Only the reviewed line may be sent without somebody else's approval.")
    if held := answering.held_back(asked):
        raise wrong(how=held)
    message = _message(asked, case, subject, text)
    subjects.make_room(asked.session, message)
    outcome = closings.send(asked.session, case.id, message, asked.by, asked.now)
    return asked.told(outcome, f"On its way as {rules.account}.")


def line(asked: Asked, case: Case, subject: Subject) -> str:
    """The reviewed line in the customer's language, else in English; empty where none was reviewed."""
    rules = asked.rules(subject)
    lang = subject.assessment.lang if subject.assessment else ""
    return line_of(CLOSING, lang, case.code, rules) or line_of(CLOSING, "en", case.code, rules)


def _state(asked: Asked, case: Case) -> str:
    return ways.closing_of(asked.session, case.id, case.state, case.reason)


def _form(asked: Asked, case: Case, subject: Subject) -> Form:
    rules, channel = asked.rules(subject), subject.mention.channel
    why, text = _against(asked, case, subject), line(asked, case, subject)
    intro = [f"{author(subject.mention)} wrote in public, and nobody who reads along knows that it is settled."]
    intro += [f"{words.sentence(why)} So write it by hand: {_there(asked, subject, text)}"] if why else []
    survey = asked.links.survey(case.code) if asked.settings.surveys.on else ""
    intro += ["If they want to say how it went, pass this on:"] if survey else []
    send = () if why else ((SEND, f"Send this line as {rules.account}"),)
    return Form(
        "Close it in public",
        Verb.CLOSED_OUT,
        (
            Field("how", "How", Style.CHOICE, HAND if why else SEND, (*send, (HAND, "I have written it by hand"))),
            *(() if why else (_text(text, f"{rules.manifest.max_length} signs at most on {place(channel)}."),)),
        ),
        "Done" if why else "Send",
        tuple(intro),
        text if why else "",
        case.id,
        subject.id,
        case.version,
        replaces=True,
        links=((survey, survey),) if survey else (),
    )


def _text(text: str, signs: str) -> Field:
    hint = f"Everybody can read it. {signs}"
    return Field("text", "This exact line", Style.LONG, text, hint=hint, optional=True)


def _there(asked: Asked, subject: Subject, text: str) -> str:
    mention = subject.mention
    return asked.rules(subject).manifest.reply_link(mention.external_id, text, mention.url) or "there is no link to it"


def _against(asked: Asked, case: Case, subject: Subject) -> str:
    """Why the bot's account may not say it; empty where it may. That it answered before is no reason."""
    rules = asked.rules(subject)
    if rules.channel.shadow:
        return f"{IN_SHADOW[0].upper()}{IN_SHADOW[1:]}"
    route = Route.PAGE if case.route is Route.PAGE else Route(subject.route or Route.REVIEW)
    may, why = who_may_answer(subject.mention, rules, route)
    if may not in (Eligibility.AUTO, Eligibility.DRAFT):
        return f"{ELIGIBILITIES[may]}: {why}"
    if deciding.past_of(asked.session, subject.mention, asked.now).opted_out:
        return "The author asked the bot to stop, so its account does not answer them"
    reply = subjects.reply_of(asked.session, subject.mention)
    return "An answer to this author is on its way still" if reply and reply.state in answering.UNDER_WAY else ""


def _message(asked: Asked, case: Case, subject: Subject, text: str) -> Message:
    """As any answer, but one a case."""
    answer = answering.reply(asked, case, subject, text)
    return replace(answer, key=message_key(Kind.REPLY, answer.sink, case.id, CLOSING), purpose=CLOSING)
