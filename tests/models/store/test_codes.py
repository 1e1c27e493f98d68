"""What a code is worth: its case while it lives and some time after, and nothing at all for any other text."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.case import CaseState, Dismissal, Resolution, new_code
from models.decision import Reason
from models.mention import Author, Mention
from models.past import Screened
from models.settings.callback import CallbackSettings
from models.store import Store, casework, codes, following, gone, privacy
from models.store.following import TOLD
from tests.build import NOW, mention
from tests.responders.talk import ANA, BEN, MINUTE, Talk
from tests.stores import one, rows

CALLBACK = CallbackSettings()
LASTS = timedelta(days=30)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def talk(store: Store) -> Talk:
    """Anna has a case."""
    talk = Talk(store)
    await talk.says("My Kestrelo line is dead.")
    return talk


def first(talk: Talk) -> Mention:
    """Her first post."""
    ((posted,),) = rows(talk.store, "SELECT external_id FROM mention")
    return mention(channel="telegram", external_id=posted, conversation_id="thread of 7")


def opens(talk: Talk, code: str, later: timedelta = timedelta()) -> str:
    """The state of the case that a code opens then; empty where it opens none."""
    case = talk.store.do(codes.valid, code, CALLBACK, talk.clock() + later)
    return case.state if case else ""


async def test_a_live_case_is_opened_by_its_code(talk: Talk) -> None:
    """However it is written, and however long the case has lasted."""
    code = talk.case().code
    for written in (code, code.lower(), f" {code[:3]}-{code[3:]} "):
        assert opens(talk, written, timedelta(days=400)) == CaseState.OPEN


async def test_a_closed_case_is_opened_for_some_time(talk: Talk) -> None:
    """Until the very moment at which its code ends; opened again, it is as good as before."""
    talk.resolve()
    code = talk.case().code
    assert [opens(talk, code, LASTS - SECOND), opens(talk, code, LASTS)] == [CaseState.RESOLVED, ""]
    talk.store.do(casework.reopen, talk.case().id, ANA, talk.clock() + LASTS, "")
    assert opens(talk, code, LASTS) == CaseState.OPEN


@pytest.mark.parametrize("text", ["", "0000000", "CCCCCC2", "' OR 1=1 --", "7X2F4RQ" * 900, "\0", "💥", "{code}x"])
async def test_no_other_text_opens_anything(talk: Talk, text: str) -> None:
    """Forged, mistyped or endless: the answer is the same nothing."""
    assert opens(talk, text.format(code=talk.case().code) if "{code}" in text else text) == ""
    assert opens(talk, new_code()) == ""


async def test_an_erased_case_is_opened_by_nothing(talk: Talk) -> None:
    """Whose person asked to be forgotten, or whose time was over."""
    code = talk.case().code
    talk.store.do(privacy.forget, "telegram", "anna_l", talk.clock())
    assert opens(talk, code) == ""


async def test_a_case_whose_time_was_over_is_opened_by_nothing(talk: Talk) -> None:
    """The texts are gone, so nobody could say what it was about."""
    talk.deliver()
    code = talk.case().code
    talk.store.do(privacy.purge, timedelta(days=1), timedelta(days=1), talk.clock() + timedelta(days=2))
    assert one(talk.store, 'SELECT reason FROM "case"') == Dismissal.ERASED
    assert opens(talk, code, timedelta(days=2)) == ""


async def test_a_deleted_post_is_joined_by_nobody(talk: Talk) -> None:
    """Its card was taken back, so what quotes its code is looked at for itself; the customer's page still opens."""
    talk.deliver()
    talk.store.do(gone.honour, "sample", "telegram", [first(talk).external_id], "c", talk.clock())
    code = talk.case().code
    said = await talk.says(f"Kestrelo? {code}", author=BEN)
    assert Reason.CODE_OVER in talk.decision(said)[1]
    assert talk.case().code != code


def taken_back(talk: Talk, *screened: Screened) -> list[Reason | None]:
    """What is left of the reasons for leaving these out."""
    return [one.reason for one in talk.store.do(following.taken_back, screened, talk.clock())]


