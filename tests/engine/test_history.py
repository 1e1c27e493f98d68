"""A replay of the stored history: what another configuration would change, on a history made by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from classifiers.panel import Panel
from classifiers.versions import names
from engine import history as engine_history
from engine.history import Asked, Replayed, replay, replayed
from engine.history_scores import scores
from insights.flips import Flip, Shown
from models.assessment import Assessment, Danger, Finding, Head
from models.case import Case, CaseState
from models.correction import Correction
from models.decision import Reason, Route
from models.errors import StoreError
from models.mention import Mention
from models.past import Past, Quote, Screened
from models.settings import Loaded
from models.settings.classifier import ClassifierSettings
from models.store import Store, corrections, deciding, history, judging
from responders.policy import decide
from responders.rules import rules_from
from tests.build import NOW, assessment, mention, settings
from tests.models.store.steps import hear, judge, listen
from tests.responders.situations import templates
from tests.stores import rows

LATER = NOW + timedelta(hours=12)
OURS: Mapping[str, Any] = {
    "brands": {
        "kestrelo": {"name": "Kestrelo", "terms": ["kestrelo"], "handles": {"x": ["kestrelocare"]}},
        "heron": {"name": "Heron", "terms": ["heron"], "routes": {"review": {"sink": "slack", "to": "#heron"}}},
    },
    "responders": {"slack": {"kind": "console"}},
    "routes": {
        "call": {"sink": "slack", "to": "#calls"},
        "review": {"sink": "slack", "to": "#desk"},
        "communications": {"sink": "slack", "to": "#press"},
    },
    "audit": {"share": 0.0},
}
CALLS, DESK, HERON, PRESS = ((("slack"), place) for place in ("#calls", "#desk", "#heron", "#press"))


def loaded(name: str = "old.toml", **toml: Any) -> Loaded:
    """A configuration of two brands and their teams."""
    return Loaded(Path(name), settings(**{**OURS, **toml}))


def urgent(at: float) -> dict[str, Any]:
    """Another threshold."""
    return {"thresholds": {"urgent": {"at": at, "doubt": 0.05}, "problem": {"at": 0.99}}}


def says(p_urgent: float, intent: str = "opinion", **more: Any) -> Assessment:
    """An opinion that may be urgent."""
    calm = assessment(intent, "low", 0.95, "neutral", **more)
    p = {"low": 1 - p_urgent, "normal": 0.0, "high": p_urgent, "critical": 0.0}
    return replace(calm, findings={**calm.findings, Head.URGENCY: Finding(Head.URGENCY, p, "test-1")})


def lived(store: Store, by: Loaded, *pairs: tuple[Mention, Assessment], **past: Any) -> None:
    """Hear, judge and decide each, as the bot does with this configuration."""
    rules_for = rules_from(by.settings, templates())
    hear(store, *(post for post, _ in pairs))
    store.do(judging.save, pairs, NOW)
    for post, said in pairs:
        known = Past(**{"fresh_id": f"case-{post.id}", "fresh_code": post.id[:7].upper()} | past)
        made = decide(post, said, known, rules_for(post.brand, post.channel), NOW)
        store.do(deciding.record, post, made, by.settings.version, NOW)


def post(number: int = 1, **changes: Any) -> Mention:
    """A post by an author of its own."""
    values = {"external_id": str(number), "author": replace(mention().author, id=str(number))}
    return mention(**{**values, "text": f"Kestrelo and its prices, number {number}", **changes})


@pytest.fixture(autouse=True)
def _the_models_that_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped weights are not asked for their name: it takes long and is tried by itself."""
    monkeypatch.setattr(engine_history, "_names", lambda settings: dict.fromkeys(Head, ("test-1",)))


def compared(store: Store, new: Loaded, old: Loaded | None = None, **asked: Any) -> Replayed:
    """The replay of all there is."""
    return replayed(store, new, old, Asked(**{"days": 2} | asked), LATER)


