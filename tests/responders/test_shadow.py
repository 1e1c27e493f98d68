"""Shadow: everything is judged and decided on a channel, what would have been done is kept, and nothing leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.assessment import Pii
from models.decision import Kind, Reason, Route
from models.manifests import MANIFESTS
from models.mention import Author
from models.press import Press, Verb
from models.store import Store, digests, figures, privacy, shadow, verdicts
from models.store.shadow import Would
from responders.decider import Decider
from responders.rules import rules_from
from responders.shadow import barred_by
from tests.build import mention, settings
from tests.fakes.clock import FakeClock
from tests.responders.desk.bench import ANA, Bench
from tests.responders.judged import judged
from tests.responders.sink import Sink
from tests.responders.situations import EVERY_ROUTE, decided, heads, rules, templates
from tests.stores import one, rows

TELEGRAM: dict[str, Any] = {"reply_with": "console", "shadow": True}
EAGER = {"mode": "on", "routes": EVERY_ROUTE}
THANKS = {"mode": "on", "routes": ["thank"]}
PRAISE = heads(intent={"praise": 1})
URGENT = heads(urgency={"high": 1})
DAY = timedelta(days=1)


class Trial:
    """A decider over a store, with Telegram in shadow until it is ``live``."""

    def __init__(self, store: Store, **toml: Any) -> None:
        self.store, self.clock = store, FakeClock()
        self.toml = {"replies": THANKS, "channels": {"telegram": TELEGRAM}} | toml
        self._start()

    def _start(self) -> None:
        self.rules_for = rules_from(settings(**self.toml), templates())
        self.decider = Decider(self.store, self.rules_for, "config-1", self.clock)

    def live(self) -> None:
        """The same with shadow off, as after a reload."""
        self.toml["channels"] = {"telegram": TELEGRAM | {"shadow": False}}
        self._start()

    async def hears(self, said: Any, **post: Any) -> str:
        """A post in Telegram is judged and decided; its id."""
        heard = mention(**{"channel": "telegram", "url": "https://t.me/c/1/2"} | post)
        judged(self.store, (heard, said), now=self.clock())
        await self.decider.handle(heard.author_key)
        return heard.id

    def would(self) -> Would:
        """What would have been sent so far."""
        return self.store.do(shadow.counts, self.clock() - DAY).get("telegram", Would())


def outbox(store: Store) -> list[tuple[Any, ...]]:
    """Everything that could leave the house."""
    return rows(store, "SELECT kind, state FROM effect ORDER BY queued_at")


def test_a_decision_in_shadow_has_nothing_that_leaves() -> None:
    """The route and its reasons are what they would be live; there is no case, no message and no promise."""
    for said in (heads(danger=True), URGENT, PRAISE, heads(churn={"yes": 1}), heads(intent={"broadcast": 1})):
        own = rules("telegram", replies=EAGER, channels={"telegram": TELEGRAM})
        live = rules("telegram", replies=EAGER, channels={"telegram": TELEGRAM | {"shadow": False}})
        dark, bright = decided(said, by=own), decided(said, by=live)
        assert (dark.route, dark.reasons, dark.eligibility) == (bright.route, bright.reasons, bright.eligibility)
        assert (dark.case, dark.messages, dark.answer_by, dark.resolve_by) == (None, (), None, None)
        assert dark.shadow == bright
        assert bright.shadow is None


async def test_nothing_is_written_and_all_is_kept(store: Store) -> None:
    """A card and a reply that would have been: both stand beside their decisions, and the outbox stays empty."""
    trial = Trial(store)
    card = await trial.hears(URGENT, external_id="1")
    trial.clock.forward(minutes=1)
    await trial.hears(PRAISE, external_id="2", author=Author(id="9"))
    assert outbox(store) == []
    assert one(store, 'SELECT count(*) FROM "case"') == 0
    assert one(store, "SELECT count(*) FROM case_event") == 0
    assert dict(rows(store, "SELECT route, case_id FROM decision")) == {"call": None, "thank": None}
    assert trial.would() == Would(posts=2, cards=1, notes=0, replies=1)
    reply, alert = trial.store.do(shadow.latest, "telegram", 5)
    assert (alert.mention_id, alert.route, alert.link) == (card, "call", "https://t.me/c/1/2")
    assert [message["kind"] for message in (*alert.messages, *reply.messages)] == ["alert", "reply"]
    assert alert.messages[0]["says"] == "Call this customer"


async def test_what_is_kept_holds_no_word_of_the_post(store: Store) -> None:
    """Of a message only what is ours is kept: no text, no name, no address of the author."""
    await Trial(store).hears(URGENT, text="Kestrelo, a zebra ate my contract")
    kept = str(rows(store, "SELECT CAST(messages AS TEXT) FROM shadow"))
    assert "zebra" not in kept
    assert "anna" not in kept.lower()


async def test_the_second_post_would_have_been_a_note(store: Store) -> None:
    """What would have been done counts for the next decision: a case that would be open gets a note, not a card."""
    trial = Trial(store)
    for number in ("1", "2"):
        await trial.hears(URGENT, external_id=number)
    assert trial.would() == Would(posts=2, cards=1, notes=1)
    await trial.hears(heads(danger=True), external_id="3")
    assert trial.would() == Would(posts=3, cards=2, notes=1)
    await trial.hears(URGENT, external_id="4")
    assert trial.would() == Would(posts=4, cards=2, notes=2)


async def test_the_limits_of_replies_hold_in_shadow_too(store: Store) -> None:
    """A second thank-you to the same author would not have gone out, and neither would the sixth of the day."""
    trial = Trial(store, replies=THANKS | {"thanks_per_day": 2})
    await trial.hears(PRAISE, external_id="1", author=Author(id="a"))
    await trial.hears(PRAISE, external_id="2", author=Author(id="a"), conversation_id="other")
    assert trial.would().replies == 1
    await trial.hears(PRAISE, external_id="3", author=Author(id="b"))
    await trial.hears(PRAISE, external_id="4", author=Author(id="c"))
    assert trial.would().replies == 2
    reasons = one(
        store, "SELECT d.reasons FROM decision d JOIN mention m ON m.id = d.mention_id WHERE external_id = '4'"
    )
    assert Reason.THANKS_CAP in str(reasons)


async def test_leaving_shadow_sends_nothing_of_the_past(store: Store) -> None:
    """After going live the outbox is empty; the same author's next post gets a card of its own, as people saw none."""
    trial = Trial(store)
    await trial.hears(URGENT, external_id="1")
    trial.live()
    assert outbox(store) == []
    trial.clock.forward(minutes=5)
    await trial.hears(URGENT, external_id="2")
    assert outbox(store) == [("alert", "pending")]
    assert one(store, 'SELECT mentions FROM "case"') == 1


