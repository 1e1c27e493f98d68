"""Hearing: mentions and cursor together, duplicates dropped, and no post's text can stop a page."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta, timezone

import pytest

from models.decision import Reason
from models.mention import Author, Batch
from models.past import Screened
from models.store import Store, deciding, hearing, judging, sources
from models.store.rows import MAX_TEXT
from tests.build import NOW, assessment, mention
from tests.models.store.steps import hear, listen
from tests.stores import one, rows


def test_duplicates_and_overlapping_pages_make_one_row_each(store: Store) -> None:
    """The same posts three times, reversed, doubled within a page and from two listeners, make one row each."""
    posts = [mention(external_id=str(number)) for number in range(5)]
    assert hear(store, *posts) == 5
    assert hear(store, *reversed(posts), posts[0]) == 0
    assert listen(store, *map(Screened, posts), name="stream") == 0
    assert one(store, "SELECT count(*) FROM mention") == 5


def test_one_post_is_two_mentions_for_two_brands(store: Store) -> None:
    """Two brands each keep their own mention of one post, with unlike author keys."""
    hear(store, mention(), mention(brand="rivalo"))
    assert one(store, "SELECT count(DISTINCT author_key) FROM mention") == 2


def test_out_of_order_posts_are_decided_in_the_order_they_were_posted(store: Store) -> None:
    """An author's posts that arrive newest first are handed on oldest first."""
    posts = [mention(external_id=str(age), posted_at=NOW - timedelta(minutes=age)) for age in range(3)]
    hear(store, *posts)
    store.do(judging.save, [(post, assessment()) for post in posts], NOW)
    waiting = store.do(deciding.pending, posts[0].author_key)
    assert [post.external_id for post, _, _ in waiting] == ["2", "1", "0"]