@pytest.mark.parametrize("reason", [Reason.ADDRESSED, Reason.TOO_OLD, Reason.MUTED])
async def test_what_quotes_a_code_is_heard(talk: Talk, reason: Reason) -> None:
    """Though another inbox has it, it is old, or a rule mutes it."""
    named = Screened(mention(text=f"{talk.case().code}?", author=BEN), reason)
    other = Screened(mention(external_id="2", text=f"{new_code()}?", author=BEN), reason)
    foreign = Screened(mention(text=f"{talk.case().code}?", author=BEN, brand="rivalo"), reason)
    assert taken_back(talk, named, other, foreign) == [None, reason, reason]


@pytest.mark.parametrize("reason", [Reason.OWN_POST, Reason.BOT_POST, Reason.REPOST, Reason.BLOCKED_AUTHOR])
async def test_a_code_is_no_key_for_everybody(talk: Talk, reason: Reason) -> None:
    """Our own posts name codes, bots repeat them, and who is blocked stays so."""
    assert taken_back(talk, Screened(mention(text=talk.case().code), reason)) == [reason]


ANSWERS: list[Any] = [None, *Resolution]


@pytest.mark.parametrize("how", ANSWERS)
async def test_an_answer_to_us_is_heard(talk: Talk, how: Resolution | None) -> None:
    """Who lately had words from us and now speaks to our account is followed, whichever inbox has that too."""
    post = first(talk)
    reply = Screened(mention(channel="telegram", external_id="9", text="Still dead."), Reason.ADDRESSED)
    stranger = Screened(mention(channel="telegram", external_id="10", author=BEN), Reason.ADDRESSED)
    assert taken_back(talk, reply) == [Reason.ADDRESSED]
    if how is None:
        talk.answer(post)
    else:
        talk.resolve(how)
    heard = None if how is None or how in TOLD else Reason.ADDRESSED
    assert taken_back(talk, reply, stranger) == [heard, Reason.ADDRESSED]
    talk.clock.now += timedelta(days=7, minutes=1)
    assert taken_back(talk, reply) == [Reason.ADDRESSED]


async def test_a_word_without_our_name_is_heard_in_our_thread(talk: Talk) -> None:
    """Of posts that name no brand: those that go on where we answered, or quote a code; nobody else's."""
    talk.answer(first(talk))
    here: dict[str, Any] = {"channel": "telegram", "text": "That was no help."}
    views = [
        Screened(mention(external_id="20", conversation_id="thread of 7", **here)),
        Screened(mention(external_id="21", conversation_id="another thread", **here)),
        Screened(mention(external_id="22", conversation_id="thread of 7", author=BEN, **here)),
        Screened(mention(external_id="23", channel="x", text=f"my code: {talk.case().code}", author=BEN)),
        Screened(mention(external_id="24", conversation_id="thread of 7", **here), Reason.OWN_POST),
        Screened(mention(external_id="25", conversation_id="thread of 7", **here), Reason.MUTED),
    ]
    heard = talk.store.do(following.strangers, views, talk.clock() + MINUTE)
    assert [one.mention.external_id for one in heard] == ["20", "23"]
    assert talk.store.do(following.strangers, [], NOW) == []


def test_a_quick_look_misses_nothing() -> None:
    """What is in no conversation and holds no code need not be asked for."""
    assert not following.may_be_wanted(mention(text="A zebra."))
    assert following.may_be_wanted(mention(text="A zebra.", conversation_id="c"))
    assert following.may_be_wanted(mention(text="A zebra.", in_reply_to="r"))
    assert following.may_be_wanted(mention(text=f"{new_code()}, a zebra."))


async def test_looking_codes_up_changes_nothing(talk: Talk) -> None:
    """Neither on the page nor in posts."""
    before = rows(talk.store, "SELECT * FROM case_event")
    opens(talk, talk.case().code)
    talk.store.do(codes.quoted, mention(text=talk.case().code, author=Author(id="x")), LASTS, NOW)
    assert rows(talk.store, "SELECT * FROM case_event") == before
