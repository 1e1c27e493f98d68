"""What an agent sees in Slack, and that no stranger can break or forge it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from slack_sdk.models.blocks import Block

from models.card import Card
from responders.slack_card import blocks, fallback, note, note_fallback, text_only
from tests.responders.cards import ANY_CARD, ANY_NOTE, CARD, NOTE


def parts(drawn: Any) -> Iterator[dict[str, Any]]:
    """Every object in the blocks."""
    if isinstance(drawn, dict):
        yield drawn
    for inner in drawn.values() if isinstance(drawn, dict) else drawn:
        if isinstance(inner, dict | list):
            yield from parts(inner)


def words(drawn: Any) -> str:
    """Every text in the blocks, in order."""
    return "\n".join(part["text"] for part in parts(drawn) if isinstance(part.get("text"), str))


def buttons(drawn: Any) -> dict[str, str]:
    """The buttons' labels and links."""
    return {part["text"]["text"]: part["url"] for part in parts(drawn) if part.get("type") == "button"}


def accepted(drawn: list[dict[str, Any]]) -> None:
    """Slack's own models take the blocks, and every limit of the platform holds."""
    for block, parsed in zip(drawn, Block.parse_all(drawn), strict=True):
        assert parsed.to_dict()["type"] == block["type"]
    assert len(drawn) <= 10
    assert len(json.dumps(drawn, ensure_ascii=False).encode()) < 13_000
    for part in parts(drawn):
        text = part.get("text")
        if isinstance(text, str):
            # Within fields Slack takes 2,000 signs, in a section 3,000; it takes no empty text.
            assert 1 <= len(text) <= (2000 if part["type"] == "mrkdwn" else 3000)
        if part.get("type") == "mrkdwn":
            assert part["verbatim"]
            assert not {"<", ">"} & set(part["text"])
        if part.get("type") == "header":
            assert len(part["text"]["text"]) <= 150
        if "url" in part:
            assert part["url"].lower().startswith(("https://", "http://"))
            assert len(part["url"]) <= 3000


@given(ANY_CARD)
@settings(max_examples=150, deadline=None)
def test_slack_takes_every_card(card: Card) -> None:
    """Whatever strangers write, the blocks keep Slack's rules and nothing they wrote is read as markup."""
    accepted(blocks(card))
    for text in (fallback(card), text_only(card)):
        assert not {"<", ">"} & set(text)
        assert "\0" not in text
    assert len(fallback(card)) < 2000
    assert "\n" not in fallback(card)


@given(ANY_NOTE)
@settings(deadline=None)
def test_slack_takes_every_note(body: dict[str, Any]) -> None:
    """The same holds for a later post of a case."""
    accepted(note(body))
    assert not {"<", ">"} & set(note_fallback(body))


def test_a_card_says_everything_in_seven_blocks() -> None:
    """What happened, what to do, who said what, why, the draft, two buttons and the case, in this order."""
    drawn = blocks(CARD)
    kinds = ["header", "rich_text", "rich_text", "section", "rich_text", "actions", "context"]
    assert [block["type"] for block in drawn] == kinds
    assert drawn[0]["text"]["text"] == "🔴 Call this customer now"
    said = words(drawn)
    places = [
        said.index(part)
        for part in (
            CARD.recommendation,
            "Anna Lind (@anna_l)",
            " · X · 1,240 followers",
            CARD.text,
            "Critical: act within minutes",
            "*The fix takes*\nAccount, order",
            "• Harm is happening or close\n• The fix takes",
            "A person answers by hand",
            CARD.draft,
            "Open the post",
            "*Case 7X2F4RQ* · Kestrelo · harm under way 91% · needs private data 88%",
        )
    ]
    assert places == sorted(places)
    assert buttons(drawn) == {"Open the post": CARD.link, "Answer by hand": CARD.reply_link}


def test_a_bare_card_is_short() -> None:
    """A card with little to say has no empty parts."""
    empty = dict.fromkeys(
        ("reach", "urgency", "private_data", "eligibility", "draft", "reply_link", "code", "brand"), ""
    )
    drawn = blocks(replace(CARD, **empty, why=(), scores=()))
    assert [block["type"] for block in drawn] == ["header", "rich_text", "rich_text", "actions"]