def test_cursor_and_mentions_move_together(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When hearing fails at its last step, neither the mentions nor the cursor have moved, and a retry keeps both."""
    hear(store, mention(external_id="1"), cursor="first")
    monkeypatch.setattr("models.store.hearing.failpoint", _fail)
    with pytest.raises(OSError, match="heard"):
        hear(store, mention(external_id="2"), cursor="second")
    assert one(store, "SELECT cursor FROM listener") == "first"
    assert rows(store, "SELECT external_id FROM mention") == [("1",)]
    monkeypatch.undo()
    assert hear(store, mention(external_id="2"), cursor="second") == 1
    assert one(store, "SELECT cursor FROM listener") == "second"


def _fail(name: str) -> None:
    raise OSError(name)


def test_screened_out_mentions_are_decided_at_once(store: Store) -> None:
    """A post that the screen rejects is decided with its reason, and is never judged."""
    assert listen(store, Screened(mention(), Reason.OWN_POST)) == 0
    assert rows(store, "SELECT route, config_version FROM decision") == [("ignore", "config-1")]
    assert "own_post" in str(one(store, "SELECT reasons FROM decision"))
    assert store.do(judging.claim, "0", 10, NOW) == []


def test_a_rejected_post_heard_again_keeps_its_first_reason(store: Store) -> None:
    """A second sight of a post, with another reason or none, changes nothing."""
    listen(store, Screened(mention(), Reason.TOO_OLD))
    assert listen(store, Screened(mention(), Reason.OWN_POST), Screened(mention())) == 0
    assert "too_old" in str(one(store, "SELECT reasons FROM decision"))


def test_a_post_from_the_future_is_taken_as_now(store: Store) -> None:
    """A clock that is two hours ahead does not put a post into the future; one that is a minute ahead is left."""
    hear(store, mention(external_id="wild", posted_at=NOW + timedelta(hours=2)))
    hear(store, mention(external_id="mild", posted_at=NOW + timedelta(minutes=1)))
    found = {post.external_id: post.posted_at for post in store.do(judging.claim, "0", 10, NOW)}
    assert found == {"wild": NOW, "mild": NOW + timedelta(minutes=1)}


STRANGE = {
    "nul": "before\0after",
    "surrogate": "half \ud83d of an emoji",
    "long": "a" * 100_000,
    "empty": "",
    "zalgo": "e" + "\u0301" * 200,
    "bidi": "abc \u202e fed",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈",
    "sql": "'); DROP TABLE mention; --",
}


@pytest.mark.parametrize("kind", STRANGE)
def test_any_text_is_stored(store: Store, kind: str) -> None:
    """Whatever stands in a post or its author's name, the page is kept; only what no database takes is replaced."""
    hear(store, mention(text=STRANGE[kind], author=Author(id="7", name=STRANGE[kind][:200])))
    (found,) = store.do(judging.claim, "0", 10, NOW)
    expected = STRANGE[kind][:MAX_TEXT].replace("\0", "\ufffd").replace("\ud83d", "\ufffd")
    assert found.text == expected
    assert found.author.name == expected[:200]


@pytest.mark.parametrize("sign", ["\0", "\ud83d"])
@pytest.mark.parametrize("field", ["external_id", "conversation_id", "in_reply_to", "url", "lang", "quotes", "author"])
def test_a_mention_that_comes_back_has_the_keys_of_its_row(store: Store, field: str, sign: str) -> None:
    """A mention with an unstorable sign in any field is the same mention after storing: same id, author and thread."""
    value = f"a{sign}b"
    heard = mention(author=Author(id=value)) if field == "author" else mention(**{field: value})
    hear(store, heard)
    (found,) = store.do(judging.claim, "0", 10, NOW)
    (stored,) = rows(store, "SELECT id, author_key, thread_key FROM mention")
    assert stored == (found.id, found.author_key, found.thread_key) == (heard.id, heard.author_key, heard.thread_key)


def test_unstorable_signs_in_addressees_are_stored(store: Store) -> None:
    """Handles in a list are cleaned like any other text."""
    hear(store, mention(addressees=frozenset({"ab\0", "c\ud83d"})))
    (found,) = store.do(judging.claim, "0", 10, NOW)
    assert found.addressees == {"ab\ufffd", "c\ufffd"}


def test_a_spoiled_item_never_stops_its_page(store: Store) -> None:
    """The fault of an unreadable item is kept once, whatever signs stand in it, and the rest of the page goes on."""
    spoiled = (("digest-1", "bad\0 \ud83d value" * 100),)
    assert hear(store, mention(), spoiled=spoiled) == 1
    hear(store, spoiled=spoiled)
    assert one(store, "SELECT count(*) FROM spoiled") == 1


def test_everything_that_was_heard_comes_back(store: Store) -> None:
    """A mention is the same value after the database, a moment in another zone included."""
    heard = mention(
        posted_at=NOW.astimezone(timezone(timedelta(hours=5, minutes=30))),
        conversation_id="c",
        in_reply_to="r",
        lang="en",
        addressees=frozenset({"kestrelo"}),
        quotes="q",
        repost=True,
    )
    hear(store, heard)
    assert store.do(judging.claim, "0", 10, NOW) == [heard]


def test_words_to_leave_an_author_alone_are_remembered(store: Store) -> None:
    """An author who asks for no more answers is opted out, even where the post itself is screened out."""
    listen(store, Screened(mention(), Reason.ADDRESSED, opt_out=True))
    assert one(store, "SELECT author_key FROM opt_out") == mention().author_key


def test_tallies_add_up_by_day(store: Store) -> None:
    """Posts that leave nothing else behind are counted per day, brand, channel and reason."""
    for now in (NOW, NOW, NOW + timedelta(days=1)):
        store.do(hearing.tally, Counter({("", "x", Reason.NOT_ABOUT_US): 3}), now)
    assert rows(store, "SELECT day, count FROM tally ORDER BY day") == [("2026-03-02", 6), ("2026-03-03", 3)]


def test_an_empty_page_moves_the_cursor_and_nothing_else(store: Store) -> None:
    """A page without posts still moves the cursor and proves that the source is alive."""
    assert hear(store, cursor="9") == 0
    assert store.do(sources.get, "sample").cursor == "9"
    assert store.do(sources.get, "sample").last_ok_at == NOW
    assert store.do(sources.get, "sample").last_heard_at is None


def test_a_page_larger_than_one_statement_is_kept_whole(store: Store) -> None:
    """More than a thousand posts in one page are all kept, in one transaction."""
    posts = [Screened(mention(external_id=str(number), text="x")) for number in range(1_200)]
    assert listen(store, *posts) == 1_200
    assert store.do(hearing.hear, "sample", Batch(cursor="2"), posts, "config-1", NOW) == 0
