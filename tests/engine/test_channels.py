"""The house of channels: whose rules hold, what they forbid, and what is remembered when a plug-in is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import listeners
import responders
from engine.channels import listened_to, one_of, remember, standings
from engine.plugins import broken_rules, load, make_responder, manifests_of
from models.channel import UNKNOWN, Counting
from models.correction import Correction
from models.errors import SettingsError
from models.manifests import MANIFESTS, manifest_of
from models.mention import Batch
from models.past import Screened
from models.press import Verb
from models.settings import Loaded
from models.store import Store, board, channels, corrections, effects, privacy, sources
from responders.desk.desk import Desk
from responders.rules import rules_from
from responders.shadow import barred_by
from tests.build import NOW, mention, settings
from tests.fakes.burrow import KINDS, RESPONDERS, RULES
from tests.models.store.steps import hear, listen, reply
from tests.responders.desk.bench import Bench, question
from tests.responders.situations import templates
from tests.stores import rows

BURROW: dict[str, Any] = {
    "listeners": {"burrow": {"kind": "burrow"}},
    "responders": {"console": {"kind": "console"}, "burrow": {"kind": "burrow"}},
}
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The invented network's plug-ins are installed."""
    for name, place in KINDS.items():
        monkeypatch.setitem(listeners.BUILTIN, name, place)
    for name, place in RESPONDERS.items():
        monkeypatch.setitem(responders.BUILTIN, name, place)


def loaded(**toml: Any) -> Loaded:
    """Settings with the rules that their plug-ins bring."""
    made = settings(**toml)
    return Loaded(Path("config.toml"), made, {"listeners": {}, "responders": {}}, manifests_of(made))


def faults(**toml: Any) -> dict[str, str]:
    """What the channels' rules forbid, by its place."""
    return {".".join(place): fault for place, fault in broken_rules(settings(**toml))}


def test_a_plug_in_brings_the_rules_of_its_channel() -> None:
    """What another package says of its channel is what the policy obeys, down to the length and the deadline."""
    found = loaded(**BURROW, channels={"burrow": {"reply_with": "burrow"}})
    rules = rules_from(found.settings, templates(), found.manifests)("kestrelo", "burrow")
    assert rules.manifest == RULES
    assert rules.channel.reply_with == "burrow"
    assert rules.manifest.counting is Counting.BYTES
    assert rules.limits["review"].respond == 3 * HOUR
    assert {*MANIFESTS} < {*found.manifests}


def test_a_plug_in_that_is_not_set_up_brings_nothing() -> None:
    """Only what the configuration names speaks for its channel."""
    assert manifest_of("burrow", manifests_of(settings())) is UNKNOWN


def test_no_plug_in_changes_a_built_in_channels_rules() -> None:
    """Whoever says that bots may answer anybody on X is refused, with the place in the file."""
    told = faults(listeners={"odd": {"kind": "false_x"}})
    assert told == {"listeners.odd.kind": 'gives rules for the channel "x", which are built in'}
    assert manifests_of(settings(listeners={"odd": {"kind": "false_x"}}))["x"] == MANIFESTS["x"]


def test_two_plug_ins_must_agree() -> None:
    """Two sources of one channel with unlike rules are a fault, not a matter of chance."""
    told = faults(listeners={"burrow": {"kind": "burrow"}, "again": {"kind": "mirror"}})
    assert "another plug-in gives otherwise" in told["listeners.again.kind"]
    assert faults(**BURROW) == {}


@pytest.mark.parametrize(
    ("channel", "why"),
    [
        ("hackernews", "Hacker News has no way for programs to write"),
        ("reddit", "Reddit wants approval"),
        ("feed", "one way"),
        ("pigeon", "nothing is known"),
    ],
)
def test_a_channel_where_people_answer_takes_no_responder(channel: str, why: str) -> None:
    """``reply_with`` there is a fault of the configuration that says why."""
    told = faults(channels={channel: {"reply_with": "console"}})
    assert why in told[f"channels.{channel}.reply_with"]
    assert "takes no responder" in told[f"channels.{channel}.reply_with"]


def test_a_responder_answers_on_its_own_channel_only() -> None:
    """X's account cannot be set to answer on Telegram, nor one that takes no replies anywhere."""
    more = {"console": {"kind": "console"}, "x": {"kind": "x"}, "slack": {"kind": "slack"}}
    there = {
        "telegram": {"reply_with": "burrow"},
        "forum": {"reply_with": "slack"},
        "bluesky": {"reply_with": "console"},
    }
    told = faults(responders=more | {"burrow": {"kind": "burrow"}} | {"x": {"kind": "console"}}, channels=there)
    assert told == {
        "channels.telegram.reply_with": '"burrow" answers on burrow, not on telegram',
        "channels.forum.reply_with": '"slack" cannot send replies',
    }


