"""The poller: no post is skipped, no source is hammered, and trouble is said once."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from listeners.base import Spend
from listeners.poller import Poller
from listeners.screen import Screen
from models.case import Resolution, new_code
from models.check import Fault
from models.decision import CaseRef, Reason
from models.errors import AuthFailed, EdgeError, RateLimited, Unavailable
from models.mention import Author, Batch, Mention
from models.mute import Mute, MuteKind
from models.press import Person
from models.settings.sections import Target
from models.store import Store, casework, mutes
from tests.build import NOW, mention, settings
from tests.fakes.clock import FakeClock
from tests.fakes.listener import FakeListener
from tests.models.store.steps import judge, redecide
from tests.stores import one, rows

POST = mention(brand="", text="My Kestrelo line is a zebra-striped ruin.")
OTHER = mention(brand="", text="A zebra, and nothing else.", external_id="2")
AWAY = Unavailable("no route")
CODE = new_code()


class Post:
    """One listener's poller with its store and clock."""

    def __init__(self, store: Store, **listener: Any) -> None:
        self.store = store
        self.clock = FakeClock()
        self.stopping = asyncio.Event()
        self.listener = FakeListener()
        self.own = settings(listeners={"ear": {"kind": "jsonl", "every": "60s", **listener}})
        self.restart()

    def restart(self) -> None:
        """A fresh poller, as after a restart."""
        screen = Screen(self.own, self.own.brands)
        told = Target(sink="console", to="ops")
        ear = self.own.listeners["ear"]
        self.poller = Poller("ear", self.listener, ear, screen, self.store, "config-1", told, self.clock, self.stopping)

    async def poll(self, *answers: Batch | EdgeError | asyncio.Event) -> float | None:
        """Poll once for each answer; the seconds until the next poll."""
        self.listener.answers += answers
        again = None
        for _ in range(len(answers) or 1):
            again = await self.poller.handle("ear")
        return (again - self.clock()).total_seconds() if again else None

    def row(self, column: str) -> Any:
        """A column of the listener's row."""
        return one(self.store, f"SELECT {column} FROM listener WHERE name = 'ear'")

    def told(self) -> list[str]:
        """What the operator is told."""
        return [text for (text,) in rows(self.store, "SELECT CAST(body AS TEXT) FROM effect ORDER BY queued_at, key")]

    def heard(self) -> list[str]:
        """The texts of the mentions that are kept."""
        return [text for (text,) in rows(self.store, "SELECT text FROM mention")]


@pytest.fixture
def post(store: Store) -> Post:
    """On SQLite and on PostgreSQL."""
    return Post(store)


def batch(*mentions: Mention, cursor: str = "c1", **fields: Any) -> Batch:
    """A page."""
    return Batch(mentions=mentions, cursor=cursor, **fields)


async def test_a_page_and_its_cursor_are_kept_together(post: Post) -> None:
    """What was heard is kept, screened, with the cursor; the next poll goes on from there."""
    assert await post.poll(batch(POST, OTHER)) == 60
    assert (post.heard(), post.row("cursor"), post.row("state")) == ([POST.text], "c1", "ok")
    assert rows(post.store, "SELECT reason, count FROM tally") == [(Reason.NOT_ABOUT_US, 1)]
    await post.poll()
    assert post.listener.cursors == [None, "c1"]


async def test_what_the_team_mutes_is_kept_with_its_reason(post: Post) -> None:
    """A rule holds from the next poll on, and ends by itself; what it catches is counted."""
    until = post.clock() + timedelta(hours=1)
    post.store.do(mutes.add, Mute(MuteKind.WORD, "zebra", "", until, Person("U1")), post.clock())
    await post.poll(batch(POST))
    assert rows(post.store, "SELECT route, CAST(reasons AS TEXT) FROM decision") == [("ignore", '["muted"]')]
    post.clock.forward(hours=1)
    await post.poll(batch(replace(POST, external_id="3")))
    assert rows(post.store, "SELECT state FROM mention ORDER BY external_id") == [("decided",), ("heard",)]


