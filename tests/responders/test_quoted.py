"""Whoever quotes a case's code, anywhere, is in that case; and nobody gains by quoting another's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.assessment import Assessment
from models.case import CaseState, Dismissal, Resolution, new_code
from models.decision import REASON_WORDS, Kind, Reason
from models.mention import Author, Batch
from models.past import Screened
from models.store import Store, casework, edits, hearing, judging, privacy
from tests.responders.situations import EVERY_ROUTE, QUESTION, heads
from tests.responders.talk import ANA, ANGRY, BEN, CALM, LEAVING, NOISE, PRAISE, Talk
from tests.stores import one, rows

EAGER: dict[str, Any] = {"mode": "on", "routes": EVERY_ROUTE, "author_cooldown": "1s"}


@pytest.fixture
async def talk(store: Store) -> Talk:
    """Anna has a case on Telegram; the bot would answer anything."""
    talk = Talk(store, replies=EAGER)
    await talk.says("My Kestrelo line is dead.", ANGRY)
    talk.deliver()
    return talk


async def test_another_account_joins_the_case(talk: Talk) -> None:
    """The same person on another channel is in the same case: counted, noted under its card, and told apart."""
    case = talk.case()
    said = await talk.says(f"As told: {case.code.lower()}, still dead", author=BEN, channel="x")
    assert [one.code for one in talk.cases()] == [case.code]
    assert talk.case().mentions == 2
    assert {Reason.QUOTED_CODE, Reason.QUOTED_BY_OTHER} <= talk.decision(said)[1]
    assert talk.events("code_quoted") == ["code_quoted"]
    (note,) = [sent for sent in talk.deliver() if sent.kind is Kind.NOTE]
    assert REASON_WORDS[Reason.QUOTED_BY_OTHER] in note.body["why"]
    assert one(talk.store, "SELECT case_id FROM mention WHERE id = :id", id=said.id) == case.id


@pytest.mark.parametrize("judged", [NOISE, PRAISE, heads(intent={"opinion": 1}), heads(intent={"broadcast": 1})])
async def test_what_the_model_would_leave_alone_is_seen(talk: Talk, judged: Assessment) -> None:
    """With a code even a word that means nothing to the model goes under the card, and opens no graver one."""
    said = await talk.says(f"{talk.case().code}", judged, author=BEN)
    assert (len(talk.cases()), talk.case().mentions) == (1, 2)
    assert Reason.ESCALATED not in talk.decision(said)[1]
    assert [sent.kind for sent in talk.deliver() if sent.kind is not Kind.EDIT] == [Kind.NOTE]


@pytest.mark.parametrize("judged", [CALM, PRAISE, LEAVING, heads(intent={"question": 1}), heads(urgency={"high": 1})])
@pytest.mark.parametrize("closed", [False, True])
async def test_another_account_never_gets_an_automatic_answer(talk: Talk, judged: Assessment, closed: bool) -> None:
    """Whatever it says and however the case stands: anybody may have read the code."""
    code = talk.case().code
    if closed:
        talk.resolve()
    sent_before = one(talk.store, "SELECT count(*) FROM effect WHERE kind = 'reply'")
    await talk.says(f"{QUESTION} {code}", judged, author=BEN)
    assert one(talk.store, "SELECT count(*) FROM effect WHERE kind = 'reply'") == sent_before


async def test_the_author_quotes_it(talk: Talk) -> None:
    """That is written down, and no word of another account is said."""
    said = await talk.says(f"{talk.case().code}: any news?")
    assert Reason.QUOTED_CODE in talk.decision(said)[1]
    assert Reason.QUOTED_BY_OTHER not in talk.decision(said)[1]
    assert talk.events("code_quoted") == ["code_quoted"]


async def test_a_code_comes_before_the_authors_own_case(talk: Talk) -> None:
    """Who has a case of their own and quotes another is in the other with that post, and only with that."""
    code = talk.case().code
    own = await talk.says("Kestrelo has no night line.", author=BEN)
    assert len(talk.cases()) == 2
    quoted = await talk.says(f"{code} is my wife's", author=BEN)
    later = await talk.says("And the night line of Kestrelo?", author=BEN)
    found = dict(rows(talk.store, 'SELECT m.id, c.code FROM mention m JOIN "case" c ON c.id = m.case_id'))
    assert found[quoted.id] == code
    assert found[later.id] == found[own.id] != code


async def test_danger_in_a_post_with_a_code_still_pages(talk: Talk) -> None:
    """Nothing that is known of the case hides it."""
    said = await talk.says(f"{talk.case().code} I will end it all", heads(danger=True), author=BEN)
    assert talk.decision(said)[0] == "page"
    assert [sent.body["route"] for sent in talk.deliver() if sent.kind is Kind.ALERT] == ["page"]


@pytest.mark.parametrize("how", [Resolution.ANSWERED, Dismissal.SPAM])
async def test_a_closed_case_is_open_again(talk: Talk, how: Resolution | Dismissal) -> None:
    """Closed or dismissed, who quotes its code wants it; also weeks later."""
    case, move = talk.case(), casework.resolve if isinstance(how, Resolution) else casework.dismiss
    assert talk.store.do(move, case.id, ANA, how, now=talk.clock(), note="").done
    talk.clock.forward(days=20)
    await talk.says(f"{case.code} is not done", author=BEN)
    assert (len(talk.cases()), talk.case().state) == (1, CaseState.OPEN)
    (note,) = [sent for sent in talk.deliver() if sent.kind is Kind.NOTE]
    assert note.body["broadcast"]


async def test_an_ended_code_is_left_aside_and_counted(talk: Talk) -> None:
    """The post is taken for itself, people are told, and the day's figures know it."""
    code = talk.case().code
    talk.resolve()
    talk.clock.forward(days=31)
    said = await talk.says(f"Kestrelo, {code}!", author=BEN)
    assert len(talk.cases()) == 2
    assert Reason.CODE_OVER in talk.decision(said)[1]
    assert rows(talk.store, "SELECT reason, count FROM tally") == [("code_over", 1)]
    (card,) = [sent for sent in talk.deliver() if sent.kind is Kind.ALERT]
    assert REASON_WORDS[Reason.CODE_OVER] in card.body["why"]
    assert talk.events("code_quoted") == []


