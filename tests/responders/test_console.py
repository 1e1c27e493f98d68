"""The terminal shows what a person must know, in one piece, and nothing that a stranger wrote can steer it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from rich.cells import cell_len

from models.card import Card
from models.decision import Kind, Message
from models.errors import Unavailable, Unconfirmed
from responders.console import ConsoleResponder
from tests.responders.cards import ANY_CARD, ANY_NOTE, CARD, CLAIMED, NOTE, REACHABLE, message


class Screen(io.StringIO):
    """A standard output that counts the writes; ``encoding`` is what the terminal understands."""

    def __init__(self, encoding: str = "utf-8", terminal: bool = False) -> None:
        super().__init__()
        self.writes: list[str] = []
        self._encoding = encoding
        self._terminal = terminal

    @property
    def encoding(self) -> str:
        return self._encoding

    def isatty(self) -> bool:
        return self._terminal

    def write(self, text: str) -> int:
        self.writes.append(text)
        text.encode(self._encoding)
        return super().write(text)


@pytest.fixture(autouse=True)
def bare_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing around the tests says what the terminal can do."""
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def screen() -> Screen:
    """A screen that is no terminal, as in a pipe."""
    return Screen()


async def test_a_card_is_read_from_top_to_bottom(screen: Screen) -> None:
    """Title, what to do, who and where, the words, why, the draft and the case stand in this order."""
    receipt = await ConsoleResponder("console", width=88, file=screen).send(message())
    said = screen.getvalue()
    wanted = (
        "Call this customer now",
        CARD.recommendation,
        "Anna Lind (@anna_l) · X · 1,240 followers, 3 reposts · 21 Nov 2026",
        CARD.link,
        "┃ Someone moved my Kestrelo number",
        "┃ Anybody??",
        "Critical: act within minutes",
        "Account, order or device details",
        "Harm is happening or close",
        "A person answers by hand",
        "Draft answer (not posted)",
        "┃ We are sorry.",
        "https://x.com/intent/tweet",
        "Case 7X2F4RQ · Kestrelo · harm under way 91%",
    )
    places = [said.index(part) for part in wanted]
    assert places == sorted(places)
    assert receipt.external_id == "console:key-alert"


async def test_every_kind_has_its_own_look(screen: Screen) -> None:
    """A reply names its channel and person, a note is indented, notices, erasures and what moved are a line."""
    responder = ConsoleResponder("console", width=80, file=screen)
    looks = {}
    for kind in (Kind.REPLY, Kind.NOTE, Kind.NOTICE, Kind.ERASE, Kind.EDIT):
        screen.truncate(screen.seek(0))
        await responder.send(message(kind, thread="console:k1"))
        looks[kind] = screen.getvalue()
    assert looks[Kind.REPLY].startswith("╭─ Reply on Telegram to @anna_l ─")
    assert all(row.startswith("    ") for row in looks[Kind.NOTE].splitlines())
    assert NOTE["author"] in looks[Kind.NOTE]
    assert looks[Kind.NOTICE].strip() == "NOTICE: The listener x is silent."
    assert looks[Kind.EDIT].startswith("EDIT: case 7X2F4RQ | Answer by 21 Nov 2026, 14:20 UTC (15:20 in Berlin)")
    assert looks[Kind.ERASE].strip() == "ERASE: card console:k1: erased at the author's request"


@pytest.mark.parametrize("kind", sorted(ConsoleResponder.kinds))
@pytest.mark.parametrize("plain", [False, True])
async def test_a_message_is_one_write(screen: Screen, kind: Kind, plain: bool) -> None:
    """Nothing else that is written to the terminal can fall into a message."""
    await ConsoleResponder("console", plain=plain, file=screen).send(message(kind))
    assert len([text for text in screen.writes if text]) == 1
    assert screen.writes[-1].endswith("\n")


@pytest.mark.parametrize("kind", sorted(ConsoleResponder.kinds))
async def test_plain_is_one_line_each(screen: Screen, kind: Kind) -> None:
    """For logs, a message is one line without colours, and says what it is and whether it may be a second one."""
    body = replace(CARD, text="two\nlines\x1b[31m", why=("a\nb",)).to_body() if kind is Kind.ALERT else None
    await ConsoleResponder("console", plain=True, file=screen).send(message(kind, body, possible_duplicate=True))
    [row] = screen.getvalue().splitlines()
    assert row.startswith(f"{kind.upper()} (possible duplicate): ")
    assert "\x1b" not in row


@given(ANY_CARD)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_card_steers_the_terminal(card: Card) -> None:
    """Whatever is written, only our own colours and links leave, and no row is wider than the panel."""
    await only_ours_leaves(message(body=card.to_body()))


@given(st.sampled_from([Kind.NOTE, Kind.REPLY, Kind.NOTICE]), ANY_NOTE)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_note_or_reply_steers_the_terminal(kind: Kind, body: dict[str, Any]) -> None:
    """The same holds for every other message."""
    await only_ours_leaves(message(kind, body, target=body["author"]))


