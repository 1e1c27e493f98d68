"""The answer to "what do you hold on me": all of it, no number, nobody of the team, and nobody else."""

from __future__ import annotations

import json
from typing import Any

from models.case import CallOutcome
from models.channel_tables import ShadowRow
from models.mention import Author
from models.past import Screened
from models.store import Store, casework, contacts, export, mutes, surveys
from models.switch_tables import ConsentRow, ContactRow, SurveyRow, SwitchRow, WinbackRow
from models.tables import CaseEventRow, CaseRow, MentionRow
from tests.build import mention
from tests.models.store.desk import ANA, SOON, opened
from tests.models.store.reaching import CALLBACK, CONSENT, NUMBER, VAULT, by_hand, given, phone
from tests.models.store.steps import CASE, LATER, listen

EVA = Author(id="zz-id-4711", handle="zz_handle", name="Zanzibarella Quist")


def held(store: Store, who: str = "zz_handle") -> dict[str, Any]:
    """What is held, as the file has it."""
    found: dict[str, Any] = json.loads(json.dumps(store.do(export.held, "x", who, ["kestrelo"])))
    return found


def live_through(store: Store) -> None:
    """A post, a number, a call, a note, a survey, and a rule about her."""
    opened(store, author=EVA, text="plantedword")
    given(store, phone(windows=("2026-03-02 14:00-16:00",)))
    store.do(casework.claim, CASE.id, ANA, LATER)
    store.do(casework.call_ended, CASE.id, ANA, CallOutcome.NEEDS_FOLLOW_UP, "plantednote", LATER)


def test_it_holds_all_that_we_hold(store: Store) -> None:
    """The post with its labels and its decision, the case with its history, switch, consent and note."""
    live_through(store)
    found = held(store)
    (post,), (case,) = found["posts"], found["cases"]
    assert (post["text"], post["author"]["name"], post["decision"][0]["route"]) == ("plantedword", EVA.name, "call")
    assert post["labels"][0]["body"]["findings"]
    assert (case["code"], case["state"]) == (CASE.code, "claimed")
    assert [event["type"] for event in case["history"]].count("contact_given") == 1
    assert "plantednote" in json.dumps(case["history"])
    assert (case["changes_of_channel"][0]["to_channel"], case["consents"][0]["text"]) == ("voice", CONSENT.text)


def test_a_number_is_said_to_be_held_and_not_told(store: Store) -> None:
    """Until when, with the clock and the times that were given; once erased, that it is not."""
    live_through(store)
    (contact,) = held(store)["cases"][0]["contacts"]
    assert contact["address"] == f"sealed; held until {(LATER + CALLBACK.keep_number).isoformat()}"
    assert (contact["zone"], contact["windows"]) == ("Europe/Berlin", ["2026-03-02 14:00-16:00"])
    store.do(contacts.erase_due, LATER + CALLBACK.keep_number)
    assert held(store)["cases"][0]["contacts"][0]["address"] == "not held"
    assert NUMBER not in json.dumps(held(store))


def test_the_team_is_not_named(store: Store) -> None:
    """What was done is said, and that an agent did it; not who."""
    live_through(store)
    by_hand(store, ANA)
    store.do(casework.resolve, CASE.id, ANA, "called", "", SOON)
    text = json.dumps(held(store))
    assert '"agent"' in text
    assert f'"{ANA.id}"' not in text
    assert f'"{ANA.name}"' not in text


def test_surveys_and_rules_are_in_it(store: Store) -> None:
    """Figures that name nobody are still theirs while the case is; so is a rule that mutes them."""
    live_through(store)
    store.do(casework.resolve, CASE.id, ANA, "called", "", SOON)
    store.do(surveys.ask, CASE.id, "page", SOON)
    from models.mute import Mute, MuteKind

    rule = Mute(MuteKind.AUTHOR, "zz_handle", "kestrelo", None, ANA, "plantedreason", "zz_handle")
    store.do(mutes.add, rule, SOON)
    found = held(store)
    assert found["cases"][0]["survey"][0]["via"] == "page"
    assert found["rules_about_them"][0]["why"] == "plantedreason"


def test_nobody_else_is_in_it(store: Store) -> None:
    """Another person's post does not stand there, and an unknown person has nothing."""
    live_through(store)
    other = mention(external_id="77", author=Author(id="other", handle="other"), text="somebody else's")
    listen(store, Screened(other))
    assert "somebody else" not in json.dumps(held(store))
    assert len(held(store, "other")["posts"]) == 1
    assert not any(held(store, "nobody").values())


def test_what_is_held_for_a_number(store: Store) -> None:
    """Somebody who is no author to us: the consents that were recorded for the number, and whether it is kept."""
    live_through(store)
    found = store.do(export.held_of_number, VAULT.digests(NUMBER))
    assert ([one["text"] for one in found["consents"]], len(found["contacts"])) == ([CONSENT.text], 1)
    assert not any(store.do(export.held_of_number, VAULT.digests("+4915100000000")).values())


def test_every_table_with_a_case_or_an_author_is_thought_of() -> None:
    """A new table that holds something of a person has to be added to the export, or named here with its reason."""
    from sqlmodel import SQLModel

    thought_of = {row.__tablename__ for row in (MentionRow, CaseRow, CaseEventRow, SwitchRow, ContactRow, ConsentRow)}
    thought_of |= {row.__tablename__ for row in (SurveyRow, WinbackRow, ShadowRow)}
    thought_of |= {"assessment", "decision", "correction", "effect", "mute", "opt_out", "tombstone", "parent", "alike"}
    ours = {"press", "control", "meta", "wake", "source", "tally", "channel", "lease", "figure"}
    unknown = {
        name
        for name, table in SQLModel.metadata.tables.items()
        if {"case_id", "author_key", "mention_id", "author"} & set(table.c.keys())
    }
    assert unknown - thought_of - ours == set()
