"""A scripted shift: 40 posts arrive, two agents work on them in Slack, and history and numbers are as by hand."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

import engine.app
from models.store import Store
from responders.slack.pace import Pace
from tests.counterparts.platforms import Telegram
from tests.counterparts.slack_people import Agent
from tests.counterparts.slack_socket import Bridge
from tests.engine.shift import GROUP, Calendar, Shift, words
from tests.fakes.clock import FakeClock
from tests.responders.desk.bench import read
from tests.stores import one, rows

BEGAN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""Nine o'clock in Berlin, on a Monday."""
CONFIG = """
store.url = "sqlite://"
brands.k = {{ name = "Kestrelo", terms = ["kestrelo"], faq = [
    {{ questions = ["How do I change my plan?"], answer = "Change it in the app under Plan." }} ] }}
listeners.feed = {{ kind = "jsonl", path = "{feed}", from_start = true, every = "1h" }}
responders.slack = {{ kind = "slack", token = {{ env = "SHIFT_BOT" }}, app_token = {{ env = "SHIFT_APP" }}, \
base_url = "{slack}" }}
responders.telegram = {{ kind = "telegram", token = {{ env = "SHIFT_TELEGRAM" }}, base_url = "{telegram}" }}
channels.telegram = {{ reply_with = "telegram" }}
routes.call = {{ sink = "slack", to = "{cards}" }}
operations = {{ notify = "slack", notify_to = "{general}" }}
replies.mode = "draft"
audit.share = 0.0
calendar = {{ timezone = "Europe/Berlin", nudge_after = "0s" }}
deadlines.call = {{ respond = "15m", resolve = "8h", escalate = "leads" }}
escalations.leads.steps = [ {{ wait = "10m" }}, {{ notify = {{}} }}, {{ wait = "10m" }}, \
{{ notify = {{ sink = "slack", to = "{general}" }} }}, {{ repeat = 3 }} ]
"""


@pytest.fixture
async def shift(
    tmp_path: Path, store: Store, slack_socket: Bridge, telegram_bot: Telegram, monkeypatch: pytest.MonkeyPatch
) -> Shift:
    """The house, not open yet."""

    async def at_once(self: Pace, key: str) -> None:
        """The second between two messages is not this test's."""

    monkeypatch.setattr(Pace, "turn", at_once)
    monkeypatch.setattr(engine.app, "open_calendar", lambda settings, tick: Calendar())
    monkeypatch.setenv("SHIFT_BOT", slack_socket.slack.token)
    monkeypatch.setenv("SHIFT_APP", slack_socket.app_token)
    monkeypatch.setenv("SHIFT_TELEGRAM", telegram_bot.token)
    (tmp_path / "feed.jsonl").touch()
    channel = slack_socket.slack.channel
    config = CONFIG.format(
        feed=tmp_path / "feed.jsonl",
        slack=slack_socket.base_url,
        telegram=telegram_bot.bot_url,
        cards=channel("social-triage"),
        general=channel("general"),
    )
    (tmp_path / "config.toml").write_text(config)
    return Shift(tmp_path / "config.toml", store, slack_socket, telegram_bot, FakeClock(BEGAN), BEGAN)


WAVES = {
    0: [f"c{n}: call You took my money twice" for n in range(1, 7)]
    + [
        "r1: review The app is slow",
        "r2: review No picture since noon",
        "n1: news Shares rise",
        "n2: news Shares fall",
    ],
    10: [f"c{n}: call My bill is wrong" for n in range(7, 11)]
    + [f"w{n}: winback I shall leave" for n in range(1, 4)]
    + ["r3: review The shop was closed", "n3: news A new tower", "n4: news A new boss"],
    20: [f"q{n}: answer How do I change my plan?" for n in range(1, 4)]
    + ["r4: review Where is my raffle prize", "r5: review That raffle again", "r6: review Slow since noon"]
    + ["w4: winback I shall leave", "d1: page The router is on fire", "n5: news A concert", "n6: news A match"],
    40: [f"m{n}: review One more raffle" for n in range(1, 4)]
    + ["c11: call You took my money", "c12: call You took my money", "r7: review No picture"]
    + ["r2+1: review Still no picture", "c1+1: call You did it again", "n7: news A prize", "n8: news A show"],
}
"""Forty posts by the minute at which they are heard: 27 cases, 2 more posts of those, 8 of news, 3 that are muted."""

