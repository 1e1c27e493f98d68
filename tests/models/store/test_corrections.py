"""People's corrections: added one under the other, read with their post, erased with it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.assessment import LABELS, Head
from models.case import new_code
from models.correction import CorrectedPost, Correction
from models.decision import CaseRef
from models.errors import CorrectionError
from models.mention import Mention
from models.store import Store, corrections, judging, privacy
from tests.build import NOW, assessment, mention
from tests.models.store.steps import LATER, alert, decide, hear, judge, redecide
from tests.stores import one, rows

URGENCY, INTENT = Head.URGENCY, Head.INTENT


def say(
    store: Store, post: Mention, labels: dict[Head, str] | None = None, needed: bool | None = None, **more: Any
) -> bool:
    """Correct a post."""
    values: dict[str, Any] = {"at": LATER, "by": "ana"} | more
    return store.do(corrections.add, Correction(post.id, labels=labels or {}, needed=needed, **values))


def labelled(store: Store, since: datetime | None = None) -> list[CorrectedPost]:
    """Every corrected post."""
    return store.do(lambda session: list(corrections.labelled(session, since)))


@pytest.mark.parametrize("head", Head)
def test_only_the_heads_own_labels_are_taken(head: Head) -> None:
    """A label that its head does not have is refused, and the message names those that it has."""
    with pytest.raises(CorrectionError, match=", ".join(LABELS[head])):
        Correction("m", NOW, "ana", {head: "purple"})


def test_a_correction_says_something() -> None:
    """Neither a label nor a verdict is no correction."""
    with pytest.raises(CorrectionError, match="nothing is corrected"):
        Correction("m", NOW, "ana", {})


def test_the_last_word_on_each_head_holds(store: Store) -> None:
    """Of several corrections the last label of each head and the last verdict hold, and no row is overwritten."""
    judge(store, mention())
    say(store, mention(), {URGENCY: "low", INTENT: "opinion"}, True)
    say(store, mention(), {URGENCY: "normal"}, by="ben")
    say(store, mention(), needed=False, at=LATER + timedelta(hours=1), by="cleo")
    (post,) = labelled(store)
    assert (post.labels, post.needed) == ({URGENCY: "normal", INTENT: "opinion"}, False)
    last = store.do(corrections.latest, mention().id)
    assert last == Correction(mention().id, LATER + timedelta(hours=1), "cleo", post.labels, False)
    assert one(store, "SELECT count(*) FROM correction") == 3


def test_the_order_of_saying_counts_and_not_the_clock(store: Store) -> None:
    """A clock that jumps back does not bring an earlier word back."""
    judge(store, mention())
    say(store, mention(), {URGENCY: "low"}, at=LATER)
    say(store, mention(), {URGENCY: "high"}, at=NOW)
    assert labelled(store)[0].labels == {URGENCY: "high"}


def test_a_corrected_post_has_all_that_tuning_needs(store: Store) -> None:
    """Text, place, language and moment come with the probabilities that the model gave at the time."""
    judge(store, mention())
    say(store, mention(), {URGENCY: "low"})
    (post,) = labelled(store)
    expected = assessment()
    assert post == CorrectedPost(
        mention_id=mention().id,
        brand="kestrelo",
        channel="x",
        lang="en",
        text=mention().text,
        posted_at=NOW,
        labels={URGENCY: "low"},
        p={head: {label: round(p, 6) for label, p in finding.p.items()} for head, finding in expected.findings.items()},
        needed=None,
    )


def test_a_post_that_the_model_has_not_read_has_no_probabilities(store: Store) -> None:
    """A correction may come before the assessment, or after a part of the heads has failed."""
    hear(store, mention(lang="pt"))
    say(store, mention(), {URGENCY: "low"})
    (post,) = labelled(store)
    assert (post.p, post.lang) == ({}, "pt")
    part = assessment()
    half = assessment(findings={URGENCY: part.findings[URGENCY]}, unsure=("intent",))
    store.do(judging.save, [(mention(), half)], LATER)
    assert list(labelled(store)[0].p) == [URGENCY]


def test_corrected_posts_come_oldest_first_and_in_portions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows are read at a time, each post comes once, in the order in which they were posted."""
    monkeypatch.setattr(corrections, "PORTION", 2)
    posts = [mention(external_id=str(n), posted_at=NOW - timedelta(minutes=n)) for n in range(5)]
    judge(store, *posts)
    for post in (*posts, *posts):
        say(store, post, {URGENCY: "low"})
    assert [post.mention_id for post in labelled(store)] == [post.id for post in reversed(posts)]


