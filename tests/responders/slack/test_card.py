"""What an agent sees in Slack, and that no stranger can break or forge it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from models.card import Card
from models.decision import REASON_WORDS, Reason
from models.form import Said
from responders.slack.card import blocks, fallback, text_only
from responders.slack.note import fallback as note_fallback
from responders.slack.note import note, notice, said
from responders.words import audit_question
from tests.build import mention
from tests.responders.cards import ANY_CARD, ANY_NOTE, CARD, CLAIMED, GIVEN, NOTE, OPEN, REACHABLE
from tests.responders.hostile import LONG
from tests.responders.slack.limits import accepted, parts, words

AUDIT = replace(CARD, mention_id="a" * 32, why=(REASON_WORDS[Reason.AUDIT],), draft="", reply_link="", code="")


def dates(drawn: Any) -> list[tuple[int, str]]:
    """The moments in the blocks: their time stamps and forms."""
    return [(part["timestamp"], part["format"]) for part in parts(drawn) if part.get("type") == "date"]


@given(ANY_CARD)
@settings(max_examples=100, deadline=None)
def test_slack_takes_every_card(card: Card) -> None:
    """Whatever strangers write, in every state, the blocks keep Slack's rules and nothing they wrote is markup."""
    for pressable in (True, False):
        accepted(blocks(card, pressable))
    accepted(blocks(card, whole=True))
    for text in (fallback(card), text_only(card)):
        assert not {"<", ">"} & set(text)
        assert "\0" not in text
    assert len(fallback(card)) < 2000
    assert "\n" not in fallback(card)


@given(ANY_NOTE, LONG)
@settings(deadline=None)
def test_slack_takes_every_note(body: dict[str, Any], text: str) -> None:
    """The same holds for a later post of a case, for words to one person and for a notice."""
    accepted(note(body))
    for shown in (note_fallback(body), said(Said(text)), notice(text)):
        assert not {"<", ">"} & set(shown)
    assert said(Said(text))


def test_a_card_is_read_from_top_to_bottom() -> None:
    """By when and whose, what to do, who said what, what before, why, the draft, buttons, case, history."""
    drawn = blocks(OPEN)
    kinds = ["header", "rich_text", "rich_text", "rich_text", "section", "rich_text", "actions", "context", "context"]
    assert [block["type"] for block in drawn] == kinds
    assert drawn[0]["text"]["text"] == "🔴 Call this customer now"
    shown = words(drawn)
    wanted = (
        "Answer by \n",
        "Nobody has it yet",
        OPEN.recommendation,
        "Anna Lind (@anna_l)",
        " · X · 1,240 followers",
        "Open the post",
        OPEN.text,
        "Earlier in this case",
        " · Telegram: Is it normal",
        "• Harm is happening or close\n• The fix takes",
        "*The fix takes*\nAccount, order",
        "harm under way 91%\nneeds private data 88%",
        "A person answers by hand",
        "would go out as @kestrelo_help",
        OPEN.draft,
        "Claim",
        "*Case 7X2F4RQ* · Kestrelo · 2 posts · answer by 15:20 in Berlin",
        "people were reminded",
    )
    places = [shown.index(part) for part in wanted]
    assert places == sorted(places)


def test_a_bare_card_is_short() -> None:
    """A card with little to say has no empty parts."""
    empty = dict.fromkeys(
        ("reach", "urgency", "private_data", "eligibility", "draft", "reply_link", "code", "brand", "link"), ""
    )
    drawn = blocks(replace(CARD, **empty, why=(), scores=()))
    assert [block["type"] for block in drawn] == ["header", "rich_text", "rich_text"]
    accepted(blocks(replace(CARD, **empty, why=(), scores=(), recommendation="", title="", text="")))


def test_how_soon_is_a_time() -> None:
    """The deadline is a moment in the reader's own zone, and once in the team's hours; the posts have theirs."""
    assert dates(blocks(OPEN)) == [
        (1795270800, "{time} {date_short_pretty}"),
        (1795269720, "{date_short_pretty} at {time}"),
        (1795251900, "{date_short_pretty} at {time}"),
    ]
    assert "15:20 in Berlin" in words(blocks(OPEN))
    assert "this morning" in words(blocks(replace(CARD, posted_at="this morning")))
    assert "Critical: act within minutes" in words(blocks(replace(OPEN, answer_by="")))


@pytest.mark.parametrize("zone", ["", "Nowhere/Land", "../../etc/passwd", "Europe", "\0"])
def test_a_zone_that_is_none_is_left_out(zone: str) -> None:
    """A time zone that nobody knows costs the card nothing but itself."""
    assert " in Land" not in words(blocks(replace(OPEN, hours=zone)))
    accepted(blocks(replace(OPEN, hours=zone)))