HISTORY = {
    "c1": "2 claimed W|5 switch_offered W|7 switch_attempted W|7 call_attempted W|7 switch_connected W|"
    "7 switch_completed W|7 resolved W|36 mention_posted|40 returned_to_public|40 reopened|40 switch_recommended|"
    "50 reminded",
    "c2": "3 claimed M|6 switch_offered M|8 switch_attempted M|8 call_attempted M|13 reassigned M",
    "c3": "3 claimed T|12 drafted T|12 answer_queued T|12 reply_sent T|13 switch_dropped T|13 resolved T",
    "c4": "3 claimed M|50 switch_dropped M|50 switch_completed M|50 resolved M",
    "c5": "3 claimed T|15 released T|16 claimed M|17 switch_dropped M|17 closed_no_action M",
    "c6": "10 reminded|20 reminded|25 claimed M",
    "c7": "11 claimed M|47 switch_offered M|47 switch_attempted M|47 call_attempted M|"
    "47 switch_connected M|49 switch_completed M|49 resolved M",
    "c8": "11 claimed M",
    "c9": "11 claimed T",
    "c10": "11 claimed T",
    "c11": "48 claimed M",
    "c12": "50 reminded",
    "r1": "3 claimed T|14 correction T",
    "r2": "36 mention_posted",
    "r3": "14 snoozed M|44 woken|46 claimed T",
    "r4": "22 closed_no_action M|22 correction M|23 muted M",
    "r5": "28 closed_no_action T",
    "d1": "24 claimed T",
    "q1": "26 drafted M|26 claimed M|26 answer_queued M|26 reply_sent M|27 resolved M",
} | dict.fromkeys(("r6", "r7", "w1", "w2", "w3", "w4", "q2", "q3"), "")
"""What is written down after the card was sent: M is Mara, T Tomas, W whichever of them was quicker."""
# Claims: c1 2, c2 to c5 and r1 3, c7 to c10 1, d1 4, q1 6, c11 8, c6 25, r3 36 minutes after the card: the 8th of 15
# is 3. First answers: q1 10, c1 11, c2 12, c3 16, c7 41 minutes after the post: the 3rd of 5 is 12.
REPORT = (
    "Cases: 27 opened, 16 claimed, 2 answered, 3 called, 5 resolved, 3 dismissed, 1 reopened",
    "Opened by route: 3 answer, 12 call, 1 page, 7 review, 4 winback",
    "Half of them claimed within 3 min, first answer within 12 min",
    "████████████ 27 opened",
    "███████      16 claimed",
    "██           5 answered or called",
    "██           5 resolved",
    "Now: 11 open, 9 claimed, 2 late",
    "Held by: 6 Tomas Berg, 3 Mara Lind",
    "2 answered, 2 called, 1 duplicate, 1 elsewhere, 1 not needed, 1 not us",
)
# Taken up (claimed or closed) of 27: late are c6 (25 of 15 minutes) and c12 (nobody after 16); r2, r6, r7, w1 to w4, q2
# and q3 may still wait. Claims and first answers are those above: of 15 claims the 8th and the 14th are told, which is
# 25; of 5 answers the 3rd and the 5th, which is 41.
DIGEST = (
    "The last 24 hours: 13 calls recommended, 1 pages, 4 win-backs, 8 for people to look at, "
    "3 answerable by the FAQ; 11 counted only.\n"
    "New cases: 27. Taken up in time: 16 of 18 (89%), 9 not yet due. "
    "Half were claimed within 3 min, nine in ten within 25 min. "
    "Half were answered or called within 12 min, nine in ten within 41 min.\n"
    "Open now: 20, the oldest for 56 min; at the beginning: 0."
)


