"""Settings: every mistake is said with its place, its line and what is allowed; what holds does not leak."""

from __future__ import annotations

import contextlib
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plugins import schema_of
from models.errors import SettingsError
from models.settings import load_settings
from models.settings.load import LineFinder
from models.settings.sections import Target
from models.settings.types import Band, Secret, least_cost, say_duration
from tests.build import settings

CONFIGS = Path(__file__).parents[1] / "configs"
CANARY = "xoxb-canary"


def faults_of(path: Path) -> list[str]:
    """What is wrong with a file, its plug-ins' own settings included."""
    with pytest.raises(SettingsError) as caught:
        load_settings(path, schema_of)
    return caught.value.faults


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_a_mistake_is_said_in_one_line(path: Path) -> None:
    """Each bad file gives the one message that its first line foretells: line, key path, and what is allowed."""
    expected = path.read_text().splitlines()[0].removeprefix("# ")
    separator = ":" if expected[0].isdigit() else "" if expected[0] == ":" else ": "
    (fault,) = faults_of(path)
    assert fault.startswith(f"{path}{separator}{expected}")
    assert "\n" not in fault
    assert CANARY not in fault


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    """A file with several faults names each of them, so that they can be mended in one go."""
    path = tmp_path / "config.toml"
    path.write_text('[replies]\nmode = "auto"\nper_hour = -1\ncolour = 1\n[brands.k]\nname = "K"\n')
    places = [fault.removeprefix(f"{path}").split(": ")[1] for fault in faults_of(path)]
    assert sorted(places) == sorted(
        ["replies.mode", "replies.per_hour", "replies.colour", "brands.k.terms", "listeners", "responders"]
    )


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """The message says where a start can be copied from."""
    assert faults_of(tmp_path / "config.toml") == [
        f"{tmp_path / 'config.toml'}: no such file; copy config.example.toml and edit it"
    ]


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    """A path that cannot be read is said, not raised as something else."""
    assert faults_of(tmp_path) == [f"{tmp_path}: cannot be read: Is a directory"]


def test_text_in_another_encoding_is_said(tmp_path: Path) -> None:
    """A file that is not UTF-8 is refused with the byte at which it fails."""
    path = tmp_path / "config.toml"
    path.write_bytes('name = "Kestreló"'.encode("latin-1"))
    assert faults_of(path) == [f"{path}: must be UTF-8 text (invalid continuation byte at byte 15)"]


def test_an_empty_file_lacks_three_things(tmp_path: Path) -> None:
    """Brands, listeners and responders are all that must be there."""
    (tmp_path / "config.toml").touch()
    assert [fault.split(": ")[1] for fault in faults_of(tmp_path / "config.toml")] == [
        "brands",
        "listeners",
        "responders",
    ]


GOOD = """[brands.kestrelo]
name = "Kestrelo"
terms = ["kestrelo"]

[listeners.sample]
kind = "jsonl"
path = "mentions.jsonl"

[responders.console]
kind = "console"
"""


def test_a_file_from_windows_is_read(tmp_path: Path) -> None:
    """A byte order mark and CRLF line ends do no harm, and lines are still counted right."""
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_settings(path, schema_of).settings.brands["kestrelo"].name == "Kestrelo"
    path.write_bytes(b"\xef\xbb\xbf" + (GOOD + '[replies]\nmode = "x"\n').replace("\n", "\r\n").encode())
    assert faults_of(path)[0].startswith(f"{path}:12: replies.mode")


def test_plugin_settings_are_left_alone_without_their_schema(tmp_path: Path) -> None:
    """A command that needs no plug-in loads the file without looking into their tables."""
    path = tmp_path / "config.toml"
    path.write_text(GOOD.replace('path = "mentions.jsonl"', "nonsense = 1"))
    assert load_settings(path).plugins == {}
    assert faults_of(path)


def test_plugin_settings_come_checked_by_name(tmp_path: Path) -> None:
    """Each listener's and responder's own part is a checked value under its name."""
    path = tmp_path / "config.toml"
    path.write_text(GOOD)
    own = load_settings(path, schema_of).plugins
    assert own["listeners"]["sample"].path == Path("mentions.jsonl")  # type: ignore[attr-defined]
    assert set(own["responders"]) == {"console"}