def test_the_same_configuration_changes_nothing(store: Store) -> None:
    """Every kind of post goes where it went, for the reasons for which it went there."""
    same = loaded(brands={**OURS["brands"], "kestrelo": {"name": "Kestrelo", "terms": ["kestrelo"], "faq": [FAQ]}})
    intents = ("problem", "praise", "unrelated", "question")
    kinds = [
        *(assessment(intent, urgency) for intent in intents for urgency in ("low", "high")),
        assessment(lang="xx", unsure=("language",)),
        assessment(unsure=("intent",), findings={}),
        assessment("opinion", "low", churn="yes"),
        assessment("opinion", "low", 0.62),
    ]
    followed = replace(mention().author, followers=10**6)
    pairs = [(post(number, author=followed), said) for number, said in enumerate(kinds)]
    pairs += [(post(90, text=FAQ["questions"][0]), assessment("question", "low", sentiment="neutral"))]
    lived(store, same, *pairs)
    listen(store, Screened(post(91, repost=True), Reason.REPOST))
    found = compared(store, loaded("new.toml", brands=dict(same.settings.model_dump()["brands"])), same)
    assert found.flips.mentions == len(kinds) + 2
    assert found.flips.flips == {}
    assert found.flips.then == found.flips.now
    assert found.flips.reasons_then == found.flips.reasons_now
    assert ("communications", PRESS) in found.flips.now


def test_what_followed_from_the_past_is_no_flip(store: Store) -> None:
    """A quoted code, a turn of the tone and the lot are no work of a configuration, so nothing changes by them."""
    same = loaded(winback={"holdout": 1.0})
    own = Case("case-1", "2345672", "kestrelo", CaseState.OPEN, Route.REVIEW, NOW, 1)
    calm, angry = (assessment("opinion", "low", 0.95, tone) for tone in ("neutral", "negative"))
    leaving = assessment("opinion", "low", 0.95, "neutral", churn="yes")
    lived(
        store, same, (post(1), assessment("problem", "low", 0.95, "neutral")), fresh_id="case-1", fresh_code="2345672"
    )
    for number, said, quote in ((2, calm, Quote.OTHER), (3, angry, Quote.NONE), (4, leaving, Quote.NONE)):
        heard = {"spoken_at": NOW, "said": (calm,)} if said is angry else {}
        lived(store, same, (post(number), said), case=own if number < 4 else None, quote=quote, **heard)
    found = compared(store, loaded("new.toml", winback={"holdout": 0.0}), same)
    assert found.flips.mentions == 4
    assert found.flips.flips == {}
    assert found.flips.then == found.flips.now


FAQ = {"questions": ["does kestrelo roaming work in switzerland"], "answer": "Yes.", "lang": "en"}


def test_flips_both_ways_are_counted_for_each_team(store: Store) -> None:
    """A higher threshold takes alerts away, a lower one brings some, and each team's day is counted."""
    old = loaded(**urgent(0.5))
    lived(store, old, *((post(number), says(number / 10)) for number in range(1, 10)))
    fewer, more = compared(store, loaded("new.toml", **urgent(0.7)), old), compared(store, loaded(**urgent(0.3)), old)
    assert fewer.flips.flips == {Flip.NO_LONGER_ALERTED: 2}
    assert fewer.flips.then == {("call", CALLS): 5}
    assert fewer.flips.now == {("call", CALLS): 3}
    assert more.flips.flips == {Flip.NEWLY_ALERTED: 2}
    assert more.flips.now == {("call", CALLS): 7}
    assert fewer.flips.ways == {(Flip.NO_LONGER_ALERTED, "call", "ignore"): 2}
    assert (fewer.flips.reasons_then["opinion"], fewer.flips.reasons_now["opinion"]) == (4, 6)


def test_an_example_says_which_threshold_made_the_difference(store: Store) -> None:
    """The latest posts are shown with the probability, and how it stood to the threshold then and now."""
    old, new = loaded(**urgent(0.5)), loaded("new.toml", **urgent(0.7))
    lived(store, old, *((post(number), says(0.6)) for number in range(4)))
    found = compared(store, new, old, examples=2)
    examples = found.examples[Flip.NO_LONGER_ALERTED]
    assert len(examples) == 2
    assert [str(score) for score in scores(found, examples[0])] == [
        "urgent 0.60: yes, at 0.5 or more → no, below 0.65",
        "idle 0.98: yes, at 0.7 or more",
    ]
    alone = compared(store, new)
    (score, _) = scores(alone, alone.examples[Flip.NO_LONGER_ALERTED][0])
    assert str(score) == "urgent 0.60: no, below 0.65"


def test_thresholds_that_do_not_explain_a_decision_are_not_told(store: Store) -> None:
    """What was decided by an earlier configuration is not laid at the door of the one in force."""
    lived(store, loaded(**urgent(0.5)), (post(), says(0.6)))
    found = compared(store, loaded("new.toml", **urgent(0.8)), loaded(**urgent(0.7)))
    (example,) = found.examples[Flip.NO_LONGER_ALERTED]
    assert {score.then for score in scores(found, example)} == {None}