async def test_a_case_from_before_is_left_as_it_is(store: Store) -> None:
    """A post of its author in shadow neither joins it nor stands under its card; it would have been a note."""
    trial = Trial(store)
    trial.live()
    await trial.hears(URGENT, external_id="1")
    trial.toml["channels"] = {"telegram": TELEGRAM}
    trial._start()
    await trial.hears(heads(danger=True), external_id="2")
    assert one(store, 'SELECT mentions FROM "case"') == 1
    assert one(store, 'SELECT route FROM "case"') == Route.CALL
    assert outbox(store) == [("alert", "pending")]
    assert trial.would() == Would(posts=1, cards=1)


async def test_what_cannot_be_decided_tells_nobody_in_shadow(store: Store) -> None:
    """The plain line that a person would get is only counted."""
    trial = Trial(store)
    broken = heads(pii=(Pii("phone", 0, 9999),))
    judged(store, (post := mention(channel="telegram"), broken), now=trial.clock())
    for _ in range(3):
        await trial.decider.handle(post.author_key)
    assert outbox(store) == []
    assert trial.would() == Would(posts=1, cards=1)


async def test_other_channels_go_on(store: Store) -> None:
    """Shadow is of one channel alone."""
    trial = Trial(store)
    heard = mention()
    judged(store, (heard, URGENT), now=trial.clock())
    await trial.decider.handle(heard.author_key)
    assert outbox(store) == [("alert", "pending")]
    assert trial.would() == Would()