async def only_ours_leaves(hostile: Message) -> None:
    """Print it, and look at every sign that reaches the terminal."""
    screen = Screen(terminal=True)
    await ConsoleResponder("console", width=72, file=screen).send(hostile)
    # Ours: colours, and hyperlinks that rich opens and closes.
    ours = re.sub(r"(?i)\x1b\[[0-9;]*m|\x1b\]8;(id=[\d-]+;https?://[!-~]*|;)\x1b\\", "", screen.getvalue())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", ours)
    assert all(cell_len(row) <= 72 for row in ours.splitlines())


async def test_markup_is_shown_and_not_obeyed(screen: Screen) -> None:
    """What looks like rich's markup or an emoji's name is shown letter by letter."""
    body = replace(CARD, text="[bold red]x[/] [/nothing] :fire:", author="[link=x]y").to_body()
    await ConsoleResponder("console", width=80, file=screen).send(message(body=body))
    assert "[bold red]x[/] [/nothing] :fire:" in screen.getvalue()
    assert "[link=x]y" in screen.getvalue()


async def test_colours_follow_the_urgency() -> None:
    """On a terminal a critical card and one about danger are red, and a lesser one is not."""
    first = []
    for card in (CARD, replace(CARD, urgency="low", route="page"), replace(CARD, urgency="normal: within the day")):
        screen = Screen(terminal=True)
        await ConsoleResponder("console", width=80, file=screen).send(message(body=card.to_body()))
        first.append(screen.getvalue()[:5])
    assert first == ["\x1b[31m", "\x1b[31m", "\x1b[34m"]


async def test_a_poor_terminal_still_shows_the_card() -> None:
    """Where the terminal has no Unicode, frames are plain signs and the rest becomes question marks."""
    screen = Screen(encoding="ascii")
    await ConsoleResponder("console", width=80, file=screen).send(
        message(body=replace(CARD, text="naïve 🙂").to_body())
    )
    assert "| na?ve ?" in screen.getvalue()


async def test_a_closed_output_is_not_a_delivery(screen: Screen) -> None:
    """When nobody reads any more, the message waits instead of counting as shown."""
    screen.close()
    with pytest.raises(Unavailable, match="standard output"):
        await ConsoleResponder("console", file=screen).send(message())


async def test_the_panel_is_never_wider_than_a_hundred(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a wide terminal the lines stay readable; the settings refuse more."""
    monkeypatch.setenv("COLUMNS", "220")
    await ConsoleResponder("console", file=screen).send(message())
    assert max(len(row) for row in screen.getvalue().splitlines()) == 100
    with pytest.raises(ValidationError, match="100"):
        ConsoleResponder.Settings(width=120)


async def test_a_terminal_cannot_be_asked() -> None:
    """Whether something was shown is unknown, so an alert is shown again and a reply is not."""
    responder = ConsoleResponder.from_settings("console", ConsoleResponder.Settings())
    with pytest.raises(Unconfirmed):
        await responder.find(message())
    assert await responder.check() == []


async def test_a_card_says_by_when_and_whose(screen: Screen) -> None:
    """The deadline in the team's hours, who has it, what came before and what happened stand on the card."""
    moves = (("2026-11-21T14:04:00+00:00", "Ana Ruiz claimed it"),)
    body = replace(CLAIMED, trail=moves).to_body()
    await ConsoleResponder("console", width=100, file=screen).send(message(body=body))
    said = screen.getvalue()
    wanted = (
        "Answer by 21 Nov 2026, 14:20 UTC (15:20 in Berlin) · Ana Ruiz has it",
        CARD.recommendation,
        "Earlier in this case",
        "Telegram: Is it normal to see “SOS only”",
        "Who may answer",
        "21 Nov 2026, 14:04 UTC: Ana Ruiz claimed it",
    )
    places = [said.index(part) for part in wanted]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "resolved", "outcome": "resolved by Ana"}, "| Resolved by Ana |"),
        ({"state": "dismissed"}, "| Dismissed |"),
        ({"snoozed_until": "2026-11-21T18:00:00+00:00"}, "Snoozed until 21 Nov 2026, 18:00 UTC (19:00 in Berlin)"),
        ({"late_by": "2026-11-21T13:02:00+00:00"}, "late: this came in at 21 Nov 2026, 13:02 UTC"),
        ({"waiting": "the draft of Ben waits for approval"}, "the draft of Ben waits for approval"),
    ],
)
async def test_one_line_says_how_a_case_stands(screen: Screen, changes: dict[str, str], said: str) -> None:
    """In a log, too, a card says how its case ended or rests."""
    body = replace(CLAIMED, **changes).to_body()
    await ConsoleResponder("console", plain=True, file=screen).send(message(body=body))
    assert said in screen.getvalue()


async def test_a_card_says_how_the_customer_can_be_reached(screen: Screen) -> None:
    """In the panel and on one line: when a number was given, when to call, what was tried; never the number."""
    await ConsoleResponder("console", width=100, file=screen).send(message(body=REACHABLE.to_body()))
    await ConsoleResponder("console", width=100, file=screen).send(message(Kind.EDIT, REACHABLE.to_body()))
    panel, moved = re.sub("[│\\s]+", " ", screen.getvalue()).split("EDIT")
    for said in (panel, moved):
        assert "Number given 21 Nov 2026, 14:02 UTC, consent 21 Nov 2026, 14:02 UTC, call 9–20" in said
        assert "Calls: 21 Nov 2026, 14:20 UTC: no answer" in said
