"""Rules of what not to be shown: an author, a word, a thread. Seen before they hold, and with an end."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from models.decision import REASON_WORDS, Reason
from models.events import EventType
from models.form import Answer, Field, Form, Page, Part, Said, Style, Wrong
from models.press import Verb
from models.store import casework, mutes, subjects
from models.store.mutes import Mute, MuteKind
from responders.desk import words
from responders.desk.asked import Asked, Undone, wrong
from responders.words import author

SPANS = {"1d": 1, "7d": 7, "30d": 30, "90d": 90}
FOR_GOOD = "good"
SPAN_WORDS = (("1d", "A day"), ("7d", "A week"), ("30d", "30 days"), ("90d", "90 days"))
LOOKED_BACK = timedelta(days=90)
LONGEST, SHORTEST = 100, 3
KIND_WORDS = {
    MuteKind.AUTHOR: "This author",
    MuteKind.THREAD: "This conversation",
    MuteKind.WORD: "A word or phrase",
}
DANGER = "Words of danger to somebody are always shown. What a rule catches is counted, and can be looked at."


def mute(asked: Asked) -> Answer:
    """Ask what is to be muted; without a post, a word."""
    about = asked.press.mention_id or asked.press.case_id
    subject = asked.subject() if about else None
    kinds = tuple(MuteKind) if subject else (MuteKind.WORD,)
    choices = tuple((str(kind), KIND_WORDS[kind]) for kind in KIND_WORDS if kind in kinds)
    what = (Field("kind", "What", Style.CHOICE, choices[0][0], choices),) if subject else ()
    who = (f"The author is {author(subject.mention)}.",) if subject else ()
    return Form(
        "Mute such posts",
        Verb.MUTE_PREVIEW,
        (
            *what,
            Field("word", "Word or phrase", Style.TEXT, optional=bool(subject), longest=LONGEST),
            Field("span", "For", Style.CHOICE, "30d", _spans(asked)),
            Field("why", "Why", Style.TEXT, optional=True, longest=200),
        ),
        "See what it catches",
        (*who, DANGER),
        case_id=asked.press.case_id,
        mention_id=subject.id if subject else "",
        kept={} if subject else {"kind": str(MuteKind.WORD)},
    )


def preview(asked: Asked) -> Answer:
    """Show what the rule would have caught."""
    rule = _rule(asked)
    return shown(asked, rule, replaces=True)


def muted(asked: Asked) -> Answer:
    """Make the rule."""
    rule = mutes.add(asked.session, _rule(asked), asked.now)
    if asked.press.case_id:
        meta = {"kind": str(rule.kind)}
        casework.note_event(asked.session, asked.press.case_id, EventType.MUTED, asked.by, asked.now, meta)
    return Said(f"Muted {_ends(asked, rule)}: {rule.label}. “mute list” shows all rules and takes them away.")


def shown_or_said(asked: Asked) -> Answer:
    """The same for a rule that was written as a command: there is no form that could say what is wrong."""
    try:
        return shown(asked, _rule(asked))
    except Undone as undone:
        faults = undone.answer.faults.values() if isinstance(undone.answer, Wrong) else ()
        return Said(" ".join(faults)) if faults else undone.answer


def shown(asked: Asked, rule: Mute, replaces: bool = False) -> Form:
    """What the rule would have caught in the last 90 days."""
    found = mutes.preview(asked.session, rule, asked.now - LOOKED_BACK, asked.now)
    share = f"{found.count} of {found.looked_at} posts" if found.looked_at else "no post"
    part = "" if found.whole else " (the newest ones were looked at)"
    intro = [f"{rule.label}, {_ends(asked, rule)}. In the last 90 days it would have caught {share}{part}."]
    if found.reasons:
        counts = sorted(found.reasons.items(), key=lambda item: -item[1])[:5]
        intro.append(f"By reason: {'; '.join(f'{_reason(name)} ({count})' for name, count in counts)}.")
    return Form(
        "Mute these?",
        Verb.MUTED,
        button="Mute",
        intro=(*intro, DANGER),
        quote="\n\n".join(f"{channel}: {text[:300]}" for _, channel, text in found.examples[:5]),
        case_id=asked.press.case_id,
        mention_id=asked.press.mention_id,
        replaces=replaces,
        kept={"kind": str(rule.kind), "word": asked.said("word"), "span": asked.said("span"), "why": rule.why},
    )


def listed(asked: Asked) -> Answer:
    """All rules that hold."""
    rules = mutes.live(asked.session, None, asked.now)
    lines = tuple(
        f"{rule.id[:6]}: {rule.label}, {_ends(asked, rule)}, by {words.called(rule.by)}"
        + (f" ({rule.why})" if rule.why else "")
        for rule in rules
    )
    return Page("Mutes", (Part("What is not shown", lines=lines, empty="Nothing is muted."),))


def removed(asked: Asked, said: str) -> Answer:
    """Take a rule away, by the beginning of its id."""
    found = [rule for rule in mutes.live(asked.session, None, asked.now) if said and rule.id.startswith(said)]
    if len(found) != 1:
        return Said(f"No rule begins with “{said}”. “mute list” shows them with their ids.")
    mutes.remove(asked.session, found[0].id)
    return Said(f"Shown again: {found[0].label}.")


def _rule(asked: Asked) -> Mute:
    kind, word = asked.said("kind"), " ".join(asked.said("word").split())[:LONGEST]
    if kind not in list(MuteKind):
        raise wrong(kind="Choose what is to be muted.")
    until, why = _until(asked), asked.said("why")[:200]
    if kind == MuteKind.WORD:
        _check_word(asked, word)
        brand = ""
        if asked.press.mention_id and (subject := subjects.of(asked.session, asked.press.mention_id)):
            brand = subject.mention.brand
        return Mute(MuteKind.WORD, word, brand, until, asked.by, why, f"posts with “{word}”")
    if kind == MuteKind.AUTHOR and word and not asked.press.mention_id:
        return Mute(MuteKind.AUTHOR, word.lstrip("@"), "", until, asked.by, why, f"posts of @{word.lstrip('@')}")
    if word:
        raise wrong(kind="You have written a word too: choose “A word or phrase”, or empty it.")
    mention = asked.subject().mention
    if kind == MuteKind.AUTHOR:
        label = f"posts of {author(mention)} on {mention.channel}"
        return Mute(MuteKind.AUTHOR, mention.author_key, mention.brand, until, asked.by, why, label)
    label = f"a conversation on {mention.channel} with {author(mention)}"
    return Mute(MuteKind.THREAD, mention.thread_key, mention.brand, until, asked.by, why, label)


def _check_word(asked: Asked, word: str) -> None:
    if len(re.sub(r"\W", "", word)) < SHORTEST:
        raise wrong(word="Write at least three letters: a shorter word is in nearly every post.")
    names = {term.casefold() for brand in asked.settings.brands.values() for term in (brand.name, *brand.terms)}
    if word.casefold().lstrip("#@") in {name.lstrip("#@") for name in names}:
        raise wrong(word="That is a name of the brand: every post would be muted.")


def _until(asked: Asked) -> datetime | None:
    span = asked.said("span")
    if span == FOR_GOOD:
        if not asked.lead:
            raise wrong(span="Only a lead may mute for good. Choose a time.")
        return None
    if span not in SPANS:
        raise wrong(span="Choose for how long.")
    return asked.now + timedelta(days=SPANS[span])


def _spans(asked: Asked) -> tuple[tuple[str, str], ...]:
    return (*SPAN_WORDS, (FOR_GOOD, "For good")) if asked.lead else SPAN_WORDS


def _ends(asked: Asked, rule: Mute) -> str:
    return f"until {rule.until.astimezone(asked.zone):%-d %b %Y}" if rule.until else "for good"


def _reason(name: str) -> str:
    return REASON_WORDS[Reason(name)] if name in list(Reason) else "no reason kept"
