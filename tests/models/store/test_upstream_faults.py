"""What other people's data and unlucky moments must not do: crash a poll, reach another brand, bring words back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from string import printable

import pytest
from sqlmodel import Session

from models import identity
from models.decision import CaseRef, Kind, Reason, Receipt, Route
from models.mention import Batch, Mention, Parent
from models.past import Screened
from models.press import Person
from models.store import (
    Store,
    answers,
    cases,
    casework,
    edits,
    effects,
    gone,
    hearing,
    parents,
    privacy,
    rewrites,
    sources,
)
from tests.build import NOW, mention
from tests.models.store.desk import case
from tests.models.store.steps import CASE, LATER, alert, claimed, decide, hear, listen, note, redecide, reply
from tests.models.store.test_privacy import everything
from tests.stores import one, rows

SAME = CaseRef(CASE.id, CASE.code, new=False)
ANA = Person("UANA", "Ana")
POST = mention(text="plantedword " * 3)
SECOND = mention(external_id="1901", text="secondword", posted_at=NOW + timedelta(seconds=9), conversation_id="t2")


@pytest.mark.parametrize(
    "link",
    [
        "https://a.example/p\x00q",
        "https://a.example/?q=\ud800",
        "https://a.example/\ud800",
        "https://a.example/" + "\U0001f4a9" * 1900,
        "https://a.example/?q=" + "\u65e5\u672c" * 900,
        "https://[a.example/",
        "https://a.example:99999/",
        "https://www.reddit.com/r/a/comments/\x00",
        "x" * 100_000,
    ],
)
def test_no_address_stops_a_poll(store: Store, link: str) -> None:
    """Whatever a feed gives as a link, the post is kept, and its copy is known by it."""
    assert hear(store, mention(channel="feed", external_id="g", url=link)) == 1


def test_no_id_stops_a_poll(store: Store) -> None:
    """NUL and half a surrogate in the ids of posts, of parents, of what was edited and of what was deleted."""
    odd = mention(external_id="a\x00b", in_reply_to="p\x00q", parent=Parent("p\x00q", "x\x00", "y\ud800", "z\x00"))
    hear(store, odd)
    hear(store, replace(odd, text="other words", edited_at=LATER), gone=("c\x00d",))
    assert one(store, "SELECT text FROM mention") == "other words"
    hear(store, gone=("a\x00b",))
    assert one(store, "SELECT text FROM mention") == ""


def test_no_length_stops_a_poll(store: Store) -> None:
    """An id of 100 kB, which no index takes, above an answer."""
    drawn = Random(1)
    endless = "".join(drawn.choice(printable[:90]) for _ in range(100_000))
    hear(store, mention(external_id="1", parent=Parent(endless, "a", "b")))
    answer = mention(external_id="2", in_reply_to=endless)
    assert decide(store, answer, alert(answer))
    hear(store, gone=(endless,))
    assert rows(store, "SELECT * FROM parent") == []


def test_a_private_source_edits_its_own_posts_only(store: Store) -> None:
    """Two brands have a webhook each, and both number from 1: an edit of one never shows to the other."""
    listen(store, Screened(mention(channel="webhook", external_id="1", brand="kestrelo", text="ours")), name="one")
    listen(store, Screened(mention(channel="webhook", external_id="1", brand="rivalo", text="theirs")), name="two")
    edited = mention(channel="webhook", external_id="1", brand="kestrelo", text="ours anew", edited_at=LATER)
    listen(store, Screened(edited), name="one", now=LATER)
    assert rows(store, "SELECT brand, text FROM mention ORDER BY 1") == [
        ("kestrelo", "ours anew"),
        ("rivalo", "theirs"),
    ]


def test_one_source_of_two_brands_edits_the_one_it_names(store: Store) -> None:
    """A post that names its brand is that brand's alone."""
    ours, theirs = (
        mention(channel="forum", external_id="1", brand=brand, text=brand) for brand in ("kestrelo", "rivalo")
    )
    hear(store, ours, theirs)
    hear(store, replace(ours, text="anew", edited_at=LATER), now=LATER)
    assert rows(store, "SELECT brand, text FROM mention ORDER BY 1") == [("kestrelo", "anew"), ("rivalo", "rivalo")]


def test_of_two_versions_in_one_page_the_newer_one_stays(store: Store) -> None:
    """Also where a page begins with the newest."""
    newer, older = (replace(POST, text=text, edited_at=at) for text, at in (("new", LATER), ("old", NOW)))
    hear(store, newer, older, now=LATER)
    assert one(store, "SELECT text FROM mention") == "new"


