"""Slack on a bad day: whatever it answers is the one error that the sender must act on, after exactly one request."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from models.decision import Kind
from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unavailable, Unconfirmed
from models.settings.types import Secret
from responders.slack.errors import AUTH, REFUSED, error_of
from responders.slack.outbox import SlackResponder
from tests.fakes.faulty import Answer, Faulty, breaks, faulty, says, shows
from tests.responders.cards import CARD, NOTE, message

TOKEN = "xoxb-canary-kestrelo"
POSTED = says(200, {"ok": True, "channel": "C0KESTRELO", "ts": "1795269720.000100"})


@pytest.fixture
async def server() -> AsyncIterator[Faulty]:
    """A server that answers as a test says."""
    async with faulty() as made:
        made.answers = [POSTED]
        yield made


@pytest.fixture
async def client(server: Faulty) -> AsyncIterator[SlackResponder]:
    """The bot before that server."""
    made = SlackResponder("team", TOKEN, f"{server.url}/api/", timeout=20, pace=0)
    yield made
    await made.aclose()


async def test_nothing_lets_a_stranger_speak_markup(server: Faulty, client: SlackResponder) -> None:
    """Names are not linked, links not unfurled, and neither text nor notice can call the whole channel."""
    hostile = replace(CARD, author="<!channel>", text="<!here> <@U1>")
    await client.send(message(body=hostile.to_body()))
    await client.send(message(Kind.NOTICE, {"text": "<!channel> & co"}))
    for _, sent in server.requests:
        assert "<" not in sent["text"]
        off = {name: sent[name] for name in ("parse", "link_names", "unfurl_links", "unfurl_media", "mrkdwn")}
        assert off == {"parse": "none"} | dict.fromkeys(("link_names", "unfurl_links", "unfurl_media", "mrkdwn"), False)
    assert server.requests[1][1]["text"] == "&lt;!channel&gt; &amp; co"


async def test_a_second_attempt_says_so(server: Faulty, client: SlackResponder) -> None:
    """What may be there already is marked, on the card, on the note and on the notice."""
    for kind in (Kind.ALERT, Kind.NOTE, Kind.NOTICE):
        await client.send(message(kind, possible_duplicate=True))
    assert all("(possible duplicate)" in sent["text"] for _, sent in server.requests)
    assert server.requests[0][1]["blocks"][0]["text"]["text"].endswith("(possible duplicate)")


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long"])
@pytest.mark.parametrize("kind", [Kind.ALERT, Kind.NOTE])
async def test_refused_blocks_go_as_words(server: Faulty, client: SlackResponder, kind: Kind, code: str) -> None:
    """A card whose blocks Slack refuses goes out once more without them, and not a third time."""
    server.answers = [says(200, {"ok": False, "error": code}), POSTED]
    await client.send(message(kind))
    blocks, words = [sent for _, sent in server.requests]
    assert "blocks" in blocks
    assert "blocks" not in words
    assert (NOTE["text"] if kind is Kind.NOTE else "Anybody??") in words["text"]
    server.answers = [says(200, {"ok": False, "error": code})]
    with pytest.raises(Refused):
        await client.send(message(kind))
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        ("not_in_channel", Refused, '"/invite @overheard"'),
        ("channel_not_found", Refused, "sees no channel social-triage"),
        ("is_archived", Refused, "social-triage is archived"),
        ("msg_too_long", Refused, "too long"),
        ("some_new_code", Refused, "some_new_code"),
        ("invalid_auth", AuthFailed, "xoxb-"),
        ("token_revoked", AuthFailed, "revoked"),
        ("account_inactive", AuthFailed, "removed"),
        ("missing_scope", AuthFailed, "lacks the scope"),
        ("ratelimited", RateLimited, "slow down"),
        ("internal_error", Unconfirmed, "no clear answer"),
        ("fatal_error", Unconfirmed, "no clear answer"),
        ("service_unavailable", Unconfirmed, "no clear answer"),
    ],
)
async def test_slacks_codes_become_our_errors(
    server: Faulty, client: SlackResponder, code: str, error: type[EdgeError], said: str
) -> None:
    """Each code is the error that the sender must act on, in words that say the fix."""
    server.answers = [says(200, {"ok": False, "error": code})]
    with pytest.raises(error, match=said) as raised:
        await client.send(message())
    assert type(raised.value) is error or error is AuthFailed
    assert len(server.requests) == 1


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), (None, None), ("soon", None), ("-1", None), ("inf", None)])
async def test_a_limit_is_passed_on(
    server: Faulty, client: SlackResponder, header: str | None, seconds: float | None
) -> None:
    """The sender waits for as long as Slack asks, and chooses itself where Slack does not say."""
    named = {"Retry_After": header} if header else {}
    server.answers = [says(429, {"ok": False, "error": "ratelimited"}, **named)]
    with pytest.raises(RateLimited) as limited:
        await client.send(message())
    assert limited.value.retry_after == seconds
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        shows(200, "<html>Sign in to the hotel's network</html>"),
        shows(200, "ok", "text/plain"),
        shows(200, '{"ok": tr', "application/json"),
        shows(200, "[]", "application/json"),
        shows(200, "[" * 100_000, "application/json"),
        shows(200, "null", "application/json"),
        shows(503, "<html>busy</html>"),
        says(500, {"ok": False}),
        says(200, {"ok": True}),
        says(200, {"ok": True, "channel": 7, "ts": None}),
        breaks,
    ],
)
async def test_an_unclear_answer_is_unconfirmed(server: Faulty, client: SlackResponder, answer: Answer) -> None:
    """Whatever comes back instead of Slack's word, the card may be there, and it was sent exactly once."""
    server.answers = [answer]
    with pytest.raises(Unconfirmed):
        await client.send(message())
    assert len(server.requests) == 1