def test_the_card_says_whose_it_is() -> None:
    """A claimed card names who has it, a snoozed one until when it rests, a waiting one what it waits for."""
    assert "Ana Ruiz has it" in words(blocks(CLAIMED))
    assert "Nobody" not in words(blocks(CLAIMED))
    resting = blocks(replace(CLAIMED, snoozed_until="2026-11-21T18:00:00+00:00"))
    assert "Snoozed until \n21 Nov 2026, 18:00 UTC" in words(resting)
    assert "Answer by \n" not in words(resting)
    waiting = replace(CLAIMED, waiting="the draft of Ben waits for approval")
    assert "The draft of Ben waits for approval" in words(blocks(waiting))


def test_a_late_card_says_so() -> None:
    """A card that waited for long tells when it came in."""
    assert "Late: this came in at \n21 Nov 2026, 13:02 UTC" in words(
        blocks(replace(OPEN, late_by="2026-11-21T13:02:00+00:00"))
    )


def test_what_is_next_follows_the_call() -> None:
    """Once a call is recommended the card asks how it went, whatever it advised before."""
    assert "Call done" in words(blocks(replace(CLAIMED, call="offered"))[1])
    assert "Nobody was reached yet" in words(blocks(replace(CLAIMED, call="tried"))[1])
    assert "Call now: " in words(blocks(REACHABLE)[1])
    assert "Call now: " not in words(blocks(replace(REACHABLE, contacts=((*GIVEN[:-1], "withdrawn"),)))[1])
    assert "Write to them now: " in words(blocks(replace(REACHABLE, contacts=(("email", *GIVEN[1:]),)))[1])
    assert OPEN.recommendation not in words(blocks(replace(CLAIMED, call="ended")))


def test_the_card_says_how_the_customer_can_be_reached() -> None:
    """When a number was given and agreed to, when to call on their clock, and the calls that were tried."""
    drawn = blocks(REACHABLE)
    assert [block["type"] for block in drawn][:3] == ["header", "rich_text", "rich_text"]
    assert "".join(words(drawn[2]).split("\n")) == (
        "Number given 21 Nov 2026, 14:02 UTC, consent 21 Nov 2026, 14:02 UTC, call 9–20 in the customer's zone (Madrid)"
        ", in SpanishCalls: 21 Nov 2026, 14:20 UTC: no answer"
    )
    when = (*GIVEN[:3], "2026-11-22 09:00-12:00", *GIVEN[4:])
    assert "call 2026-11-22 09:00-12:00 in the customer's zone" in words(blocks(replace(REACHABLE, contacts=(when,))))


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ((*GIVEN[:-1], "withdrawn"), "and taken back"),
        ((*GIVEN[:-1], "erased"), "erased by now"),
        ((*GIVEN[:-2], "Ana Ruiz", ""), "written down by Ana Ruiz"),
        (("email", *GIVEN[1:]), "E-mail address given"),
        (("private", *GIVEN[1:]), "Private message asked for"),
    ],
)
def test_each_way_to_reach_them_has_its_words(contact: tuple[str, ...], said: str) -> None:
    """What was taken back or erased says so, and asks nobody to call."""
    shown = words(blocks(replace(REACHABLE, contacts=(contact,)))[2])
    assert said in shown
    assert ("call 9–20" in shown) == (contact[0] == "phone" and not contact[-1])


def test_a_turned_tone_is_seen() -> None:
    """The card says since when only people write here."""
    assert "The tone turned at \n" in words(blocks(replace(CLAIMED, turned="2026-11-21T14:30:00+00:00")))


def test_what_is_left_to_do_stands_on_the_line() -> None:
    """A case that is over says whether it ended in public, and whether they stayed."""
    over = replace(CLAIMED, state="resolved", outcome="Resolved by Ana Ruiz")
    [due] = blocks(replace(over, closing="due", winback="open"))
    assert due["text"]["text"].startswith("✅ Resolved by Ana Ruiz · not yet closed in public · did they stay? · ")


def test_a_card_that_is_over_is_one_line() -> None:
    """Sign, outcome, who, where and the case remain, and a menu; the post itself is gone."""
    [folded] = blocks(replace(CLAIMED, state="resolved", outcome="Resolved by Ana Ruiz: settled by a call"))
    line = "✅ Resolved by Ana Ruiz: settled by a call · Anna Lind (@anna_l) on X · 7X2F4RQ"
    assert folded["text"]["text"] == line
    assert folded["accessory"]["type"] == "overflow"
    assert fallback(replace(CLAIMED, state="resolved", outcome="Resolved by Ana Ruiz: settled by a call")) == line
    [dismissed] = blocks(replace(OPEN, state="dismissed"))
    assert dismissed["text"]["text"].startswith("☑️ Dismissed · Anna Lind")


