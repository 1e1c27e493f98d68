"""A turn of the tone after our reply: people are told at once, and no program speaks to that person any more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.assessment import Assessment
from models.case import Resolution
from models.decision import Kind, Message, Reason, message_key
from models.mention import Author, Batch, Mention
from models.past import Screened
from models.store import Store, casework, effects, hearing, judging
from tests.responders.situations import EVERY_ROUTE, QUESTION, heads
from tests.responders.talk import ANA, ANGRY, BEN, CALM, MINUTE, NOISE, PRAISE, Talk
from tests.stores import one, rows

EAGER: dict[str, Any] = {"mode": "on", "routes": EVERY_ROUTE, "author_cooldown": "1s"}
FAQ = {"questions": ["does kestrelo roaming work in switzerland"], "answer": "Yes.", "lang": "en"}
URGENT, CRITICAL = heads(urgency={"high": 1}), heads(urgency={"critical": 1})


@pytest.fixture
def talk(store: Store) -> Talk:
    """A brand whose bot drafts only."""
    return Talk(store)


async def answered(talk: Talk, first: Assessment = CALM) -> Mention:
    """Anna's first post, to which Ana's answer was posted."""
    post = await talk.says("My Kestrelo line is dead.", first)
    talk.deliver()
    talk.answer(post)
    return post


async def test_a_calm_customer_who_gets_angry_is_called(talk: Talk) -> None:
    """The case is a call now, with a card of its own that says why, the turn is in its history, once."""
    await answered(talk)
    said = await talk.says("Is that all Kestrelo has to say?", ANGRY)
    route, reasons = talk.decision(said)
    assert (route, {Reason.TURNED, Reason.ESCALATED} <= reasons) == ("call", True)
    assert (talk.case().route, talk.case().turned_at) == ("call", talk.clock())
    (card,) = [sent for sent in talk.deliver() if sent.kind is Kind.ALERT]
    assert card.body["title"] == "Call this customer: the tone has turned"
    assert talk.events("turned", "switch_recommended") == ["switch_recommended", "turned"]
    await talk.says("Kestrelo!!!", ANGRY)
    assert talk.events("turned") == ["turned"]


async def test_a_case_that_was_a_call_has_a_new_card_too(talk: Talk) -> None:
    """The card of the call may lie far above by now."""
    await answered(talk, URGENT)
    assert talk.case().route == "call"
    await talk.says("Is that all Kestrelo has to say?", ANGRY)
    assert (Kind.ALERT, "card-turned") in [(sent.kind, sent.purpose) for sent in talk.deliver()]
    assert talk.case().card
    talk.resolve(Resolution.CALLED)
    await talk.says("Well, thank you, Kestrelo.", CALM)
    await talk.says("Kestrelo, it is dead again!", ANGRY)
    talk.deliver()
    assert talk.events("turned") == ["turned", "turned"]
    assert one(talk.store, "SELECT count(*) FROM effect WHERE purpose = 'card-turned' AND state = 'sent'") == 2


def answering(store: Store) -> Talk:
    """A brand whose bot answers one question by itself."""
    brand = {"name": "Kestrelo", "terms": ["kestrelo"], "faq": [FAQ]}
    return Talk(store, replies=EAGER | {"routes": ["answer"]}, brands={"kestrelo": brand})


NO_TURN: dict[str, tuple[Assessment, Assessment]] = {
    "angry before": (ANGRY, ANGRY),
    "calm after": (CALM, CALM),
    "calmer after": (ANGRY, CALM),
    "praise": (CALM, PRAISE),
    "doubtful before": (heads(sentiment={"negative": 0.55, "neutral": 0.45}), ANGRY),
    "doubtful after": (CALM, heads(sentiment={"negative": 0.55, "neutral": 0.45})),
    "unknown before": (heads(sentiment=None), ANGRY),
    "unknown after": (CALM, heads(sentiment=None)),
    "as urgent": (URGENT, URGENT),
    "less urgent": (CRITICAL, URGENT),
    "urgency unknown before": (heads(urgency=None), URGENT),
}


@pytest.mark.parametrize("name", NO_TURN)
async def test_no_turn(talk: Talk, name: str) -> None:
    """Who was angry already, or stays as they were, has not turned; neither has anybody of whom we do not know."""
    before, after = NO_TURN[name]
    await answered(talk, before)
    said = await talk.says("Kestrelo, what now?", after)
    assert Reason.TURNED not in talk.decision(said)[1]
    assert talk.case().turned_at is None


@pytest.mark.parametrize(("before", "after"), [(CALM, URGENT), (URGENT, CRITICAL), (ANGRY, CRITICAL)])
async def test_what_becomes_more_urgent_has_turned(talk: Talk, before: Assessment, after: Assessment) -> None:
    """However unhappy they were."""
    await answered(talk, before)
    said = await talk.says("Now Kestrelo has cut me off", after)
    assert Reason.TURNED in talk.decision(said)[1]


async def test_without_a_word_from_us_nobody_has_turned_on_us(talk: Talk) -> None:
    """A customer who gets angry while nobody answers is not one whom our answer made angry."""
    await talk.says("My Kestrelo line is dead.")
    said = await talk.says("Kestrelo?!", ANGRY)
    assert Reason.TURNED not in talk.decision(said)[1]


async def test_an_answer_that_never_arrived_is_no_word(store: Store) -> None:
    """A reply that the platform refused made nobody angry, whenever it was given up."""
    talk = answering(store)
    await talk.says(QUESTION, heads(intent={"question": 1}))
    reply = talk.store.do(effects.claim, "console", talk.clock())
    assert reply
    talk.store.do(effects.reject, reply, "rejected", "no", [], talk.clock())
    said = await talk.says("Nobody answers at Kestrelo", ANGRY)
    assert Reason.TURNED not in talk.decision(said)[1]


async def test_an_edit_may_turn(talk: Talk) -> None:
    """Who puts anger into a post after our reply has turned, in a case that was a call before as well."""
    await answered(talk, URGENT)
    said = await talk.says("When will Kestrelo come?", URGENT)
    assert talk.decision(said)[0] == "call"
    talk.clock.forward(minutes=1)
    later = replace(said, text="When will Kestrelo come, liars?", edited_at=talk.clock())
    talk.store.do(hearing.hear, "sample", Batch(mentions=(later,)), [Screened(later)], "c", talk.clock())
    talk.store.do(judging.save, [(later, heads(urgency={"high": 1}, sentiment={"negative": 1}))], talk.clock())
    await talk.decider.handle(later.author_key)
    assert Reason.TURNED in talk.decision(later)[1]
    assert talk.events("turned") == ["turned"]


async def test_what_was_written_before_our_reply_is_no_turn(talk: Talk) -> None:
    """A post that we hear late may be older than our answer: the platform's clock counts."""
    post = await answered(talk)
    said = await talk.says("Kestrelo?!", ANGRY, posted_at=post.posted_at + MINUTE / 2)
    assert Reason.TURNED not in talk.decision(said)[1]