def test_a_record_key_of_another_account_erases_nothing(store: Store) -> None:
    """Anybody on Bluesky may give a post the key that another's post has, and delete it."""
    ours = mention(channel="bluesky", external_id="at://did:plc:anna/app.bsky.feed.post/3kabc")
    copy = mention(
        channel="feed", external_id="g", brand="rivalo", url="https://bsky.app/profile/did:plc:anna/post/3kabc"
    )
    hear(store, ours, copy)

    def tell(session: Session, did: str) -> int:
        uri = f"at://{did}/app.bsky.feed.post/3kabc"
        return gone.honour(session, "jetstream", "bluesky", [uri], "c", LATER)

    assert store.do(tell, "did:plc:mallory") == 0
    assert store.do(tell, "did:plc:anna") == 2


def test_a_comment_is_not_the_question_below_which_it_stands() -> None:
    """A feed of comments links to the question's address."""
    question = "https://stackoverflow.com/questions/77/dead"
    assert identity.of_link(f"{question}#comment5_77") != identity.of_link(question)


def fed(**changes: object) -> Mention:
    """The copy of POST in a feed."""
    return mention(**{"channel": "feed", "external_id": "g", "url": "https://x.com/anna_l/status/1900"} | changes)


def test_danger_behind_a_teaser_is_heard(store: Store) -> None:
    """A feed gave the first words only; what the platform's own copy adds speaks of danger."""
    hear(store, fed(text="Kestrelo has cut my line and nobody there answers the phone at all"))
    whole = mention(text="Kestrelo has cut my line and nobody there answers the phone at all, I will kill myself")
    assert listen(store, Screened(whole, danger=True)) == 1
    assert listen(store, Screened(fed(text=whole.text, external_id="h"), danger=True)) == 0


def test_the_whole_behind_a_headline_is_heard(store: Store) -> None:
    """What only a model would find grave is judged with all its words."""
    hear(store, fed(text="Kestrelo again"))
    assert hear(store, mention(text="Kestrelo again: my mother's alarm button is dead, and she is alone at home")) == 1


def test_what_was_screened_out_elsewhere_hides_nothing(store: Store) -> None:
    """The feed's copy was muted, so nobody saw it."""
    listen(store, Screened(fed(text=POST.text), Reason.MUTED))
    assert hear(store, POST) == 1


def test_what_was_heard_in_shadow_hides_nothing(store: Store) -> None:
    """The feed is in shadow, so nobody sees its copy; the live channel's is heard, in any order and in one page."""

    def shadowed(session: Session, *posts: Mention) -> int:
        sources.get(session, "ear")
        page = Batch(posts, "1")
        return hearing.hear(session, "ear", page, [Screened(one) for one in posts], "c", NOW, "", ("feed",))

    assert store.do(shadowed, fed(text=POST.text)) == 1
    assert store.do(shadowed, POST) == 1
    both = fed(text="both", external_id="h", url="https://x.com/a/status/7"), mention(external_id="7", text="both")
    assert store.do(shadowed, *both) == 2


def graver(store: Store) -> None:
    """A case that became graver: its first card made room for a second, and people see both."""
    decide(store, POST, alert(POST), route=Route.REVIEW)
    store.do(effects.sent, claimed(store), Receipt("C1:17"), LATER)
    second = alert(SECOND, SAME, key="second", purpose="card-call", priority=90)
    decide(store, SECOND, second, case=SAME, reasons=(Reason.ESCALATED,))
    number = 0
    while message := store.do(effects.claim, "console", LATER):
        number += 1
        store.do(effects.sent, message, Receipt(message.thread or f"C1:2{number}"), LATER)


def test_a_deleted_post_leaves_the_card_that_a_graver_one_replaced(store: Store) -> None:
    """The first card is blanked, and the second one's list of earlier posts too, in every row."""
    graver(store)
    assert "plantedword" in everything(store)
    hear(store, gone=("1900",), now=LATER)
    erased = [message for message in waiting(store) if message[0] == Kind.ERASE]
    assert len(erased) == 1
    assert "C1:17" in str(erased)
    store.compact()
    assert "plantedword" not in everything(store)
    assert "secondword" in everything(store)


def waiting(store: Store) -> list[tuple[str, object]]:
    """Kind and body of what waits."""
    return [(row[0], row[1]) for row in rows(store, "SELECT kind, body FROM effect WHERE state = 'pending'")]


