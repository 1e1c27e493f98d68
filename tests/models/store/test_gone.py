"""Upstream deletion: a post that its author deleted leaves every row and every card, and nothing is said to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.decision import CaseRef, Kind, Receipt, Route
from models.mention import Author, Mention, Parent
from models.press import Person
from models.store import Store, casework, edits, effects, gone, judging, parents, privacy
from tests.build import NOW, mention
from tests.models.store.steps import CASE, LATER, SINK, alert, claimed, decide, hear, judge, note, redecide, reply
from tests.models.store.test_privacy import everything
from tests.stores import one, rows

SAME = CaseRef(CASE.id, CASE.code, new=False)
ANA = Person("UANA", "Ana")
EVA = Author(id="zz-id", handle="zz_handle", name="Zanzibarella Quist")
POST = mention(author=EVA, text="plantedword " * 3, url="https://x.com/zz_handle/status/1900")
SECOND = mention(external_id="1901", author=EVA, text="secondword again", conversation_id="t2")
PLANTED = ("plantedword", "Zanzibarella", "zz_handle")


def carded(store: Store) -> None:
    """A case with its card in front of people."""
    decide(store, POST, alert(POST))
    store.do(effects.sent, claimed(store), Receipt("C1:17"), LATER)


def followed(store: Store) -> None:
    """The same with a second post, as a line under the card."""
    carded(store)
    decide(store, SECOND, note(SECOND), case=SAME)
    while message := store.do(effects.claim, SINK, LATER):
        store.do(effects.sent, message, Receipt("C1:18" if message.kind is Kind.NOTE else "C1:17"), LATER)


def delete(store: Store, *external_ids: str, **more: Any) -> None:
    """The platform tells of deletions."""
    hear(store, gone=external_ids, now=LATER, **more)


def test_a_deleted_post_leaves_every_row_and_its_card(store: Store) -> None:
    """Words, author and assessment go, the card is to be blanked, and the case is closed with the reason."""
    carded(store)
    delete(store, "1900")
    store.compact()
    left = everything(store)
    assert [word for word in PLANTED if word in left] == []
    assert rows(store, "SELECT count(*) FROM assessment") == [(0,)]
    erasure = claimed(store)
    assert (erasure.kind, erasure.thread, erasure.body["why"]) == (Kind.ERASE, "C1:17", "deleted")
    assert rows(store, 'SELECT state, reason FROM "case"') == [("dismissed", "deleted")]
    assert rows(store, "SELECT type FROM case_event WHERE type LIKE '%delete%'") == [("post_deleted",)]


def test_a_deleted_post_is_not_heard_again(store: Store) -> None:
    """A search that still has it changes nothing."""
    carded(store)
    delete(store, "1900")
    assert hear(store, POST, replace(POST, edited_at=LATER)) == 0
    assert one(store, "SELECT text FROM mention") == ""


def test_a_post_and_its_deletion_in_one_page_leave_no_words(store: Store) -> None:
    """What is posted and deleted between two polls is kept as a number only, and never judged."""
    hear(store, POST, gone=("1900",))
    assert rows(store, "SELECT text, state FROM mention") == [("", "decided")]
    assert "deleted" in str(one(store, "SELECT reasons FROM decision"))
    assert store.do(judging.claim, "0", 10, NOW) == []


def test_a_post_that_is_being_judged_is_not_decided_after_its_deletion(store: Store) -> None:
    """The model's late answer to a deleted post is dropped, and so is a decision on it."""
    judge(store, POST)
    delete(store, "1900")
    assert not redecide(store, POST, alert(POST))
    assert one(store, "SELECT count(*) FROM assessment") == 0
    assert one(store, "SELECT count(*) FROM effect") == 0


def test_a_reply_that_waits_is_not_sent_to_a_deleted_post(store: Store) -> None:
    """What the bot or a person wanted to say there is withdrawn."""
    decide(store, POST, reply(POST), case=None)
    delete(store, "1900")
    assert store.do(effects.claim, SINK, LATER) is None
    assert rows(store, "SELECT state FROM effect") == [("dead",)]


def test_a_card_that_waits_is_not_sent_for_a_deleted_post(store: Store) -> None:
    """Nobody is called to a post that is not there any more."""
    decide(store, POST, alert(POST))
    delete(store, "1900")
    assert store.do(effects.claim, SINK, LATER) is None


def test_a_card_on_its_way_is_blanked_when_it_arrives(store: Store) -> None:
    """The deletion overtakes the card: it is erased as soon as its place is known."""
    decide(store, POST, alert(POST))
    on_its_way = claimed(store)
    delete(store, "1900")
    store.do(effects.sent, on_its_way, Receipt("C1:17"), LATER)
    assert claimed(store).kind is Kind.ERASE


def test_a_case_with_other_posts_goes_on_without_the_deleted_one(store: Store) -> None:
    """The card stays and says that the post was deleted; the words are nowhere, the other post is."""
    followed(store)
    delete(store, "1900")
    drawing = claimed(store)
    assert (drawing.kind, drawing.thread) == (Kind.EDIT, "C1:17")
    assert drawing.body["text"] == "[its author deleted this post]"
    assert (drawing.body["draft"], drawing.body["link"], drawing.body["state"]) == ("", "", "open")
    store.compact()
    assert "plantedword" not in everything(store)
    assert "secondword" in everything(store)


