"""The pause."""

from __future__ import annotations

from models.store import Store, controls
from models.store.controls import Pause
from tests.build import NOW
from tests.models.store.steps import LATER


def test_the_last_pause_holds(store: Store) -> None:
    """A second pause replaces the first, in what it holds and for how long."""
    store.do(controls.pause, True, LATER, NOW)
    store.do(controls.pause, False, None, NOW)
    assert store.do(controls.pause_at, LATER) == Pause(everything=False, until=None, since=NOW)


def test_a_pause_knows_its_end_to_the_moment(store: Store) -> None:
    """A pause holds up to its end and not at it."""
    store.do(controls.pause, True, LATER, NOW)
    assert store.do(controls.pause_at, NOW) == Pause(everything=True, until=LATER, since=NOW)
    assert store.do(controls.pause_at, LATER) is None


def test_resume_says_whether_anything_was_held(store: Store) -> None:
    """Resuming twice is harmless, and only the first says that something was held."""
    store.do(controls.pause, True, None, NOW)
    assert [store.do(controls.resume, NOW) for _ in range(2)] == [True, False]
    assert store.do(controls.pause_at, NOW) is None


def test_resuming_after_the_end_of_a_pause_holds_nothing_back(store: Store) -> None:
    """A pause that had ended by itself is not reported as held."""
    store.do(controls.pause, True, LATER, NOW)
    assert not store.do(controls.resume, LATER)
