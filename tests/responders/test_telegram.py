"""The Telegram responder posts once, under the right message, and never guesses whether a post arrived."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import AsyncIterator
from typing import Any

import pytest

from models.decision import Kind, Message, Receipt
from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unavailable, Unconfirmed
from models.survey import question, words
from responders.telegram import TelegramResponder
from tests.counterparts.platforms import Telegram
from tests.fakes import telegram_schema
from tests.fakes.telegram_server import TOKEN, Answer, FakeTelegram, dropped, page, refusal, telegram

GROUP = -1001880001


def responder_at(bot_url: str, token: str, monkeypatch: pytest.MonkeyPatch) -> TelegramResponder:
    """A responder of a server."""
    monkeypatch.setenv("TELEGRAM_TOKEN", token)
    chosen = {"token": {"env": "TELEGRAM_TOKEN"}, "base_url": bot_url}
    return TelegramResponder.from_settings("bot", TelegramResponder.Settings.model_validate(chosen))


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    """A Telegram of this test's own."""
    async with telegram() as server:
        yield server


@pytest.fixture
async def responder(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramResponder]:
    """A responder of the fake."""
    responder = responder_at(fake.bot_url, TOKEN, monkeypatch)
    yield responder
    await responder.aclose()


@pytest.fixture
async def real(telegram_bot: Telegram, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramResponder]:
    """A responder of the counterpart."""
    responder = responder_at(telegram_bot.bot_url, telegram_bot.token, monkeypatch)
    yield responder
    await responder.aclose()


def message_to(target: str, text: Any = "We can help: kestrelo.example/h", kind: Kind = Kind.REPLY) -> Message:
    """A message to a target."""
    return Message("key", "bot", kind, target, {"text": text})


async def test_a_reply_stands_under_its_message(fake: FakeTelegram, responder: TelegramResponder) -> None:
    """A reply answers the message, demands that it is still there, and shows no preview of a link."""
    assert await responder.send(message_to(f"{GROUP}:5")) == Receipt(f"{GROUP}:900", "https://t.me/c/1880001/900")
    ((_, asked),) = fake.calls
    assert json.loads(asked["reply_parameters"]) == {"message_id": 5, "allow_sending_without_reply": False}
    assert json.loads(asked["link_preview_options"]) == {"is_disabled": True}


@pytest.mark.parametrize("chat", [str(GROUP), "@kestrelo_ops"])
async def test_a_notice_stands_alone(fake: FakeTelegram, responder: TelegramResponder, chat: str) -> None:
    """A notice goes to a chat, by id or by name, and answers nothing."""
    await responder.send(message_to(chat, "All quiet", Kind.NOTICE))
    ((_, asked),) = fake.calls
    assert (asked["chat_id"], asked["text"], "reply_parameters" in asked) == (chat, "All quiet", False)


KEY = "0123456789abcdef0123456789abcdef01234567"


def survey() -> Message:
    """The first question of a survey, under a message of the group."""
    return Message(KEY, "bot", Kind.SURVEY, f"{GROUP}:5", question("csat", words("en"), "Kestrelo", KEY))


def tapped(**body: Any) -> Message:
    """What follows a tap."""
    next_one = question("nps", words("en"), "Kestrelo", KEY)
    told = {"tap": "4382", "said": "Thank you.", "reference": f"{GROUP}:900"} | next_one | body
    return Message("tap-key", "bot", Kind.TAPPED, f"{GROUP}:5", told)


async def test_a_survey_has_buttons_and_stands_under_the_post(fake: FakeTelegram, responder: TelegramResponder) -> None:
    """Five buttons, each with what a tap on it says, below the customer's own message."""
    assert (await responder.send(survey())).external_id == f"{GROUP}:900"
    ((_, asked),) = fake.calls
    (row,) = json.loads(asked["reply_markup"])["inline_keyboard"]
    assert [button["callback_data"] for button in row] == [f"{KEY}:csat:{value}" for value in range(1, 6)]
    assert json.loads(asked["reply_parameters"])["message_id"] == 5


async def test_a_tap_is_answered_and_the_next_question_takes_the_place(
    fake: FakeTelegram, responder: TelegramResponder
) -> None:
    """Who tapped sees a word for themselves, and the message asks the next; at the end it has no buttons."""
    assert (await responder.send(tapped())).external_id == f"{GROUP}:900"
    await responder.send(tapped(text="Thank you.", buttons=[]))
    (answered, asked, _, last) = fake.calls
    assert (answered[0], answered[1]["callback_query_id"], answered[1]["text"]) == (
        "answerCallbackQuery", "4382", "Thank you.",
    )  # fmt: skip
    assert (asked[0], asked[1]["message_id"], len(json.loads(asked[1]["reply_markup"])["inline_keyboard"])) == (
        "editMessageText", "900", 2,
    )  # fmt: skip
    assert "reply_markup" not in last[1]


