"""Forms as Slack shows them: every one within its limits, every field of its kind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.form import Field, Form, Style, Wrong
from models.press import Verb
from responders.slack.carried import pressed
from responders.slack.modal import errors, view
from tests.responders.hostile import HOSTILE, LINKS, LONG
from tests.responders.slack.limits import accepted_view, parts, words

HUGE = st.sampled_from(["", "x" * 100_000, "😀" * 40_000, "<!channel> " * 9_000, "\u202e" * 50])
TEXTS = st.one_of(HOSTILE, LONG, HUGE)
FIELDS = st.builds(
    Field,
    name=st.text("abcdefgh_", min_size=1, max_size=20),
    label=HOSTILE,
    style=st.sampled_from(Style),
    value=st.one_of(TEXTS, st.datetimes().map(lambda at: at.isoformat()), st.just("U0ANA00001")),
    choices=st.lists(st.tuples(HOSTILE, HOSTILE), max_size=120).map(tuple),
    hint=HOSTILE,
    optional=st.booleans(),
    longest=st.integers(0, 5000),
)
FORMS = st.builds(
    Form,
    title=HOSTILE,
    submit=st.sampled_from([None, *Verb]),
    fields=st.lists(FIELDS, max_size=8).map(tuple),
    button=HOSTILE,
    intro=st.lists(TEXTS, max_size=4).map(tuple),
    quote=TEXTS,
    case_id=st.just("c" * 32),
    mention_id=st.just("a" * 32),
    seen=st.integers(0, 10**6),
    kept=st.one_of(st.none(), st.dictionaries(HOSTILE, TEXTS, max_size=3)),
    links=st.lists(
        st.tuples(HOSTILE, st.one_of(LINKS, st.sampled_from(["tel:+491701234567", "tel:x", ""]))), max_size=7
    ).map(tuple),
    facts=st.lists(st.tuples(HOSTILE, TEXTS), max_size=12).map(tuple),
    buttons=st.lists(st.tuples(st.sampled_from(Verb), HOSTILE), max_size=7).map(tuple),
)


def inputs(form: Form) -> list[dict[str, Any]]:
    """The elements of a form's fields."""
    return [block["element"] for block in view(form)["blocks"] if block["type"] == "input"]


@pytest.mark.parametrize("said", ["", " ", "|"])
def test_a_link_without_words_shows_its_address(said: str) -> None:
    """A link with nothing to tap on would break the form."""
    address = "https://x.example/kestrelo/1"
    drawn = view(Form("T", None, (), links=((said, address),)))
    accepted_view(drawn)
    assert drawn["blocks"][0]["text"]["text"] == f"<{address}|{address}>"


@given(FORMS, HOSTILE)
@settings(max_examples=50, deadline=None)
def test_slack_takes_every_form(form: Form, place: str) -> None:
    """Whatever stands in it, markup, nothing or a hundred thousand signs, the modal keeps Slack's rules."""
    accepted_view(view(form, place))


@pytest.mark.parametrize(
    ("field", "kind", "first"),
    [
        (Field("a", "A", Style.TEXT, "one\ntwo"), "plain_text_input", {"initial_value": "one two", "multiline": False}),
        (Field("a", "A", Style.LONG, "one\ntwo"), "plain_text_input", {"initial_value": "one\ntwo", "multiline": True}),
        (Field("a", "A", Style.PERSON, "U0ANA00001"), "users_select", {"initial_user": "U0ANA00001"}),
        (Field("a", "A", Style.PLACE, "C0LEADS001"), "conversations_select", {"initial_conversation": "C0LEADS001"}),
        (
            Field("a", "A", Style.MOMENT, "2026-11-21T18:00:00+00:00"),
            "datetimepicker",
            {"initial_date_time": 1795284000},
        ),
        (Field("a", "A", Style.PERSON, "#leads"), "users_select", {}),
        (Field("a", "A", Style.MOMENT, "soon"), "datetimepicker", {}),
    ],
)
def test_every_kind_of_field(field: Field, kind: str, first: dict[str, Any]) -> None:
    """Each kind is Slack's own element, with what stands there at first."""
    [element] = inputs(Form("T", Verb.SNOOZED, (field,)))
    assert element["type"] == kind
    assert first.items() <= element.items()
    assert any(name.startswith("initial") for name in element) == any(name.startswith("initial") for name in first)


