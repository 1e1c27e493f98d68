"""The card follows its case: replaced while it waits, drawn anew in its place once people see it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from models.assessment import Pii
from models.card import Card
from models.case import CallOutcome, Dismissal, Resolution
from models.decision import CaseRef, Decision, Kind, Message, Reason, Receipt, Route, message_key
from models.mention import Mention
from models.store import Store, casework, deciding, edits, effects, judging, privacy
from models.trail import LONGEST_NOTE
from tests.build import NOW, assessment, mention
from tests.models.store.desk import ANA, BEN, CARD, case, drawing, later_post, opened, shown
from tests.models.store.steps import CASE, LATER, SINK, alert, claimed, hear, judge, note, redecide, reply
from tests.stores import one, rows


def edits_of(store: Store) -> list[tuple[str, int]]:
    """The drawings in the outbox: state and version."""
    found = rows(store, "SELECT state, body FROM effect WHERE kind = 'edit' ORDER BY purpose")
    return [(state, _version(body)) for state, body in found]


def _version(body: Any) -> int:
    return int((json.loads(body) if isinstance(body, str) else body)["version"])


def test_a_card_that_waits_is_replaced(store: Store) -> None:
    """Nobody has seen it yet, so nobody needs two messages."""
    opened(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    card = Card.from_body(claimed(store).body)
    assert (card.state, card.holder, card.holder_id, card.version) == ("claimed", "Ana", "U1", 1)
    assert edits_of(store) == []


def test_a_card_that_people_see_is_drawn_anew_in_its_place(store: Store) -> None:
    """One EDIT goes to where the card stands, with all that an erasure needs to find it."""
    shown(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    message = drawing(store)
    assert (message.thread, message.target, message.author_key) == ("C1:17", "#social", mention().author_key)
    assert Card.from_body(message.body).trail == (("2026-03-02T12:01:00+00:00", "Ana claimed it"),)


def test_drawings_that_wait_become_one(store: Store) -> None:
    """However often a case moves before the sink is free again, people get its last state once."""
    shown(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    store.do(casework.call_offered, "case-1", ANA, LATER)
    store.do(casework.release, "case-1", ANA, LATER)
    assert edits_of(store) == [("pending", 3)]
    assert drawing(store).body["state"] == "open"


def test_a_drawing_waits_for_its_card(store: Store) -> None:
    """A case that moves while its card is on its way is drawn anew as soon as the card is there."""
    opened(store)
    card = claimed(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    assert store.do(effects.claim, SINK, LATER) is None
    store.do(effects.sent, card, CARD, LATER)
    assert drawing(store).thread == "C1:17"


def test_a_card_that_is_tried_again_makes_earlier_drawings_needless(store: Store) -> None:
    """A drawing never comes after a card that shows more."""
    opened(store)
    card = claimed(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    store.do(effects.again, card, LATER, "down")
    store.do(casework.release, "case-1", ANA, LATER)
    assert claimed(store).body["version"] == 2
    assert edits_of(store) == []


def test_an_older_drawing_is_not_tried_again_behind_a_newer_one(store: Store) -> None:
    """Of two drawings the one that shows more is the last, whatever became of the other on its way."""
    shown(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    first = drawing(store)
    store.do(casework.release, "case-1", ANA, LATER)
    store.do(effects.again, first, LATER + timedelta(minutes=5), "slow")
    assert edits_of(store) == [("pending", 2)]
    store.do(effects.sent, drawing(store), CARD, LATER)


def test_a_drawing_that_failed_is_tried_again_if_nothing_is_newer(store: Store) -> None:
    """A sink that was down gets it later."""
    shown(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    store.do(effects.again, drawing(store), LATER, "down")
    assert edits_of(store) == [("pending", 1)]


def test_a_card_that_could_not_be_posted_is_not_drawn(store: Store) -> None:
    """There is no place for it, and nothing waits for one."""
    opened(store)
    card = claimed(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    store.do(effects.reject, card, "rejected", "gone", [], LATER)
    assert edits_of(store) == []
    assert not store.do(edits.redraw, "case-1", LATER)
    assert store.do(edits.current_card, "case-1", LATER)["holder"] == "Ana"  # type: ignore[index]


def test_a_card_that_went_elsewhere_is_drawn_there(store: Store) -> None:
    """When a channel is archived and the card finds another place, the case goes there with it."""
    opened(store)
    card = claimed(store)
    other = replace(card, key="other", target="#calls", purpose="card-other-place")
    store.do(effects.reject, card, "rejected", "archived", [other], LATER)
    store.do(effects.sent, claimed(store), Receipt("C2:9"), LATER)
    store.do(casework.claim, "case-1", ANA, LATER)
    message = drawing(store)
    assert (message.target, message.thread) == ("#calls", "C2:9")


def test_drawings_for_a_sink_that_is_gone_are_dropped(store: Store) -> None:
    """After a change of the configuration nothing waits for ever."""
    shown(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    store.do(edits.leave, [SINK])
    assert edits_of(store) == [("pending", 1)]
    store.do(edits.leave, ["another"])
    assert edits_of(store) == []


def test_a_forgotten_person_is_not_drawn(store: Store) -> None:
    """Neither what waited nor a later press shows anything of them, and their card is blanked once."""
    shown(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    store.do(effects.sent, drawing(store), CARD, LATER)
    store.do(casework.call_offered, "case-1", ANA, LATER)
    assert store.do(privacy.forget, "x", "anna_l", LATER) == (1, 1)
    assert not store.do(edits.redraw, "case-1", LATER)
    assert store.do(edits.current_card, "case-1", LATER) is None
    assert claimed(store).kind is Kind.ERASE
    assert store.do(effects.claim, SINK, LATER + timedelta(days=1)) is None
    assert "Anna" not in str(rows(store, "SELECT body FROM effect"))


def test_a_drawing_that_was_on_its_way_is_blanked_too(store: Store) -> None:
    """What arrives after its person was forgotten is taken back where it stands."""
    shown(store)
    store.do(casework.claim, "case-1", ANA, LATER)
    message = drawing(store)
    store.do(privacy.forget, "x", "anna_l", LATER)
    store.do(effects.sent, claimed(store), CARD, LATER)
    store.do(effects.sent, message, CARD, LATER)
    blanked = claimed(store)
    assert (blanked.kind, blanked.thread) == (Kind.ERASE, "C1:17")


def test_a_purged_case_is_not_drawn(store: Store) -> None:
    """Once its text is past its time there is nothing to show."""
    shown(store)
    store.do(casework.resolve, "case-1", ANA, Resolution.CALLED, "", LATER)
    store.do(effects.sent, drawing(store), CARD, LATER)
    store.do(privacy.purge, timedelta(days=30), timedelta(days=30), LATER + timedelta(days=90))
    assert not store.do(edits.redraw, "case-1", LATER)
    assert store.do(edits.current_card, "case-1", LATER) is None


def test_a_later_post_moves_the_card(store: Store) -> None:
    """The card counts the posts, and the post itself goes into its thread."""
    shown(store)
    later_post(store, note(mention(external_id="1901")))
    kinds = [claimed(store, SINK, LATER + timedelta(hours=1)) for _ in range(2)]
    assert {message.kind: message.body.get("mentions") for message in kinds} == {Kind.NOTE: None, Kind.EDIT: 2}


def test_a_graver_card_shows_what_was_said_before(store: Store) -> None:
    """What the person said earlier in the case stands on it, masked, the newest first."""
    post = mention(text="Call me: 0151 2345678, my Kestrelo line is dead.")
    _judged(store, post, Pii("phone", 9, 21))
    redecide(store, post, alert(post), route=Route.REVIEW)
    store.do(effects.sent, claimed(store), CARD, LATER)
    graver = mention(external_id="1901", text="Now it burns.", posted_at=NOW + timedelta(minutes=9))
    card = _graver(graver)
    later_post(store, card, external_id="1901", text="Now it burns.", minutes=9, reasons=(Reason.ESCALATED,))
    shown_card = Card.from_body(claimed(store).body)
    (at, channel, text) = shown_card.before[0]
    assert (at, channel) == ("2026-03-02T12:00:00+00:00", "x")
    assert "[phone]" in text
    assert "0151" not in text


def _judged(store: Store, post: Mention, *pii: Pii) -> None:
    hear(store, post)
    store.do(judging.save, [(post, assessment(pii=tuple(pii)))], NOW)


def _graver(post: Mention) -> Message:
    key = message_key(Kind.ALERT, SINK, CASE.id, "card-call")
    return alert(post, CASE, key=key, purpose="card-call", target="#calls", priority=50)


def test_the_card_before_a_graver_one_folds(store: Store) -> None:
    """Nobody works from a card that says less than is known, so it folds where it stands."""
    post = mention()
    judge(store, post)
    redecide(store, post, alert(post), route=Route.REVIEW)
    store.do(effects.sent, claimed(store), CARD, LATER)
    store.do(casework.claim, "case-1", ANA, LATER)
    graver = mention(external_id="1901", posted_at=NOW + timedelta(minutes=9))
    later_post(store, _graver(graver), minutes=9, reasons=(Reason.ESCALATED,))
    new, old = (claimed(store, SINK, LATER + timedelta(hours=1)) for _ in range(2))
    assert (new.kind, new.target, new.body["holder"]) == (Kind.ALERT, "#calls", "Ana")
    assert (old.kind, old.target, old.thread, old.body["outcome"]) == (Kind.EDIT, "#social", "C1:17", edits.GRAVER)
    store.do(effects.again, old, LATER, "down")
    store.do(effects.sent, new, Receipt("C2:1"), LATER)
    store.do(casework.release, "case-1", ANA, LATER)
    drawn = {message.thread: message.body["state"] for message in (drawing(store), drawing(store))}
    assert drawn == {"C1:17": "dismissed", "C2:1": "open"}


def test_a_closed_case_folds_into_one_line(store: Store) -> None:
    """The card says how it ended and by whom, and nothing is due any more."""
    shown(store)
    store.do(casework.resolve, "case-1", ANA, Resolution.CALLED, "", LATER)
    card = Card.from_body(drawing(store).body)
    assert (card.state, card.outcome) == ("resolved", "Resolved by Ana: settled by a call")
    assert (card.answer_by, card.waiting, card.snoozed_until) == ("", "", "")


def test_a_dismissed_case_says_why(store: Store) -> None:
    """In words, not in the name of the reason."""
    shown(store)
    store.do(casework.dismiss, "case-1", BEN, Dismissal.NOT_US, LATER)
    assert drawing(store).body["outcome"] == "Dismissed by Ben: not about us"


def test_the_card_follows_rest_draft_and_call(store: Store) -> None:
    """Until when it rests, whose draft waits, and how far the call is stand on it."""
    shown(store)
    store.do(casework.snooze, "case-1", ANA, LATER + timedelta(hours=2), LATER)
    store.do(casework.drafted, "case-1", ANA, "Sorry.", LATER, waiting=True)
    store.do(casework.call_offered, "case-1", BEN, LATER)
    card = Card.from_body(store.do(edits.current_card, "case-1", LATER) or {})
    assert (card.waiting, card.call) == ("The draft of Ana waits for approval", "offered")
    store.do(casework.call_ended, "case-1", BEN, CallOutcome.NO_ANSWER, "", LATER)
    store.do(casework.snooze, "case-1", ANA, LATER + timedelta(hours=2), LATER)
    card = Card.from_body(store.do(edits.current_card, "case-1", LATER) or {})
    assert (card.call, card.snoozed_until) == ("tried", "2026-03-02T14:01:00+00:00")
    later = Card.from_body(store.do(edits.current_card, "case-1", LATER + timedelta(hours=3)) or {})
    assert later.snoozed_until == ""


def test_a_promise_stands_on_the_card_until_it_is_kept(store: Store) -> None:
    """ "Answer by" is there while nobody has claimed or answered."""
    judge(store, mention())
    due = NOW + timedelta(minutes=30)
    opens = Decision(Route.CALL, (Reason.URGENT,), case=CASE, messages=(alert(mention()),), answer_by=due)
    store.do(deciding.record, mention(), opens, "config-1", NOW)
    assert case(store).due == due
    store.do(effects.sent, claimed(store), CARD, LATER)
    assert store.do(edits.current_card, "case-1", LATER)["answer_by"] == "2026-03-02T12:30:00+00:00"  # type: ignore[index]
    store.do(casework.claim, "case-1", ANA, LATER)
    assert drawing(store).body["answer_by"] == ""


def test_notes_on_the_card_give_no_numbers_away(store: Store) -> None:
    """A telephone number in a note stays in the history, and a long note is cut."""
    shown(store)
    store.do(casework.call_ended, "case-1", ANA, CallOutcome.NO_ANSWER, f"tried 0151 2345678 {'x' * 500}", LATER)
    (_, words), *_ = drawing(store).body["trail"]
    assert words.startswith("Ana called: no answer (tried [phone] xxx")
    assert len(words) < LONGEST_NOTE + 40


def test_every_drawing_has_a_version_of_its_own(store: Store) -> None:
    """Whatever moves a case raises its version, so that an open form can tell."""
    shown(store)
    before = case(store).version
    store.do(casework.claim, "case-1", ANA, LATER)
    store.do(casework.answer, "case-1", reply(mention()), ANA, LATER)
    later_post(store)
    assert case(store).version == before + 3
    assert one(store, "SELECT count(*) FROM effect WHERE kind = 'edit'") == 1


def test_the_card_is_about_one_post(store: Store) -> None:
    """An answer from the card answers that post; a case without a card is about none."""
    shown(store)
    later_post(store)
    assert store.do(edits.about, "case-1") == mention().id
    assert store.do(edits.about, "nowhere") == ""


def test_a_decision_that_was_made_before_draws_nothing(store: Store) -> None:
    """A post that is decided twice moves the card once."""
    shown(store)
    later_post(store)
    version = case(store).version
    assert not redecide(store, mention(external_id="1901"), case=CaseRef(CASE.id, CASE.code, new=False))
    assert case(store).version == version
    assert store.do(deciding.pending, mention().author_key) == []