@given(text=st.text())
def test_no_text_upsets_the_search_for_lines(text: str) -> None:
    """Whatever stands in a file, finding lines does not raise."""
    LineFinder(text).line_of(("a", "b"))


@given(text=st.text(max_size=60))
def test_no_text_upsets_loading(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any file is either good or refused with faults, and with nothing else."""
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(GOOD + text, "utf-8", errors="replace")
    with contextlib.suppress(SettingsError):
        load_settings(path)


def test_lines_are_found_where_the_file_has_them() -> None:
    """Dotted and quoted keys, tables in arrays and inner tables are found; a missing key gives its table's line."""
    lines = LineFinder('[a.b]\nc.d = 1\n"e f" = 2\n[[g]]\nh = 1\n[[g]]\nh = 2\n[i.j.k]\n')
    expected = {("a", "b"): 1, ("a", "b", "c", "d"): 2, ("a", "b", "e f"): 3, ("g", "0", "h"): 5, ("g", "1", "h"): 7}
    more = {("g", "1"): 6, ("g",): 4, ("i", "j"): 8, ("a", "b", "missing"): 1, ("z",): None}
    assert {place: lines.line_of(place) for place in expected | more} == expected | more


def test_signs_that_look_like_line_ends_do_not_shift_lines() -> None:
    """Only the line ends of TOML count as such."""
    assert LineFinder('a = "\u2028\x0b\x85"\nb = 1').line_of(("b",)) == 2


# --- Overrides ---------------------------------------------------------------------------------------------------

TWO_BRANDS = {
    "kestrelo": {
        "name": "Kestrelo",
        "terms": ["kestrelo"],
        "thresholds": {"urgent": {"at": 0.9}},
        "routes": {"call": {"sink": "slack", "to": "#kestrelo"}},
    },
    "rivalo": {"name": "Rivalo", "terms": ["rivalo"]},
}
SINKS = {"console": {"kind": "console"}, "slack": {"kind": "slack"}}


def test_a_channel_overrides_the_thresholds_and_a_brand_overrides_the_channel() -> None:
    """The nearest threshold holds; what is not set nearer is inherited."""
    both = {"urgent": {"at": 0.7}, "churn": {"at": 0.6}}
    channels = {"x": {"thresholds": both}}
    found = settings(brands=TWO_BRANDS, responders=SINKS, channels=channels, thresholds={"churn": {"at": 0.1}})
    kestrelo, rivalo = found.thresholds_for("kestrelo", "x"), found.thresholds_for("rivalo", "x")
    assert (kestrelo.urgent.at, kestrelo.churn.at) == (0.9, 0.6)
    assert (rivalo.urgent.at, rivalo.churn.at) == (0.7, 0.6)
    assert found.thresholds_for("rivalo", "telegram").churn.at == 0.1
    assert kestrelo.question == found.thresholds.question


def test_two_brands_do_not_leak_into_each_other() -> None:
    """One brand's thresholds and targets change nothing for the other."""
    found = settings(brands=TWO_BRANDS, responders=SINKS)
    alone = settings(brands={"rivalo": TWO_BRANDS["rivalo"]}, responders=SINKS)
    assert found.thresholds_for("rivalo", "x") == alone.thresholds_for("rivalo", "x")
    for route in ("page", "call", "winback", "review", "communications"):
        assert found.target("rivalo", route) == alone.target("rivalo", route)


def test_a_route_without_a_target_goes_to_calls_except_communications() -> None:
    """Somebody is always told; the second card for communications only where it was asked for."""
    found = settings(brands=TWO_BRANDS, responders=SINKS)
    own = Target(sink="slack", to="#kestrelo")
    assert [found.target("kestrelo", route) for route in ("page", "winback", "review")] == [own] * 3
    assert found.target("rivalo", "page") == Target(sink="console")
    assert found.target("kestrelo", "communications") is None


def test_a_listener_hears_for_its_brands() -> None:
    """A listener without brands hears for all, one with brands for those."""
    listeners = {"all": {"kind": "x"}, "one": {"kind": "x", "brands": ["rivalo"]}}
    found = settings(brands=TWO_BRANDS, responders=SINKS, listeners=listeners)
    assert list(found.brands_of("all")) == ["kestrelo", "rivalo"]
    assert list(found.brands_of("one")) == ["rivalo"]


def test_the_version_changes_with_every_setting() -> None:
    """Equal settings have one version; a change anywhere, a plug-in's own part included, makes another."""
    assert settings().version == settings().version
    others = [
        settings(replies={"per_hour": 21}),
        settings(listeners={"sample": {"kind": "jsonl", "path": "other.jsonl"}}),
        settings(brands=TWO_BRANDS, responders=SINKS),
    ]
    assert len({settings().version, *(other.version for other in others)}) == 4


# --- Small types -------------------------------------------------------------------------------------------------


@given(st.integers(0, 10**7), st.sampled_from("smhd"))
def test_a_duration_says_itself_as_the_file_takes_it(number: int, unit: str) -> None:
    """What a duration is printed as loads as the same duration."""
    said = settings(replies={"max_age": f"{number}{unit}"}).model_dump()["replies"]["max_age"]
    again = settings(replies={"max_age": said}).replies.max_age
    assert again == settings(replies={"max_age": f"{number} {unit}"}).replies.max_age


def test_durations_are_printed_in_the_largest_unit_that_fits() -> None:
    """People read 7d and not 604800s."""
    spans = (timedelta(days=7), timedelta(hours=36), timedelta(seconds=90), timedelta(0), timedelta(seconds=0.5))
    assert [say_duration(span) for span in spans] == ["7d", "36h", "90s", "0s", "0.5s"]


@pytest.mark.parametrize(("p", "holds", "doubts"), [(0.5, True, False), (0.49, False, True), (0.35, False, True)])
def test_a_band_holds_doubts_or_neither(p: float, holds: bool, doubts: bool) -> None:
    """At the threshold it holds; from there down to the doubt's edge, the edge included, a person decides."""
    band = Band(at=0.5, doubt=0.15)
    assert (band.holds(p), band.doubts(p)) == (holds, doubts)
    assert not band.doubts(0.34)


# --- Thresholds by cost ------------------------------------------------------------------------------------------

COSTS = st.floats(0.01, 1000)
BY_COST = {"missed": 20, "needless": 1}


@given(missed=COSTS, needless=COSTS, p=st.floats(0, 1))
def test_the_threshold_by_cost_costs_least(missed: float, needless: float, p: float) -> None:
    """At any probability, what the threshold says costs no more on average than the contrary; else it is refused."""
    if needless / (missed + needless) < 0.0199999:
        with pytest.raises(ValueError, match="which nearly every post would pass"):
            Band.model_validate({"missed": missed, "needless": needless})
        return
    if needless / (missed + needless) < 0.0200001:
        return
    band = Band.model_validate({"missed": missed, "needless": needless})
    act, leave = (1 - p) * needless, p * missed
    rounding = 1e-6 * (missed + needless)
    assert (act if band.holds(p) else leave) <= min(act, leave) + rounding


@given(missed=COSTS, needless=COSTS, factor=st.floats(0.1, 10))
def test_only_the_ratio_of_costs_counts(missed: float, needless: float, factor: float) -> None:
    """Costs in another currency give the same threshold, and a dearer miss never a higher one."""
    if needless / (missed * 10 + needless) < 0.021:
        return
    at = least_cost(missed, needless)
    assert least_cost(missed * factor, needless * factor) == pytest.approx(at, abs=2e-6)
    assert least_cost(missed * 10, needless) <= at


def test_costs_work_wherever_thresholds_do() -> None:
    """Global, for a channel and for a brand; without a doubt of their own there is none."""
    found = settings(
        brands=TWO_BRANDS
        | {"kestrelo": TWO_BRANDS["kestrelo"] | {"thresholds": {"urgent": {"missed": 3, "needless": 1}}}},
        responders=SINKS,
        channels={"x": {"thresholds": {"urgent": {"missed": 9, "needless": 1, "doubt": 0.05}}}},
        thresholds={"urgent": BY_COST},
    )
    assert found.thresholds_for("kestrelo", "x").urgent == Band(at=0.25)
    assert found.thresholds_for("rivalo", "x").urgent == Band(at=0.1, doubt=0.05)
    assert found.thresholds_for("rivalo", "forum").urgent == Band(at=0.047619)


def test_what_follows_from_costs_is_printed_and_loads_again() -> None:
    """The printed configuration has the threshold and no costs, and is the same configuration."""
    found = settings(thresholds={"urgent": BY_COST})
    shown = found.model_dump(mode="json", exclude_none=True)["thresholds"]["urgent"]
    assert shown == {"at": 0.047619, "doubt": 0.0}
    assert settings(thresholds={"urgent": shown}) == found
    assert settings(thresholds={"urgent": shown}).version == found.version


@pytest.mark.parametrize("cost", [-1, 0, float("nan"), float("inf"), 10**400, "20", None, True, [1]])
def test_a_cost_that_makes_no_sense_is_refused(cost: object) -> None:
    """Only finite numbers above 0 are costs."""
    for costs in ({"missed": cost, "needless": 1}, {"missed": 1, "needless": cost}):
        with pytest.raises(ValueError, match="both needed, as numbers above 0"):
            Band.model_validate(costs)


# --- Secrets -----------------------------------------------------------------------------------------------------


def test_a_secret_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The value without the blanks around it."""
    monkeypatch.setenv("TOKEN_HERE", f" {CANARY}\n")
    assert Secret(env="TOKEN_HERE").reveal() == CANARY


def test_a_secret_is_taken_from_a_file_anew_each_time(tmp_path: Path) -> None:
    """A changed file is a changed secret, so that a token can be replaced without touching the settings."""
    path = tmp_path / "token"
    path.write_text(f"{CANARY}\n")
    secret = Secret(file=path)
    assert secret.reveal() == CANARY
    path.write_text("another")
    assert secret.reveal() == "another"


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Neither repr, text, dump nor a log line of it holds the value, only where it stands."""
    monkeypatch.setenv("TOKEN_HERE", CANARY)
    secret = Secret(env="TOKEN_HERE")
    secret.reveal()
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("overheard").info("settings %s %r", secret, {"token": secret})
    shown = [repr(secret), str(secret), str(secret.model_dump()), secret.model_dump_json(), caplog.text]
    assert [text for text in shown if CANARY in text] == []
    assert all("TOKEN_HERE" in text for text in shown)


def test_a_secret_that_is_not_there_is_said_by_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An unset variable, an empty one, a missing file and one that is no text are each named, without any value."""
    monkeypatch.delenv("NOT_SET", raising=False)
    monkeypatch.setenv("BLANK", "  ")
    (tmp_path / "binary").write_bytes(b"\xff\xfe" + CANARY.encode())
    places = {
        Secret(env="NOT_SET"): "the environment variable NOT_SET is empty or not set",
        Secret(env="BLANK"): "the environment variable BLANK is empty or not set",
        Secret(file=tmp_path / "none"): f"cannot read the secret file {tmp_path / 'none'}: No such file or directory",
        Secret(file=tmp_path / "binary"): f"the secret file {tmp_path / 'binary'} must be UTF-8 text",
    }
    for secret, words in places.items():
        with pytest.raises(ValueError) as caught:
            secret.reveal()
        assert str(caught.value) == words
        assert caught.value.__cause__ is None or CANARY not in str(vars(caught.value.__cause__))


@pytest.mark.parametrize("url", ["postgresql://me:hunter2@db.example/overheard", "postgresql://db/o?password=hunter2"])
def test_the_password_of_a_database_is_never_shown(url: str) -> None:
    """Neither repr nor dump of the settings holds it."""
    found = settings(store={"url": url})
    assert found.store.url == url
    assert "hunter2" not in repr(found) + str(found) + found.model_dump_json() + str(found.model_dump())


def test_a_fault_never_repeats_what_stands_in_the_file(tmp_path: Path) -> None:
    """A token in the wrong place, or in the place of something else, is not printed back."""
    path = tmp_path / "config.toml"
    path.write_text(GOOD + f'[replies]\nmode = "{CANARY}"\nper_hour = "{CANARY}"\nmax_age = "{CANARY}"\n')
    assert CANARY not in "".join(faults_of(path))