@pytest.mark.parametrize(
    ("address", "drawn"),
    [
        ("tel:+491701234567", "<tel:+491701234567|+49 170 1234567>"),
        ("mailto:olga@example.com", "<mailto:olga@example.com|+49 170 1234567>"),
        ("https://care.example.com/?a=1&b=2", "<https://care.example.com/?a=1&amp;b=2|+49 170 1234567>"),
        ("tel:+49|<!channel>", "+49 170 1234567"),
        ("javascript:alert(1)", "+49 170 1234567"),
        ("mailto:a@b.c?body=x", "+49 170 1234567"),
    ],
)
def test_only_numbers_addresses_and_pages_can_be_tapped(address: str, drawn: str) -> None:
    """Any other link is shown as its words, and none of it is markup of a stranger's."""
    [block] = view(Form("T", Verb.CALL_DONE, links=(("+49 170 1234567", address),)))["blocks"]
    assert block["text"]["text"] == drawn


def test_a_form_may_ask_for_something_else() -> None:
    """Its buttons carry its case and post, each verb once."""
    form = Form("T", Verb.CALL_DONE, case_id="c", mention_id="m", buttons=((Verb.DIAL, "Dial"), (Verb.DIAL, "Again")))
    [row] = [block for block in view(form)["blocks"] if block["type"] == "actions"]
    assert [pressed(button).verb for button in row["elements"]] == [Verb.DIAL]
    assert pressed(row["elements"][0]).case_id == "c"


def test_few_choices_are_all_seen() -> None:
    """Up to five that must be answered are shown at once; more, or none needed, make a menu."""
    five = tuple((f"v{number}", f"Choice {number}") for number in range(5))
    [few] = inputs(Form("T", Verb.RESOLVED, (Field("a", "A", Style.CHOICE, "v1", five),)))
    [free] = inputs(Form("T", Verb.RESOLVED, (Field("a", "A", Style.CHOICE, "", five, optional=True),)))
    [many] = inputs(Form("T", Verb.RESOLVED, (Field("a", "A", Style.CHOICE, "", (*five, ("v6", "Six"))),)))
    assert [few["type"], free["type"], many["type"]] == ["radio_buttons", "static_select", "static_select"]
    assert few["initial_option"]["value"] == "v1"


def test_a_form_without_submit_is_read_only() -> None:
    """Slack takes no fields without a button, so their values are text."""
    drawn = view(Form("T", None, (Field("a", "Who", Style.CHOICE, "v1", (("v1", "Ana"),)),)))
    assert "submit" not in drawn
    assert "Who: \nAna" in words(drawn["blocks"])


def test_the_exact_text_is_all_there() -> None:
    """A preview shows every sign of a long answer, and none of it as markup."""
    text = "<!channel> *all* of it. " * 170
    drawn = view(Form("Check and send", Verb.SEND, quote=text))
    shown = "".join(part["text"] for part in parts(drawn["blocks"]) if part.get("type") == "text")
    assert shown == text.strip()


def test_a_text_that_is_too_long_can_be_shortened() -> None:
    """What stands there at first may be longer than is allowed; Slack's own limit is said."""
    [element] = inputs(Form("T", Verb.PREVIEW, (Field("a", "A", Style.LONG, "x" * 400, longest=280),)))
    assert (element["max_length"], len(element["initial_value"])) == (400, 400)
    form = view(Form("T", Verb.PREVIEW, (Field("a", "A", Style.LONG, "x" * 4000),)))
    assert "first 3000 signs" in words(form["blocks"])


def test_faults_stand_at_their_fields() -> None:
    """What is wrong is said at its field; a fault of no field stands at the first."""
    drawn = view(Form("T", Verb.PREVIEW, (Field("text", "A", Style.LONG), Field("start", "B", Style.TEXT))))
    said = errors(Wrong({"start": "It is gone.", "nowhere": "Twelve signs too many."}), drawn)
    assert said == {
        "response_action": "errors",
        "errors": {"start": "It is gone.", "text": "Twelve signs too many."},
    }
