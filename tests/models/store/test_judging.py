"""Judging: a mention is claimed by one worker, and what a dead worker held is judged by another."""

from __future__ import annotations

from datetime import timedelta

from models.assessment import Assessment, Danger, Pii
from models.mention import Author
from models.store import Store, deciding, judging, privacy, wakes
from models.store.judging import LEASE
from models.store.rows import SHARDS, shard_of
from tests.build import NOW, assessment, mention
from tests.models.store.steps import hear, judge
from tests.stores import one, rows


def test_a_claimed_mention_is_not_claimed_again(store: Store) -> None:
    """While a lease holds nobody else gets the mention; after it, anybody does."""
    hear(store, mention())
    assert store.do(judging.claim, "0", 10, NOW) == [mention()]
    assert store.do(judging.claim, "0", 10, NOW + LEASE) == []
    assert store.do(judging.claim, "0", 10, NOW + LEASE + timedelta(seconds=1)) == [mention()]


def test_released_mentions_are_free_at_once(store: Store) -> None:
    """A worker that gives its batch back does not make others wait for the lease."""
    hear(store, mention())
    store.do(judging.release, store.do(judging.claim, "0", 10, NOW))
    assert store.do(judging.claim, "0", 10, NOW) == [mention()]


def test_a_worker_fills_its_batch_from_other_shards_after_its_own(store: Store) -> None:
    """The shard's own mentions come first, then anybody's, and never more than asked for."""
    posts = [mention(external_id=str(n), author=Author(id=str(n))) for n in range(40)]
    hear(store, *posts)
    own = [post for post in posts if shard_of(post.author_key) == 3]
    claimed = store.do(judging.claim, "3", len(own) + 2, NOW)
    assert len(claimed) == len(own) + 2
    assert set(claimed[: len(own)]) == set(own)


def test_an_author_always_has_the_same_shard(store: Store) -> None:
    """All posts of an author share a shard below the number of shards, and hearing wakes exactly that one."""
    hear(store, mention(external_id="1"), mention(external_id="2"))
    shard = one(store, "SELECT DISTINCT shard FROM mention")
    assert shard == shard_of(mention().author_key) < SHARDS
    assert store.do(wakes.waiting, NOW) == [("classify", str(shard))]


def test_an_assessment_comes_back_as_it_was(store: Store) -> None:
    """Findings, private data, danger words and doubts survive the database; probabilities to six places."""
    hear(store, mention())
    said = assessment(pii=(Pii("card", 3, 9),), danger=(Danger("self_harm", "words"),), unsure=("language",))
    store.do(judging.save, [(mention(), said)], NOW)
    ((_, found, tries),) = store.do(deciding.pending, mention().author_key)
    assert tries == 0
    assert (found.pii, found.danger, found.unsure, found.lang) == (said.pii, said.danger, said.unsure, said.lang)
    assert {head: finding.label for head, finding in found.findings.items()} == {
        head: finding.label for head, finding in said.findings.items()
    }


def test_the_first_assessment_stays(store: Store) -> None:
    """A worker taken for dead that finishes late changes neither the assessment nor a decided mention's state."""
    judge(store, mention())
    store.do(judging.save, [(mention(), assessment("praise"))], NOW)
    ((_, found, _),) = store.do(deciding.pending, mention().author_key)
    assert found.label(next(iter(found.findings))) == "problem"
    assert one(store, "SELECT count(*) FROM assessment") == 1


def test_nothing_to_save_is_no_fault(store: Store) -> None:
    """An empty batch changes nothing."""
    store.do(judging.save, [], NOW)
    assert one(store, "SELECT count(*) FROM assessment") == 0


def test_a_mention_forgotten_while_it_was_judged_leaves_no_assessment(store: Store) -> None:
    """The words that a model quotes as evidence do not outlive the person who asked to be forgotten."""
    hear(store, mention())
    claimed = store.do(judging.claim, "0", 10, NOW)
    store.do(privacy.forget, "x", "anna_l", NOW)
    store.do(judging.save, [(post, Assessment(danger=(Danger("x", "quoted"),))) for post in claimed], NOW)
    assert rows(store, "SELECT * FROM assessment") == []


def test_a_restart_frees_and_wakes_everything(store: Store) -> None:
    """After a kill, leases are void and every shard and author with work is woken."""
    hear(store, mention(external_id="1"), mention(external_id="2", author=Author(id="8")))
    store.do(judging.claim, "0", 1, NOW)
    store.do(judging.save, [(mention(external_id="1"), assessment())], NOW)
    store.do(judging.claim, "0", 10, NOW)
    for stage, key in store.do(wakes.waiting, NOW):
        store.do(wakes.clear, stage, key)
    store.do(judging.free_after_restart, NOW)
    assert set(store.do(wakes.waiting, NOW)) == {
        ("classify", str(shard_of(mention(author=Author(id="8")).author_key))),
        ("decide", mention().author_key),
    }
    assert len(store.do(judging.claim, "0", 10, NOW)) == 1


def test_expired_leases_wake_their_shard(store: Store) -> None:
    """The sweeper wakes the shard of a mention whose worker died, and only once the lease is over."""
    hear(store, mention())
    store.do(judging.claim, str(shard_of(mention().author_key)), 10, NOW)
    store.do(judging.free_expired, NOW + LEASE)
    assert store.do(wakes.waiting, NOW + LEASE) == []
    late = NOW + LEASE + timedelta(seconds=1)
    store.do(judging.free_expired, late)
    assert store.do(wakes.waiting, late) == [("classify", str(shard_of(mention().author_key)))]


def test_a_lease_from_before_the_clock_jumped_back_is_void(store: Store) -> None:
    """Posts that a dead worker took two hours ahead of the clock are judged again at once, not in two hours."""
    hear(store, mention())
    shard = str(shard_of(mention().author_key))
    assert store.do(judging.claim, shard, 10, NOW + timedelta(hours=2))
    assert store.do(judging.claim, shard, 10, NOW)
