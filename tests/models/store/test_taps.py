"""A tap on a survey counts once, for nobody but who was asked, and the next question takes the place of the last."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.case import Resolution
from models.decision import Kind, Message, Receipt
from models.mention import Author
from models.store import Store, casework, controls, effects, privacy, taps
from models.survey import Tap
from responders import surveying
from tests.build import mention
from tests.models.store.desk import ANA, opened
from tests.models.store.steps import CASE, LATER
from tests.models.store.test_surveys import DUE, POST, asking
from tests.stores import one, rows

PLACE = "-100:900"


def asked(store: Store, *, sent: bool = True) -> Message:
    """Anna was asked in her group, below her own post."""
    opened(store, **POST, author=Author(id="7", handle="anna_l"))
    store.do(casework.resolve, CASE.id, ANA, Resolution.ANSWERED, "", LATER)
    assert store.do(surveying.ask, asking(), DUE) == 1
    message = store.do(effects.claim, "bot", DUE)
    assert message
    if sent:
        store.do(effects.sent, message, Receipt(PLACE), DUE)
    return message


def tap(message: Message, step: str, value: int, by: str = "7", identifier: str = "", place: str = PLACE) -> Tap:
    """Somebody taps on a button of it."""
    return Tap(identifier or f"{step}{value}", by, place, f"{message.key}:{step}:{value}")


def follow(store: Store) -> list[Any]:
    """What goes out after the taps, in its order."""
    out = []
    while message := store.do(effects.claim, "bot", DUE):
        assert message.kind is Kind.TAPPED
        store.do(effects.sent, message, Receipt(PLACE), DUE)
        out.append(message.body)
    return out


def test_one_message_leads_through_all_three(store: Store) -> None:
    """CSAT, then NPS, then whether they had to explain again, then thanks, each in the same place."""
    survey = asked(store)
    assert one(store, "SELECT via FROM survey") == "telegram"
    for step, value, then in (("csat", 4, ":nps:"), ("nps", 9, ":again:"), ("again", 0, "")):
        assert store.do(taps.take, tap(survey, step, value), DUE)
        (body,) = follow(store)
        assert body["reference"] == PLACE
        assert [button for row in body["buttons"] for button in row if then not in button["data"]] == []
        assert bool(body["buttons"]) is bool(then)
    assert rows(store, "SELECT csat, nps FROM survey WHERE again = :no", no=False) == [(4, 9)]
    assert body["text"] == "Vielen Dank für Ihre Antwort."


def test_only_who_was_asked_can_answer(store: Store) -> None:
    """Somebody else in the group is told so, for themselves alone, and nothing is kept or changed."""
    survey = asked(store)
    assert store.do(taps.take, tap(survey, "csat", 1, by="8"), DUE)
    (body,) = follow(store)
    assert (body["said"], "reference" in body) == ("Nur wer gefragt wurde, kann antworten.", False)
    assert rows(store, "SELECT csat FROM survey") == [(None,)]


def test_a_tap_that_is_delivered_again_counts_once(store: Store) -> None:
    """The platform may hand an update over twice, so the second does nothing."""
    survey = asked(store)
    assert store.do(taps.take, tap(survey, "csat", 4), DUE)
    assert not store.do(taps.take, tap(survey, "csat", 4), DUE)
    assert len(follow(store)) == 1


@pytest.mark.parametrize(
    "forged",
    [{"place": "-100:901"}, {"data": "0" * 40 + ":csat:5"}, {"data": "csat:5"}, {"data": ""}, {"data": "\x00" * 9}],
)
def test_what_is_not_ours_is_passed_over(store: Store, forged: dict[str, str]) -> None:
    """A button below another message, or with other words behind it, answers nothing."""
    survey = asked(store)
    real = tap(survey, "csat", 5)
    fake = Tap(real.id, real.by, forged.get("place", PLACE), forged.get("data", real.data))
    assert not store.do(taps.take, fake, DUE)
    assert rows(store, "SELECT csat FROM survey") == [(None,)]


@pytest.mark.parametrize(("step", "value"), [("csat", 0), ("csat", 99), ("nps", 11)])
def test_a_value_off_the_scale_is_not_kept(store: Store, step: str, value: int) -> None:
    """What no button of ours says is no answer."""
    survey = asked(store)
    store.do(taps.take, tap(survey, step, value), DUE)
    assert rows(store, "SELECT csat, nps FROM survey") == [(None, None)]


def test_a_tap_before_the_question_was_sent_is_forged(store: Store) -> None:
    """Of what still waits nobody can see a button."""
    survey = asked(store, sent=False)
    store.do(effects.again, survey, DUE, "not reached")
    assert not store.do(taps.take, tap(survey, "csat", 5), DUE)


@pytest.mark.parametrize("state", ["sending", "uncertain", "needs_human"])
def test_a_tap_proves_that_the_question_arrived(store: Store, state: str) -> None:
    """Whatever nobody knew about its sending, it stands there: the answer counts, and so does the question."""
    survey = asked(store, sent=False)
    if state != "sending":
        store.do(effects.doubt, survey, "lost answer", DUE)
    if state == "needs_human":
        store.do(effects.reject, survey, "needs_human", "lost answer", [], DUE)
    assert store.do(taps.take, tap(survey, "csat", 5), DUE)
    assert rows(store, "SELECT csat, via FROM survey") == [(5, "telegram")]
    assert rows(store, "SELECT state, receipt FROM effect WHERE kind = 'survey'") == [("sent", PLACE)]


def test_a_question_is_not_asked_again_after_a_doubt(store: Store) -> None:
    """Public words are never sent twice, so an unsure survey is given up and not due any more."""
    survey = asked(store, sent=False)
    store.do(effects.doubt, survey, "lost answer", DUE)
    store.do(effects.reject, survey, "needs_human", "lost answer", [], DUE)
    assert store.do(surveying.ask, asking(), DUE + timedelta(minutes=1)) == 0


def test_after_the_term_the_buttons_go(store: Store) -> None:
    """Who taps too late is told so, and finds no button any more."""
    survey = asked(store)
    late = DUE + timedelta(days=14)
    store.do(taps.take, tap(survey, "csat", 5), late)
    message = store.do(effects.claim, "bot", late)
    assert message
    assert message.body["text"] == "Die Zeit für eine Antwort ist vorbei. Vielen Dank."
    assert not message.body.get("buttons")
    assert rows(store, "SELECT csat FROM survey") == [(None,)]


def test_after_the_person_was_forgotten_nothing_is_taken(store: Store) -> None:
    """The case knows nobody any more, and the outbox repeats no words."""
    survey = asked(store)
    store.do(privacy.forget, "telegram", "anna_l", DUE)
    store.do(taps.take, tap(survey, "csat", 5), DUE)
    assert rows(store, "SELECT csat FROM survey") == [(None,)]
    assert rows(store, "SELECT state FROM effect WHERE kind = 'erase' AND sink = 'bot'") == []


def test_a_pause_of_replies_holds_surveys_too(store: Store) -> None:
    """The switch that stops public words stops these, and lets them go on afterwards."""
    opened(store, **POST)
    store.do(casework.resolve, CASE.id, ANA, Resolution.ANSWERED, "", LATER)
    store.do(surveying.ask, asking(), DUE)
    store.do(controls.pause, False, None, DUE)
    assert store.do(effects.claim, "bot", DUE) is None
    store.do(controls.resume, DUE)
    assert store.do(effects.claim, "bot", DUE) is not None


def test_who_opts_out_meanwhile_is_not_asked(store: Store) -> None:
    """A question that waits is withdrawn; that replies are switched off does not touch it."""
    opened(store, **POST)
    store.do(casework.resolve, CASE.id, ANA, Resolution.ANSWERED, "", LATER)
    store.do(surveying.ask, asking(), DUE)
    store.do(effects.withdraw_replies, None, DUE)
    assert one(store, "SELECT state FROM effect WHERE kind = 'survey'") == "pending"
    store.do(effects.withdraw_replies, mention(**POST).author_key, DUE)
    assert one(store, "SELECT state FROM effect WHERE kind = 'survey'") == "dead"


@pytest.mark.parametrize(
    ("changes", "asked_"),
    [({}, 1), ({"replies": {"mode": "off"}}, 0), ({"channels": {"telegram": {"reply_with": "bot", "shadow": True}}}, 0),
     ({"channels": {}}, 0), ({"brands": {"other": {"name": "Other", "terms": ["other"]}}}, 0)],
)  # fmt: skip
def test_nobody_is_asked_where_the_bot_is_silent(store: Store, changes: dict[str, Any], asked_: int) -> None:
    """Not while replies are off, on a channel in shadow, or where nobody speaks; and once, however often it is due."""
    opened(store, **POST)
    store.do(casework.resolve, CASE.id, ANA, Resolution.ANSWERED, "", LATER)
    assert store.do(surveying.ask, asking(**changes), DUE) == asked_
    assert store.do(surveying.ask, asking(**changes), DUE) == 0