def test_the_whole_card_can_be_seen_again() -> None:
    """Who asks for it sees all of a card that has folded, and how it ended."""
    drawn = blocks(replace(CLAIMED, state="resolved", outcome="Resolved by Ana Ruiz"), whole=True)
    assert OPEN.text in words(drawn)
    assert "✅ Resolved by Ana Ruiz" in words(drawn)


def test_only_the_newest_earlier_posts_are_shown() -> None:
    """Three of them stand there, and how many more there are."""
    many = tuple((f"2026-11-2{day}T09:00:00+00:00", "x", f"post {day}") for day in range(5))
    shown = words(blocks(replace(OPEN, before=many)))
    assert "Earlier in this case (and 2 more)" in shown
    assert [day for day in range(5) if f"post {day}" in shown] == [0, 1, 2]


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
def test_only_plain_web_links_can_be_tapped(link: str) -> None:
    """Any other link is shown as the text that it is."""
    drawn = blocks(replace(OPEN, link=link, reply_link=link, author_link=link))
    assert not [part for part in parts(drawn) if "url" in part]
    assert f"Post: {link}" in words(drawn)


def test_a_link_that_is_too_long_has_no_button() -> None:
    """Slack refuses a whole message for one long link, so the button goes and the draft stays."""
    drawn = blocks(replace(CARD, reply_link="https://x.example/" + "a" * 3000))
    assert not [part for part in parts(drawn) if part.get("type") == "button" and "aaa" in part.get("url", "")]
    assert CARD.draft in words(drawn)


def test_the_audit_asks_one_question() -> None:
    """A card of the audit sample asks for one of two answers, and neither for a claim nor by a deadline."""
    drawn = blocks(AUDIT)
    assert "Did a person need to see this?" in words(drawn)
    for absent in ("Who may answer", "Nobody has it", "Claim", "bot.py"):
        assert absent not in words(drawn)


def test_the_audit_names_the_command_where_nothing_can_be_pressed() -> None:
    """Without an app token, or without blocks, the card itself says which command answers its question, uncut."""
    asked = audit_question(mention())
    card = replace(AUDIT, recommendation=asked, text="a" * 9000, why=(*AUDIT.why, *(["reason " * 40] * 9)))
    drawn = blocks(card, pressable=False)
    assert asked in words(drawn)
    assert "A person was needed" not in words(drawn)
    assert asked in fallback(card, pressable=False)
    assert asked in text_only(card)
    assert "bot.py" not in fallback(card) + words(blocks(card))


def test_the_notification_keeps_the_post_off_lock_screens() -> None:
    """A phone shows what to do, by when and for whom, and not what the customer wrote."""
    assert fallback(OPEN) == (
        "Call this customer now · answer by 15:20 in Berlin · Anna Lind (@anna_l) on X · "
        "Call now, or secure the account first if somebody else is using it. · case 7X2F4RQ"
    )
    assert " · Ana Ruiz has it · " in fallback(CLAIMED)


def test_words_alone_still_make_a_card() -> None:
    """Without blocks the agent still reads the post, why, the draft and the link."""
    shown = text_only(CARD)
    for part in ("| Anybody??", "SIM &amp; my", "Why: Harm is happening", "Draft answer: We are sorry", CARD.link):
        assert part in shown


def test_a_note_says_who_and_why() -> None:
    """Under a card stand the author, the words, the link and the reason."""
    shown = words(note(NOTE))
    for part in (NOTE["author"], NOTE["text"], "The same person or thread"):
        assert part in shown
    assert [part["url"] for part in parts(note(NOTE)) if "url" in part] == [NOTE["link"]]


@pytest.mark.parametrize("piece", ["&", "😀", "你", '"\\', "👩‍👩‍👧", "e\u0301\u0301\u0301\u0301", "\n"])
def test_the_longest_card_still_fits(piece: str) -> None:
    """With every text and every link as long as can be, Slack still takes the card."""
    names = ("title", "author", "text", "reach", "urgency", "private_data", "recommendation", "eligibility", "draft")
    more = ("brand", "channel", "code", "posted_at", "holder", "waiting", "answer_by", "late_by", "sends_as", "hours")
    long = dict.fromkeys((*names, *more), piece * 2000)
    link = "https://x.example/" + "a" * 2950
    links = {"link": link, "reply_link": f"{link}b", "author_link": link[:290]}
    long |= {"text": piece * 20_000}
    card = replace(OPEN, **long, **links, why=(piece * 500,) * 40, scores=((piece * 500, 0.5),) * 5)
    card = replace(card, before=((piece * 500,) * 3,) * 9, trail=((piece * 500,) * 2,) * 9)
    card = replace(card, contacts=(("phone", *(piece * 500,) * 6, ""),) * 4, attempts=((piece * 500,) * 2,) * 9)
    accepted(blocks(card))
    accepted(blocks(replace(card, state="resolved", outcome=piece * 5000)))