async def test_who_was_not_asked_is_told_and_nothing_is_changed(
    fake: FakeTelegram, responder: TelegramResponder
) -> None:
    """Without a place there is nothing to draw."""
    message = Message("k", "bot", Kind.TAPPED, f"{GROUP}:5", {"tap": "1", "said": "Only the person who was asked."})
    await responder.send(message)
    assert [method for method, _ in fake.calls] == ["answerCallbackQuery"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid"), None),
        (None, refusal(400, "Bad Request: message is not modified: specified new message content is the same")),
    ],
)
async def test_a_second_try_of_what_follows_a_tap_is_harmless(
    fake: FakeTelegram, responder: TelegramResponder, first: Answer | None, second: Answer | None
) -> None:
    """A tap whose time is over, or a question that stands there already, is no failure."""
    good = page(200, '{"ok": true, "result": true}')
    fake.answers += [first or good, *([second] if second else [])]
    assert (await responder.send(tapped())).external_id == f"{GROUP}:900"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(400, "Bad Request: message to edit not found"), Refused),
        (refusal(403, "Forbidden: bot was kicked from the supergroup chat"), Refused),
        (refusal(429, "Too Many Requests: retry after 3", retry_after=3), RateLimited),
        (page(502), Unconfirmed),
    ],
)
async def test_what_follows_a_tap_fails_by_its_name(
    fake: FakeTelegram, responder: TelegramResponder, answer: Answer, expected: type[EdgeError]
) -> None:
    """A message that was deleted is refused; what may be tried again says so."""
    fake.answers += [page(200, '{"ok": true, "result": true}'), answer]
    with pytest.raises(expected):
        await responder.send(tapped())


async def test_a_lost_answer_is_unconfirmed_and_sent_once(real: TelegramResponder, telegram_bot: Telegram) -> None:
    """When the answer is lost the reply stands in the chat, so there is no second try."""
    number = telegram_bot.say(GROUP, "Kestrelo is down")
    telegram_bot.lose_answer("sendMessage")
    with pytest.raises(Unconfirmed):
        await real.send(message_to(f"{GROUP}:{number}", "We can help"))
    (sent,) = telegram_bot.sent(GROUP)
    assert (sent["text"], sent["reply_parameters"]["message_id"]) == ("We can help", number)