TELEGRAM: dict[str, Any] = {"kind": "telegram", "token": {"env": "T"}}


@pytest.mark.parametrize(
    ("asked", "channels", "listeners", "fault"),
    [
        ("telegram", {"telegram": {"reply_with": "bot"}}, {"chats": TELEGRAM}, ""),
        ("telegram", {}, {"chats": TELEGRAM}, "set channels.telegram.reply_with"),
        ("telegram", {"telegram": {"reply_with": "bot"}}, {}, "nobody hears the answers on telegram"),
        ("bluesky", {"bluesky": {"reply_with": "console"}}, {}, '"console" cannot ask on bluesky'),
    ],
)
def test_surveys_need_a_channel_with_buttons(
    asked: str, channels: dict[str, Any], listeners: dict[str, Any], fault: str
) -> None:
    """Where nobody can ask, or nobody hears the taps, the configuration says so at the start."""
    responders = {"console": {"kind": "console"}, "bot": TELEGRAM}
    sources = {"sample": {"kind": "jsonl", "path": "m.jsonl"}} | listeners
    told = faults(surveys={"channels": [asked]}, channels=channels, responders=responders, listeners=sources)
    assert fault in told.pop("surveys.channels", "")
    assert not told
    off = faults(surveys={"on": False, "channels": [asked]}, responders=responders, listeners=sources)
    assert off == {}


def test_only_a_contact_centre_dials() -> None:
    """Numbers go to no other responder."""
    centre = {"kind": "dial_webhook", "url": "https://centre.example/in", "secret": {"env": "S"}}
    responders = {"console": {"kind": "console"}, "centre": centre}
    key = {"env": "K"}
    told = faults(callback={"dial": {"sink": "console"}, "key": key}, responders=responders)
    assert "name a responder of kind dial_webhook" in told["callback.dial.sink"]
    assert faults(callback={"dial": {"sink": "centre"}, "key": key}, responders=responders) == {}
    assert list(faults(callback={"dial": {"sink": "centre"}}, responders=responders)) == ["callback.dial"]


def test_a_responder_that_may_not_send_is_not_made() -> None:
    """A plug-in that can send replies where its own rules leave that to people is a fault, and is never made."""
    own = {"responders": {"console": {"kind": "console"}, "loud": {"kind": "loud"}}}
    assert "it may not: only people answer there" in faults(**own)["responders.loud.kind"]
    with pytest.raises(SettingsError, match="Quarry is for people"):
        make_responder(loaded(**own), "loud")


def test_the_rules_themselves_know_no_responder_where_people_answer() -> None:
    """Even settings that were never checked lead to no reply: the channel has no responder in the rules."""
    made = settings(channels={"reddit": {"reply_with": "console"}})
    rules = rules_from(made, templates())("kestrelo", "reddit")
    assert (rules.channel.reply_with, rules.account) == ("", "")


def test_the_faults_have_their_lines(tmp_path: Path) -> None:
    """Who reads the file is told where in it a channel's rules are broken."""
    path = tmp_path / "config.toml"
    path.write_text(
        'brands.k = { name = "Kestrelo", terms = ["kestrelo"] }\n'
        'listeners.feed = { kind = "jsonl", path = "x.jsonl" }\n'
        'responders.console = { kind = "console" }\n'
        "[channels.hackernews]\n"
        'reply_with = "console"\n'
    )
    with pytest.raises(SettingsError, match=r"config.toml:5: channels.hackernews.reply_with: takes no responder"):
        load(path)


def test_the_rules_outlive_the_plug_in(store: Store) -> None:
    """A channel whose plug-in was taken out keeps its rules: its link, how it counts, that nobody trains on it."""
    store.do(remember, loaded(**BURROW), NOW)
    bare = loaded()
    assert "burrow" not in bare.manifests
    kept = store.do(remember, bare, NOW + HOUR)
    assert kept["burrow"] == RULES
    assert kept["x"] == MANIFESTS["x"]
    assert store.do(channels.known)["burrow"] == RULES
    rules = rules_from(bare.settings, templates(), kept)("kestrelo", "burrow")
    assert rules.manifest.reply_link("7", "hi", "") == "https://burrow.example/reply?to=7&text=hi"


def test_what_a_plug_in_says_now_holds(store: Store) -> None:
    """New rules of a plug-in take the place of those that were kept, and the day of its first start stays."""
    store.do(remember, loaded(**BURROW), NOW)
    stricter = replace(RULES, max_length=50)
    store.do(channels.keep, {"burrow": stricter}, ["burrow"], [], NOW + HOUR)
    assert store.do(channels.known)["burrow"].max_length == 50
    assert store.do(channels.lives)["burrow"].first_at == NOW