def test_since_when_is_about_the_correction(store: Store) -> None:
    """``since`` leaves earlier corrections out, whenever the post was posted."""
    posts = [mention(external_id=str(n)) for n in range(2)]
    judge(store, *posts)
    say(store, posts[0], {URGENCY: "low"}, at=NOW)
    say(store, posts[1], {URGENCY: "low"}, at=LATER)
    assert [post.mention_id for post in labelled(store, LATER)] == [posts[1].id]


def test_posts_from_x_are_not_trained_on(store: Store) -> None:
    """What X's terms forbid is left out of training, unless somebody says that they have X's permission."""
    posts = [mention(external_id=channel, channel=channel) for channel in ("x", "forum", "telegram")]
    judge(store, *posts)
    for post in posts:
        say(store, post, {URGENCY: "low"})

    def channels(**more: Any) -> set[str]:
        return store.do(lambda session: {post.channel for post in corrections.trainable(session, **more)})

    assert channels() == {"forum", "telegram"}
    assert channels(include=["x"]) == {"x", "forum", "telegram"}
    assert {post.channel for post in labelled(store)} == {"x", "forum", "telegram"}


def test_an_unknown_post_cannot_be_corrected(store: Store) -> None:
    """Nothing is kept for a mention that is not there."""
    assert not say(store, mention(), {URGENCY: "low"})
    assert one(store, "SELECT count(*) FROM correction") == 0


def test_a_code_means_the_first_post_of_its_case(store: Store) -> None:
    """A case's code in any writing finds the post that opened it; an id finds its own; nothing else finds any."""
    first, second = mention(external_id="1"), mention(external_id="2", posted_at=NOW - timedelta(hours=1))
    code = new_code()
    decide(store, first, alert(first), case=CaseRef("case-1", code, new=True))
    decide(store, second, case=CaseRef("case-1", code, new=False))
    for said in (code, f"{code[:3].lower()}-{code[3:]} ", first.id, f" {first.id.upper()}"):
        assert store.do(corrections.find, said) == first.id
    assert store.do(corrections.find, second.id) == second.id
    for said in ("", new_code(), "CCCCCCC", "0" * 32, "%"):
        assert store.do(corrections.find, said) is None


def test_forgetting_takes_the_corrections(store: Store) -> None:
    """A forgotten person's posts leave no correction; others' stay."""
    other = mention(external_id="2", channel="forum")
    judge(store, mention(), other)
    say(store, mention(), {URGENCY: "low"})
    say(store, other, {URGENCY: "low"})
    store.do(privacy.forget, "x", "anna_l", LATER)
    assert rows(store, "SELECT mention_id FROM correction") == [(other.id,)]


def test_purging_takes_the_corrections(store: Store) -> None:
    """When a text's time is over its corrections go with it, and no new one is taken."""
    judge(store, mention())
    redecide(store, mention(), case=None)
    say(store, mention(), {URGENCY: "low"}, True)
    assert store.do(privacy.purge, timedelta(days=30), timedelta(days=180), NOW + timedelta(days=30)) == 1
    assert one(store, "SELECT count(*) FROM correction") == 0
    assert not say(store, mention(), {URGENCY: "low"})


def test_a_name_that_no_database_takes_is_made_storable(store: Store) -> None:
    """NUL and lone surrogates in the name of who corrects do no harm."""
    judge(store, mention())
    assert say(store, mention(), needed=True, by="a\x00b\ud800")
    assert "\x00" not in json.dumps(rows(store, 'SELECT "by" FROM correction'))