def test_a_move_to_another_route_or_team_is_a_flip_of_its_own(store: Store) -> None:
    """Who is shown a post both times but elsewhere is neither a new alert nor one less."""
    old = loaded(**urgent(0.5))
    lived(store, old, (post(1), says(0.6)), (post(2, brand="heron", text="Heron, hm"), says(0.48)))
    assert compared(store, old, old).flips.then == {("call", CALLS): 1, ("review", HERON): 1}
    routes = {**OURS["routes"], "call": {"sink": "slack", "to": "#desk"}}
    found = compared(store, loaded("new.toml", **urgent(0.48), routes=routes), old)
    assert found.flips.flips == {Flip.MOVED: 2}
    assert found.flips.now == {("call", DESK): 2}


def test_verdicts_tell_what_would_be_missed(store: Store) -> None:
    """Posts that people needed are held against both configurations, and so are those that nobody needed."""
    old = loaded(**urgent(0.5))
    lived(store, old, *((post(number), says(0.6)) for number in range(4)), (post(9), says(0.1)))
    for number, needed in ((0, True), (1, True), (2, False), (9, True)):
        store.do(corrections.add, Correction(post(number).id, LATER, "ana", {}, needed))
    store.do(corrections.add, Correction(post(3).id, LATER, "ana", {Head.URGENCY: "high"}))
    wrong = compared(store, loaded("new.toml", **urgent(0.7)), old).flips.wrong
    counts = {shown: (row.posts, row.then, row.now) for shown, row in wrong.items() if row.posts}
    assert counts == {
        Shown.CARD: (2, 0, 2),
        Shown.OTHERWISE: (1, 1, 1),
        Shown.LABEL: (1, 0, 1),
        Shown.NEEDLESS: (1, 1, 0),
    }


def test_the_audit_sample_is_no_alert_and_counts_for_what_it_stands_for(store: Store) -> None:
    """A post of the sample was left alone; a miss there is weighed by the posts that it stands for."""
    old = loaded(**urgent(0.5), audit={"share": 0.2})
    lived(store, old, *((post(number), says(0.4)) for number in range(40)))
    sampled = [one for (one,) in rows(store, "SELECT mention_id FROM decision WHERE route = 'review'")]
    assert 0 < len(sampled) < 20
    for identifier in sampled:
        store.do(corrections.add, Correction(identifier, LATER, "ana", {}, True))
    found = compared(store, loaded("new.toml", **urgent(0.3), audit={"share": 0.0}), old)
    assert found.flips.then == {("audit", DESK): len(sampled)}
    assert found.flips.flips == {Flip.NEWLY_ALERTED: 40}
    assert found.flips.missed() == (pytest.approx(40), 0)


def test_other_words_screen_again(store: Store) -> None:
    """What the new words leave out would not be heard; words that are as they were are not tried."""
    old = loaded(**urgent(0.5))
    posts = [post(1, text="Kestrelo kite festival"), post(2), post(3, text="a line of a file names the brand itself")]
    lived(store, old, *((one, says(0.6)) for one in posts))
    brands = {**OURS["brands"], "kestrelo": {**OURS["brands"]["kestrelo"], "exclude": ["kite"]}}
    found = compared(store, loaded("new.toml", **urgent(0.5), brands=brands), old)
    assert found.flips.flips == {Flip.NO_LONGER_ALERTED: 1}
    (example,) = found.examples[Flip.NO_LONGER_ALERTED]
    assert (example.past.mention.text, example.now.reasons) == ("Kestrelo kite festival", {"not_about_us"})
    assert scores(found, example) == []


def test_what_never_reached_the_model_is_not_guessed(store: Store) -> None:
    """A post that only the old screening left out has no assessment, and is counted as such."""
    own = post(1, author=replace(mention().author, handle="kestrelocare"))
    listen(store, Screened(own, Reason.OWN_POST), Screened(post(2, repost=True), Reason.REPOST))
    brands = {"kestrelo": {"name": "Kestrelo", "terms": ["kestrelo"]}}
    found = compared(store, loaded("new.toml", brands=brands), loaded())
    assert (found.unjudged, found.flips.mentions) == (1, 1)