async def test_the_cursor_does_not_move_without_its_page(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where keeping the page fails, the cursor stays, and the same page is asked for again."""
    monkeypatch.setattr("models.failpoint._passes", Counter())
    monkeypatch.setenv("FAILPOINT", "poll.heard:1:raise")
    with pytest.raises(OSError, match=r"poll\.heard"):
        await post.poll(batch(POST))
    assert (post.heard(), post.row("cursor")) == ([], None)
    assert rows(post.store, "SELECT reason FROM tally") == []
    await post.poll(batch(POST))
    assert (post.listener.cursors, post.heard(), post.row("cursor")) == ([None, None], [POST.text], "c1")


async def test_the_same_page_twice_is_heard_once(post: Post) -> None:
    """A page that is handed over again adds nothing."""
    await post.poll(batch(POST), batch(POST))
    assert (post.heard(), post.row("heard")) == ([POST.text], 1)


@pytest.mark.parametrize(
    ("fields", "pause"), [({}, 60), ({"more": True}, 0), ({"pause": 7.5}, 7.5), ({"more": True, "pause": 7.5}, 0)]
)
async def test_the_page_says_when_to_poll_next(post: Post, fields: dict[str, Any], pause: float) -> None:
    """More is fetched at once, a wish to be left alone is granted, and else the configured pause holds."""
    assert await post.poll(batch(**fields)) == pause
    assert post.row("next_poll_at") is not None


@pytest.mark.parametrize(
    ("asked", "pause"), [(7, 7), (0, 1), (-9, 1), (1e9, 960), (float("inf"), 960), (float("nan"), 1)]
)
async def test_a_rate_limit_is_obeyed_within_reason(post: Post, asked: float, pause: float) -> None:
    """The source is left alone for as long as it asks, at least a second and at most sixteen minutes."""
    assert await post.poll(RateLimited("slow down", asked)) == pause


async def test_the_pauses_grow_and_end_somewhere(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """With each failure the longest pause doubles, up to five minutes; one good poll and all is as before."""
    monkeypatch.setattr("random.uniform", lambda shortest, longest: longest)
    errors = [RateLimited("slow down"), *[AWAY] * 9]
    assert [await post.poll(error) for error in errors] == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert await post.poll(batch()) == 60
    assert await post.poll(AWAY) == 2


async def test_the_pause_is_never_none(post: Post) -> None:
    """By chance a pause is shorter, but never under half a second."""
    for _ in range(30):
        pause = await post.poll(AWAY)
        assert pause
        assert 0.5 <= pause <= 300


async def test_a_bad_credential_rests_and_is_told_at_once(post: Post) -> None:
    """A credential that is refused pauses the source for a quarter of an hour, and the operator hears of it once."""
    for _ in range(3):
        assert await post.poll(AuthFailed("revoked")) == 900
        assert (post.row("state"), post.told()) == ("paused", ['{"text": "ear hears nothing: revoked"}'])
        post.clock.forward(minutes=15)


async def test_a_bad_credential_after_other_trouble_is_told_as_well(post: Post) -> None:
    """A credential that fails while the source is down already is told at once too."""
    await post.poll(*[AWAY] * 7)
    await post.poll(AuthFailed("revoked"))
    assert sorted(post.told()) == ['{"text": "ear hears nothing: no route"}', '{"text": "ear hears nothing: revoked"}']


async def test_lasting_trouble_is_told_once(post: Post) -> None:
    """The fifth failure in a row is told to the operator, and no other."""
    await post.poll(*[AWAY] * 4)
    assert post.told() == []
    await post.poll(*[AWAY] * 40)
    assert post.told() == ['{"text": "ear hears nothing: no route"}']
    assert (post.row("state"), post.row("failures"), post.row("note")) == ("failing", 44, "no route")


async def test_one_line_down_and_one_line_up(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """However long the trouble, the log has one line at its start and one at its end; never the text of a post."""
    caplog.set_level("DEBUG", logger="overheard")
    await post.poll(*[AWAY] * 4, batch(POST, OTHER), batch())
    assert [record.message for record in caplog.records] == ["down", "up again", "heard"]
    assert "zebra" not in caplog.text + str([vars(record) for record in caplog.records])


async def test_the_failures_outlive_a_restart(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """A restart in the middle of the trouble neither says it again nor begins to hammer the source."""
    caplog.set_level("DEBUG", logger="overheard")
    for _ in range(3):
        await post.poll(AWAY)
        post.restart()
    assert [record.message for record in caplog.records] == ["down"]
    assert post.row("failures") == 3


async def test_a_stop_during_a_long_poll_keeps_nothing(post: Post) -> None:
    """Told to stop, the poller breaks a poll off, keeps nothing of it, and the cursor stays."""
    await post.poll(batch())
    never = asyncio.Event()
    post.listener.polling.clear()
    poll = asyncio.create_task(post.poll(never))
    await post.listener.polling.wait()
    post.stopping.set()
    assert await asyncio.wait_for(poll, 5) is None
    assert (post.listener.cancelled, post.row("cursor"), post.row("failures")) == (1, "c1", 0)


async def test_a_cancelled_poll_leaves_no_task_behind(post: Post) -> None:
    """Where the engine cancels the poller, the poll ends with it."""
    poll = asyncio.create_task(post.poll(asyncio.Event()))
    await post.listener.polling.wait()
    poll.cancel()
    with pytest.raises(asyncio.CancelledError):
        await poll
    assert post.listener.cancelled == 1


async def test_spoiled_items_are_recorded(post: Post) -> None:
    """An item that could not be read is recorded once with its fault, and the rest of the page is heard."""
    spoiled = (("d1", "no id"), ("d2", "no text"))
    await post.poll(batch(POST, spoiled=spoiled), batch(spoiled=spoiled[:1], cursor="c2"))
    assert rows(post.store, "SELECT digest, listener, why FROM spoiled ORDER BY digest") == [
        ("d1", "ear", "no id"),
        ("d2", "ear", "no text"),
    ]
    assert (post.heard(), post.row("cursor")) == ([POST.text], "c2")


async def test_the_days_costs_are_handed_over(post: Post) -> None:
    """Posts and dollars of the day add up, are handed to the next poll, and begin anew at midnight UTC."""
    await post.poll(batch(posts=10, dollars=0.5), batch(posts=5, dollars=0.25), batch())
    post.clock.forward(hours=12)
    await post.poll(batch())
    assert post.listener.spent == [Spend(), Spend(10, 0.5), Spend(15, 0.75), Spend()]


async def test_a_warning_is_told_once_a_day(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """A warning that every page repeats is told and logged once a day, also across a restart."""
    for _ in range(3):
        await post.poll(batch(warning="the budget ends"), batch(warning="the budget ends"))
    assert caplog.text.count("the budget ends") == 1
    post.restart()
    await post.poll(batch(warning="the budget ends"))
    assert post.told() == ['{"text": "the budget ends"}']
    post.clock.forward(days=1)
    await post.poll(batch(warning="the budget ends"))
    assert len(post.told()) == 2


async def test_what_the_check_finds_is_told_at_the_first_poll(store: Store) -> None:
    """Each fault is told with its fix before the first poll, once; a listener whose check costs is not checked."""
    post = Post(store)
    post.listener.faults = (Fault("the bot may not read.", "make it an admin"),)
    await post.poll(batch(), batch())
    assert post.told() == ['{"text": "ear: the bot may not read. Fix: make it an admin"}']
    post.listener.check_is_free = False
    post.listener.faults = (Fault("another.", "never told"),)
    post.restart()
    await post.poll(batch())
    assert len(post.told()) == 1


async def test_silence_is_told_once_and_again_after_something_was_heard(store: Store) -> None:
    """A source that hears nothing for too long is told once; after it heard something a new silence is told again."""
    post = Post(store, expect_every="1h")
    await post.poll(batch(POST))
    for minutes, alarms in ((59, 0), (1, 1), (600, 1)):
        now = post.clock.forward(minutes=minutes)
        await post.poller.silence(now)
        assert len(post.told()) == alarms
    assert post.told() == ['{"text": "ear has heard nothing for longer than 1h"}']
    await post.poll(batch(mention(brand="", external_id="9", posted_at=post.clock()), cursor="c9"))
    await post.poller.silence(post.clock())
    assert len(post.told()) == 1
    await post.poller.silence(post.clock.forward(hours=1))
    assert len(post.told()) == 2


async def test_empty_pages_and_repeats_are_silence(store: Store) -> None:
    """A source that answers, but with nothing new, is silent all the same."""
    post = Post(store, expect_every="1h")
    await post.poll(batch(POST))
    post.clock.forward(hours=1)
    await post.poll(batch(POST), batch())
    await post.poller.silence(post.clock())
    assert len(post.told()) == 1


async def test_a_new_source_has_time_to_hear(store: Store) -> None:
    """A source that never heard anything is given its time from the start before it is called silent."""
    post = Post(store, expect_every="1h")
    await post.poll(batch())
    for minutes, alarms in ((1, 0), (58, 0), (1, 1)):
        await post.poller.silence(post.clock.forward(minutes=minutes))
        assert len(post.told()) == alarms


async def test_where_silence_is_normal_nothing_is_told(post: Post) -> None:
    """Without ``expect_every`` a source may be silent for ever."""
    await post.poll(batch())
    await post.poller.silence(NOW + timedelta(days=999))
    assert post.told() == []


async def test_a_post_that_names_nobody_and_quotes_a_code_is_heard(post: Post) -> None:
    """A case waits for it, whatever its words; the other posts of the page are counted as about nobody."""
    case = CaseRef("case-1", CODE, new=True)
    judge(post.store, mention(external_id="first"))
    redecide(post.store, mention(external_id="first"), case=case)
    quoting = mention(
        brand="", text=f"as told: {CODE[:4]}-{CODE[4:]}, and nothing", external_id="5", author=Author(id="other")
    )
    own = mention(brand="", text=f"Please quote {CODE}.", external_id="6", author=Author(id="bot", bot=True))
    await post.poll(batch(POST, quoting, own, OTHER))
    assert sorted(post.heard()) == sorted([mention().text, POST.text, quoting.text])
    assert rows(post.store, "SELECT brand, reason, count FROM tally") == [("", "not_about_us", 2)]


async def test_a_post_that_names_nobody_goes_on_in_our_thread(post: Post) -> None:
    """What the customer says below our answer is heard without our name; what others say there is not."""
    first = mention(external_id="first", conversation_id="thread")
    case = CaseRef("case-1", CODE, new=True)
    judge(post.store, first)
    redecide(post.store, first, case=case)
    assert post.store.do(casework.resolve, "case-1", Person("UANA"), Resolution.ANSWERED, "", NOW).done
    here = {"brand": "", "conversation_id": "thread", "text": "That was no help at all."}
    await post.poll(batch(mention(external_id="8", **here), mention(external_id="9", author=Author(id="c"), **here)))
    assert rows(post.store, "SELECT external_id, state FROM mention WHERE state = 'heard'") == [("8", "heard")]
