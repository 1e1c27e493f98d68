"""What may be said to the author of a post: by which account, how long, from which reviewed texts, and whether at all.

Everything is looked up at the moment of asking, because much may have changed since the card was drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from models.case import Case
from models.channel import Manifest
from models.decision import Eligibility, Kind, Message, Route, message_key
from models.length import length
from models.settings.sections import Target
from models.store import controls, deciding, subjects
from models.store.subjects import Subject
from responders import replying
from responders.card_words import place
from responders.desk import permissions, words
from responders.desk.asked import Asked
from responders.faq import find_answer
from responders.policy import who_may_answer
from responders.shadow import IN_SHADOW
from responders.words import ELIGIBILITIES, author

OWN = "own"
"""The choice to write one's own text."""
FAQ, FAQ_ALIKE = "faq", 0.5
LINES = (Route.CALL, Route.WINBACK, Route.REVIEW, Route.THANK)
LINE_WORDS = {
    Route.CALL: "Offer a call",
    Route.WINBACK: "Win back",
    Route.REVIEW: "We look into it",
    Route.THANK: "Thank you",
}
UNDER_WAY = ("pending", "sending", "uncertain")
HANDS_OFF = {
    "needs_human": "An answer may have been posted already; nobody knows. Look at the post before you write by hand",
    "sent": "This author was answered in this thread",
}


def against(asked: Asked, case: Case, subject: Subject) -> str:
    """Why who pressed may not have the bot's account answer this post now, and what to do; empty where they may."""
    may, why = may_send(asked, case, subject)
    if not may:
        return f"{why}. {by_hand(asked, case, subject)}"
    if not permissions.may_answer(asked.settings.desk, case, asked.by):
        since = f" since {asked.clock(case.claimed_at)}" if case.claimed_at else ""
        return f"{words.called(case.holder)} has case {case.code}{since}: ask them to hand it over before you answer."
    return ""


def may_send(asked: Asked, case: Case, subject: Subject) -> tuple[bool, str]:
    """Whether the platform, the configuration and the author let the bot's account answer, and why not."""
    rules = asked.rules(subject)
    if rules.channel.shadow:
        return False, f"{IN_SHADOW[0].upper()}{IN_SHADOW[1:]}"
    route = Route.PAGE if case.route is Route.PAGE else Route(subject.route or Route.REVIEW)
    may, why = who_may_answer(subject.mention, rules, route)
    if may not in (Eligibility.AUTO, Eligibility.DRAFT):
        return False, f"{ELIGIBILITIES[may]}: {why}"
    if deciding.past_of(asked.session, subject.mention, asked.now).opted_out:
        return False, "The author asked the bot to stop, so its account does not answer them"
    reply = subjects.reply_of(asked.session, subject.mention)
    if reply and reply.state in UNDER_WAY:
        return False, "An answer to this author is on its way already"
    if reply and reply.state in HANDS_OFF:
        at = f" at {asked.clock(reply.settled_at)}" if reply.state == "sent" and reply.settled_at else ""
        return False, HANDS_OFF[reply.state] + at
    return True, ""


def held_back(asked: Asked) -> str:
    """That people hold public replies at this moment; empty where nobody does."""
    pause = controls.pause_at(asked.session, asked.now)
    if pause is None:
        return ""
    until = f" until {asked.clock(pause.until)}" if pause.until else ""
    return f"Public replies are held{until}, so nothing was sent. The text is kept as the case's draft."


def by_hand(asked: Asked, case: Case, subject: Subject) -> str:
    """Where a person can answer without the bot; not said of a post where somebody may be in danger."""
    mention, rules = subject.mention, asked.rules(subject)
    text = line_of(asked, case, subject)
    linked = rules.manifest.reply_link(mention.external_id, text, mention.url)
    link = mention.url if case.route is Route.PAGE else linked
    return f"By hand: {link}" if link else "There is no link to the post."


def line_of(asked: Asked, case: Case, subject: Subject) -> str:
    """The text to begin with: what was kept of an earlier draft, else the reviewed line of the route."""
    if case.draft and not case.draft.sent:
        return case.draft.text
    lines = dict(_lines(asked, case, subject))
    route = subject.route or Route.REVIEW
    return lines.get(FAQ if route == Route.ANSWER else route) or lines.get(case.route) or ""


def starts(asked: Asked, case: Case, subject: Subject) -> tuple[tuple[str, str, str], ...]:
    """What an answer may begin with: (name, how people call it, the text); the FAQ's answer first."""
    found = _lines(asked, case, subject)
    called = {FAQ: "From the FAQ"} | {str(route): name for route, name in LINE_WORDS.items()}
    return tuple((name, f"{called[name]}: {text}", text) for name, text in found)


def _lines(asked: Asked, case: Case, subject: Subject) -> Iterator[tuple[str, str]]:
    rules = asked.rules(subject)
    lang = subject.assessment.lang if subject.assessment else ""
    hit = find_answer(subject.mention.text, lang, rules.faq)
    if hit and hit.score >= FAQ_ALIKE:
        yield FAQ, hit.answer
    for route in LINES:
        for spoken in (lang, "en"):
            text = replying.line_of(route, spoken, case.code, rules)
            if text:
                yield str(route), text
                break


def too_long(channel: str, manifest: Manifest, text: str) -> str:
    """That the text does not fit the platform; empty where it does."""
    signs, longest = length(text, manifest.counting), manifest.max_length
    return (
        f"{signs} of {longest} signs, as {place(channel)} counts them: {signs - longest} too many"
        if signs > longest
        else ""
    )


def digest(text: str) -> str:
    """Tells one text from another, where the whole has no room."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def reply(asked: Asked, case: Case, subject: Subject, text: str) -> Message:
    """The answer as the bot itself would queue it, with the same key: neither can double the other."""
    mention, rules = subject.mention, asked.rules(subject)
    target = Target(sink=rules.channel.reply_with, to=mention.external_id)
    purpose = subject.route or Route.REVIEW
    return Message(
        key=message_key(Kind.REPLY, target.sink, mention.id, purpose),
        sink=target.sink,
        kind=Kind.REPLY,
        target=target.to,
        body={"text": text, "author": author(mention), "channel": mention.channel, "link": mention.url},
        mention_id=mention.id,
        case_id=case.id,
        brand=mention.brand,
        channel=mention.channel,
        purpose=purpose,
        author_key=mention.author_key,
        thread_key=mention.thread_key,
        priority=60,
        expires_at=asked.now + rules.replies.max_age,
    )