async def test_a_ban_is_refused_and_nothing_stands(real: TelegramResponder, telegram_bot: Telegram) -> None:
    """A chat that threw the bot out takes no reply, today or later."""
    telegram_bot.fail("sendMessage", 403, "Forbidden: bot was kicked from the supergroup chat")
    with pytest.raises(Refused, match="kicked"):
        await real.send(message_to(f"{GROUP}:5"))
    assert telegram_bot.sent(GROUP) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(401, "Unauthorized"), AuthFailed),
        (refusal(404, "Not Found"), AuthFailed),
        (refusal(403, "Forbidden: bot was kicked from the supergroup chat"), Refused),
        (refusal(400, "Bad Request: message to be replied not found"), Refused),
        (refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-10055), Refused),
        (refusal(429, "Too Many Requests: retry after 3", retry_after=3), RateLimited),
        (refusal(429, "Too Many Requests"), RateLimited),
        (refusal(500, "Internal Server Error"), Unconfirmed),
        (page(502), Unconfirmed),
        (page(200), Unconfirmed),
        (page(200, '{"ok": true}'), Unconfirmed),
        (page(200, '{"ok": true, "result": {"message_id": 1}}'), Unconfirmed),
        (page(500, "[]"), Unconfirmed),
        (page(200, "[" * 100_000), Unconfirmed),
        (dropped, Unconfirmed),
    ],
)
async def test_every_failure_has_its_name(
    fake: FakeTelegram, responder: TelegramResponder, answer: Answer, expected: type[EdgeError],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """What was certainly not posted can be tried again, what may stand there cannot; nothing shows the token."""
    caplog.set_level(logging.DEBUG)
    fake.answers.append(answer)
    with pytest.raises(EdgeError) as caught:
        await responder.send(message_to(f"{GROUP}:5"))
    assert type(caught.value) is expected
    assert len(fake.calls) == 1
    assert "canary" not in "".join(traceback.format_exception(caught.value)) + caplog.text + repr(responder)


async def test_nothing_is_logged_of_a_post(
    fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Making a responder quiets the SDK: neither the token nor the words reach the log at any level."""
    for name in ("httpx", "httpcore", "telegram", "telegram.request.BaseRequest"):
        caplog.set_level(logging.NOTSET, name)
    caplog.set_level(logging.DEBUG)
    responder = responder_at(fake.bot_url, TOKEN, monkeypatch)
    await responder.send(message_to(f"{GROUP}:5", "canary"))
    fake.answers.append(page(502))
    with pytest.raises(Unconfirmed):
        await responder.send(message_to(f"{GROUP}:5", "canary"))
    await responder.aclose()
    assert "canary" not in caplog.text


async def test_a_flood_limit_says_how_long(fake: FakeTelegram, responder: TelegramResponder) -> None:
    """The seconds that Telegram asks for are handed on."""
    fake.answers.append(refusal(429, "Too Many Requests: retry after 3", retry_after=3))
    with pytest.raises(RateLimited) as caught:
        await responder.send(message_to(f"{GROUP}:5"))
    assert caught.value.retry_after == 3.0


async def test_a_moved_group_is_named(fake: FakeTelegram, responder: TelegramResponder) -> None:
    """The new id of a group that became a supergroup is in the refusal."""
    fake.answers.append(refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-10055))
    with pytest.raises(Refused, match="-10055"):
        await responder.send(message_to(f"{GROUP}:5"))


async def test_a_silent_server_is_unconfirmed(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the post and never answers may have carried it out."""
    monkeypatch.setattr("responders.telegram.PATIENCE", 0.4)
    responder = responder_at(fake.bot_url, TOKEN, monkeypatch)
    fake.silent = True
    with pytest.raises(Unconfirmed):
        await responder.send(message_to(f"{GROUP}:5"))
    await responder.aclose()


async def test_nobody_at_home_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection carried nothing, so it may be tried again."""
    async with telegram() as gone:
        responder = responder_at(gone.bot_url, TOKEN, monkeypatch)
    with pytest.raises(Unavailable):
        await responder.send(message_to(f"{GROUP}:5"))
    await responder.aclose()


@pytest.mark.parametrize(
    ("target", "text", "kind"),
    [
        ("5", "words", Kind.REPLY),
        ("@kestrelo:5", "words", Kind.REPLY),
        ("-1001:5", "words", Kind.NOTICE),
        ("-1001:5", "words", Kind.ALERT),
        ("-1001:5", " ", Kind.REPLY),
        ("-1001:5", None, Kind.REPLY),
    ],
)
async def test_what_cannot_be_sent_is_refused_unsent(
    fake: FakeTelegram, responder: TelegramResponder, target: str, text: Any, kind: Kind
) -> None:
    """A target or a text of another form never reaches Telegram."""
    with pytest.raises(Refused):
        await responder.send(message_to(target, text, kind))
    assert fake.calls == []


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("k" * 4096, "k" * 4096),
        ("k" * 4097, "k" * 4095 + "…"),
        ("📵" * 2049, "📵" * 2047 + "…"),
        ("a\ud83d", "a?"),
    ],
    ids=["fits", "too long", "emoji count twice", "half an emoji"],
)
async def test_a_text_is_cut_to_what_telegram_takes(
    fake: FakeTelegram, responder: TelegramResponder, text: str, sent: str
) -> None:
    """At most 4096 units, no emoji cut in half, and an ellipsis where something was cut."""
    await responder.send(message_to(f"{GROUP}:5", text))
    assert fake.calls[0][1]["text"] == sent


async def test_it_never_claims_to_know(responder: TelegramResponder) -> None:
    """A bot cannot read what it has posted, so a person is asked."""
    with pytest.raises(Unconfirmed, match="look into the chat"):
        await responder.find(message_to(f"{GROUP}:5"))


@pytest.mark.parametrize(
    ("answer", "fix"), [(None, ""), (refusal(401, "Unauthorized"), "BotFather"), (page(502), "network")]
)
async def test_check_says_what_to_do(
    fake: FakeTelegram, responder: TelegramResponder, answer: Answer | None, fix: str
) -> None:
    """A good token has no fault; a wrong one and a broken network have one with its fix."""
    fake.answers += [answer] if answer else []
    faults = await responder.check()
    assert [fix in fault.fix for fault in faults] == [True] * (answer is not None)


def test_a_token_in_another_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be a token is refused before it reaches a URL, without being shown."""
    with pytest.raises(ValueError, match=r"responders\.bot\.token .*BotFather") as caught:
        responder_at("http://127.0.0.1:1/bot", "canary", monkeypatch)
    assert "canary" not in str(caught.value)


async def test_it_speaks_telegrams_schema(fake: FakeTelegram, responder: TelegramResponder) -> None:
    """What we ask for, and what the fake answers, is in the published Bot API."""
    if not telegram_schema.spec_path().is_file():
        pytest.skip("no telegram-bot-api.json.gz: set OVERHEARD_SPECS to the folder that holds it")
    await responder.send(message_to(f"{GROUP}:5"))
    await responder.send(survey())
    await responder.send(tapped())
    await responder.check()
    assert fake.schema_faults() == []
