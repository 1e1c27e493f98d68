"""What buttons and forms carry comes back as it went out, and nonsense comes back as nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.form import Field, Form, Style
from models.press import Verb
from responders.slack import carried
from responders.slack.carried import Carried

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


def test_a_button_comes_back() -> None:
    """Its action id is the verb, its value the ids."""
    action = {"action_id": "claim", "value": carried.value("c1", "m1")}
    assert carried.pressed(action) == Carried(Verb.CLAIM, "c1", "m1")


@pytest.mark.parametrize("verb", list(Verb))
def test_a_menu_comes_back(verb: Verb) -> None:
    """A choice carries its own verb, within what Slack allows for ids of ours."""
    value = carried.option(verb, "c" * 32, "m" * 32)
    assert len(value) <= carried.OPTION
    action = {"action_id": carried.MORE, "selected_option": {"value": value}}
    assert carried.pressed(action) == Carried(verb, "c" * 32, "m" * 32)


@pytest.mark.parametrize("value", [None, "", "{", "[]", "3", '{"case": 3}', '{"verb": "destroy"}', "\ud800"])
def test_nonsense_is_nothing(value: Any) -> None:
    """A value that is none of ours, or an unknown verb, raises nothing."""
    assert carried.pressed({"action_id": "boom", "value": value}).verb is None
    assert carried.submitted({"callback_id": "boom", "private_metadata": value}).verb is None


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=2000), max_size=5), st.integers(0, 10**6))
def test_a_form_comes_back(kept: dict[str, str], seen: int) -> None:
    """Ids, place, version and all that is kept return, as far as Slack has room for it."""
    form = Form("t", Verb.PREVIEW, case_id="c1", mention_id="m1", seen=seen, kept=kept)
    written = carried.metadata(form, "C1:1.2")
    assert len(written) <= carried.METADATA
    said = carried.submitted({"callback_id": "draft.submit", "private_metadata": written})
    assert (said.verb, said.case_id, said.mention_id, said.place) == (Verb.PREVIEW, "c1", "m1", "C1:1.2")
    assert said.kept["seen"] == str(seen)
    if sum(map(len, kept.values())) < 300 and "seen" not in kept:
        assert {**said.kept, "seen": ""} == {**kept, "seen": ""}


def test_what_finds_no_room_goes_first() -> None:
    """The longest value is left out, the short ones stay."""
    form = Form("t", Verb.PREVIEW, case_id="c1", kept={"text": "x" * 5000, "digest": "d1"})
    said = carried.submitted({"callback_id": "draft.submit", "private_metadata": carried.metadata(form)})
    assert said.kept == {"digest": "d1", "seen": "0"}


def test_every_kind_of_field_is_read() -> None:
    """Text, a choice, a person, a channel and a moment; what was left empty is missing."""
    values = {
        "note": {"note:1": {"type": "plain_text_input", "value": "Number locked."}},
        "outcome": {"outcome:1": {"type": "radio_buttons", "selected_option": {"value": "reached"}}},
        "to": {"to:1": {"type": "users_select", "selected_user": "U0BEN00001"}},
        "channel": {"channel:1": {"type": "conversations_select", "selected_conversation": "C0LEADS001"}},
        "until": {"until:1": {"type": "datetimepicker", "selected_date_time": 1795284000}},
        "why": {"why:1": {"type": "plain_text_input", "value": None}},
        "group": {"group:1": {"type": "static_select", "selected_option": None}},
    }
    assert carried.filled({"state": {"values": values}}) == {
        "note": "Number locked.",
        "outcome": "reached",
        "to": "U0BEN00001",
        "channel": "C0LEADS001",
        "until": "2026-11-21T18:00:00+00:00",
    }


def test_another_first_value_is_another_field() -> None:
    """Slack keeps what stood in a field of the same name, so a new text needs a new one."""
    first, second = (Field("text", "Answer", Style.LONG, value) for value in ("one", "two"))
    assert carried.input_id(first) != carried.input_id(second)
    assert carried.input_id(first) == carried.input_id(Field("text", "Words", Style.TEXT, "one"))


@given(JSON)
def test_no_button_raises(said: Any) -> None:
    """Whatever JSON stands in a value, reading it raises nothing."""
    carried.pressed({"action_id": "claim", "value": json.dumps(said)})
    carried.submitted({"callback_id": "claim", "private_metadata": json.dumps(said)})