def test_a_line_under_a_card_is_blanked_alone(store: Store) -> None:
    """Of a later post of a case only its line goes; the card is drawn as before, and says so in its history."""
    followed(store)
    delete(store, "1901")
    kinds = {}
    while message := store.do(effects.claim, SINK, LATER):
        kinds[message.kind] = message
        store.do(effects.sent, message, Receipt(message.thread or ""), LATER)
    assert set(kinds) == {Kind.ERASE, Kind.EDIT}
    assert kinds[Kind.ERASE].thread == "C1:18"
    assert kinds[Kind.EDIT].body["text"] == POST.text
    assert "the customer deleted a post" in str(kinds[Kind.EDIT].body["trail"])
    assert one(store, 'SELECT state FROM "case"') == "open"


def test_the_last_post_of_a_case_takes_the_card_with_it(store: Store) -> None:
    """Once every post is deleted, the card of the first one is blanked too."""
    followed(store)
    delete(store, "1900")
    store.do(effects.sent, claimed(store), Receipt("C1:17"), LATER)
    delete(store, "1901")
    blanked = {claimed(store).thread, claimed(store).thread}
    assert blanked == {"C1:17", "C1:18"}
    assert one(store, 'SELECT reason FROM "case"') == "deleted"


def test_a_case_that_was_closed_keeps_its_end(store: Store) -> None:
    """A deletion after the work is done blanks the words and leaves the reason of the closing."""
    carded(store)
    store.do(casework.resolve, CASE.id, ANA, "answered", "", LATER)
    delete(store, "1900")
    assert rows(store, 'SELECT state, reason FROM "case"') == [("resolved", "answered")]
    assert store.do(edits.current_card, CASE.id, LATER) is None


def test_deleting_twice_or_something_unknown_is_harmless(store: Store) -> None:
    """A stream tells of a whole network's deletions, again and again."""
    carded(store)
    delete(store, *(str(number) for number in range(1000, 2500)))
    delete(store, "1900", "nobody's")
    assert one(store, "SELECT count(*) FROM effect WHERE kind = 'erase'") == 1
    assert one(store, "SELECT count(*) FROM case_event WHERE type = 'post_deleted'") == 1


def test_only_the_channel_that_tells_is_meant(store: Store) -> None:
    """The same id on another channel, heard by another listener, is another post."""
    forum = mention(channel="forum", external_id="1900")
    hear(store, forum)
    store.do(_gone, "other", "telegram")
    assert one(store, "SELECT kept FROM mention") in (True, 1)
    store.do(_gone, "other", "forum")
    assert one(store, "SELECT kept FROM mention") in (False, 0)


def _gone(session: Any, listener: str, channel: str) -> int:
    return gone.honour(session, listener, channel, ["1900"], "config-1", LATER)


def test_a_post_that_came_by_feed_goes_when_its_own_platform_tells(store: Store) -> None:
    """A deletion on X also reaches the copy that a feed has brought."""
    copy = mention(channel="feed", external_id="guid-1", url="https://twitter.com/anna_l/status/1900?s=20")
    hear(store, copy)
    store.do(_gone, "x", "x")
    assert one(store, "SELECT text FROM mention") == ""


def test_every_brand_that_keeps_the_post_lets_it_go(store: Store) -> None:
    """Two brands each keep their mention of one post; both go."""
    hear(store, POST, POST.seen_by("rivalo"))
    delete(store, "1900")
    assert rows(store, "SELECT DISTINCT text FROM mention") == [("",)]


def test_a_deleted_post_is_not_shown_above_its_answers(store: Store) -> None:
    """Somebody else's card that showed what they answer is drawn without it."""
    answer: Mention = mention(external_id="5", in_reply_to="1899", author=EVA)
    decide(store, answer, alert(answer))
    store.do(parents.known, answer, Parent("1899", "@bo", "parentword"), "", LATER)
    store.do(effects.sent, claimed(store), Receipt("C1:17"), LATER)
    delete(store, "1899")
    card = store.do(edits.current_card, CASE.id, LATER)
    assert card
    assert card["parent"] == ["", "", "", "its author deleted it"]
    assert claimed(store).kind is Kind.EDIT
    store.compact()
    assert "parentword" not in everything(store)


@pytest.mark.parametrize("route", [Route.IGNORE, Route.THANK])
def test_a_post_without_a_case_is_erased_too(store: Store, route: Route) -> None:
    """Also what was only counted or thanked keeps no words."""
    decide(store, POST, case=None, route=route)
    delete(store, "1900")
    assert rows(store, "SELECT text, route FROM mention JOIN decision ON mention_id = id") == [("", str(route))]


def test_a_person_whose_post_was_deleted_can_still_be_forgotten(store: Store) -> None:
    """By their id, as after a purge; no second order to blank the card."""
    carded(store)
    delete(store, "1900")
    assert store.do(privacy.forget, "x", "zz-id", LATER + timedelta(hours=1))[0] == 1
    assert one(store, "SELECT count(*) FROM effect WHERE kind = 'erase'") == 1