async def test_a_shift(shift: Shift) -> None:
    """Every press by the real Socket Mode client; the history of all cases and all numbers are those made by hand."""
    slack = shift.bridge.slack
    mara, tomas = (Agent(shift.bridge, slack.user(name), name) for name in ("mara", "tomas"))
    async with shift.open():
        first = await _morning(shift, mara, tomas)
    async with shift.open():
        await _noon(shift, mara, tomas)
        await _chatter(shift)
        await _afternoon(shift, mara, tomas)
        await shift.at(56)
        channel = slack.channel("social-triage")
        report = await shift.asked(mara, "report", channel)
        status = await shift.asked(tomas, "status", channel)
        mine = await shift.asked(tomas, "mine", channel)
        await shift.tick("digest")
    people = {"M": mara.id, "T": tomas.id, "W": first.id}
    expected = {name: [_named(entry, people) for entry in said.split("|") if entry] for name, said in HISTORY.items()}
    assert {name: _after_its_card(shift.history(name)) for name in HISTORY} == expected
    assert [line for line in REPORT if line not in report] == []
    assert "0 to be read, 0 to be decided" in status
    assert "11 cases open, 9 claimed" in status
    assert sum(code in mine for code in _codes(shift, "c2", "r1", "c9", "c10", "d1", "r3")) == 6
    assert not any(code in mine for code in _codes(shift, "c8", "c6", "c11", "c1"))
    ((digest,),) = rows(shift.store, "SELECT body FROM effect WHERE purpose = 'digest'")
    assert read(digest)["text"] == DIGEST
    assert [sent["text"] for sent in shift.telegram.sent(GROUP)] == ["We have paid it back.", "In the app, under Plan."]


async def _morning(shift: Shift, mara: Agent, tomas: Agent) -> Agent:
    """To the restart; whoever was the quicker to claim the first case."""
    await shift.hear(0, *WAVES[0])
    await shift.at(2)
    first = await _both_claim(shift, mara, tomas)
    await shift.at(3)
    await shift.press(mara, "claim", "c2", "c4")
    await shift.press(tomas, "claim", "c3", "c5", "r1")
    await shift.at(5)
    await shift.press(first, "offer_call", "c1")
    await shift.at(6)
    await shift.press(mara, "offer_call", "c2")
    await shift.at(7)
    await shift.fill(first, "call_done", "c1", outcome="resolved")
    await shift.at(8)
    await shift.fill(mara, "call_done", "c2", outcome="no_answer", note="After eight rings")
    await shift.at(10)
    await shift.tick("escalate")
    await shift.hear(10, *WAVES[10])
    await shift.at(11)
    await shift.press(mara, "claim", "c7", "c8")
    await shift.press(tomas, "claim", "c9", "c10")
    await shift.at(12)
    await shift.answer(tomas, "c3", "We have paid it back.")
    await shift.at(13)
    await shift.fill(tomas, "resolve", "c3", reason="answered")
    await shift.fill(mara, "hand_over", "c2", to=tomas.id, note="Try once more")
    assert shift.meta("c2", "reassigned")["to"] == tomas.id
    await shift.at(14)
    await shift.fill(tomas, "retag", "r1", intent="question")
    assert rows(shift.store, "SELECT by FROM correction") == [(tomas.id,)]
    await shift.fill(mara, "snooze", "r3", span="30m")
    await shift.at(15)
    await shift.press(tomas, "release", "c5")
    await shift.at(16)
    await shift.press(mara, "claim", "c5")
    await shift.at(17)
    await shift.fill(mara, "dismiss", "c5", reason="duplicate")
    return first


async def _both_claim(shift: Shift, mara: Agent, tomas: Agent) -> Agent:
    """Two people press Claim on one card at the same moment: one has it, the other is told who and when."""
    place, told = shift.place("c1"), len(shift.bridge.responses)
    pressed = [await agent.pressing(place, "claim") for agent in (mara, tomas)]
    await shift.done(*(shift.bridge.deliver("interactive", payload) for payload in pressed))
    await shift.bridge.until(lambda: len(shift.bridge.responses) > told)
    ((holder,),) = rows(shift.store, 'SELECT holder FROM "case" WHERE id = :id', id=shift.case("c1"))
    first = mara if holder == mara.id else tomas
    (said,) = shift.bridge.responses[told:]
    name = {mara.id: "Mara Lind", tomas.id: "Tomas Berg"}[first.id]
    assert f"Already claimed by {name} at 09:02." in words(said)
    return first


