"""Want of memory makes portions smaller, and one bad post costs nobody else an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.base import Post
from classifiers.judge import Judge
from classifiers.panel import Panel
from classifiers.portions import RECOVER, UNBOUND, Portions, is_short_of_memory
from models.assessment import LABELS, Finding, Head
from models.mention import Author
from models.settings.sections import Target
from models.store import Store
from tests.build import mention
from tests.fakes.clock import FakeClock
from tests.models.store.steps import hear
from tests.stores import rows

TORCH_ON_CPU = RuntimeError("[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory")


class Room:
    """Work that has memory for so many items; 7 is an item on which it always fails."""

    def __init__(self, fits: int) -> None:
        self.fits = fits
        self.sizes: list[int] = []

    def work(self, items: Sequence[int]) -> list[str]:
        """The items as text."""
        self.sizes.append(len(items))
        if len(items) > self.fits:
            raise MemoryError
        if 7 in items:
            raise ValueError("seven")
        return [str(item) for item in items]


@given(items=st.lists(st.integers(0, 9), max_size=70), fits=st.integers(0, 80))
def test_every_item_has_its_answer(items: list[int], fits: int) -> None:
    """In order, whatever fails; only what fails alone has none."""
    found = Portions("test").run(Room(fits).work, items, "nobody")
    assert found == ["nobody" if item == 7 or not fits else str(item) for item in items]


def test_the_size_that_fits_is_remembered() -> None:
    """The next batch does not try in vain again."""
    portions, room = Portions("test"), Room(10)
    portions.run(room.work, [1] * 64, "")
    assert room.sizes[:3] == [64, 32, 16]
    room.sizes.clear()
    portions.run(room.work, [1] * 64, "")
    assert room.sizes == [8] * 8
    assert not portions.starved


def test_it_recovers() -> None:
    """Once memory is back, larger portions are tried again, step by step; small batches prove nothing."""
    portions, room = Portions("test"), Room(10)
    portions.run(room.work, [1] * 64, "")
    room.fits = UNBOUND
    for _ in range(RECOVER + 1):
        portions.run(room.work, [1], "")
    room.sizes.clear()
    for _ in range(5 * RECOVER):
        portions.run(room.work, [1] * 64, "")
    assert room.sizes[0] == 8
    assert room.sizes[-1] == 64


def test_a_post_that_fits_nowhere_is_given_up() -> None:
    """That is what the operator must know; a post that fails for another reason is not."""
    portions = Portions("test")
    assert portions.run(Room(10).work, [7], "nobody") == ["nobody"]
    assert not portions.starved
    assert portions.run(Room(0).work, [1, 2], "nobody") == ["nobody", "nobody"]
    assert portions.starved


@pytest.mark.parametrize(
    ("error", "short"),
    [
        (MemoryError(), True),
        (TORCH_ON_CPU, True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("not enough memory"), False),
        (None, False),
    ],
)
def test_want_of_memory_is_told_from_defects(error: Exception | None, short: bool) -> None:
    """Python's own error, and the words of torch's allocators."""
    assert is_short_of_memory(error) == short


def test_what_failed_holds_no_memory() -> None:
    """The tensors of a try that failed are gone before the next one begins."""
    import weakref

    class Tensor:
        """Something large."""

    held: list[weakref.ref[Tensor]] = []

    def work(items: Sequence[int]) -> list[int]:
        assert all(one() is None for one in held)
        large = Tensor()
        held.append(weakref.ref(large))
        if len(items) > 2:
            raise TORCH_ON_CPU
        return list(items)

    assert Portions("test").run(work, [1] * 16, 0) == [1] * 16
    assert len(held) > 4


class Hungry:
    """A classifier that has memory for so many posts."""

    version = "hungry-1"

    def __init__(self, fits: int) -> None:
        self.fits = fits

    def classify(self, posts: Sequence[Post]) -> list[tuple[Finding, ...]]:
        """Sure of the first label."""
        if len(posts) > self.fits:
            raise TORCH_ON_CPU
        if any("curse" in post.text for post in posts):
            raise ValueError("a defect of ours")
        sure = [(head, {name: float(name == names[0]) for name in names}) for head, names in LABELS.items()]
        return [tuple(Finding(head, p, self.version) for head, p in sure) for _ in posts]


POSTS = [mention(external_id=str(at), author=Author(id=str(at)), text=f"Kestrelo is slow {at}") for at in range(20)]


def test_a_panel_short_of_memory_still_judges_all() -> None:
    """Nobody's post is left out and no doubt is left over."""
    panel = Panel([Hungry(3)], ("en",), {})
    assert all(len(found.findings) == 5 for found in panel.assess(POSTS))
    assert not panel.starved()


def test_people_get_what_cannot_be_judged() -> None:
    """A post on which the model fails has every head unsure; the others of its batch are judged."""
    panel = Panel([Hungry(99)], ("en",), {})
    cursed = mention(text="Kestrelo, a curse on you")
    found = panel.assess([*POSTS[:3], cursed, *POSTS[3:]])
    assert [len(one.findings) for one in found] == [5, 5, 5, 0] + [5] * 17
    assert {*Head} <= {*found[3].unsure}
    assert not panel.starved()


def test_a_rule_that_breaks_costs_one_post(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own rules are no exception."""

    def find(text: str) -> tuple[()]:
        if text.endswith("slow 3"):
            raise ZeroDivisionError
        return ()

    monkeypatch.setattr("classifiers.panel.find_danger", find)
    found = Panel([Hungry(99)], ("en",), {}).assess(POSTS)
    assert [len(one.findings) for one in found] == [5, 5, 5, 0] + [5] * 16
    assert {*Head} == {*found[3].unsure}


@pytest.fixture
def judging(store: Store) -> Callable[[int], None]:
    """Hears two posts and judges them with memory for so many at a time."""
    clock, operator = FakeClock(), Target(sink="console", to="#ops")

    def go(fits: int) -> None:
        panel = Panel([Hungry(fits)], ("en",), {})
        with ThreadPoolExecutor(1) as thread:
            judge = Judge(panel, store, thread, 32, clock, asyncio.Event(), operator=operator)
            hear(store, *[mention(external_id=f"{fits}-{at}", author=Author(id=f"{at}")) for at in range(2)])
            asyncio.run(judge.handle("0"))

    return go


def test_the_operator_is_told_once(store: Store, judging: Callable[[int], None]) -> None:
    """Posts that are left to people for want of memory are an alarm, one a day; a smaller batch is none."""
    judging(1)
    assert rows(store, "SELECT kind FROM effect") == []
    judging(0)
    judging(-1)
    ((kind, body),) = rows(store, "SELECT kind, body FROM effect")
    assert kind == "notice"
    assert "not enough memory" in str(body)
    assert rows(store, "SELECT count(*) FROM mention WHERE state = 'classified'") == [(6,)]
