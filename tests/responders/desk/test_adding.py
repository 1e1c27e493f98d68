"""A post that the listeners missed becomes a case, and one that they heard is named or taken on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.decision import Kind
from models.form import Form, Said, Wrong
from models.press import Press, Verb
from models.store import Store, judging, privacy
from models.store.rows import mention_of
from responders.desk.links import first_link, post_at
from tests.build import assessment, mention
from tests.responders.desk.bench import ANA, BEN, Bench
from tests.responders.judged import judged
from tests.stores import one, rows

LINK = "https://x.com/olga_m/status/1767890000000000000"


def adding(number: int, **fields: str) -> Press:
    """A filled-in form."""
    from tests.build import NOW

    return Press(f"add-{number}", Verb.ADDED, ANA, NOW, "slack", fields=fields)


async def judge_all(bench: Bench, **said: str) -> None:
    """The model reads whatever waits, and it is decided."""
    for shard in range(8):
        for post in bench.store.do(judging.claim, str(shard), 10, bench.clock()):
            bench.mention = post
            bench.store.do(judging.save, [(post, assessment(**said))], bench.clock())
            await bench.decide(post.author_key)


async def test_a_missed_post_becomes_a_case(store: Store) -> None:
    """It goes the way of every post, and people see it although the model would have left it alone."""
    bench = Bench(store)
    press = adding(1, link=f"{LINK}?s=20", text="Kestrelo does this again")
    answer = await bench.desk.handle(press)
    assert answer == Said("Taken. The bot reads it now, and its card follows in a moment.")
    assert await bench.desk.handle(press) is None
    await judge_all(bench, intent="opinion", urgency="low", sentiment="neutral")
    ((channel, external_id, listener),) = rows(store, "SELECT channel, external_id, listener FROM mention")
    assert (channel, external_id, listener) == ("x", "1767890000000000000", "desk")
    (card,) = bench.waiting(Kind.ALERT)
    assert card.body["route"] == "review"
    assert "a member of the team added it" in card.body["why"]
    assert card.body["eligibility"] == "A person answers by hand: a member of the team added it by hand"
    assert card.body["posted_at"].startswith("2024-03-13T12:")


async def test_what_is_grave_goes_its_own_way(store: Store) -> None:
    """A post that asks for a call gets one, added by hand or not; the bot never answers it by itself."""
    bench = Bench(store, replies={"mode": "on", "routes": ["call", "answer"]})
    await bench.desk.handle(adding(1, text="Kestrelo took my money and I cannot call anybody"))
    await judge_all(bench, urgency="critical", sensitive="payment")
    assert [card.body["route"] for card in bench.waiting(Kind.ALERT)] == ["call"]
    assert bench.waiting(Kind.REPLY) == []


async def test_the_same_post_twice_is_one(store: Store) -> None:
    """The second person who pastes it is told that it is being read, and after that which case it is."""
    bench = Bench(store)
    await bench.desk.handle(adding(1, link=LINK, text="Kestrelo does this again"))
    waiting = await bench.desk.handle(adding(2, link=LINK))
    assert isinstance(waiting, Said)
    assert "is being read" in waiting.text
    await judge_all(bench)
    await bench.press(Verb.CLAIM, BEN)
    answer = await bench.desk.handle(adding(3, link="https://twitter.com/olga_m/status/1767890000000000000"))
    assert answer == Said(f"It was heard already: case {bench.case.code}, claimed, Ben has it.")
    assert one(store, "SELECT count(*) FROM mention") == 1


async def test_a_post_that_was_left_alone_is_taken_on(store: Store) -> None:
    """Its link alone opens a case with its card; what was decided of it stays written."""
    bench = Bench(store)
    post = mention(url=LINK, external_id="1767890000000000000")
    judged(store, (post, assessment("opinion", "low", sentiment="neutral")))
    await bench.decide(post.author_key)
    assert rows(store, "SELECT route FROM decision") == [("ignore",)]
    answer = await bench.desk.handle(adding(1, link=LINK))
    assert answer == Said(f"It was heard already and left alone. It is case {bench.case.code} now.")
    assert rows(store, "SELECT route FROM decision") == [("ignore",)]
    (card,) = bench.waiting(Kind.ALERT)
    assert (card.body["case_id"], card.body["mention_id"]) == (bench.case.id, post.id)
    assert card.body["answer_by"]


async def test_an_unknown_link_needs_the_words(store: Store) -> None:
    """Nobody fetches the address of a stranger: the words are asked for."""
    answer = await Bench(store).desk.handle(adding(1, link=LINK))
    assert isinstance(answer, Wrong)
    assert set(answer.faults) == {"text"}


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "x.com/a/status/1", "https://a b", "https://x.com@evil.example/"]
)
async def test_an_address_that_is_none_stays_in_the_form(store: Store, link: str) -> None:
    """What could not be opened with one tap is no link."""
    answer = await Bench(store).desk.handle(adding(1, link=link, text="Kestrelo"))
    assert isinstance(answer, Wrong)
    assert set(answer.faults) == {"link"}


async def test_whoever_asked_to_be_forgotten_is_not_added(store: Store) -> None:
    """By the handle that they gave, also where nothing of them was ever heard."""
    bench = Bench(store)
    store.do(privacy.forget, "x", "olga_m", bench.clock(), ["kestrelo"])
    answer = await bench.desk.handle(adding(1, link=LINK, text="Kestrelo does this again"))
    assert answer == Said("It was erased before, or its author asked to be forgotten, so it is not taken.")
    assert one(store, "SELECT count(*) FROM mention") == 0


async def test_a_known_author_stays_the_same_person(store: Store) -> None:
    """An added post of somebody who was heard before joins their case."""
    bench = Bench(store)
    from models.mention import Author

    heard = mention(author=Author(id="77", handle="Olga_M"), external_id="1")
    await bench.opened(heard)
    await bench.desk.handle(adding(1, link=LINK, text="Kestrelo does this again"))
    ((key,),) = rows(store, "SELECT author_key FROM mention WHERE external_id <> '1'")
    assert key == heard.author_key


async def test_of_several_brands_one_is_asked_for(store: Store) -> None:
    """The form has the brands; one that is no more is said."""
    brands = {
        "kestrelo": {"name": "Kestrelo", "terms": ["kestrelo"]},
        "merlio": {"name": "Merlio", "terms": ["merlio"]},
    }
    bench = Bench(store, brands=brands)
    form = await bench.desk.handle(Press("f", Verb.ADD, ANA, bench.clock(), "slack", fields={"text": f"see {LINK}."}))
    assert isinstance(form, Form)
    assert [field.name for field in form.fields] == ["brand", "link", "text", "author"]
    assert form.fields[1].value == LINK
    await bench.desk.handle(adding(1, brand="merlio", text="words"))
    assert one(store, "SELECT brand FROM mention") == "merlio"
    assert isinstance(await bench.desk.handle(adding(2, brand="gone", text="words")), Wrong)


def test_an_address_says_what_it_knows() -> None:
    """Channel, id, author and moment, where they stand in it."""
    x = post_at("https://mobile.twitter.com/olga_m/status/1767890000000000000/photo/1")
    assert x
    assert (x.channel, x.external_id, x.author) == ("x", "1767890000000000000", "olga_m")
    assert x.posted_at == datetime(2024, 3, 13, 12, 26, 36, 464000, tzinfo=UTC)
    assert x.link == LINK
    unnamed = post_at("https://x.com/i/status/1767890000000000000")
    assert unnamed
    assert unnamed.author == ""
    for link, channel in (
        ("https://t.me/kestrelo_talk/7", "telegram"),
        ("https://old.reddit.com/r/isp/comments/1/kestrelo/", "reddit"),
        ("https://bsky.app/profile/olga.example/post/3k", "bluesky"),
        ("https://mastodon.example/@olga/112233445566778899", "mastodon"),
        ("https://forum.example/t/9", "web"),
        ("https://notx.com/olga_m/status/1767890000000000000", "web"),
    ):
        post = post_at(link)
        assert post
        assert (post.channel, post.external_id) == (channel, "")


def test_the_first_address_is_taken_out_of_a_text() -> None:
    """With the stop behind it left where it was."""
    assert first_link(f"look: {LINK}, it is bad") == (LINK, "look: , it is bad")
    assert first_link(" no link ") == ("", "no link")


def test_an_added_post_stays_marked(store: Store) -> None:
    """Through the store and back."""
    from models.tables import MentionRow

    post = mention(added=True)
    judged(store, (post, assessment()))
    assert store.do(lambda session: mention_of(session.get(MentionRow, post.id)).added) is True
