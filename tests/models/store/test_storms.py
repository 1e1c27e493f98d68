"""Storms: alerts that come too fast fold into one list, and none of them is lost, doubled or out of reach."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from models.decision import CaseRef, Decision, Kind, Message, Reason, Receipt, Route
from models.press import Person
from models.store import Store, cases, casework, effects, folds, listed, privacy, storms
from tests.build import NOW
from tests.models.store.flood import (
    MOST,
    alerted,
    arrive,
    card_of,
    case_of,
    drained,
    flood,
    list_body,
    next_message,
    post,
    states,
)
from tests.models.store.steps import SINK, note
from tests.stores import rows

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ANA = Person("UANA", "Ana")


def kinds(sent: list[Message]) -> list[str]:
    """What was sent, by kind."""
    return [message.kind.value for message in sent]


def test_a_flood_becomes_one_list(store: Store) -> None:
    """More alerts than people read come as one list, and every case knows where it stands."""
    flood(store, range(12))
    [sent] = drained(store)
    assert (sent.kind, sent.target) == (Kind.LIST, "#social")
    assert (sent.body["count"], sent.body["left"], len(sent.body["new"])) == (12, 12, 12)
    assert states(store) == {"folded": 12}
    assert {card_of(store, number) for number in range(12)} == {sent.key}
    told = rows(store, "SELECT case_id FROM case_event WHERE type = 'alert_sent'")
    assert sorted(told) == [(case_of(number).id,) for number in range(12)]
    assert drained(store) == []


def test_few_alerts_stay_cards(store: Store) -> None:
    """As many as are allowed in a minute come one by one."""
    flood(store, range(MOST))
    assert kinds(drained(store)) == ["alert"] * MOST


def test_grave_ones_never_wait_in_a_list(store: Store) -> None:
    """Critical cards come by themselves and first; a card of a version that did not say how grave it is may be one."""
    flood(store, range(20), grave=[7, 11])
    old = alerted(20, target="#social")
    body = {name: value for name, value in old.body.items() if name != "grave"}
    store.do(effects.queue, [replace(old, body=body, case_id=None)], NOW)
    sent = drained(store)
    assert [message.key for message in sent[:2]] == ["a0007", "a0011"]
    assert kinds(sent[2:]) == ["list", "alert"]
    assert sent[2].body["count"] == 18


def test_places_are_counted_by_themselves(store: Store) -> None:
    """A flood in one place leaves the cards of another alone."""
    flood(store, range(12))
    flood(store, range(12, 15), target="#win-back")
    sent = drained(store)
    assert Counter((message.kind.value, message.target) for message in sent) == {
        ("list", "#social"): 1,
        ("alert", "#win-back"): 3,
    }


def test_a_storm_grows_in_place_and_ends(store: Store) -> None:
    """The first cards come singly, what is too much joins a list that is drawn anew at most every ten seconds, and
    once it is calm a card is a card again."""
    sent, now = [], NOW
    for number in range(40):
        now = NOW + 2 * SECOND * number
        flood(store, [number], at=now)
        sent += [(now, message) for message in drained(store, now)]
    now += folds.EVERY
    sent += [(now, message) for message in drained(store, now)]
    singly = [message for _, message in sent if message.kind is Kind.ALERT]
    lists = [(at, message) for at, message in sent if message.kind is Kind.LIST]
    assert len(singly) == MOST
    assert len({message.key for _, message in lists}) == 1
    assert [bool(message.thread) for _, message in lists] == [False] + [True] * (len(lists) - 1)
    assert all(later - earlier >= folds.EVERY for (earlier, _), (later, _) in itertools.pairwise(lists))
    assert lists[-1][1].body["count"] == 30
    assert states(store) == {"sent": MOST, "folded": 30}
    calm = now + MINUTE + SECOND
    flood(store, [99], at=calm)
    assert kinds(drained(store, calm)) == ["alert"]


def test_a_later_storm_has_a_list_of_its_own(store: Store) -> None:
    """A list that stands for long takes no newcomers: nobody would see them up there."""
    flood(store, range(12))
    [first] = drained(store)
    later = NOW + storms.LASTS + SECOND
    flood(store, range(20, 32), at=later)
    [second] = drained(store, later)
    assert second.key != first.key
    assert (second.thread, second.body["count"]) == (None, 12)


def test_an_alert_counts_as_told_only_when_its_list_was_sent(store: Store) -> None:
    """Until the list has arrived its alerts are unfinished, and their cases have no card."""
    flood(store, range(12))
    message = next_message(store)
    assert message is not None
    assert states(store) == {"folding": 12}
    assert card_of(store, 3) is None
    store.do(effects.again, message, NOW + SECOND, "no route")
    assert states(store) == {"folding": 12}
    flood(store, [12], at=NOW + SECOND)
    [sent] = drained(store, NOW + 2 * SECOND)
    assert (sent.key, sent.body["count"]) == (message.key, 13)
    assert states(store) == {"folded": 13}


def test_a_refused_list_gives_its_alerts_back(store: Store) -> None:
    """They go out card by card, no list is tried in that place for a while, and no words stay in the refused one."""
    flood(store, range(12))
    message = next_message(store)
    assert message is not None
    store.do(effects.reject, message, "rejected", "is_archived", [], NOW)
    assert states(store) == {"pending": 12}
    assert list_body(store) == {}
    assert kinds(drained(store, NOW + SECOND)) == ["alert"] * 12
    flood(store, range(20, 32), at=NOW + storms.REFUSED + SECOND)
    assert kinds(drained(store, NOW + storms.REFUSED + SECOND)) == ["list"]


def test_people_may_delete_a_list(store: Store) -> None:
    """A list that was told and is gone gives back only what it had not shown, and the storm goes on in a new one."""
    flood(store, range(12))
    drained(store)
    flood(store, range(12, 15), at=NOW + SECOND)
    assert next_message(store, NOW + SECOND) is None
    later = NOW + SECOND + folds.EVERY
    edit = next_message(store, later)
    assert edit is not None
    assert edit.thread
    store.do(effects.reject, edit, "rejected", "message_not_found", [], later)
    assert states(store) == {"folded": 12, "pending": 3}
    [fresh] = drained(store, later)
    assert (fresh.kind, fresh.body["count"], fresh.thread) == (Kind.LIST, 3, None)


def test_newcomers_join_while_the_list_is_on_its_way(store: Store) -> None:
    """What joins in mid-send is not called told by that send: the list goes out once more with it."""
    flood(store, range(12))
    message = next_message(store)
    assert message is not None
    flood(store, range(12, 14), at=NOW + SECOND)
    assert next_message(store, NOW + SECOND) is None
    arrive(store, message, "C1:1.0", NOW + 2 * SECOND)
    assert states(store) == {"folded": 12, "folding": 2}
    assert next_message(store, NOW + 3 * SECOND) is None
    again = next_message(store, NOW + 2 * SECOND + folds.EVERY)
    assert again is not None
    assert (again.thread, again.body["new"], again.body["count"]) == ("C1:1.0", ["a0012", "a0013"], 14)


def in_doubt(store: Store) -> Message:
    """A list of twelve that was claimed before the process died."""
    flood(store, range(12))
    assert next_message(store)
    store.do(effects.recover, NOW)
    [doubted] = store.do(effects.uncertain, SINK)
    return doubted


def test_a_list_in_doubt_that_is_not_found(store: Store) -> None:
    """A list that did not arrive goes out again, and says that it may be a second one."""
    doubted = in_doubt(store)
    store.do(effects.again, doubted, NOW, "not found", doubtful=True)
    [again] = drained(store)
    assert (again.key, again.possible_duplicate, again.body["count"]) == (doubted.key, True, 12)
    assert states(store) == {"folded": 12}


def test_a_list_in_doubt_that_is_found(store: Store) -> None:
    """That a list stands does not tell what it shows: it is drawn there once more, and only that tells its alerts."""
    doubted = in_doubt(store)
    store.do(effects.again, doubted, NOW, "not found", doubtful=True)
    flood(store, range(12, 14), at=NOW + SECOND)
    assert next_message(store, NOW + SECOND)
    store.do(effects.recover, NOW + SECOND)
    [doubted] = store.do(effects.uncertain, SINK)
    assert len(doubted.body["new"]) == 14
    # It was the first try that arrived, late, and it showed twelve.
    store.do(effects.found, doubted, Receipt("C1:1.0"), NOW + SECOND, NOW + SECOND)
    assert states(store) == {"folding": 14}
    again = next_message(store, NOW + SECOND)
    assert again is not None
    assert (again.thread, len(again.body["new"]), again.possible_duplicate) == ("C1:1.0", 14, False)
    arrive(store, again, "C1:1.0", NOW + 2 * SECOND)
    assert states(store) == {"folded": 14}


def test_a_listed_case_is_shown(store: Store) -> None:
    """Show posts the card by itself, before all that waits, and it is the case's card from then on."""
    flood(store, range(12))
    [standing] = drained(store)
    assert store.do(folds.take_out, case_of(5).id, "", NOW, standing.key)
    assert card_of(store, 5) is None
    store.do(effects.queue, [note(post(5), replace(case_of(5), new=False))], NOW)
    shown, edit, under = drained(store)
    assert (shown.key, shown.kind, edit.kind) == ("a0005", Kind.ALERT, Kind.LIST)
    assert (edit.thread, edit.body["count"], edit.body["left"]) == (standing.key, 12, 11)
    assert (under.kind, under.thread) == (Kind.NOTE, "a0005")
    assert case_of(5).id not in [row["case_id"] for row in edit.body["rows"]]
    assert card_of(store, 5) == "a0005"
    assert not store.do(folds.take_out, case_of(5).id, "", NOW, standing.key)
    assert drained(store) == []


