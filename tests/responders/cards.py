"""Cards and messages for the responders' tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from models.card import Card
from models.decision import Kind, Message
from models.survey import question, words
from tests.responders.hostile import HOSTILE, LINKS, LONG

CARD = Card(
    title="Call this customer now",
    brand="Kestrelo",
    channel="x",
    author="Anna Lind (@anna_l)",
    author_link="https://x.com/anna_l",
    text="Someone moved my Kestrelo number to another SIM & my bank codes go there now.\nAnybody??",
    link="https://x.com/anna_l/status/1900",
    posted_at="2026-11-21T14:02+00:00",
    reach="1,240 followers, 3 reposts",
    why=("harm is happening or close", "the fix takes private data"),
    scores=(("harm under way", 0.91), ("needs private data", 0.88)),
    urgency="critical: act within minutes",
    private_data="account, order or device details",
    recommendation="Call now, or secure the account first if somebody else is using it.",
    eligibility="A person answers by hand: X accepts replies only to authors who mentioned the account",
    draft="We are sorry. Please reach us privately and give the code 7X2F4RQ; we will call you.",
    reply_link="https://x.com/intent/tweet?in_reply_to=1900&text=We%20are%20sorry",
    code="7X2F4RQ",
    route="call",
)
OPEN = replace(
    CARD,
    case_id="c" * 32,
    mention_id="a" * 32,
    mentions=2,
    answer_by="2026-11-21T14:20:00+00:00",
    hours="Europe/Berlin",
    before=(("2026-11-21T09:05:00+00:00", "telegram", "Is it normal to see “SOS only” after a new SIM?"),),
    trail=(("2026-11-21T14:03:00+00:00", "people were reminded"),),
    sends_as="@kestrelo_help",
)
"""The card of a case that the desk can work on."""
CLAIMED = replace(OPEN, state="claimed", version=1, holder="Ana Ruiz", holder_id="U0ANA00001")
GIVEN = ("phone", "2026-11-21T14:02:00+00:00", "2026-11-21T14:02:00+00:00", "", "Europe/Madrid", "es", "", "")
REACHABLE = replace(
    CLAIMED,
    call="offered",
    contacts=(GIVEN,),
    calling="09:00-20:00",
    attempts=(("2026-11-21T14:20:00+00:00", "no answer"),),
)
"""The customer has given a number."""
NOTE = {
    "text": "Still nothing, and now my bank has locked me out.",
    "author": "Anna Lind (@anna_l)",
    "link": "https://x.com/anna_l/status/1901",
    "why": ["the same person or thread as an open case"],
}

MOMENTS = st.one_of(st.datetimes().map(lambda at: at.isoformat()), HOSTILE)
ANY_CARD = st.builds(
    Card,
    text=LONG,
    draft=LONG,
    link=LINKS,
    reply_link=LINKS,
    author_link=LINKS,
    posted_at=MOMENTS,
    why=st.lists(HOSTILE, max_size=12).map(tuple),
    scores=st.lists(st.tuples(HOSTILE, st.floats(0, 1)), max_size=5).map(tuple),
    mentions=st.integers(1, 10**6),
    urgency=st.one_of(st.sampled_from(["critical: now", "low", "unknown: no idea", ""]), HOSTILE),
    route=st.sampled_from(["page", "call", "winback", "answer", "review"]),
    case_id=st.sampled_from(["", "c" * 32]),
    mention_id=st.sampled_from(["", "a" * 32]),
    state=st.sampled_from(["open", "claimed", "resolved", "dismissed", ""]),
    version=st.integers(0, 10**9),
    hours=st.one_of(st.sampled_from(["", "Europe/Berlin", "UTC", "Nowhere/Land", "../etc", "Europe"]), HOSTILE),
    before=st.lists(st.tuples(MOMENTS, HOSTILE, LONG), max_size=8).map(tuple),
    trail=st.lists(st.tuples(MOMENTS, HOSTILE), max_size=8).map(tuple),
    call=st.sampled_from(["", "offered", "tried", "ended"]),
    contacts=st.lists(
        st.tuples(
            st.sampled_from(["phone", "email", "private", "fax"]),
            MOMENTS,
            MOMENTS,
            HOSTILE,
            st.one_of(st.sampled_from(["Europe/Berlin", "", "../etc"]), HOSTILE),
            HOSTILE,
            HOSTILE,
            st.sampled_from(["", "withdrawn", "erased"]),
        ),
        max_size=4,
    ).map(tuple),
    calling=st.one_of(st.sampled_from(["", "09:00-20:00"]), HOSTILE),
    attempts=st.lists(st.tuples(MOMENTS, HOSTILE), max_size=8).map(tuple),
    turned=st.one_of(st.just(""), MOMENTS),
    closing=st.sampled_from(["", "due", "waiting", "sent", "by_hand", "failed"]),
    winback=st.sampled_from(["", "open", "retained", "lost", "unknown"]),
    **dict.fromkeys(("answer_by", "snoozed_until", "late_by"), st.one_of(st.just(""), MOMENTS)),
    **dict.fromkeys(("holder", "outcome", "waiting", "sends_as"), st.one_of(st.just(""), HOSTILE)),
    **dict.fromkeys(
        ("title", "brand", "channel", "author", "reach", "private_data", "recommendation", "eligibility", "code"),
        HOSTILE,
    ),
)
ASKS = st.fixed_dictionaries(
    {
        "verb": st.sampled_from(["winback.submit", "nothing"]),
        "name": HOSTILE,
        "case": st.just("c" * 32),
        "choices": st.lists(
            st.tuples(st.sampled_from(["a", "b", "c"]), HOSTILE), max_size=6, unique_by=lambda one: one[0]
        ),
    }
)
ANY_NOTE = st.fixed_dictionaries(
    {"text": LONG, "author": HOSTILE, "link": LINKS, "why": st.lists(HOSTILE)}, optional={"ask": ASKS}
)


def message(kind: Kind = Kind.ALERT, body: Any = None, *, target: str = "social-triage", **fields: Any) -> Message:
    """A message with a body that suits its kind."""
    bodies = {
        Kind.ALERT: CARD.to_body(),
        Kind.NOTE: NOTE,
        Kind.REPLY: {"text": "We are sorry.", "author": "@anna_l", "channel": "telegram"},
        Kind.NOTICE: {"text": "The listener x is silent."},
        Kind.ERASE: {},
        Kind.LIST: {"count": 0, "left": 0, "rows": [], "codes": [], "new": []},
        Kind.PICTURE: {"title": "The last 24 hours", "text": "Nothing happened.", "alt": "Empty diagrams"},
        Kind.EDIT: CLAIMED.to_body(),
        Kind.SURVEY: question("csat", words("en"), "Kestrelo", "a" * 40),
        Kind.TAPPED: {"tap": "7", "said": "Thank you.", "reference": "-100:9", "text": "Thank you."},
        Kind.DIAL: {"contact": "c1", "code": "7X2F4RQ", "by": "U0ANA00001", "card": {"sink": "team", "to": "C1"}},
    }
    fields = {"key": f"key-{kind}", "sink": "team"} | fields
    return Message(kind=kind, target=target, body=bodies[kind] if body is None else body, **fields)