@pytest.mark.parametrize("how", [Resolution.ANSWERED, Resolution.CALLED])
async def test_an_answer_by_hand_counts(talk: Talk, how: Resolution) -> None:
    """Where people answer on the platform or on the phone, the resolved case says that the customer heard from us."""
    await talk.says("My Kestrelo line is dead.")
    talk.resolve(how)
    said = await talk.says("Kestrelo lied to me", ANGRY)
    assert Reason.TURNED in talk.decision(said)[1]
    assert (len(talk.cases()), talk.case().state, talk.case().route) == (1, "open", "call")


async def test_calm_after_the_reply_counts_as_calm(talk: Talk) -> None:
    """Angry, answered, calm, and angry once more: that is a turn, because our answer had held."""
    await answered(talk, ANGRY)
    await talk.says("Fine, I wait. Kestrelo knows?", CALM)
    said = await talk.says("Kestrelo broke its word", ANGRY)
    assert Reason.TURNED in talk.decision(said)[1]


async def test_another_persons_anger_is_no_turn(talk: Talk) -> None:
    """Also not of one who quotes the code."""
    await answered(talk)
    said = await talk.says(f"{talk.case().code} Kestrelo is a shame", ANGRY, author=BEN)
    assert Reason.TURNED not in talk.decision(said)[1]


async def test_noise_is_no_word_to_us(talk: Talk) -> None:
    """News and what is about something else turn nothing, unless it stands in the very thread of our reply."""
    noise = heads(intent={"unrelated": 1}, sentiment={"negative": 1})
    await answered(talk)
    said = await talk.says("Awful weather", noise, conversation_id="elsewhere")
    assert talk.decision(said)[0] == "ignore"
    said = await talk.says("Useless.", noise)
    assert talk.decision(said)[0] == "call"