async def _noon(shift: Shift, mara: Agent, tomas: Agent) -> None:
    """After the restart the escalation goes on where it was, and stops at the claim; a word is muted."""
    await shift.at(20)
    await shift.tick("escalate")
    await shift.hear(20, *WAVES[20])
    await shift.at(22)
    await shift.press(mara, "not_us", "r4")
    await shift.at(23)
    preview = await shift.fill(mara, "mute", "r4", kind="word", word="raffle", span="7d", why="A raffle that is over")
    assert "it would have caught 2 of 30 posts" in words(preview["view"])
    await shift.done(mara.submit(await mara.form()))
    await shift.at(24)
    await shift.press(tomas, "claim", "d1")
    await shift.at(25)
    await shift.press(mara, "claim", "c6")
    await shift.at(26)
    await shift.answer(mara, "q1", "In the app, under Plan.")
    await shift.at(27)
    await shift.fill(mara, "resolve", "q1", reason="answered")
    await shift.at(28)
    await shift.fill(tomas, "dismiss", "r5", reason="not_needed")
    await shift.at(30)
    await shift.tick("escalate")


async def _chatter(shift: Shift) -> None:
    """A hundred messages in the threads of the cards, some of them like commands: no customer hears a word of it."""
    await shift.at(35)
    dice, said = random.Random(4), ("Send", "/send it", "!reply", "@overheard send this", "> Dear customer,", "ok 👍")
    counts = ("SELECT count(*) FROM effect WHERE kind = 'reply'", "SELECT count(*) FROM case_event")
    sent, before = len(shift.telegram.sent(GROUP)), [one(shift.store, count) for count in counts]
    for number in range(100):
        channel, ts = shift.place(dice.choice(sorted(HISTORY.keys() & shift.numbers.keys()))).split(":")
        text = f"{dice.choice(said)} {number}"
        shift.bridge.slack.call("chat.postMessage", channel=channel, thread_ts=ts, text=text)
        event = {
            "type": "message",
            "channel": channel,
            "thread_ts": ts,
            "text": text,
            "user": "U1",
            "ts": f"{number}.1",
        }
        await shift.bridge.deliver("events_api", {"type": "event_callback", "event_id": f"E{number}", "event": event})
    await shift.quiet()
    assert len(shift.telegram.sent(GROUP)) == sent
    assert [one(shift.store, count) for count in counts] == before


async def _afternoon(shift: Shift, mara: Agent, tomas: Agent) -> None:
    """A closed case opens again, a snoozed one wakes, and the muted word is counted only."""
    await shift.hear(40, *WAVES[40])
    assert shift.case("m1") == "None"
    await shift.at(44)
    await shift.tick("escalate")
    await shift.at(46)
    await shift.press(tomas, "claim", "r3")
    await shift.at(47)
    await shift.press(mara, "offer_call", "c7")
    await shift.fill(mara, "call_done", "c7", outcome="reached")
    await shift.at(48)
    await shift.press(mara, "claim", "c11")
    await shift.at(49)
    await shift.fill(mara, "resolve", "c7", reason="called")
    await shift.at(50)
    await shift.fill(mara, "resolve", "c4", reason="elsewhere")
    await shift.tick("escalate")


def _after_its_card(history: list[str]) -> list[str]:
    """What happened once people saw the case."""
    shown = next(place for place, entry in enumerate(history) if entry.endswith(" alert_sent"))
    return history[shown + 1 :]


def _named(entry: str, people: dict[str, str]) -> str:
    *what, who = entry.split()
    return " ".join([*what, people.get(who, who)])


def _codes(shift: Shift, *names: str) -> list[str]:
    return [str(one(shift.store, 'SELECT code FROM "case" WHERE id = :id', id=shift.case(name))) for name in names]