def test_a_brand_or_a_channel_that_is_gone_is_counted_as_such(store: Store) -> None:
    """Posts of a brand that was taken out, or that nobody listens for any more, are in no other figure."""
    old = loaded(**urgent(0.5))
    heron = post(2, brand="heron", text="Heron, hm", channel="telegram")
    lived(store, old, (post(1), says(0.6)), (heron, says(0.6)), (post(3, channel="telegram"), says(0.1)))
    found = compared(store, loaded("new.toml", **urgent(0.5), brands={"kestrelo": OURS["brands"]["kestrelo"]}), old)
    assert found.gone == {"brand heron": {"mentions": 1, "alerts": 1}}
    assert (found.flips.mentions, found.flips.flips) == (2, {})
    other = {"ears": {"kind": "x", "brands": ["kestrelo"]}}
    found = compared(store, loaded("new.toml", **urgent(0.5), listeners=other), old)
    assert set(found.gone) == {"channel telegram for heron", "channel telegram for kestrelo"}
    assert found.flips.mentions == 1


def test_it_reads_in_portions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the portion, the figures are the same, and no more than one is held."""
    old, new = loaded(**urgent(0.5)), loaded("new.toml", **urgent(0.7))
    lived(store, old, *((post(number), says(number / 12)) for number in range(12)))
    whole = compared(store, new, old).flips
    monkeypatch.setattr(history, "PORTION", 5)
    asked: list[int] = []
    monkeypatch.setattr(Store, "do", _counted(Store.do, asked))
    assert compared(store, new, old).flips == whole
    assert asked == [5, 5, 2, 0]


def _counted(do: Any, asked: list[int]) -> Any:
    def counted(self: Store, work: Any, *args: Any) -> Any:
        result = do(self, work, *args)
        if work is history.portion:
            asked.append(len(result))
        return result

    return counted


class Sure:
    """A model that finds everything urgent."""

    version = "other-2"

    def classify(self, posts: Any) -> Any:
        """The same for all."""
        found = says(0.99).findings.values()
        return [tuple(Finding(one.head, one.p, self.version) for one in found) for _ in posts]


def test_other_models_are_said_first_and_asked_only_if_wanted(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stored probabilities are used until the posts are judged again; either way the first line says so."""
    old, new = loaded(**urgent(0.5)), loaded("new.toml", **urgent(0.5))
    lived(store, old, *((post(number), says(0.1)) for number in range(3)))
    monkeypatch.setattr(engine_history, "_names", lambda settings: dict.fromkeys(Head, ("other-2",)))
    monkeypatch.setattr(engine_history, "_panel", lambda new: Panel([Sure()], ["en"], {}))
    replay(store, new, old, Asked(), LATER)
    first, second = capsys.readouterr().out.strip().splitlines()[:2]
    assert first == "3 of 3 posts were judged by other models than are configured."
    assert "--reclassify" in second
    replay(store, new, old, Asked(reclassify=True), LATER)
    said = capsys.readouterr().out
    assert said.strip().startswith(f"{first}\nAll were judged again.")
    assert "Newly shown to people: 3 posts" in said
    assert "urgent 0.10 → 0.99: no, below 0.45 → yes, at 0.5 or more" in said


def test_one_encoder_instead_of_two_is_another_model(store: Store) -> None:
    """Where the fast one alone judged, a cascade would have read some again, though it knows the fast one's name."""
    old = loaded()
    lived(store, old, (post(), says(0.1)))
    assert compared(store, loaded("new.toml", classifier={"mode": "cascade"}), old).by_others == 1
    assert compared(store, loaded("new.toml", classifier={"batch": 8}), old).by_others == 0


