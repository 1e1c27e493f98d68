"""The slash command: its words, and what each of them does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from difflib import get_close_matches

from models.form import Answer, Page, Part, Said
from models.store import controls
from models.store.mutes import MuteKind
from responders.desk import adding, casepage, home, joining, mutes, words
from responders.desk.asked import Asked, Undone

LONGEST_PAUSE = 7 * 24 * 60
"""Minutes."""
HELP = {
    "status": "how the sources fare and what waits",
    "mine": "the cases that you have",
    "queue": "the cases that nobody has",
    "find TEXT|CODE": "cases by a word, an author or a code",
    "case CODE": "the case whose code somebody names on the phone: posts, answers, change of channel, history",
    "report": "today in numbers",
    "mute WORD [7d]": "hear no more of a word; “mute @author”, “mute list”, “mute off ID”",
    "add": "hand in a post that the listeners missed",
    "join CODE CODE": "count the first case on the card of the second: two people say the same",
    "part CODE": "undo that, or say that two look-alikes are not the same",
    "pause [MINUTES]": "hold public replies; “pause all” holds the cards too",
    "resume": "let sending go on",
    "help": "this list",
}


def command(asked: Asked) -> Answer:
    """Do what was written."""
    name, _, rest = asked.said("text").partition(" ")
    name, rest = name.lower(), rest.strip()
    if name in COMMANDS:
        return COMMANDS[name](asked, rest)
    near = get_close_matches(name, COMMANDS, 1)
    unknown = f"“{name[:40]}” is not known. {f'Did you mean “{near[0]}”?' if near else ''}".strip()
    return help_page(asked, unknown if name else "")


def help_page(asked: Asked, first: str = "") -> Page:
    """All words."""
    own = asked.settings.desk.command
    lines = tuple(f"{own} {said}: {what}" for said, what in HELP.items())
    above = (Part("", lines=(first,)),) if first else ()
    return Page("What you can write", (*above, Part("", lines=lines)))


def _pause(asked: Asked, rest: str) -> Answer:
    _only_leads(asked)
    everything = rest.partition(" ")[0].lower() == "all"
    said = (rest[3:] if everything else rest).strip().removesuffix("minutes").removesuffix("m").strip()
    if said and not (said.isascii() and said.isdigit() and 0 < int(said[:6]) <= LONGEST_PAUSE):
        return Said(f"Write “pause”, or “pause 30” for half an hour; at most {LONGEST_PAUSE} minutes.")
    until = asked.now + timedelta(minutes=int(said)) if said else None
    if not asked.once():
        return None
    controls.pause(asked.session, everything, until, asked.now)
    what = "All sending is held, cards to this team included" if everything else "Public replies are held; cards go on"
    ends = f" until {asked.clock(until)}" if until else ""
    return Said(f"{what}{ends}. “{asked.settings.desk.command} resume” lets it go on. What waits is kept.")


def _resume(asked: Asked, rest: str) -> Answer:
    _only_leads(asked)
    if not asked.once():
        return None
    return Said("Sending goes on." if controls.resume(asked.session, asked.now) else "Nothing was held.")


def _only_leads(asked: Asked) -> None:
    if not asked.lead:
        raise Undone(Said(words.LEADS))


def _mute(asked: Asked, rest: str) -> Answer:
    first, _, behind = rest.partition(" ")
    if first.lower() in ("", "list"):
        return mutes.listed(asked) if first else mutes.mute(asked)
    if first.lower() == "off":
        return mutes.removed(asked, behind.strip()) if asked.once() else None
    said, _, span = rest.rpartition(" ")
    if span.lower() not in (*mutes.SPANS, mutes.FOR_GOOD) or not said:
        said, span = rest, "30d"
    said = said.removeprefix("word ").removeprefix("author ")
    kind = MuteKind.AUTHOR if said.startswith("@") or first.lower() == "author" else MuteKind.WORD
    fields = {"kind": str(kind), "word": said.strip().strip('"“”'), "span": span.lower()}
    return mutes.shown_or_said(replace(asked, press=replace(asked.press, fields=fields)))


COMMANDS: Mapping[str, Callable[[Asked, str], Answer]] = {
    "status": lambda asked, rest: home.status(asked),
    "mine": lambda asked, rest: home.mine(asked),
    "queue": lambda asked, rest: home.queue(asked),
    "find": home.find,
    "case": casepage.case,
    "report": lambda asked, rest: home.report(asked),
    "mute": _mute,
    "add": lambda asked, rest: adding.add(replace(asked, press=replace(asked.press, fields={"text": rest}))),
    "join": joining.join,
    "part": joining.part,
    "pause": _pause,
    "resume": _resume,
    "help": lambda asked, rest: help_page(asked),
}
