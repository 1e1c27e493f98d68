"""The outbox: what enters it, who may claim from it, in which order, and what holds it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from models.decision import CaseRef, Kind, Message, Reason, Receipt, Route
from models.mention import Author
from models.store import Store, controls, effects, wakes
from tests.build import NOW, mention
from tests.models.store.steps import CASE, LATER, SINK, alert, claimed, decide, note, reply
from tests.stores import one, rows

RECEIPT = Receipt("C1:17", "https://slack.example/17")


def queue(store: Store, *messages: Message) -> None:
    """Put messages into the outbox."""
    store.do(effects.queue, messages, NOW)


def state(store: Store, message: Message) -> str:
    """Where a message stands."""
    return str(one(store, "SELECT state FROM effect WHERE key = :key", key=message.key))


def answered(store: Store, **changes: object) -> None:
    """Answer a post in public."""
    post = mention(**changes)
    decide(store, post, reply(post), case=None, route=Route.ANSWER)


def test_the_same_intent_is_queued_once(store: Store) -> None:
    """A message with a known key is dropped, whatever became of the first."""
    queue(store, alert(mention()), alert(mention()))
    store.do(effects.sent, claimed(store), RECEIPT, LATER)
    queue(store, alert(mention()))
    assert rows(store, "SELECT state FROM effect") == [("sent",)]


def test_a_second_public_reply_to_an_author_in_a_thread_never_enters(store: Store) -> None:
    """However it is keyed and by whichever sink, the database takes one reply for brand, author and thread."""
    answered(store, external_id="1", conversation_id="t")
    answered(store, external_id="2", conversation_id="t")
    queue(store, reply(mention(external_id="3", conversation_id="t"), sink="telegram"))
    assert one(store, "SELECT count(*) FROM effect") == 1


@pytest.mark.parametrize("change", [{"conversation_id": "u"}, {"author": Author(id="8")}, {"brand": "rivalo"}])
def test_another_thread_author_or_brand_may_be_answered(store: Store, change: dict[str, object]) -> None:
    """The limit of one reply concerns one brand, author and thread only."""
    answered(store, external_id="1", conversation_id="t")
    answered(store, **{"external_id": "2", "conversation_id": "t"} | change)
    assert one(store, "SELECT count(*) FROM effect") == 2


@pytest.mark.parametrize("end", ["rejected", "needs_human", "expired", "dead"])
def test_a_reply_that_failed_still_bars_a_second(store: Store, end: str) -> None:
    """A reply that came to nothing, as far as we know, is not tried again under another key."""
    queue(store, reply(mention(external_id="1", conversation_id="t")))
    store.do(effects.reject, claimed(store), end, "why", [], LATER)
    queue(store, reply(mention(external_id="2", conversation_id="t")))
    assert rows(store, "SELECT state FROM effect") == [(end,)]


def test_alerts_of_one_thread_are_not_limited(store: Store) -> None:
    """Two alerts about one author and thread are both kept."""
    queue(store, alert(mention(external_id="1")), alert(mention(external_id="2")))
    assert one(store, "SELECT count(*) FROM effect") == 2


def test_a_claim_is_exclusive(store: Store) -> None:
    """What one session has claimed no other session gets."""
    queue(store, alert(mention()))
    assert claimed(store).attempt == 1
    assert store.do(effects.claim, SINK, LATER) is None
    assert state(store, alert(mention())) == "sending"


def test_a_claim_is_exclusive_among_threads(store: Store) -> None:
    """Four threads that claim at once take every message exactly once."""
    messages = [alert(mention(external_id=str(number))) for number in range(24)]
    queue(store, *messages)
    taken: list[str] = []

    def work() -> None:
        # None means that nothing was free at that moment; the rest is then in other hands.
        while message := store.do(effects.claim, SINK, LATER):
            taken.append(message.key)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(message.key for message in messages)


def test_graver_messages_go_first_then_older_ones(store: Store) -> None:
    """The order is priority, then time."""
    old, new, grave = (alert(mention(external_id=name)) for name in ("old", "new", "grave"))
    queue(store, old)
    store.do(effects.queue, [new, replace(grave, priority=90)], LATER)
    assert [claimed(store).key for _ in range(3)] == [grave.key, old.key, new.key]


def test_a_message_is_claimed_with_all_that_it_was_queued_with(store: Store) -> None:
    """Body, target, kind and time limit survive the outbox."""
    message = reply(mention(), expires_at=LATER + timedelta(hours=1))
    queue(store, message)
    assert claimed(store) == replace(message, attempt=1, queued_at=NOW)


def test_other_sinks_are_left_alone(store: Store) -> None:
    """A sink claims its own messages only."""
    queue(store, alert(mention()))
    assert store.do(effects.claim, "slack", LATER) is None


def test_a_note_waits_for_its_card(store: Store) -> None:
    """A later mention's note is held until the card is posted, and then carries the card's reference."""
    decide(store, mention(), alert(mention()))
    second = mention(external_id="2")
    decide(store, second, note(second), case=CaseRef(CASE.id, CASE.code, new=False))
    card = claimed(store)
    assert card.kind is Kind.ALERT
    assert store.do(effects.claim, SINK, LATER) is None
    store.do(effects.sent, card, RECEIPT, LATER)
    assert claimed(store).thread == RECEIPT.external_id


def test_a_note_does_not_wait_for_a_card_that_never_comes(store: Store) -> None:
    """Once the card was refused for good, the note goes out on its own."""
    decide(store, mention(), alert(mention()))
    second = mention(external_id="2")
    decide(store, second, note(second), case=CaseRef(CASE.id, CASE.code, new=False))
    store.do(effects.reject, claimed(store), "rejected", "no such channel", [], LATER)
    assert claimed(store).thread is None


def test_sending_a_card_wakes_the_notes_under_it(store: Store) -> None:
    """The sink is woken when its card is posted, because notes may wait for it."""
    decide(store, mention(), alert(mention()))
    store.do(effects.sent, claimed(store), RECEIPT, LATER)
    assert ("send", SINK) in store.do(wakes.waiting, LATER)


def test_a_pause_holds_everything_from_the_next_claim_on(store: Store) -> None:
    """Nothing starts after a pause was thrown, what waits is kept, and resuming wakes its sink."""
    queue(store, alert(mention()), reply(mention()))
    store.do(controls.pause, True, None, NOW)
    assert store.do(effects.claim, SINK, LATER) is None
    assert store.do(controls.resume, LATER)
    assert ("send", SINK) in store.do(wakes.waiting, LATER)
    assert claimed(store).kind is Kind.ALERT


def test_a_pause_thrown_in_the_same_transaction_holds(store: Store) -> None:
    """A claim that comes after a pause in one transaction already obeys it."""
    queue(store, alert(mention()))

    def both(session: object) -> Message | None:
        controls.pause(session, True, None, NOW)  # type: ignore[arg-type]
        return effects.claim(session, SINK, LATER)  # type: ignore[arg-type]

    assert store.do(both) is None


def test_a_pause_of_replies_lets_alerts_through(store: Store) -> None:
    """With replies held, cards go out and public words stay."""
    queue(store, reply(mention(), priority=99), alert(mention()))
    store.do(controls.pause, False, None, NOW)
    assert claimed(store).kind is Kind.ALERT
    assert store.do(effects.claim, SINK, LATER) is None


def test_a_pause_ends_by_itself(store: Store) -> None:
    """After its time a pause holds no longer."""
    queue(store, alert(mention()))
    store.do(controls.pause, True, LATER, NOW)
    assert store.do(effects.claim, SINK, LATER - timedelta(seconds=1)) is None
    assert store.do(effects.claim, SINK, LATER)


def test_an_opt_out_withdraws_what_waits(store: Store) -> None:
    """A reply that is queued but not sent is withdrawn when its author asks for no more automatic answers."""
    post = mention()
    decide(store, post, reply(post), case=None)
    store.do(effects.withdraw_replies, post.author_key, LATER)
    assert store.do(effects.claim, SINK, LATER) is None
    assert one(store, "SELECT state FROM effect") == "dead"


def test_a_note_follows_a_case_that_moved(store: Store) -> None:
    """After an escalation to another sink the note that waited for the old card goes out by itself, under no thread."""
    post, later, grave = mention(), mention(external_id="2"), mention(external_id="3")
    decide(store, post, alert(post))
    joined = replace(CASE, new=False)
    decide(store, later, note(later), case=joined)
    graver = replace(alert(grave), key="graver", sink="pager", purpose="card-page")
    decide(store, grave, graver, case=joined, route=Route.PAGE, reasons=(Reason.ESCALATED,))
    kinds = [claimed(store), claimed(store)]
    assert [(message.kind, message.thread) for message in kinds if message] == [(Kind.ALERT, None), (Kind.NOTE, None)]


def test_a_clock_that_jumps_back_delays_nothing(store: Store) -> None:
    """A retry that was put off before the clock went back two hours is due now, not two hours late."""
    post = mention()
    decide(store, post, alert(post))
    ahead = NOW + timedelta(hours=2)
    store.do(effects.again, claimed(store, now=ahead), ahead + timedelta(minutes=5), "away")
    assert store.do(effects.claim, SINK, NOW) is not None


def test_a_retry_is_not_early(store: Store) -> None:
    """Without a jump the moment of a retry is kept."""
    post = mention()
    decide(store, post, alert(post))
    store.do(effects.again, claimed(store), LATER + timedelta(minutes=5), "away")
    assert store.do(effects.claim, SINK, LATER + timedelta(minutes=4)) is None
    assert store.do(effects.claim, SINK, LATER + timedelta(minutes=5)) is not None