def test_notes_of_a_deleted_case_go_with_its_last_post(store: Store) -> None:
    """What people typed may quote the post, and no purge finds the case again."""
    decide(store, POST, alert(POST))
    store.do(casework.resolve, CASE.id, ANA, "answered", "she wrote plantedword", LATER)
    hear(store, gone=("1900",), now=LATER)
    store.compact()
    assert "plantedword" not in everything(store)


def test_a_case_without_posts_is_not_gone_back_to(store: Store) -> None:
    """Its card was taken back, so that the next post would be a line under nothing."""
    decide(store, POST, alert(POST))
    store.do(effects.sent, claimed(store), Receipt("C1:17"), LATER)
    store.do(casework.resolve, CASE.id, ANA, "answered", "", LATER)
    assert store.do(cases.open_case, POST.author_key, LATER) is not None
    hear(store, gone=("1900",), now=LATER)
    assert store.do(cases.open_case, POST.author_key, LATER) is None


ANSWER = mention(external_id="5", in_reply_to="1899")
ABOVE = Parent("1899", "@bo_k", "parentword", author_id="9")


def test_a_forgotten_person_is_not_kept_above_a_new_answer(store: Store) -> None:
    """The listener gives their words with somebody else's answer: they are left out at once."""
    store.do(privacy.forget, "x", "9", NOW, ["kestrelo"])
    hear(store, replace(ANSWER, parent=ABOVE))
    store.compact()
    assert "parentword" not in everything(store)
    assert one(store, "SELECT missing FROM parent") == parents.FORGOTTEN


def test_a_parent_that_is_deleted_while_it_is_fetched_is_not_shown(store: Store) -> None:
    """The platform's answer comes after its word that the post is gone."""
    decide(store, ANSWER, alert(ANSWER))
    hear(store, gone=("1899",), now=LATER)
    store.do(parents.known, ANSWER, ABOVE, "", LATER)
    card = store.do(edits.current_card, CASE.id, LATER)
    assert card
    assert card["parent"] == ["", "", "", parents.DELETED]
    assert "parentword" not in str(rows(store, "SELECT text FROM parent"))


def test_a_person_who_is_known_by_handle_alone_is_forgotten_above_answers(store: Store) -> None:
    """A listener gave no id of who wrote what stands above."""
    decide(store, ANSWER, alert(ANSWER))
    store.do(parents.known, ANSWER, ABOVE, "", LATER)
    store.do(privacy.forget, "x", "Bo_K", LATER)
    store.compact()
    assert "parentword" not in everything(store)


def test_an_answer_that_is_held_back_needs_approval_anew(store: Store) -> None:
    """Somebody agreed to it as an answer to other words; it waits in the outbox when the post is edited."""
    decide(store, POST, alert(POST))
    ben = Person("UBEN", "Ben")
    store.do(answers.drafted, CASE.id, ANA, "hello", LATER, waiting=True)
    store.do(answers.approved, CASE.id, ben, "hello", LATER)
    store.do(answers.answer, CASE.id, reply(POST, body={"text": "hello"}), ANA, LATER)
    hear(store, replace(POST, text="other words", edited_at=LATER), now=LATER)
    draft = case(store).draft
    assert draft
    assert (draft.sent, draft.waiting, draft.approved_by) == ("", True, None)


def test_two_edits_within_a_second_are_two(store: Store) -> None:
    """A line under a card is replaced at each of them."""
    decide(store, POST, alert(POST))
    decide(store, SECOND, note(SECOND), case=SAME)
    while message := store.do(effects.claim, "console", LATER):
        store.do(effects.sent, message, Receipt(message.thread or "C1:17"), LATER)
    for number in (1, 2):
        edited = replace(SECOND, edited_at=LATER + timedelta(milliseconds=number))
        keys = store.do(rewrites.shown, edited)
        changes = {"text": f"words {number}", "edited": LATER.isoformat(timespec="seconds")}
        store.do(rewrites.show, edited, changes, keys, LATER)
        while message := store.do(effects.claim, "console", LATER):
            store.do(effects.sent, message, Receipt(message.thread or f"C1:n{number}"), LATER)
    notes = rows(store, "SELECT CAST(body AS TEXT) FROM effect WHERE kind = 'note' AND CAST(body AS TEXT) <> '{}'")
    assert len(notes) == 1
    assert "words 2" in str(notes)


def test_redeciding_is_left_to_nobody_after_a_deletion(store: Store) -> None:
    """Nothing is kept of a decision that came too late."""
    decide(store, POST, alert(POST))
    hear(store, gone=("1900",), now=LATER)
    assert not redecide(store, POST, alert(POST))