def test_shown_cards_make_no_storm(store: Store) -> None:
    """What people ask for does not count as a flood, so an ordinary alert is still a card."""
    flood(store, range(20))
    drained(store)
    later = NOW + 2 * MINUTE
    for number in range(15):
        store.do(folds.take_out, case_of(number).id, "", later)
    flood(store, [50], at=later)
    assert Counter(kinds(drained(store, later))) == {"alert": 16, "list": 1}


def test_a_claimed_case_gets_its_own_card(store: Store) -> None:
    """Whoever claims a listed case, by its code for example, finds it as a card that says so."""
    flood(store, range(12))
    [standing] = drained(store)
    assert store.do(casework.claim, case_of(3).id, ANA, NOW).done
    card, edit = drained(store)
    assert (card.key, card.kind, card.body["holder"]) == ("a0003", Kind.ALERT, "Ana")
    assert (edit.thread, edit.body["left"]) == (standing.key, 11)


def test_a_closed_case_leaves_the_list(store: Store) -> None:
    """A case that is dismissed unseen needs no card: its row goes."""
    flood(store, range(12))
    drained(store)
    assert store.do(casework.dismiss, case_of(3).id, ANA, "not_us", NOW).done
    [edit] = drained(store)
    assert (edit.kind, edit.body["left"]) == (Kind.LIST, 11)
    assert states(store) == {"folded": 12}