async def test_a_code_of_another_brand_is_left_aside_and_counted(talk: Talk) -> None:
    """Nothing of one brand is joined to another's case."""
    case = talk.case()
    said = await talk.says(f"Rivalo! {case.code}", author=BEN, brand="kestrelo-rival")
    assert talk.case().id != case.id
    assert Reason.CODE_OF_ANOTHER in talk.decision(said)[1]
    assert rows(talk.store, "SELECT brand, reason, count FROM tally") == [("kestrelo-rival", "code_of_another", 1)]


async def test_a_made_up_code_is_nothing(talk: Talk) -> None:
    """Neither a reason nor a count: nobody learns which codes there are."""
    said = await talk.says(f"{new_code()}", NOISE, author=BEN)
    assert talk.decision(said) == ("ignore", {"unrelated"})
    assert rows(talk.store, "SELECT * FROM tally") == []


async def test_an_edit_is_no_second_quotation(talk: Talk) -> None:
    """An author who corrects the post has quoted the code once."""
    said = await talk.says(f"{talk.case().code}: dead", author=BEN)
    later = replace(said, text=f"{said.text} since noon", edited_at=talk.clock() + timedelta(seconds=1))
    talk.store.do(hearing.hear, "sample", Batch(mentions=(later,)), [Screened(later)], "c", talk.clock())
    talk.store.do(judging.save, [(later, heads(urgency={"critical": 1}))], talk.clock())
    await talk.decider.handle(later.author_key)
    assert talk.events("code_quoted") == ["code_quoted"]
    assert talk.case().mentions == 2


async def test_the_inbox_of_the_brand_does_not_hide_a_code(talk: Talk) -> None:
    """A post to the brand's own account is left to its inbox, unless it quotes a code of ours."""
    await talk.says(f"{talk.case().code}?", author=BEN, reason=Reason.ADDRESSED)
    await talk.says("Hello?", author=Author(id="c", handle="cleo"), reason=Reason.ADDRESSED)
    assert (len(talk.cases()), talk.case().mentions) == (1, 2)
    assert one(talk.store, "SELECT count(*) FROM decision WHERE route = 'ignore'") == 1


async def test_a_mob_with_a_code_makes_one_case(talk: Talk) -> None:
    """A mob that quotes it makes notes under one card and nothing else; the card says how many posts there are."""
    code = talk.case().code
    for number in range(60):
        await talk.says(f"{code} lol", NOISE, author=Author(id=f"mob-{number}"))
    assert (len(talk.cases()), talk.case().mentions) == (1, 61)
    card = talk.store.do(edits.current_card, talk.case().id, talk.clock())
    assert card is not None
    assert card["mentions"] == 61


async def test_a_guest_who_is_forgotten_leaves_the_case_to_its_customer(talk: Talk) -> None:
    """Their words are nowhere any more, and a case that stood on a card of theirs has a card of its own again."""
    code = talk.case().code
    await talk.says(f"{code} the zebra note", author=BEN, channel="x")
    await talk.says(f"{code} a zebra burns", heads(urgency={"critical": 1}), author=BEN, channel="x")
    assert talk.case().route == "call"
    talk.deliver()
    talk.clock.forward(minutes=1)
    talk.store.do(privacy.forget, "x", "ben", talk.clock())
    sent = talk.deliver()
    assert sorted(one.kind for one in sent if one.kind is not Kind.EDIT) == [Kind.ALERT, Kind.ERASE, Kind.ERASE]
    (card,) = [one for one in sent if one.kind is Kind.ALERT]
    assert "My Kestrelo line is dead." in card.body["text"]
    assert (card.body["route"], card.body["code"]) == ("call", code)
    assert talk.case().live
    assert talk.case().card == f"ref-{card.key}"
    for table in ("mention", "effect", "case_event", "assessment", "decision", '"case"'):
        assert "zebra" not in str(rows(talk.store, f"SELECT * FROM {table}")), table
    await talk.says("Still dead, Kestrelo.")
    assert [one.kind for one in talk.deliver() if one.kind is not Kind.EDIT] == [Kind.NOTE]


async def test_a_guest_who_is_forgotten_takes_no_card_along(talk: Talk) -> None:
    """Whose post was a line under the card only: that is blanked, and the card stays the same."""
    card = talk.case().card
    await talk.says(f"{talk.case().code} zebra", author=BEN, channel="x")
    talk.deliver()
    talk.store.do(privacy.forget, "x", "ben", talk.clock())
    assert {one.kind for one in talk.deliver()} == {Kind.ERASE, Kind.EDIT}
    assert talk.case().card == card
    for table in ("mention", "effect"):
        assert "zebra" not in str(rows(talk.store, f"SELECT * FROM {table}")), table
