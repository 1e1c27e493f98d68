"""What people do in Slack, through the real client: acknowledged in time, handed on once, answered to them alone."""

from __future__ import annotations

import asyncio
import copy
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.form import Answer, Field, Form, Page, Part, Row, Said, Shown, Style, Wrong
from models.press import Press, Verb
from responders.slack import people
from responders.slack.desk import WENT_WRONG, SlackDesk
from responders.slack.outbox import SlackResponder
from tests.counterparts.slack_people import Agent
from tests.counterparts.slack_socket import ACK_SECONDS, Bridge
from tests.responders.cards import CARD, message
from tests.responders.slack import quick as quick_pauses

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
OUR_CARD = replace(CARD, case_id="case-1", mention_id="mention-1", version=1)
HELD = replace(OUR_CARD, state="claimed", holder="Mara Lind", sends_as="@kestrelo")
NOTE = Field("note", "What happened", Style.LONG, optional=True)
FORM = Form("Resolve", Verb.RESOLVED, (NOTE,), case_id="case-1", mention_id="mention-1", seen=1, kept={"why": "asked"})
PAGE = Page("Mine", (Part("Open", (Row("case-1", "7X2F4RQ", "Call Anna", "open"),)),))


class Team:
    """The house behind Slack: gives the answers that a test says, and remembers every press."""

    def __init__(self) -> None:
        self.answers: dict[Verb, Answer] = {}
        self.presses: list[Press] = []
        self.told: list[str] = []
        self.hold: dict[Verb, asyncio.Event] = {}

    async def handle(self, press: Press) -> Answer:
        self.presses.append(press)
        if press.verb in self.hold:
            await self.hold[press.verb].wait()
        answer = self.answers.get(press.verb)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def tell(self, text: str) -> None:
        self.told.append(text)


class World:
    """A workspace with a card in it, the bot at work, and two people."""

    def __init__(self, bridge: Bridge, bot: SlackResponder, team: Team) -> None:
        self.bridge, self.bot, self.team = bridge, bot, team
        self.mara = Agent(bridge, bridge.slack.user("mara"), "mara")
        self.tomas = Agent(bridge, bridge.slack.user("tomas"), "tomas")
        self.triage = bridge.slack.channel("social-triage")
        self.card = self.held = ""

    async def said(self, number: int = 1) -> list[str]:
        """The words of so many answers at the addresses of presses."""
        await self.bridge.until(lambda: len(self.bridge.responses) >= number)
        return [body["text"] for body in self.bridge.responses]