def test_a_quote_is_never_markup() -> None:
    """Words of strangers stand in rich text, letter by letter, even those that look escaped."""
    card = replace(CARD, text="<!channel> &lt;@U1&gt; *x* `y` :fire:", author="<!here>")
    quotes = [part for part in parts(blocks(card)) if part.get("type") == "rich_text_quote"]
    assert quotes[0]["elements"] == [{"type": "text", "text": card.text}]
    assert "&lt;!here&gt;" in fallback(card)
    assert "&amp;lt;@U1" in text_only(card)


@pytest.mark.parametrize(
    ("urgency", "route", "sign"),
    [
        ("critical: act within minutes", "call", "🔴"),
        ("high: blocked or losing money today", "call", "🟠"),
        ("normal: within the day", "review", "🔵"),
        ("low: nobody needs to act", "answer", "⚪"),
        ("unknown: the model could not judge it", "review", "❔"),
        ("low: nobody needs to act", "page", "🚨"),
    ],
)
def test_urgency_is_seen_from_afar(urgency: str, route: str, sign: str) -> None:
    """The header's sign follows the urgency; danger to somebody outranks it."""
    assert blocks(replace(CARD, urgency=urgency, route=route))[0]["text"]["text"].startswith(f"{sign} ")


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "tg://resolve?domain=a",
        "https://kestrelo.example@evil.example/",
        "https://x.example/<!channel>",
        "https://кestrelo.example/",
        "not a link",
    ],
)
def test_only_plain_web_links_become_buttons(link: str) -> None:
    """Any other link is shown as the text that it is."""
    drawn = blocks(replace(CARD, link=link))
    assert "Open the post" not in buttons(drawn)
    assert f"Post: {link}" in words(drawn)


def test_a_link_that_is_too_long_has_no_button() -> None:
    """Slack refuses a whole message for one long link, so the button goes and the draft stays."""
    drawn = blocks(replace(CARD, reply_link="https://x.example/" + "a" * 3000))
    assert list(buttons(drawn)) == ["Open the post"]
    assert CARD.draft in words(drawn)


def test_the_same_link_is_offered_once() -> None:
    """Where no link can fill the answer in, opening the post is all there is."""
    assert list(buttons(blocks(replace(CARD, reply_link=CARD.link)))) == ["Open the post"]


def test_the_time_is_the_readers_own() -> None:
    """Slack shows the moment in each reader's zone; a text that is no moment stays a text."""
    dates = [part for part in parts(blocks(CARD)) if part.get("type") == "date"]
    assert [(date["timestamp"], date["fallback"]) for date in dates] == [(1795269720, "21 Nov 2026, 14:02 UTC")]
    assert "this morning" in words(blocks(replace(CARD, posted_at="this morning")))


def test_the_notification_keeps_the_post_off_lock_screens() -> None:
    """A phone shows what to do and for whom, and not what the customer wrote."""
    assert fallback(CARD) == (
        "Call this customer now · Anna Lind (@anna_l) on X · "
        "Call now, or secure the account first if somebody else is using it. · case 7X2F4RQ"
    )


def test_words_alone_still_make_a_card() -> None:
    """Without blocks the agent still reads the post, why, the draft and the link."""
    said = text_only(CARD)
    for part in ("| Anybody??", "SIM &amp; my", "Why: Harm is happening", "Draft answer: We are sorry", CARD.link):
        assert part in said


def test_a_note_says_who_and_why() -> None:
    """Under a card stand the author, the words, the link and the reason."""
    said = words(note(NOTE))
    for part in (NOTE["author"], NOTE["text"], "The same person or thread"):
        assert part in said
    assert [part["url"] for part in parts(note(NOTE)) if "url" in part] == [NOTE["link"]]


@pytest.mark.parametrize("piece", ["&", "😀", "你", '"\\', "👩‍👩‍👧", "e\u0301\u0301\u0301\u0301", "\n"])
def test_the_longest_card_still_fits(piece: str) -> None:
    """With every text and every link as long as can be, Slack still takes the card."""
    names = ("title", "author", "text", "reach", "urgency", "private_data", "recommendation", "eligibility", "draft")
    long = dict.fromkeys((*names, "brand", "channel", "code", "posted_at"), piece * 5000)
    link = "https://x.example/" + "a" * 2950
    links = {"link": link, "reply_link": f"{link}b", "author_link": link[:290]}
    card = replace(CARD, **long, **links, why=(piece * 5000,) * 40, scores=((piece * 5000, 0.5),) * 5)
    accepted(blocks(card))
