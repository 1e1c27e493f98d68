"""What a decision is made from: assessments by hand, rules from settings, and any of them at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from models.assessment import LABELS, Assessment, Danger, Finding, Head, Pii
from models.case import Case, CaseState
from models.decision import Arm, Decision, Route
from models.mention import Author, Mention, Reach
from models.past import Past, Quote
from responders.policy import decide
from responders.rules import Rules, rules_from
from responders.templates import Templates
from tests.build import NOW, mention, settings

CALM: Mapping[str, Mapping[str, float]] = {
    "intent": {"problem": 1},
    "sentiment": {"neutral": 1},
    "urgency": {"low": 1},
    "sensitive": {"none": 1},
    "churn": {"no": 1},
}
FAQ = {
    "questions": ["does kestrelo roaming work in switzerland"],
    "answer": "Yes: kestrelo.example/roaming",
    "lang": "en",
}
KESTRELO: Mapping[str, Any] = {
    "name": "Kestrelo",
    "terms": ["kestrelo"],
    "handles": {"x": ["@KestreloCare"]},
    "faq": [FAQ],
}
EVERY_ROUTE = ["answer", "thank", "call", "winback", "review"]
QUESTION = "Does Kestrelo roaming work in Switzerland?"
SUMMONED = frozenset({"kestrelocare"})


@cache
def templates() -> Templates:
    """The shipped ones."""
    return Templates.load()


def rules(channel: str = "x", brand: str = "kestrelo", **toml: Any) -> Rules:
    """The rules of Kestrelo on X, with top-level tables replaced."""
    return rules_from(settings(**{"brands": {"kestrelo": KESTRELO}, **toml}), templates())(brand, channel)


def eager(channel: str = "telegram", **replies: Any) -> Rules:
    """Rules under which the bot may say whatever it has a text for; ``replies`` says what differs."""
    wanted = {"mode": "on", "routes": EVERY_ROUTE, **replies}
    return rules(channel, replies=wanted, channels={channel: {"reply_with": "console"}})


def past(**changes: Any) -> Past:
    """Nothing is known, except ``changes``."""
    return Past(**{"fresh_id": "case-1", "fresh_code": "7X2F4RQ", **changes})


def case(route: Route = Route.REVIEW, **changes: Any) -> Case:
    """An open case of Anna's."""
    return Case(**{"id": "case-0", "code": "CCCCCCC", "brand": "kestrelo", "state": CaseState.OPEN, "route": route,
                   "opened_at": NOW, "mentions": 1} | changes)  # fmt: skip


def heads(pii: tuple[Pii, ...] = (), danger: bool = False, lang: str = "en", **given: Any) -> Assessment:
    """A calm problem, except for the heads given as label → probability; a head given as None has failed."""
    said = {head: given.get(head, CALM[head]) for head in Head}
    return Assessment(
        findings={
            head: Finding(head, {label: float(p.get(label, 0)) for label in LABELS[head]}, "test-1")
            for head, p in said.items()
            if p is not None
        },
        pii=pii,
        danger=(Danger("self_harm", "the words"),) if danger else (),
        lang=lang,
        unsure=tuple(head.value for head, p in said.items() if p is None) + (() if lang else ("language",)),
    )


def decided(
    assessment: Assessment, *, text: str = "", by: Rules | None = None, known: Past | None = None, **post: Any
) -> Decision:
    """What the policy says, at the moment of the post; on the channel of the rules."""
    by = by or rules()
    post = {"channel": by.manifest.name, **({"text": text} if text else {}), **post}
    return decide(mention(**post), assessment, known or past(), by, NOW)


SHARES = st.one_of(st.sampled_from([0.0, 0.25, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0]), st.floats(0, 1))
TEXTS = st.one_of(st.text(max_size=80), st.sampled_from([QUESTION, "", " \n", "\u200b", "Kestrelo", "a\u0301" * 90]))
LANGS = st.sampled_from(["en", "es", "fr", "de", "pt", "it", "nl", "tlh", ""])


@st.composite
def findings(draw: st.DrawFn) -> dict[Head, Finding]:
    """Any answers of any heads; they need not sum to anything."""
    shown = draw(st.sets(st.sampled_from(Head)) | st.just(set(Head)))
    return {head: Finding(head, {label: draw(SHARES) for label in LABELS[head]}, "any-1") for head in sorted(shown)}


@st.composite
def spans(draw: st.DrawFn, size: int) -> tuple[Pii, ...]:
    """Any places inside a text of ``size`` characters, which may overlap."""
    if not size:
        return ()
    ends = st.tuples(st.integers(0, size - 1), st.integers(1, size)).filter(lambda ends: ends[0] < ends[1])
    return tuple(Pii("phone", start, end) for start, end in draw(st.lists(ends, max_size=4)))


@st.composite
def mentions(draw: st.DrawFn) -> Mention:
    """Any post to any channel."""
    return mention(
        channel=draw(st.sampled_from(["x", "telegram", "reddit", "nowhere"])),
        external_id=draw(st.text(min_size=1, max_size=20)),
        author=draw(
            st.builds(
                Author,
                id=st.text(max_size=9),
                name=st.text(max_size=9),
                handle=st.text(max_size=9),
                followers=st.none() | st.integers(0, 10**9),
            )
        ),
        text=draw(TEXTS),
        posted_at=draw(st.sampled_from([NOW, NOW.replace(year=2020), NOW.replace(year=2031)])),
        reach=Reach(reposts=draw(st.integers(0, 200))),
        addressees=draw(st.sampled_from([frozenset(), SUMMONED])),
        quotes=draw(st.sampled_from([None, "kestrelocare", "somebody"])),
    )


@st.composite
def assessments(draw: st.DrawFn, size: int) -> Assessment:
    """Any assessment of a text of ``size`` characters."""
    lang = draw(LANGS)
    return Assessment(
        findings=draw(findings()),
        pii=draw(spans(size)),
        danger=draw(st.sampled_from([(), (), (Danger("threat", "words"),)])),
        lang=lang,
        unsure=draw(st.sampled_from([(), ("language",)])),
    )


def pasts() -> st.SearchStrategy[Past]:
    """Anything that may be known."""
    return (
        st.builds(
            past,
            case=st.none() | st.sampled_from(Route).map(case),
            replied_in_thread=st.booleans(),
            last_reply_at=st.sampled_from([None, NOW]),
            replies_last_hour=st.sampled_from([0, 20]),
            replies_last_day=st.sampled_from([0, 100]),
            thanks_last_day=st.sampled_from([0, 5]),
            opted_out=st.booleans(),
        )
        | known_pasts()
    )


@st.composite
def known_pasts(draw: st.DrawFn) -> Past:
    """Of somebody who heard from us, quoted a code, turned or was leaving before."""
    turned_at = draw(st.sampled_from([None, NOW - timedelta(days=1), NOW]))
    state = draw(st.sampled_from(CaseState))
    quote = draw(st.sampled_from(Quote))
    own = draw(st.sampled_from(Route).map(lambda route: case(route, state=state, turned_at=turned_at)))
    heard = draw(st.booleans())
    return past(
        case=own if quote.joins or draw(st.booleans()) else None,
        quote=quote,
        spoken_at=NOW - timedelta(minutes=1) if heard else None,
        said=tuple(draw(st.lists(assessments(0), max_size=3))) if heard else (),
        arm=draw(st.none() | st.sampled_from(Arm)),
        replied_in_thread=draw(st.booleans()),
        opted_out=draw(st.booleans()),
    )