def test_rules_that_nobody_can_read_any_more_are_left_out(store: Store) -> None:
    """What another version kept does not stop this one; the channel's rules are then unknown."""
    store.do(channels.keep, {}, ["burrow"], [], NOW)
    store.do(lambda session: session.connection().exec_driver_sql("UPDATE channel SET manifest = '{\"name\": 7}'"))
    assert manifest_of("burrow", store.do(channels.known)) is UNKNOWN


def test_a_channel_without_its_plug_in_is_not_trained_on(store: Store) -> None:
    """A correction of a post there is left out of training, also when nothing but the database knows the channel."""
    post = mention(channel="burrow")
    hear(store, post)
    store.do(corrections.add, Correction(post.id, NOW, "ana", {}, True))
    assert len(store.do(lambda session: list(corrections.trainable(session)))) == 1
    store.do(remember, loaded(**BURROW), NOW)
    assert store.do(lambda session: list(corrections.trainable(session))) == []


def test_a_waiting_reply_is_taken_back_when_shadow_begins(store: Store) -> None:
    """At the start with shadow on, what waits to be said on that channel is not said, and elsewhere it is."""
    there, elsewhere = reply(mention(channel="telegram")), reply(mention(channel="x", external_id="2"), key="2")
    store.do(effects.queue, [replace(there, author_key="a"), elsewhere], NOW)
    store.do(remember, loaded(channels={"telegram": {"shadow": True}}), NOW)
    assert dict(rows(store, "SELECT channel, state FROM effect")) == {"telegram": "dead", "x": "pending"}


def test_the_last_word_on_a_reply() -> None:
    """A channel's rules and shadow both bar a reply, in words; where neither does there is no word."""
    barred = barred_by(MANIFESTS, settings(channels={"telegram": {"shadow": True}}))
    assert "Hacker News" in barred("hackernews")
    assert "shadow" in barred("telegram")
    assert "nothing is known" in barred("pigeon")
    assert barred("x") == ""


def test_the_listeners_of_a_channel() -> None:
    """A listener whose posts name their own channel belongs to none."""
    made = settings(
        listeners={"file": {"kind": "jsonl", "path": "x"}, "b": {"kind": "burrow"}, "c": {"kind": "burrow"}}
    )
    assert listened_to(made) == {"burrow": ["b", "c"]}


def test_how_channels_stand(store: Store) -> None:
    """On, in shadow, off, or off after it was on, with what was heard; the clock runs until the first good poll."""
    begun = replace(RULES, begun=NOW - 2 * HOUR)
    found = replace(loaded(**BURROW, channels={"burrow": {"shadow": True}}), manifests={**MANIFESTS, "burrow": begun})
    store.do(remember, found, NOW)
    assert standings(store, found, NOW)["burrow"].live_at is None
    store.do(sources.get, "burrow")
    store.do(sources.polled, "burrow", Batch(cursor="1"), 0, NOW + HOUR)
    listen(store, Screened(mention(channel="mastodon")), name="gone")
    seen = standings(store, found, NOW + HOUR)
    assert {name: one.state for name, one in seen.items() if one.state != "off"} == {
        "burrow": "shadow",
        "mastodon": "was on",
    }
    assert seen["burrow"].live_at == NOW + HOUR
    assert seen["burrow"].listeners == ("burrow",)
    assert one_of(seen, "mastodon").counts.heard == 1
    with pytest.raises(SettingsError, match="there is no channel"):
        one_of(seen, "nowhere")


def test_a_channel_turned_off_for_good(store: Store) -> None:
    """Without its listener a channel was on: what was heard there is counted, and its cursor is kept for a return."""
    listen(store, Screened(mention(channel="burrow")), cursor="41", name="burrow")
    store.do(remember, loaded(**BURROW), NOW)
    seen = standings(store, loaded(), NOW)["burrow"]
    assert (seen.state, seen.counts.heard, seen.manifest) == ("was on", 1, RULES)
    assert store.do(sources.get, "burrow").cursor == "41"


async def test_a_case_of_a_channel_that_is_gone_can_be_worked(store: Store) -> None:
    """Its card leads to the post by the channel's own link; it can be claimed, found, closed and forgotten."""
    bench = Bench(store)
    kept = store.do(remember, loaded(**BURROW), bench.clock())
    bench.rules_for = rules_from(bench.settings, templates(), kept)
    bench.desk = Desk(store, bench.settings, bench.rules_for, bench.clock)
    case = await bench.opened(question(channel="burrow", external_id="7"))
    assert "By hand: https://burrow.example/reply?to=7" in str(await bench.press(Verb.DRAFT))
    await bench.press(Verb.CLAIM)
    assert [row.code for row in store.do(board.find, case.code, bench.clock())] == [case.code]
    await bench.press(Verb.RESOLVED, reason="elsewhere")
    assert bench.case.state == "resolved"
    assert store.do(privacy.forget, "burrow", "olga_m", bench.clock())[0] == 1