def test_a_case_that_grows_graver_leaves_the_list(store: Store) -> None:
    """Its new card is the case's, and no drawing of it ever replaces the list."""
    flood(store, range(12))
    [standing] = drained(store)
    graver = replace(alerted(3, grave=True), key="graver", purpose="card-page", priority=100)
    case = CaseRef(case_of(3).id, case_of(3).code, new=False)

    def escalate(session: object) -> None:
        decision = Decision(Route.PAGE, (Reason.ESCALATED,), case=case, messages=(graver,))
        cases.keep(session, post(3), decision, NOW + SECOND)  # type: ignore[arg-type]
        effects.queue(session, [graver], NOW + SECOND)  # type: ignore[arg-type]

    store.do(escalate)
    assert store.do(casework.claim, case.id, ANA, NOW + SECOND).done
    first, *rest = drained(store, NOW + SECOND)
    assert (first.key, first.body["holder"]) == ("graver", "Ana")
    assert [(message.kind, message.thread) for message in rest] == [(Kind.LIST, standing.key)]
    assert card_of(store, 3) == "graver"


def test_a_list_shows_the_next_ones_as_it_is_worked_off(store: Store) -> None:
    """Rows are the gravest and oldest, the rest are named by their codes; what is taken makes room."""
    flood(store, range(40))
    [standing] = drained(store)
    codes = [row["code"] for row in standing.body["rows"]] + standing.body["codes"]
    assert codes == [case_of(number).code for number in range(40)]
    for number in range(10):
        store.do(folds.take_out, case_of(number).id, "", NOW)
    *_, edit = drained(store)
    assert [row["code"] for row in edit.body["rows"]] == [
        case_of(number).code for number in range(10, 10 + listed.ROWS)
    ]
    assert store.do(listed.list_at, standing.key) == standing.key
    beyond = list(store.do(lambda session: list(listed.rows_of(session, standing.key, listed.ROWS, 5))))
    assert [row["code"] for row in beyond] == [case_of(number).code for number in range(25, 30)]


def test_a_mention_without_a_case_is_shown(store: Store) -> None:
    """The card of an audit sample has no case and is found by its mention."""
    flood(store, range(11))
    lone = replace(alerted(77), key="audit", case_id=None, purpose="audit", priority=1)
    store.do(effects.queue, [lone], NOW)
    [standing] = drained(store)
    assert standing.body["count"] == 12
    assert store.do(folds.take_out, "", post(77).id, NOW, standing.key)
    shown, edit = drained(store)
    assert (shown.key, edit.body["left"]) == ("audit", 11)


def test_a_forgotten_person_leaves_the_list(store: Store) -> None:
    """Their words and name stand neither in the list nor in the outbox, and the list itself is not blanked."""
    flood(store, range(12))
    drained(store)
    assert "word3 " in json.dumps(list_body(store))
    store.do(privacy.forget, "x", "u3", NOW, ["kestrelo"])
    [edit] = drained(store)
    assert (edit.kind, edit.body["left"]) == (Kind.LIST, 11)
    outbox = str(rows(store, "SELECT CAST(body AS TEXT) FROM effect"))
    assert "word3 " not in outbox
    assert "user3" not in outbox
    assert "word4 " in outbox


