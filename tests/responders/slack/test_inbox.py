"""What Slack delivers becomes a press, the same one at each delivery; what is none of ours becomes nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.press import Person, Verb
from responders.slack.inbox import Asked, read, unmarked
from tests.responders.slack.payloads import button, choice, command, form, home, shortcut

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PAYLOADS = {
    "button": ("interactive", button()),
    "choice": ("interactive", choice()),
    "form": ("interactive", form()),
    "command": ("slash_commands", command()),
    "shortcut": ("interactive", shortcut()),
    "message": ("interactive", shortcut("Look: <https://x.example/1>")),
    "home": ("events_api", home()),
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


def asked(kind: str, payload: Any) -> Asked:
    """What was asked, where something was."""
    found = read(kind, payload, "team", NOW)
    assert found is not None
    return found


def test_a_button_is_a_press() -> None:
    """Verb, case, mention, person and place come out, with each way to answer."""
    found = asked("interactive", button())
    press = found.press
    assert (press.verb, press.case_id, press.mention_id) == (Verb.CLAIM, "c-1", "m-1")
    assert (press.by, press.at, press.sink) == (Person("U0MARA1", "mara"), NOW, "team")
    assert press.place == "C0TRIAGE:17.01"
    assert (found.trigger, found.response_url) == ("1.2.abc", "https://hooks.slack.example/actions/1")
    assert (found.channel, found.submitted, found.home) == ("C0TRIAGE", False, False)


def test_a_choice_of_the_menu_is_a_press() -> None:
    """The option names the verb."""
    assert asked("interactive", choice("escalate")).press.verb is Verb.ESCALATE


def test_a_button_of_a_row_keeps_its_verb() -> None:
    """In a list the same verb stands many times, told apart by what follows the colon."""
    assert asked("interactive", button("show_card:7X2F4RQ")).press.verb is Verb.SHOW_CARD


def test_a_form_is_a_press_with_its_fields() -> None:
    """What was filled in, what was kept and the version seen come out; people's ids are known as such."""
    found = asked("interactive", form())
    assert found.press.verb is Verb.HANDED_OVER
    assert found.press.fields == {"to": "U0TOMAS", "note": "She is on the train.", "draft": "d", "seen": "3"}
    assert found.press.place == "C0TRIAGE:17.01"
    assert (found.submitted, found.view, found.people, found.channel) == (True, "V0FORM", ("to",), "C0TRIAGE")


def test_a_command_is_a_press() -> None:
    """Its words are one field, and the channel is its place."""
    found = asked("slash_commands", command("  find 7X2F4RQ "))
    assert (found.press.verb, found.press.fields) == (Verb.COMMAND, {"text": "find 7X2F4RQ"})
    assert (found.press.by, found.press.place) == (Person("U0MARA1", "mara"), "C0ANY")


def test_a_shortcut_brings_the_words_of_its_message() -> None:
    """Links come bare and Slack's signs unescaped; a shortcut from anywhere brings nothing."""
    found = asked("interactive", shortcut("Look at <https://x.example/1|this> &amp; <@U1|mara>: <!here>help"))
    assert found.press.verb is Verb.ADD
    assert found.press.fields == {"text": "Look at https://x.example/1 & mara: help"}
    assert found.press.place == "C0ANY:12.3"
    assert asked("interactive", shortcut()).press.fields == {}


def test_the_home_is_a_press_and_its_other_tab_is_not() -> None:
    """Only the Home tab is drawn."""
    found = asked("events_api", home())
    assert (found.press.verb, found.press.by.id, found.home) == (Verb.HOME, "U0MARA1", True)
    assert read("events_api", home("messages"), "team", NOW) is None


def test_a_press_in_the_home_knows_where_it_was() -> None:
    """There is no channel to answer in, and the view is no form."""
    view = {"id": "V0HOME", "type": "home", "private_metadata": ""}
    found = asked("interactive", button(container={"type": "view", "view_id": "V0HOME"}, channel=None, view=view))
    assert (found.home, found.view, found.channel, found.press.place) == (True, "", "", "")