@asynccontextmanager
async def at_work(bridge: Bridge, team: Team) -> AsyncIterator[World]:
    """The bot, connected, with two cards posted: one that is open and one that somebody has."""
    bot = SlackResponder("team", bridge.slack.token, bridge.base_url, 60, bridge.app_token, pace=0)
    listening = asyncio.create_task(bot.listen(team.handle, team.tell, lambda: NOW))
    world = World(bridge, bot, team)
    try:
        await bridge.connected()
        world.card = (await bot.send(message(body=OUR_CARD.to_body()))).external_id
        world.held = (await bot.send(message(body=HELD.to_body(), key="held"))).external_id
        yield world
    finally:
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening
        await bot.aclose()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience with a machine that is busy, and pauses that a test can wait for."""
    quick_pauses.line(monkeypatch)
    monkeypatch.setattr(people, "PATIENCE", 60.0)
    monkeypatch.setattr(SlackDesk, "PATIENCE", 60.0)
    monkeypatch.setattr(SlackDesk, "DRAIN", 60.0)


@pytest.fixture
async def world(slack_socket: Bridge) -> AsyncIterator[World]:
    """The bot at work for a team that has nothing to say yet."""
    async with at_work(slack_socket, Team()) as made:
        yield made


async def test_a_button_is_pressed_and_answered_to_its_person(world: World) -> None:
    """The press carries who, where and on what; the words go back to that person alone."""
    world.team.answers[Verb.CLAIM] = Said("Already claimed by <Ana> at 14:02")
    acked = await world.mara.click(world.card, "claim")
    assert acked.payload is None
    assert await world.said() == ["Already claimed by &lt;Ana&gt; at 14:02"]
    [body] = world.bridge.responses
    assert (body["response_type"], body["replace_original"]) == ("ephemeral", False)
    [press] = world.team.presses
    assert (press.verb, press.case_id, press.mention_id) == (Verb.CLAIM, "case-1", "mention-1")
    assert (press.by.id, press.by.name) == (world.mara.id, "Mara Lind")
    assert (press.place, press.sink, press.at) == (world.card, "team", NOW)


async def test_the_menu_presses_too(world: World) -> None:
    """A choice behind the three dots is the same as a button."""
    await world.mara.click(world.card, "snooze")
    await world.bridge.until(lambda: bool(world.team.presses))
    assert world.team.presses[0].verb is Verb.SNOOZE


async def test_nothing_to_say_is_nothing_said(world: World) -> None:
    """Where the card itself shows what was done, the person gets no words."""
    world.team.answers[Verb.SNOOZE] = Said("last")
    await world.mara.click(world.card, "claim")
    await world.mara.click(world.card, "snooze")
    assert await world.said() == ["last"]
    assert world.bridge.calls_of("chat.postEphemeral") == []


async def test_a_form_opens_and_comes_back(world: World) -> None:
    """Press, form, submission: the fields, what was kept and the version seen return with the place of the card."""
    world.team.answers[Verb.RESOLVE] = FORM
    world.team.answers[Verb.RESOLVED] = Said("The case is closed.")
    await world.mara.click(world.held, "resolve")
    await world.bridge.until(lambda: bool(world.bridge.views))
    acked = await world.mara.submit(await world.mara.form(), note="Refunded, and she is happy.")
    assert acked.payload == {"response_action": "clear"}
    submitted = world.team.presses[-1]
    assert submitted.verb is Verb.RESOLVED
    assert submitted.fields == {"note": "Refunded, and she is happy.", "why": "asked", "seen": "1"}
    assert (submitted.case_id, submitted.mention_id, submitted.place) == ("case-1", "mention-1", world.held)
    await world.bridge.until(lambda: bool(world.bridge.calls_of("chat.postEphemeral")))
    [shown] = world.bridge.calls_of("chat.postEphemeral")
    assert (shown["channel"], shown["user"], shown["text"]) == (world.triage, world.mara.id, "The case is closed.")


async def test_a_faulty_form_stays_open_and_can_be_mended(world: World) -> None:
    """The fault stands at its field; the corrected form is a press of its own."""
    world.team.answers[Verb.RESOLVE] = FORM
    world.team.answers[Verb.RESOLVED] = Wrong({"note": "Say what was done."})
    await world.mara.click(world.held, "resolve")
    await world.bridge.until(lambda: bool(world.bridge.views))
    form = await world.mara.form()
    acked = await world.mara.submit(form)
    assert acked.payload == {"response_action": "errors", "errors": {"note": "Say what was done."}}
    world.team.answers[Verb.RESOLVED] = None
    assert (await world.mara.submit(form, note="Called her.")).payload == {"response_action": "clear"}
    first, second = [press for press in world.team.presses if press.verb is Verb.RESOLVED]
    assert first.id != second.id


@pytest.mark.parametrize(("replaces", "action"), [(True, "update"), (False, "push")])
async def test_a_form_leads_to_another(world: World, replaces: bool, action: str) -> None:
    """The acknowledgement brings the next form: in place of the first, or on top of it."""
    preview = Form("Check", Verb.SEND, button="Send", quote="We are sorry.", case_id="case-1", replaces=replaces)
    world.team.answers |= {Verb.DRAFT: replace(FORM, submit=Verb.PREVIEW), Verb.PREVIEW: preview}
    await world.mara.click(world.held, "draft")
    await world.bridge.until(lambda: bool(world.bridge.views))
    acked = await world.mara.submit(await world.mara.form())
    assert acked.payload is not None
    assert acked.payload["response_action"] == action
    assert acked.payload["view"]["callback_id"] == "preview.submit"
    shown = [view for view in world.bridge.views.values() if view["callback_id"] == "preview.submit"]
    await world.mara.submit(shown[0])
    assert [press.verb for press in world.team.presses] == [Verb.DRAFT, Verb.PREVIEW, Verb.SEND]
    assert world.team.presses[-1].place == world.held


async def test_a_person_in_a_form_has_a_name(world: World) -> None:
    """Beside the id of a colleague stands the name that the team knows."""
    to = Field("to", "To", Style.PERSON)
    world.team.answers[Verb.RESOLVE] = replace(FORM, submit=Verb.HANDED_OVER, fields=(to,), kept=None)
    await world.mara.click(world.held, "resolve")
    await world.bridge.until(lambda: bool(world.bridge.views))
    await world.mara.submit(await world.mara.form(), to=world.tomas.id)
    assert world.team.presses[-1].fields == {"to": world.tomas.id, "to.name": "Tomas Berg", "seen": "1"}


async def test_a_slow_answer_to_a_form_is_shown_in_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack gets its acknowledgement in time; what came of it replaces the words that ask for patience."""
    monkeypatch.setattr(SlackDesk, "PATIENCE", 0.1)
    gate = world.team.hold[Verb.RESOLVED] = asyncio.Event()
    world.team.answers |= {Verb.RESOLVE: FORM, Verb.RESOLVED: Said("The case is closed.")}
    await world.mara.click(world.held, "resolve")
    await world.bridge.until(lambda: bool(world.bridge.views))
    form = await world.mara.form()
    acked = await world.mara.submit(form, note="n")
    assert acked.payload is not None
    assert acked.payload["view"]["title"]["text"] == "One moment"
    gate.set()
    await world.bridge.until(lambda: bool(world.bridge.calls_of("views.update")))
    [update] = world.bridge.calls_of("views.update")
    assert update["view_id"] == form["id"]
    assert "The case is closed." in str(update["view"])