def test_people_read_it_on_a_page(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """No line is wider than 100 characters, private data is masked, and control signs of strangers stay out."""
    old, new = loaded(**urgent(0.5)), loaded("new.toml", **urgent(0.7))
    text = "Kestrelo \x1b[31m[bold]call me on +44 20 7946 0958[/bold] " + "word " * 60
    lived(store, old, (post(1, text=text), says(0.6)), (post(2, channel="x" * 80), says(0.6)))
    replay(store, new, old, Asked(), LATER)
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 100
    assert "[bold]call me on [phone][/bold]" in said
    assert "\x1b" not in said
    assert "Nobody has judged any of these posts yet." in said
    for words in ("all alerts  2.00  0.00   -2.00", "slack #calls (call)  2.00  0.00   -2.00"):
        assert words in said


def test_danger_that_would_be_left_out_is_pointed_at(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Where new words keep a post that speaks of danger from people, the report says so."""
    old = loaded()
    lived(store, old, (post(1), says(0.1, danger=(Danger("fire", "smoke"),))))
    brands = {**OURS["brands"], "kestrelo": {"name": "Kestrelo", "terms": ["kestrelo"], "exclude": ["prices"]}}
    replay(store, loaded("new.toml", brands=brands), old, Asked(), LATER)
    assert "Careful: danger to somebody is spoken of in 1 of them." in capsys.readouterr().out
    call = {**OURS["routes"], "page": {"sink": "slack", "to": "#desk"}}
    replay(store, loaded("new.toml", routes=call), old, Asked(), LATER)
    assert "Careful" not in capsys.readouterr().out


def test_as_json_it_is_one_object(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything that is told can be read by a program."""
    old, new = loaded(**urgent(0.5)), loaded("new.toml", **urgent(0.7))
    lived(store, old, *((post(number), says(0.6)) for number in range(3)))
    replay(store, new, old, Asked(as_json=True, examples=1), LATER)
    said = json.loads(capsys.readouterr().out)
    assert (said["config"], said["in_force"], said["mentions"]) == ("new.toml", "old.toml", 3)
    assert said["alerts_a_day"] == {"then": 3.0, "now": 0.0}
    assert said["teams"] == [{"sink": "slack", "to": "#calls", "cards": ["call"], "a_day": {"then": 3.0, "now": 0.0}}]
    flip = said["flips"]["no_longer_alerted"]
    assert (flip["posts"], flip["ways"], len(flip["examples"])) == (3, {"call → ignore": 3}, 1)
    score = flip["examples"][0]["scores"][0]
    assert score == {
        "threshold": "urgent",
        "then": {"p": 0.6, "at": 0.5, "doubt": 0.05},
        "now": {"p": 0.6, "at": 0.7, "doubt": 0.05},
    }


def test_what_stays_as_it_was_is_said_in_a_line(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """No change is said to be none; where nothing is left to compare, no empty tables are shown."""
    old = loaded()
    lived(store, old, (post(), says(0.1)))
    replay(store, old, old, Asked(), LATER)
    assert "No post changes its route or its team." in capsys.readouterr().out
    replay(store, loaded("new.toml", brands={"heron": OURS["brands"]["heron"]}), old, Asked(), LATER)
    said = capsys.readouterr().out
    assert "Nobody listens for brand kestrelo any more: 1 posts, 0.00 alerts a day" in said
    assert "route" not in said


def test_without_a_history_it_says_so(store: Store) -> None:
    """Nothing decided in the time that was asked for is an error, and erased texts are named as the cause."""
    with pytest.raises(StoreError, match="nothing was decided in the last 2 days whose text is kept"):
        compared(store, loaded())
    judge(store, mention())
    with pytest.raises(StoreError, match="nothing was decided in the last 2 days"):
        compared(store, loaded())


def test_the_store_is_as_it_was(store: Store) -> None:
    """Through a reader the whole replay works, and each table is what it was."""
    old = loaded(**urgent(0.5))
    lived(store, old, *((post(number), says(0.6)) for number in range(3)))
    store.do(corrections.add, Correction(post(0).id, LATER, "ana", {}, True))
    tables = ("mention", "assessment", "decision", "correction", "effect", '"case"', "case_event", "wake", "control")
    before = {table: rows(store, f"SELECT * FROM {table} ORDER BY 1") for table in tables}
    reader = Store.open(store.engine.url.render_as_string(hide_password=False), read_only=True)
    assert compared(reader, loaded("new.toml", **urgent(0.7)), old).flips.flips == {Flip.NO_LONGER_ALERTED: 3}
    reader.close()
    assert {table: rows(store, f"SELECT * FROM {table} ORDER BY 1") for table in tables} == before


def test_models_are_named_without_loading_them(tmp_path: Path) -> None:
    """The shipped weights answer every head, but those for which another model is configured."""
    other = tmp_path / "mine"
    other.mkdir()
    (other / "model.safetensors").write_bytes(b"weights")
    heads = {
        "churn": {"model": str(other), "labels": {"a": "yes", "b": "no"}},
        "intent": {"model": "someone/intents", "labels": {"a": "problem"}},
    }
    found = names(ClassifierSettings.model_validate({"heads": heads}))
    assert found[Head.CHURN][0].startswith("churn:mine@")
    assert found[Head.INTENT] == ("intent:someone/intents@",)
    assert found[Head.URGENCY] == names(ClassifierSettings())[Head.URGENCY]
    assert "@" in found[Head.URGENCY][0]