@pytest.mark.parametrize("name", PAYLOADS)
def test_the_same_envelope_twice_is_the_same_press(name: str) -> None:
    """A redelivered payload has the same id, and no id shows what it was made of."""
    kind, payload = PAYLOADS[name]
    first, again = asked(kind, payload).press.id, asked(kind, copy.deepcopy(payload)).press.id
    assert first == again
    assert len(first) == 40
    assert "U0MARA1" not in first


def test_another_press_has_another_id() -> None:
    """Each payload, each moment and each person is a press of its own."""
    ids = [asked(*payload).press.id for payload in PAYLOADS.values()]
    later = button()
    later["actions"][0]["action_ts"] = "18.7"
    other = button(user={"id": "U0TOMAS", "name": "tomas"})
    ids += [asked("interactive", later).press.id, asked("interactive", other).press.id]
    assert len(set(ids)) == len(ids)


def test_a_form_that_is_sent_off_again_is_another_press() -> None:
    """After a fault the view and its hash are the same, and the corrected form must not be taken for the old one."""
    assert asked("interactive", form()).press.id != asked("interactive", form(trigger_id="9.9.z")).press.id


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("interactive", button("nothing_of_ours")),
        ("interactive", form("other")),
        ("interactive", form("read")),
        ("interactive", {"type": "view_closed", "user": {"id": "U1"}}),
        ("interactive", {"type": "block_suggestion"}),
        ("interactive", shortcut() | {"callback_id": "somebody-else"}),
        ("events_api", {"event": {"type": "message", "text": "talk", "user": "U1", "channel": "C1"}}),
        ("events_api", {"event": {"type": "app_mention", "text": "<@U0BOT> send it", "user": "U1"}}),
        ("hello", {}),
        ("", {}),
        ("interactive", {}),
        ("slash_commands", {}),
    ],
)
def test_what_is_none_of_ours_is_nothing(kind: str, payload: dict[str, Any]) -> None:
    """Talk, foreign buttons and what Slack may yet invent are no press."""
    assert read(kind, payload, "team", NOW) is None


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every part of a payload."""
    yield path
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(part, (*path, key))


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_broken_payload_raises_nothing(data: st.DataObject) -> None:
    """Whatever part is missing or of another kind, there is a press or nothing."""
    kind, payload = data.draw(st.sampled_from(list(PAYLOADS.values())))
    broken = copy.deepcopy(payload)
    *path, last = data.draw(st.sampled_from([place for place in places(broken) if place]))
    part: Any = broken
    for key in path:
        part = part[key]
    if data.draw(st.booleans()):
        part[last] = data.draw(ANYTHING)
    else:
        del part[last]
    found = read(kind, broken, "team", NOW)
    assert found is None or (found.press.by.id and isinstance(found.press.fields, dict))


@given(st.dictionaries(st.text(), ANYTHING))
@settings(deadline=None)
def test_any_payload_raises_nothing(payload: dict[str, Any]) -> None:
    """Nor does one that has nothing to do with Slack."""
    for kind in ("interactive", "slash_commands", "events_api", "x"):
        assert read(kind, json.loads(json.dumps(payload)), "team", NOW) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<https://x.example/a?b=1&amp;c=2>", "https://x.example/a?b=1&c=2"),
        ("<#C1|general> <!subteam^S1|@care>", "general @care"),
        ("a &lt;b&gt; &amp;amp;", "a <b> &amp;"),
        ("<mailto:a@b.example|a@b.example>", "<mailto:a@b.example|a@b.example>"),
        ("", ""),
    ],
)
def test_slacks_markup_is_taken_off(text: str, said: str) -> None:
    """What people wrote comes out as they see it."""
    assert unmarked(text) == said
