"""Forgetting: no trace of a person stays, in rows, in files or on cards, and they are not heard again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import bindparam, text
from sqlmodel import SQLModel

from models.assessment import Danger
from models.decision import CaseRef, Kind, Receipt, Route
from models.mention import ANONYMOUS, Author
from models.past import Screened
from models.store import Store, cases, deciding, effects, judging, privacy
from models.tables import UtcDateTime
from tests.build import ANNA, NOW, assessment, mention
from tests.models.store.steps import CASE, LATER, SINK, alert, claimed, decide, hear, listen, note, redecide, reply
from tests.stores import one, rows

KEPT = timedelta(days=30)
CASES_KEPT = timedelta(days=180)

PLANTED = ("Zanzibarella", "zz_handle", "plantedword", "quoted_evidence", "zz-id-4711")
EVA = Author(id="zz-id-4711", handle="zz_handle", name="Zanzibarella Quist")
POST = mention(author=EVA, text="plantedword " * 3, url="https://x.com/zz_handle/status/1900")


def everything(store: Store) -> str:
    """All that the database can give back, and for SQLite every byte of its files."""
    tables = SQLModel.metadata.tables
    found = json.dumps({name: [str(row) for row in rows(store, f'SELECT * FROM "{name}"')] for name in tables})
    return found + "".join(path.read_bytes().decode("latin-1") for path in _files(store))


def _files(store: Store) -> Iterator[Path]:
    if store.engine.dialect.name == "sqlite":
        path = Path(str(store.engine.url.database))
        yield from path.parent.glob(f"{path.name}*")


def plant(store: Store) -> None:
    """Eva everywhere: judged, decided, on a card, a note, in a public reply and in one that waits."""
    hear(store, POST)
    said = assessment(danger=(Danger("x", "quoted_evidence"),))
    store.do(judging.save, [(POST, said)], NOW)
    redecide(store, POST, alert(POST), reply(POST, body={"text": "Hello Zanzibarella plantedword"}))
    for _ in range(2):
        store.do(effects.sent, claimed(store), Receipt("C1:17", "https://x.com/zz_handle"), LATER)
    second = mention(external_id="2", author=EVA, text="plantedword again", conversation_id="t2")
    decide(store, second, note(second), reply(second), case=CaseRef(CASE.id, CASE.code, new=False))
    store.do(cases.append, CASE.id, [cases.Event("typed", LATER, meta={"by": "Zanzibarella"})])


def test_nothing_of_a_forgotten_person_stays(store: Store) -> None:
    """After forgetting and compacting, neither their words nor their name or id stand in any table or file."""
    plant(store)
    assert all(word in everything(store) for word in PLANTED)
    assert store.do(privacy.forget, "x", "@ZZ_Handle", LATER) == (2, 1)
    store.compact()
    left = everything(store)
    assert [word for word in PLANTED if word in left] == []


@pytest.mark.parametrize("who", ["zz_handle", "@zz_handle", "ZZ_HANDLE", "zz-id-4711"])
def test_a_person_is_found_by_handle_or_id(store: Store, who: str) -> None:
    """The handle with or without its sign and in any case, and the id, all find the person."""
    hear(store, POST)
    assert store.do(privacy.forget, "x", who, LATER)[0] == 1


@pytest.mark.parametrize("handle", ["@zz_handle", "Åsa_ÄÖ", "李雷"])
def test_a_handle_of_any_script_is_found(store: Store, handle: str) -> None:
    """A handle that was stored with its sign, or with letters outside ASCII, is found as it is written."""
    hear(store, mention(author=Author(id="9", handle=handle)))
    assert store.do(privacy.forget, "x", handle, LATER)[0] == 1


def test_a_person_who_changed_their_handle_is_forgotten_whole(store: Store) -> None:
    """Posts that were heard under an earlier handle of the same person go as well."""
    hear(store, mention(external_id="1", author=Author(id="9", handle="old")))
    hear(store, mention(external_id="2", author=Author(id="9", handle="new")))
    assert store.do(privacy.forget, "x", "new", LATER)[0] == 2
    assert one(store, "SELECT count(*) FROM mention") == 0


def test_others_stay(store: Store) -> None:
    """Other people, the same handle on another channel and people without an id are left alone."""
    hear(store, mention(external_id="of Anna"), mention(external_id="2", channel="forum", author=EVA))
    hear(store, mention(external_id="3", author=Author(id=ANONYMOUS)), POST)
    assert store.do(privacy.forget, "x", ANONYMOUS, LATER)[0] == 0
    assert store.do(privacy.forget, "x", "zz_handle", LATER)[0] == 1
    assert one(store, "SELECT count(*) FROM mention") == 3


def test_a_forgotten_person_is_not_heard_again(store: Store) -> None:
    """Neither the old post nor a new one comes back; it is only counted that one was left out."""
    hear(store, POST)
    store.do(privacy.forget, "x", "zz_handle", LATER)
    assert hear(store, POST, mention(external_id="new", author=EVA), mention(external_id="other")) == 1
    assert rows(store, "SELECT external_id FROM mention") == [("other",)]
    assert rows(store, "SELECT reason, count FROM tally") == [("forgotten_author", 2)]


def test_an_id_without_any_words_left_is_barred_too(store: Store) -> None:
    """A person whose posts were all blanked, or never heard, is not heard again once their id is forgotten."""
    hear(store, POST, mention(external_id="of Anna"))
    purge_post(store)
    assert store.do(privacy.forget, "x", "zz-id-4711", LATER) == (1, 0)
    assert hear(store, POST) == 0
    store.do(privacy.forget, "x", "zz-id-9", LATER)
    assert hear(store, mention(external_id="9", author=Author(id="zz-id-9"))) == 0


def purge_post(store: Store) -> None:
    """Decide the post without a case and let its time pass."""
    store.do(judging.save, [(POST, assessment())], NOW)
    redecide(store, POST, case=None, route=Route.IGNORE)
    assert store.do(privacy.purge, KEPT, CASES_KEPT, NOW + KEPT) == 1


def test_forgetting_is_for_every_brand(store: Store) -> None:
    """A person who was heard by two brands is forgotten by both."""
    hear(store, POST, POST.seen_by("rivalo"))
    assert store.do(privacy.forget, "x", "zz_handle", LATER)[0] == 2
    assert hear(store, mention(external_id="2", author=EVA), mention(external_id="2", author=EVA, brand="rivalo")) == 0


def test_what_people_were_shown_is_blanked_where_it_stands(store: Store) -> None:
    """Each card, note and notice that was sent gets an order to blank it where it stands; public replies stay."""
    decide(store, POST, alert(POST), reply(POST), alert(POST, key="n", kind=Kind.NOTICE, body={"text": "a draft"}))
    references = []
    for number in range(3):
        message = claimed(store)
        store.do(effects.sent, message, Receipt(f"ref-{number}"), LATER)
        references += [f"ref-{number}"] * (message.kind is not Kind.REPLY)
    assert store.do(privacy.forget, "x", "zz_handle", LATER) == (1, 2)
    erasures = [claimed(store) for _ in range(2)]
    assert {erasure.kind for erasure in erasures} == {Kind.ERASE}
    assert {erasure.target for erasure in erasures} == {"#social"}
    assert sorted(erasure.thread or "" for erasure in erasures) == references


def test_forgetting_after_the_words_were_purged_still_blanks_the_card(store: Store) -> None:
    """The time limit takes the words out of our tables but not the way to the card."""
    decide(store, POST, alert(POST), case=None)
    store.do(effects.sent, claimed(store), Receipt("ref"), LATER)
    assert store.do(privacy.purge, KEPT, CASES_KEPT, NOW + KEPT) == 1
    assert store.do(privacy.forget, "x", EVA.id, NOW + KEPT) == (1, 1)
    erasure = claimed(store, now=NOW + KEPT)
    assert (erasure.target, erasure.thread) == ("#social", "ref")


def test_what_has_not_gone_out_is_stopped(store: Store) -> None:
    """Waiting messages about a forgotten person are never sent."""
    decide(store, POST, alert(POST), reply(POST))
    store.do(privacy.forget, "x", "zz_handle", LATER)
    assert store.do(effects.claim, SINK, LATER) is None
    assert rows(store, "SELECT DISTINCT state, error FROM effect") == [("dead", "forgotten")]


def test_a_card_on_its_way_is_blanked_when_it_arrives(store: Store) -> None:
    """A card that was being sent while its person was forgotten is erased as soon as its place is known."""
    decide(store, POST, alert(POST))
    on_its_way = claimed(store)
    store.do(privacy.forget, "x", "zz_handle", LATER)
    store.do(effects.sent, on_its_way, Receipt("ref"), LATER)
    assert (claimed(store).kind, one(store, "SELECT count(*) FROM case_event WHERE type = 'alert_sent'")) == (
        Kind.ERASE,
        0,
    )


def test_a_card_in_doubt_is_asked_about_and_then_blanked(store: Store) -> None:
    """Our copy of the words goes at once; the sink is asked for the card, and once found it is blanked."""
    decide(store, POST, alert(POST))
    store.do(effects.doubt, claimed(store), "timed out", LATER)
    store.do(privacy.forget, "x", "zz_handle", LATER)
    (unsure,) = store.do(effects.uncertain, SINK)
    assert (unsure.body, unsure.target) == ({}, "#social")
    store.do(effects.sent, unsure, Receipt("ref"), LATER)
    assert claimed(store).thread == "ref"


@pytest.mark.parametrize("word", ["again", "reject", "doubt"])
def test_a_forgotten_card_that_did_not_arrive_is_not_tried_again(store: Store, word: str) -> None:
    """Whatever a worker says of it later, a card about a forgotten person is not sent a second time."""
    decide(store, POST, alert(POST))
    on_its_way = claimed(store)
    store.do(privacy.forget, "x", "zz_handle", LATER)
    if word == "again":
        store.do(effects.again, on_its_way, LATER, "refused")
    elif word == "reject":
        store.do(effects.reject, on_its_way, "rejected", "refused", [note(POST)], LATER)
    else:
        store.do(effects.doubt, on_its_way, "timed out", LATER)
    assert store.do(effects.claim, SINK, LATER) is None
    assert one(store, "SELECT count(*) FROM effect") == 1


def test_a_forgotten_person_may_not_be_answered_under_another_key(store: Store) -> None:
    """The bar against a second public reply outlives the forgetting."""
    decide(store, POST, reply(POST))
    store.do(effects.sent, claimed(store), Receipt("r"), LATER)
    store.do(privacy.forget, "x", "zz_handle", LATER)
    store.do(effects.queue, [reply(mention(external_id="1900", author=EVA), sink="other")], LATER)
    assert one(store, "SELECT count(*) FROM effect WHERE kind = 'reply'") == 1


def test_the_case_of_a_forgotten_person_is_closed_without_them(store: Store) -> None:
    """The case stays as a count; nobody is joined to it any more."""
    decide(store, POST, alert(POST))
    store.do(privacy.forget, "x", "zz_handle", LATER)
    assert rows(store, 'SELECT state, author_key, mentions FROM "case"') == [("dismissed", "", 1)]
    assert store.do(deciding.past_of, POST, LATER).case is None


def test_forgetting_twice_is_harmless(store: Store) -> None:
    """The second time there is nothing left, and no second order to blank a card."""
    plant(store)
    store.do(privacy.forget, "x", "zz_handle", LATER)
    orders = one(store, "SELECT count(*) FROM effect WHERE kind = 'erase'")
    assert store.do(privacy.forget, "x", "zz-id-4711", LATER)[0] == 0
    assert one(store, "SELECT count(*) FROM effect WHERE kind = 'erase'") == orders == 1


def test_words_are_purged_when_their_time_is_over(store: Store) -> None:
    """Text, author, assessment and message bodies go to the moment; the row stays, so the post is not heard again."""
    decide(store, POST, alert(POST), case=None)
    store.do(effects.sent, claimed(store), Receipt("ref"), LATER)
    assert store.do(privacy.purge, KEPT, CASES_KEPT, NOW + KEPT - timedelta(seconds=1)) == 0
    assert store.do(privacy.purge, KEPT, CASES_KEPT, NOW + KEPT) == 1
    assert store.do(privacy.purge, KEPT, CASES_KEPT, NOW + KEPT) == 0
    store.compact()
    left = everything(store)
    assert [word for word in PLANTED if word in left] == []
    assert hear(store, POST, now=NOW + KEPT) == 0


def test_the_words_of_a_case_are_kept_for_its_own_time(store: Store) -> None:
    """A mention of a case goes when the case's own time is over, counted from its last mention or its closing."""
    decide(store, POST, alert(POST))
    store.do(effects.sent, claimed(store), Receipt("ref"), LATER)
    assert store.do(privacy.purge, KEPT, CASES_KEPT, NOW + CASES_KEPT - timedelta(seconds=1)) == 0
    closed = "UPDATE \"case\" SET state = 'resolved', closed_at = :at"
    store.do(lambda session: session.execute(text(closed).bindparams(bindparam("at", LATER, UtcDateTime))))
    assert store.do(privacy.purge, KEPT, CASES_KEPT, NOW + CASES_KEPT) == 0
    assert store.do(privacy.purge, KEPT, CASES_KEPT, LATER + CASES_KEPT) == 1


def test_purging_goes_in_portions(store: Store) -> None:
    """No more than the portion is blanked at a time, and repeated portions end."""
    posts = [mention(external_id=str(number)) for number in range(5)]
    listen(store, *(Screened(post) for post in posts))
    store.do(judging.save, [(post, assessment()) for post in posts], NOW)
    for post in posts:
        redecide(store, post, case=None, route=Route.IGNORE)
    portions = [store.do(privacy.purge, KEPT, CASES_KEPT, NOW + KEPT, 2) for _ in range(4)]
    assert portions == [2, 2, 1, 0]


def test_what_is_still_at_work_is_not_purged(store: Store) -> None:
    """A mention that nobody decided yet, or whose message has not gone out, keeps its words until then."""
    hear(store, mention(external_id="undecided", author=ANNA))
    decide(store, POST, alert(POST), case=None)
    assert store.do(privacy.purge, KEPT, CASES_KEPT, NOW + KEPT) == 0
    store.do(effects.sent, claimed(store), Receipt("ref"), LATER)
    assert store.do(privacy.purge, KEPT, CASES_KEPT, NOW + KEPT) == 1
    assert one(store, "SELECT body FROM effect") in ("{}", {})
