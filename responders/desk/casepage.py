"""`case CODE`: one case as somebody needs it who has its customer on the phone. The code names the case, and nobody."""

from __future__ import annotations

from datetime import datetime

from models.case import CaseState
from models.events import EventType
from models.form import Answer, Page, Part, Said
from models.mask import mask_name
from models.store import alike, board, casework, codes, contacts, switches, ways
from models.store.board import CasePage
from models.switch import Stage, Switch
from models.trail import WAYS, worded
from responders.card_words import GIVEN, place
from responders.desk import words
from responders.desk.asked import Asked

STAGES = {
    Stage.RECOMMENDED: "recommended",
    Stage.OFFERED: "offered",
    Stage.OPENED: "the customer has looked at the page",
    Stage.ACCEPTED: "the customer has said yes",
    Stage.ATTEMPTED: "tried",
    Stage.CONNECTED: "they were spoken to",
    Stage.RESOLVED: "settled there",
    Stage.CLOSED: "settled, and closed in public",
}

PUBLIC = "The code stands in public: it names the case and proves nobody. Make sure who you speak with in another way."


def case(asked: Asked, said: str) -> Answer:
    """The case, and in its history that its code was named on the phone; of a code that has ended, that it has."""
    page = board.case_page(asked.session, said, asked.now) if said else None
    if page is None:
        return Said(f"No case has the code “{said[:20]}”. A code has 7 signs and stands on the card.")
    stands = codes.valid(asked.session, said, asked.settings.callback, asked.now) is not None
    shown = Page(f"Case {page.case.code}", tuple(_parts(asked, page, stands)))
    if stands and asked.once():
        casework.note_event(asked.session, page.case.id, EventType.CODE_QUOTED, asked.by, asked.now, {"how": "phone"})
    return shown


def _parts(asked: Asked, page: CasePage, stands: bool) -> list[Part]:
    trail = page.card.get("trail", ()) if page.card else ()
    history = tuple(f"{asked.clock(datetime.fromisoformat(at))}: {text}" for at, text in trail)
    posts = tuple(f"{asked.clock(post.posted_at)}, {post.author} on {post.channel}: {post.text}" for post in page.heard)
    told = ways.said_by_us(asked.session, page.case.id, 5)
    ours = tuple(f"{asked.clock(at)} on {place(where)}: {mask_name(text)}" for at, where, text in told)
    counted = alike.listed(asked.session, page.case.id)
    same = tuple(f"{asked.clock(at)}, @{mask_name(who)} on {where}: {link}" for at, where, who, link in counted)
    return [
        Part("", (page.row,), lines=(PUBLIC if stands else _over(asked, page),)),
        *_named("Change of channel", _switches(asked, page.case.id)),
        *_named("How to reach them", _contacts(asked, page.case.id)),
        *_named("To pass on", _links(asked, page, stands)),
        *_named("What we said in public", ours),
        Part("Posts, newest first", lines=posts, empty="Their text was erased."),
        Part("History, newest first", lines=history, empty="Nothing has happened to it yet."),
        *_named("Say the same", same),
    ]


def _over(asked: Asked, page: CasePage) -> str:
    """That the code names the case no longer."""
    if page.card is None:
        return words.ERASED
    since = f" with the case, which was closed {asked.clock(page.case.closed_at)}" if page.case.closed_at else ""
    return f"This code has ended{since}. Make sure who you speak with in another way, and ask what it is about."


def _named(heading: str, lines: tuple[str, ...]) -> tuple[Part, ...]:
    return (Part(heading, lines=lines),) if lines else ()


def _switches(asked: Asked, case_id: str) -> tuple[str, ...]:
    """How far each change of channel has come, the newest first."""
    return tuple(_switch(asked, one) for one in reversed(switches.of_case(asked.session, case_id)))


def _switch(asked: Asked, one: Switch) -> str:
    dropped = f"came to nothing: {worded(one.drop)}" if one.drop else ""
    way = WAYS.get(one.to_channel, place(one.to_channel))
    stage = dropped or STAGES.get(one.stage, one.stage)
    return f"From {place(one.from_channel)} to {way}: {stage}, since {asked.clock(one.moved_at)}"


def _contacts(asked: Asked, case_id: str) -> tuple[str, ...]:
    """What was given and whether it still holds; never the number, which “Brief & call” shows to who has the case."""
    return tuple(
        f"{GIVEN.get(one.kind, 'Contact given')} {asked.clock(one.given_at)}{_end(asked, one.withdrawn, one.erased)}"
        for one in reversed(contacts.of_case(asked.session, case_id))
    )


def _links(asked: Asked, page: CasePage, stands: bool) -> tuple[str, ...]:
    """The customer's page while the case is open; after it was settled, the one on which they say how it went."""
    if not stands:
        return ()
    if page.case.live:
        link = asked.links.of(page.case.code)
        return (f"Their page, to leave a number: {link}",) if link else ()
    wanted = page.case.state is CaseState.RESOLVED and asked.settings.surveys.on
    link = asked.links.survey(page.case.code) if wanted else ""
    return (f"How it went, in their words: {link}",) if link else ()


def _end(asked: Asked, withdrawn: datetime | None, erased: datetime | None) -> str:
    if withdrawn:
        return f", taken back {asked.clock(withdrawn)}: do not call"
    return f", erased {asked.clock(erased)}" if erased else ": “Brief & call” shows it to who has the case"