async def test_the_figures_tell_shadow_from_what_was_done(store: Store) -> None:
    """Routes, verdicts and the digest count what people were asked; shadow has figures of its own."""
    trial = Trial(store)
    await trial.hears(URGENT)
    now = trial.clock()
    found = store.do(figures.figures, now)
    assert (found.routes, found.would) == ({}, {"telegram": Would(1, 1)})
    period = store.do(digests.period, now - DAY, now)
    assert (period.asked, period.left_alone, period.would) == ((), 0, {"telegram": Would(1, 1)})
    assert store.do(verdicts.tallies, now - DAY) == []


async def test_forgetting_reaches_into_shadow(store: Store) -> None:
    """Whoever asks to be forgotten is not in what would have been done either; time does the same to all."""
    trial = Trial(store)
    await trial.hears(URGENT, external_id="1")
    ben = Author(id="8", handle="ben")
    await trial.hears(URGENT, external_id="2", author=ben)
    store.do(privacy.forget, "telegram", "anna_l", trial.clock())
    assert one(store, "SELECT count(*) FROM shadow") == 1
    store.do(privacy.purge, DAY, DAY, trial.clock() + 2 * DAY)
    assert rows(store, "SELECT author_key, thread_key, route, cards FROM shadow") == [("", "", "call", 1)]


async def test_no_answer_from_slack_in_shadow(store: Store) -> None:
    """On a case of before nobody can have the bot's account answer; by hand they can, and they can close it."""
    bench = Bench(store)
    await bench.opened()
    quiet = Bench(store, channels={"telegram": {"reply_with": "telegram", "shadow": True}})
    quiet.mention = bench.mention
    said = str(await quiet.desk.handle(quiet.made(Verb.DRAFT, ANA)))
    assert "in shadow" in said
    assert "By hand: " in said
    await quiet.desk.handle(quiet.made(Verb.CLAIM, ANA))
    await quiet.desk.handle(quiet.made(Verb.RESOLVED, ANA, reason="elsewhere"))
    assert quiet.case.state == "resolved"


async def test_a_post_added_by_hand_opens_no_case_in_shadow(store: Store) -> None:
    """It is judged like any other, and who added it is told that no card follows."""
    bench = Bench(store, channels={"telegram": {"shadow": True}})
    fields = {"link": "https://t.me/kestrelo_talk/99", "text": "Kestrelo is down", "author": "zoe"}
    press = Press("add-1", Verb.ADDED, ANA, bench.clock(), "slack", fields=fields)
    assert "no card follows" in str(await bench.desk.handle(press))
    assert one(store, 'SELECT count(*) FROM "case"') == 0


@pytest.mark.parametrize(
    ("channel", "toml", "why"),
    [
        ("hackernews", {}, "only people answer there"),
        ("telegram", {"channels": {"telegram": {"shadow": True}}}, "in shadow"),
        ("pigeon", {}, "nothing is known"),
    ],
)
async def test_the_sender_has_the_last_word(store: Store, channel: str, toml: dict[str, Any], why: str) -> None:
    """A reply that was queued for such a channel all the same is refused unsent, and a person gets its draft."""
    sink = Sink(store)
    sink.sender._barred = barred_by(MANIFESTS, settings(**toml))
    queued = sink.queue(Kind.REPLY, channel=channel, target="-1:2")
    await sink.send()
    assert sink.keys() == []
    assert sink.states() == {queued.key: "rejected"}
    (told,) = sink.told()
    assert why in told
    assert "zebra" in told