def test_a_forgotten_person_leaves_a_list_that_is_on_its_way(store: Store) -> None:
    """Forgotten in mid-send, they are on the list for the moment that it takes to draw it anew."""
    flood(store, range(12))
    message = next_message(store)
    assert message is not None
    store.do(privacy.forget, "x", "u3", NOW, ["kestrelo"])
    arrive(store, message, "C1:1.0")
    [edit] = drained(store, NOW + folds.EVERY)
    assert (edit.thread, edit.body["left"]) == ("C1:1.0", 11)
    assert "word3 " not in str(rows(store, "SELECT CAST(body AS TEXT) FROM effect"))


def test_old_lists_are_blanked(store: Store) -> None:
    """Past their time lists keep no words."""
    flood(store, range(12))
    drained(store)
    store.do(privacy.purge, timedelta(days=30), timedelta(days=180), NOW + timedelta(days=31))
    assert list_body(store) == {}


def test_a_list_of_a_sink_that_is_gone_ends(store: Store) -> None:
    """Its alerts wait again, so that they find another place."""
    flood(store, range(12))
    assert store.do(storms.fold, SINK, MOST, NOW) == 12
    store.do(folds.leave, ["another"], NOW)
    assert states(store) == {"pending": 12}
    assert states(store, "list") == {"dead": 1}
    assert len(store.do(effects.homeless, ["another"])) == 12


def test_no_folding_without_a_limit(store: Store) -> None:
    """Where nobody can press a button nothing is folded, but a list that stands is still drawn anew."""
    flood(store, range(12))
    drained(store)
    store.do(folds.take_out, case_of(0).id, "", NOW)
    flood(store, range(20, 32))
    assert Counter(kinds(drained(store, most=0))) == {"alert": 13, "list": 1}


def test_a_clock_that_jumped_back_makes_no_storm(store: Store) -> None:
    """Cards that were sent in what is now the future do not count."""
    flood(store, range(MOST), at=NOW + timedelta(hours=1))
    drained(store, NOW + timedelta(hours=1))
    flood(store, [50])
    assert kinds(drained(store)) == ["alert"]


def test_workers_fold_each_alert_once(store: Store) -> None:
    """However many workers fold at the same time, each alert is in one list that goes out."""
    flood(store, range(60))
    url = store.engine.url.render_as_string(hide_password=False)
    stores = [Store.open(url) for _ in range(4)]
    try:
        with ThreadPoolExecutor(4) as pool:
            folded = list(pool.map(lambda one: one.do(storms.fold, SINK, MOST, NOW), stores))
    finally:
        for opened in stores:
            opened.close()
    assert sum(folded) == 60
    lists = drained(store)
    assert {message.kind for message in lists} == {Kind.LIST}
    assert sum(len(message.body["new"]) for message in lists) == 60
    assert states(store) == {"folded": 60}


def test_the_sender_finds_floods_by_index(store: Store) -> None:
    """Counting the last minute's alerts of a place does not walk the outbox."""
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by its statistics")
    plan = rows(
        store,
        "EXPLAIN QUERY PLAN SELECT count(*) FROM effect WHERE kind = 'alert' AND sink = 'a' AND target = 'b' "
        "AND settled_at > '2026-01-01' AND settled_at <= '2026-01-02'",
    )
    assert "effect_alerts" in str(plan)


def test_what_is_on_its_way_does_not_fold(store: Store) -> None:
    """A card that may have reached people already is no part of a list."""
    flood(store, range(3))
    taken = next_message(store)
    assert taken is not None
    flood(store, range(3, 15))
    assert store.do(storms.fold, SINK, MOST, NOW) == 14
    assert states(store) == {"sending": 1, "folding": 14}


def test_a_second_card_shows_in_the_list_whoever_works_on_the_case(store: Store) -> None:
    """What others are asked to look at is in their list although the case itself was claimed elsewhere."""
    flood(store, range(11), target="#comms")
    store.do(cases.keep, post(50), Decision(Route.CALL, (), case=case_of(50), messages=()), NOW)
    asked = replace(alerted(50, target="#comms"), purpose="escalated")
    store.do(effects.queue, [asked], NOW)
    assert store.do(casework.claim, case_of(50).id, ANA, NOW).done
    [sent] = drained(store)
    assert sent.kind is Kind.LIST
    assert (sent.body["count"], sent.body["left"]) == (12, 12)
    assert case_of(50).code in [*(row["code"] for row in sent.body["rows"]), *sent.body["codes"]]