async def test_a_leaving_customer_who_turns_is_called(talk: Talk) -> None:
    """The lane can wait, they cannot."""
    await answered(talk)
    said = await talk.says("Kestrelo, I am off", heads(churn={"yes": 1}, sentiment={"negative": 1}))
    assert talk.decision(said)[0] == "call"
    assert rows(talk.store, "SELECT * FROM winback") == []


async def test_danger_stays_danger(talk: Talk) -> None:
    """A case that pages people is never made less by a turn."""
    await talk.says("I end it, Kestrelo", heads(danger=True))
    talk.resolve(Resolution.CALLED)
    said = await talk.says("Kestrelo did nothing", ANGRY)
    assert Reason.TURNED in talk.decision(said)[1]
    assert talk.case().route == "page"


async def test_the_bots_own_answer_is_followed(store: Store) -> None:
    """A question that the bot answered alone, and that made it worse, opens a case with a call."""
    talk = answering(store)
    await talk.says(QUESTION, heads(intent={"question": 1}))
    assert [sent.kind for sent in talk.deliver()] == [Kind.REPLY]
    assert talk.cases() == []
    said = await talk.says("That is a lie, Kestrelo", ANGRY)
    assert (talk.decision(said)[0], talk.case().route) == ("call", "call")
    assert talk.case().turned_at == talk.clock()
    assert talk.events("opened", "turned") == ["opened", "turned"]


WAITING = "SELECT count(*) FROM effect WHERE kind = 'reply' AND state = 'pending'"


async def test_what_the_bot_was_about_to_say_is_not_said(store: Store) -> None:
    """An automatic answer that still waits, in another thread, is withdrawn with the turn."""
    talk = answering(store)
    await talk.says(QUESTION, heads(intent={"question": 1}))
    talk.deliver()
    await talk.says(QUESTION, heads(intent={"question": 1}), conversation_id="another")
    assert one(talk.store, WAITING) == 1
    await talk.says("That is a lie, Kestrelo", ANGRY)
    assert one(talk.store, WAITING) == 0
    assert one(talk.store, "SELECT error FROM effect WHERE state = 'dead'") == "the customer's tone turned"


async def test_automation_stops_for_the_case(store: Store) -> None:
    """The bot never speaks in the case again, also once that was closed; it would have, had nothing turned."""
    for turns in (False, True):
        author = Author(id=f"id-{turns}", handle="carl")
        talk = Talk(store, replies=EAGER)
        await talk.says("My Kestrelo line is dead.", CALM, author)
        assert Kind.REPLY in [sent.kind for sent in talk.deliver()]
        if turns:
            await talk.says("Kestrelo, you do nothing!", ANGRY, author)
        talk.resolve(Resolution.CALLED)
        talk.deliver()
        talk.clock.forward(days=2)
        again = await talk.says("Kestrelo again", CALM, author, conversation_id="another")
        assert (Reason.PEOPLE_ONLY in talk.decision(again)[1]) is turns
        assert one(talk.store, WAITING) == (0 if turns else 1)
        talk.deliver()


async def test_what_a_person_wrote_still_goes_out(talk: Talk) -> None:
    """Ana pressed Send before the turn was heard: she may have seen the post, and her words are hers."""
    post = await answered(talk)
    other = await talk.says("And the night line of Kestrelo?", conversation_id="another")
    talk.clock.forward(minutes=1)
    talk.deliver()
    key = message_key(Kind.REPLY, "console", other.id, "review")
    about: dict[str, Any] = {"brand": "kestrelo", "channel": "telegram", "author_key": post.author_key}
    about["thread_key"] = other.thread_key
    hers = Message(key, "console", Kind.REPLY, "t", {"text": "Soon."}, other.id, purpose="review", **about)
    assert talk.store.do(casework.answer, talk.case().id, hers, ANA, talk.clock()).done
    await talk.says("Kestrelo, shame!", ANGRY)
    assert one(talk.store, "SELECT state FROM effect WHERE key = :key", key=key) == "pending"


async def test_noise_before_is_no_reply_of_ours(talk: Talk) -> None:
    """A post that nobody had to see leaves nothing behind that could turn."""
    await talk.says("whatever", NOISE)
    said = await talk.says("Kestrelo?!", ANGRY)
    assert Reason.TURNED not in talk.decision(said)[1]