async def test_a_fault_that_comes_late_loses_no_words(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was typed is shown with what is wrong, as the form itself is gone."""
    monkeypatch.setattr(SlackDesk, "PATIENCE", 0.1)
    gate = world.team.hold[Verb.RESOLVED] = asyncio.Event()
    world.team.answers |= {Verb.RESOLVE: FORM, Verb.RESOLVED: Wrong({"note": "Too long."})}
    await world.mara.click(world.held, "resolve")
    await world.bridge.until(lambda: bool(world.bridge.views))
    await world.mara.submit(await world.mara.form(), note="Half an hour of typing")
    gate.set()
    await world.bridge.until(lambda: bool(world.bridge.calls_of("views.update")))
    shown = str(world.bridge.calls_of("views.update")[0]["view"])
    assert "Too long." in shown
    assert "Half an hour of typing" in shown


async def test_an_expired_trigger_says_press_again(world: World) -> None:
    """A form that Slack no longer opens becomes words on what to do."""
    world.team.answers[Verb.RESOLVE] = FORM
    payload = await world.mara.pressing(world.held, "resolve", trigger="1.1.gone")
    await world.bridge.deliver("interactive", payload)
    assert "press again" in (await world.said())[0]
    assert world.bridge.views == {}


async def test_a_command_gets_its_page(world: World) -> None:
    """The words of the command are one field, and the page is shown in the channel to one person."""
    world.team.answers[Verb.COMMAND] = PAGE
    await world.mara.command("mine", world.triage)
    assert await world.said() == ["Mine"]
    assert "Call Anna" in str(world.bridge.responses[0]["blocks"])
    assert world.team.presses[0].fields == {"text": "mine"}


async def test_the_home_is_drawn_and_drawn_again(world: World) -> None:
    """It is published when somebody opens it, and once more after something was pressed in it."""
    world.team.answers |= {Verb.HOME: PAGE, Verb.SHOW_CARD: Shown(OUR_CARD.to_body())}
    await world.mara.open_home()
    await world.bridge.until(lambda: len(world.bridge.calls_of("views.publish")) == 1)
    [published] = world.bridge.calls_of("views.publish")
    assert (published["user_id"], published["view"]["type"]) == (world.mara.id, "home")
    home = world.bridge.views[world.bridge.calls[-1].answer["view"]["id"]]
    await world.mara.press_in_view(home, "show_card")
    await world.bridge.until(lambda: len(world.bridge.calls_of("views.publish")) == 2)
    [shown] = [call for call in world.bridge.calls_of("chat.postMessage") if call["channel"] == world.mara.id]
    assert "Call this customer now" in str(shown["blocks"])
    await world.mara.open_home("messages")
    assert [press.verb for press in world.team.presses] == [Verb.HOME, Verb.SHOW_CARD, Verb.HOME]


async def test_a_shortcut_asks_for_the_post(world: World) -> None:
    """On a message its words come along, and the form opens; another app's shortcut does nothing."""
    world.team.answers[Verb.ADD] = Form("Add a post", Verb.ADDED, (replace(NOTE, name="text", label="Post"),))
    where = {"channel": world.triage, "ts": world.card.split(":")[1], "text": "<https://x.example/1>"}
    await world.mara.shortcut(message=where)
    await world.mara.shortcut()
    await world.mara.shortcut("not-ours")
    await world.bridge.until(lambda: len(world.bridge.calls_of("views.open")) == 2)
    assert [press.fields for press in world.team.presses] == [{"text": "https://x.example/1"}, {}]


async def test_a_redelivered_envelope_is_the_same_press(world: World) -> None:
    """Slack may deliver twice, by another envelope and another line: the id tells that it is one press."""
    payload = await world.mara.pressing(world.card, "claim")
    await world.bridge.deliver("interactive", payload)
    await world.bridge.disconnect("refresh_requested")
    await world.bridge.connected(2)
    await world.bridge.deliver("interactive", copy.deepcopy(payload))
    await world.bridge.until(lambda: len(world.team.presses) == 2)
    assert len({press.id for press in world.team.presses}) == 1


async def test_a_line_that_dies_in_mid_action_loses_nothing(world: World) -> None:
    """The press goes on, its answer finds the person, and the form that was never acknowledged is updated."""
    gate = world.team.hold[Verb.RESOLVED] = asyncio.Event()
    world.team.answers |= {Verb.RESOLVE: FORM, Verb.RESOLVED: Said("The case is closed.")}
    await world.mara.click(world.held, "resolve")
    await world.bridge.until(lambda: bool(world.bridge.views))
    form = await world.mara.form()
    submitting = asyncio.create_task(world.mara.submit(form, note="n"))
    await world.bridge.until(lambda: bool(world.bridge.waiting))
    await world.bridge.until(lambda: world.team.presses[-1].verb is Verb.RESOLVED)
    await world.bridge.drop()
    gate.set()
    await world.bridge.until(lambda: bool(world.bridge.calls_of("views.update")))
    assert "The case is closed." in str(world.bridge.calls_of("views.update")[0]["view"])
    await world.bridge.connected()
    submitting.cancel()
    await asyncio.gather(submitting, return_exceptions=True)


async def test_a_defect_of_ours_is_said_and_harms_nobody_else(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The person reads that it may not have been done; the next press works."""
    world.team.answers[Verb.CLAIM] = ValueError("a defect")  # type: ignore[assignment]
    world.team.answers[Verb.SNOOZE] = Said("fine")
    await world.mara.click(world.card, "claim")
    await world.mara.click(world.card, "snooze")
    assert sorted(await world.said(2)) == sorted([WENT_WRONG, "fine"])
    assert "press failed" in caplog.text


async def test_words_find_their_way_when_an_address_is_used_up(world: World) -> None:
    """Five answers an address; after them the channel, and where the person is not in it, a message to them."""
    world.team.answers[Verb.CLAIM] = Said("Already yours.")
    payload = await world.mara.pressing(world.card, "claim")
    for _ in range(5):
        await world.bridge.deliver("interactive", payload)
    await world.said(5)
    await world.bridge.deliver("interactive", payload)
    await world.bridge.until(lambda: bool(world.bridge.calls_of("chat.postEphemeral")))
    assert world.bridge.calls_of("chat.postEphemeral")[0]["user"] == world.mara.id
    world.bridge.slack.call("conversations.kick", channel=world.triage, user=world.mara.id)
    await world.bridge.deliver("interactive", payload)
    to_her = {"channel": world.mara.id}.items()
    await world.bridge.until(
        lambda: any(to_her <= dict(call).items() for call in world.bridge.calls_of("chat.postMessage") if call)
    )


async def test_a_limit_of_slacks_is_waited_for(world: World) -> None:
    """After Retry-After the form opens all the same."""
    world.team.answers[Verb.HOME] = PAGE
    world.bridge.slack.fail("views.publish", "ratelimited", status=429, retry_after=1)
    await world.mara.open_home()
    await world.bridge.until(lambda: len(world.bridge.calls_of("views.publish")) == 2)
    assert [call.answer["ok"] for call in world.bridge.calls if call.method == "views.publish"] == [False, True]


async def test_what_is_in_hand_is_finished_at_the_end(slack_socket: Bridge) -> None:
    """A stop waits for a press that was taken, acknowledges it and shows its answer."""
    team = Team()
    gate = team.hold[Verb.CLAIM] = asyncio.Event()
    team.answers[Verb.CLAIM] = Said("Done before the end.")
    async with at_work(slack_socket, team) as world:
        await world.mara.click(world.card, "claim")
        await slack_socket.until(lambda: bool(team.presses))
        asyncio.get_running_loop().call_later(0.2, gate.set)
    assert [body["text"] for body in slack_socket.responses] == ["Done before the end."]


async def test_without_an_app_token_there_is_nothing_to_press(slack_socket: Bridge) -> None:
    """Listening ends at once, and the card has no buttons that nobody would hear."""
    bot = SlackResponder("team", slack_socket.slack.token, slack_socket.base_url, 5)
    await bot.listen(Team().handle)
    await bot.send(message(body=OUR_CARD.to_body()))
    await bot.aclose()
    assert slack_socket.opened == 0
    [posted] = slack_socket.calls_of("chat.postMessage")
    assert "claim" not in str(posted["blocks"])


async def test_five_hundred_clicks_are_acknowledged_in_time(world: World) -> None:
    """While a thread computes, 99 of a hundred acknowledgements are far within three seconds; no press is lost."""
    clicks = [await world.mara.pressing(world.card, "claim", trigger=f"1.{number}.t") for number in range(3)]
    payloads = [copy.deepcopy(clicks[number % 3]) for number in range(500)]
    for number, payload in enumerate(payloads):
        payload["actions"][0]["action_ts"] = f"20.{number:06}"
    busy = threading.Event()
    thinking = threading.Thread(target=lambda: [sum(range(20_000)) for _ in iter(busy.is_set, True)])
    thinking.start()
    try:
        for start in range(0, 500, 50):
            await asyncio.gather(
                *(world.bridge.deliver("interactive", payload) for payload in payloads[start : start + 50])
            )
    finally:
        busy.set()
        await asyncio.to_thread(thinking.join)
    seconds = sorted(acked.seconds for acked in world.bridge.acked)
    print(f"acknowledged: p50 {seconds[250] * 1000:.0f} ms, p99 {seconds[495] * 1000:.0f} ms")
    assert len(seconds) == 500
    assert seconds[495] < ACK_SECONDS
    await world.bridge.until(lambda: len(world.team.presses) == 500, 240)
    assert len({press.id for press in world.team.presses}) == 500


async def test_no_log_holds_words_or_tokens(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """What is pressed is logged by verb and case; what is typed and what is answered is not."""
    caplog.set_level(logging.DEBUG)
    world.team.answers |= {Verb.RESOLVE: FORM, Verb.RESOLVED: Said("canary-answer"), Verb.COMMAND: Said("canary-said")}
    await world.mara.click(world.held, "resolve")
    await world.bridge.until(lambda: bool(world.bridge.views))
    await world.mara.submit(await world.mara.form(), note="canary-note")
    await world.mara.command("find canary-name", world.triage)
    await world.said()
    ours = "\n".join(record.getMessage() + str(vars(record)) for record in caplog.records if "overheard" in record.name)
    assert "canary" not in ours
    assert world.bridge.app_token not in ours
    assert "case-1" in ours
