"""Listings that are newest first: begins now, hears what is late or edited, and says what is out of reach."""

from __future__ import annotations

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from listeners.web.newest_first import MOST, Cursor, Entry, Place

LATE = timedelta(seconds=60)
PAGE = 3


def entries(*moments: float) -> list[Entry]:
    return [Entry(f"p{moment:g}", moment) for moment in moments]


def begun(*moments: float, token: str = "") -> Place:
    return Place().after(entries(*moments), token, LATE, PAGE).place


def test_the_first_page_is_the_past() -> None:
    """Nothing of it is heard, and all that follows is; after an empty one the first post is heard too."""
    step = begun(100, 90).after(entries(110, 100, 90), "", LATE, PAGE)
    assert step.fresh == {"p110"}
    assert begun().after(entries(5), "", LATE, PAGE).fresh == {"p5"}


def test_a_round_goes_back_to_what_is_known() -> None:
    """Pages are followed until one reaches further back than the last round; then the round ends."""
    first = begun(100).after(entries(300, 290, 280), "t1", LATE, PAGE)
    assert (first.more, first.place.token) == (True, "t1")
    second = first.place.after(entries(270, 100, 20), "t2", LATE, PAGE)
    assert (second.more, second.fresh, second.place.token) == (False, {"p270"}, "")
    assert second.place.since == 240


def test_late_posts_are_heard_and_known_ones_are_not_repeated() -> None:
    """Within the last while before the newest post, what was not there before is new."""
    step = begun(100).after(entries(100, 70, 20), "", LATE, PAGE)
    assert step.fresh == {"p70"}
    assert step.place.after(entries(100, 70), "", LATE, PAGE).fresh == frozenset()


def test_an_edit_is_heard_once() -> None:
    """A known post with a later edit is new, and then known."""
    step = begun(100).after([Entry("p100", 100, 120)], "", LATE, PAGE)
    assert step.fresh == {"p100"}
    assert step.place.after([Entry("p100", 100, 120)], "", LATE, PAGE).fresh == frozenset()


def test_a_lost_page_is_read_again_once() -> None:
    """An empty page behind an anchor that is gone starts the round anew; a second one ends it."""
    first = begun(100).after(entries(300, 290), "t1", LATE, PAGE)
    again = first.place.after([], "", LATE, PAGE)
    assert (again.more, again.place.token, again.place.again) == (True, "", True)
    rest = again.place.after(entries(300, 280), "t1", LATE, PAGE)
    assert rest.fresh == {"p280"}
    assert not rest.place.after([], "", LATE, PAGE).more


def test_what_is_out_of_reach_is_said() -> None:
    """A full page of new posts with nothing known behind it is a gap; a short one, or one with a known post, is not."""
    assert begun(100).after(entries(300, 290, 280), "", LATE, PAGE).lost
    assert not begun(100).after(entries(300, 290), "", LATE, PAGE).lost
    assert not begun(100).after(entries(300, 290, 100), "", LATE, PAGE).lost


def test_what_stands_aside_does_not_end_a_round() -> None:
    """An old answer beside a thread says nothing about how far the page reaches, and a new one is heard."""
    page = [Entry("a", 300), Entry("r", 1, aside=True), Entry("b", 290), Entry("s", 295, aside=True)]
    step = begun(100).after(page, "t1", LATE, PAGE)
    assert (step.more, step.fresh) == (True, {"a", "b", "s"})


def test_memory_is_bounded() -> None:
    """Of a very busy listing only so many posts are remembered, and none of them is heard again."""
    place = begun(*(1000 - number / 100 for number in range(2 * MOST)))
    assert len(place.seen) == MOST
    assert place.after(entries(999.9, 985.0), "", LATE, PAGE).fresh == frozenset()


@given(st.lists(st.text(min_size=1, max_size=3), unique=True, max_size=4), st.integers(0, 3))
def test_the_cursor_comes_back_as_it_was(names: list[str], moved: int) -> None:
    """What is written is read again, and foreign text begins anew."""
    at = Cursor.read(None, names)
    for name in names[:moved]:
        at = at.moved(name, Place().after(entries(3, 2), "", LATE, PAGE))
    back = Cursor.read(at.dumps(), names)
    assert dict(back.places) == dict(at.places)
    assert back.todo == (at.todo or tuple(names))
    for foreign in ("12:3", "[]", "{", json.dumps({"places": [], "todo": []})):
        assert Cursor.read(foreign, names) == Cursor.read(None, names)