async def test_silence_is_unconfirmed(server: Faulty, client: SlackResponder) -> None:
    """A server that took the card and never answers leaves it in doubt, sent exactly once."""
    server.answers = [server.hangs]
    client._web._timeout = 2.0
    with pytest.raises(Unconfirmed):
        await client.send(message())
    assert len(server.requests) == 1


async def test_a_wrong_address_stops_the_channel(server: Faulty, client: SlackResponder) -> None:
    """Where something else answers, no card is given up: a person looks at base_url."""
    server.answers = [shows(404, "<html>no such page</html>")]
    with pytest.raises(AuthFailed, match="base_url"):
        await client.send(message())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (says(200, {"ok": False, "error": "missing_scope", "needed": "channels:history"}), Unconfirmed),
        (says(200, {"ok": False, "error": "not_in_channel"}), Unconfirmed),
        (says(200, {"ok": False, "error": "invalid_auth"}), AuthFailed),
        (says(429, {"ok": False, "error": "ratelimited"}, Retry_After="3"), RateLimited),
        (says(500, {"ok": False, "error": "internal_error"}), Unavailable),
        (breaks, Unavailable),
    ],
)
async def test_find_tells_never_from_not_now(
    server: Faulty, client: SlackResponder, answer: Answer, error: type[EdgeError]
) -> None:
    """Where Slack will never tell it is Unconfirmed; where it may tell later the question is put again."""
    server.answers = [answer]
    with pytest.raises(error):
        await client.find(message(target="C0KESTRELO"))


async def test_find_gives_up_after_a_thousand_messages(server: Faulty, client: SlackResponder) -> None:
    """A search that has no end is cut, and says that it does not know."""
    page = {"ok": True, "messages": [{"ts": "1.1", "text": "chat"}], "response_metadata": {"next_cursor": "more"}}
    server.answers = [says(200, page)]
    with pytest.raises(Unconfirmed, match="1000"):
        await client.find(message(target="C0KESTRELO"))
    assert len(server.requests) == 5


async def test_find_reads_page_after_page(server: Faulty, client: SlackResponder) -> None:
    """The key is found on a later page, and a stranger's metadata with the same key is not ours."""
    mark = {"event_type": "overheard", "event_payload": {"key": "key-alert"}}
    forged = {"ts": "1.3", "metadata": mark | {"event_type": "other"}}
    first = {"ok": True, "messages": [forged], "response_metadata": {"next_cursor": "n"}}
    server.answers = [says(200, first), says(200, {"ok": True, "messages": [{"ts": "1.2", "metadata": mark}]})]
    receipt = await client.find(message(target="C0KESTRELO"))
    assert receipt is not None
    assert receipt.external_id == "C0KESTRELO:1.2"
    assert server.requests[1][1]["cursor"] == "n"


@pytest.mark.parametrize("thread", [None, "", "console:abc", "C0KESTRELO"])
async def test_an_erasure_needs_a_reference(server: Faulty, client: SlackResponder, thread: str | None) -> None:
    """Without the card's own reference nothing is touched, and a person is asked."""
    with pytest.raises(Refused, match="by hand"):
        await client.send(message(Kind.ERASE, thread=thread))
    assert server.requests == []


async def test_no_log_holds_the_token_or_the_post(
    server: Faulty, client: SlackResponder, caplog: pytest.LogCaptureFixture
) -> None:
    """At the chattiest level neither the token nor what a customer wrote is written down."""
    caplog.set_level(logging.DEBUG)
    await client.send(message())
    server.answers = [shows(200, f"<html>{TOKEN} Anybody??</html>")]
    with pytest.raises(Unconfirmed) as raised:
        await client.send(message())
    assert TOKEN not in caplog.text + repr(client) + repr(raised.value)
    assert "Anybody" not in caplog.text + repr(raised.value)


async def test_a_proxy_is_passed_by_where_it_should_be(server: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_PROXY holds for Slack's address too, which the SDK itself forgets."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server.answers = [POSTED]
    client = SlackResponder("team", TOKEN, server.url)
    assert (await client.send(message())).external_id == "C0KESTRELO:1795269720.000100"
    await client.aclose()


def test_a_missing_token_says_where_it_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator reads the name of the variable, and the settings never show the token."""
    monkeypatch.delenv("KESTRELO_SLACK", raising=False)
    settings = SlackResponder.Settings(token=Secret(env="KESTRELO_SLACK"))
    with pytest.raises(ValueError, match="KESTRELO_SLACK"):
        SlackResponder.from_settings("team", settings)
    monkeypatch.setenv("KESTRELO_SLACK", TOKEN)
    assert TOKEN not in repr(settings) + repr(SlackResponder.from_settings("team", settings))


@pytest.mark.parametrize("code", [*AUTH, *REFUSED])
def test_every_known_code_says_its_fix(code: str) -> None:
    """An error is two halves, what is wrong and what to do, with nothing left to fill in."""
    said = str(error_of(200, code, target="#team", needed="chat:write"))
    assert "; " in said
    assert "{" not in said
