"""The command `report`: its forms, its file, and what it says of a slip."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import bot
from engine.commands import common
from engine.commands import report as command
from models.errors import SettingsError, StoreError
from models.store import Store
from tests.build import NOW
from tests.models.store.desk import shown

CONFIG = """
[store]
url = "sqlite:///{folder}/bot.db"
[calendar]
timezone = "Europe/Berlin"
[brands.kestrelo]
name = "Kestrelo"
terms = ["kestrelo"]
[listeners.sample]
kind = "jsonl"
path = "feed.jsonl"
[responders.console]
kind = "console"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with a database in which one case was opened an hour ago."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(folder=tmp_path), "utf-8")
    store = Store.open(f"sqlite:///{tmp_path}/bot.db")
    shown(store)
    store.close()
    monkeypatch.setattr(command, "now_utc", lambda: NOW + timedelta(hours=1))
    return path


def asked(config: Path, *options: str) -> Result:
    """What the command prints; what people can mend is raised."""
    result = CliRunner().invoke(bot.cli, ["report", "--config", str(config), *options])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_last_thirty_days(config: Path) -> None:
    """Without options: a table of thirty days until now, on the team's clock."""
    shown_lines = asked(config).output.splitlines()
    assert shown_lines[0] == "Report: Sat 31 Jan 2026 14:00 to Mon 02 Mar 2026 14:00 (Europe/Berlin)"
    assert any(line.split()[:3] == ["x", "1", "1"] for line in shown_lines)


def test_each_form(config: Path) -> None:
    """JSON is JSON, CSV has its head, and the page is a page."""
    assert json.loads(asked(config, "--format", "json").stdout)["total"]["counts"]["cases"] == 1
    assert asked(config, "--format", "csv").stdout.startswith("section,of,measure,value\n")
    assert asked(config, "--format", "html").stdout.startswith("<!doctype html>")
    assert asked(config, "--format", "pdf").exit_code == 2


def test_into_a_file(config: Path, tmp_path: Path) -> None:
    """The file has it all, and its name is printed."""
    out = tmp_path / "report.html"
    assert asked(config, "--format", "html", "--out", str(out)).stdout.strip() == str(out)
    assert out.read_text("utf-8").endswith("</html>\n")
    with pytest.raises(OSError, match="nowhere"):
        asked(config, "--out", str(tmp_path / "nowhere" / "report.txt"))


def test_a_span_and_a_part(config: Path) -> None:
    """Of days, a brand and a channel; a known channel without posts is a report of nothing."""
    assert "Nothing was heard" in asked(config, "--since", "2026-02-01", "--until", "2026-02-28").stdout
    part = asked(config, "--brand", "kestrelo", "--channel", "x").stdout
    assert "brand kestrelo, channel x" in part.splitlines()[0]
    assert "Nothing was heard" in asked(config, "--channel", "mastodon").stdout


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--brand", "kestrel"), "brands: kestrelo"),
        (("--channel", "xx"), '"xx" is not known'),
        (("--since", "a month"), "30d"),
        (("--until", "2026-13-01"), "--until"),
    ],
)
def test_a_slip_says_what_to_do(config: Path, options: tuple[str, ...], says: str) -> None:
    """One line, which names the option and what it may be."""
    with pytest.raises(SettingsError, match=says):
        asked(config, *options)


def test_without_a_database(config: Path, tmp_path: Path) -> None:
    """Nothing is made of it: a report only reads."""
    (tmp_path / "bot.db").unlink()
    with pytest.raises(StoreError, match="no history yet"):
        asked(config)
    assert not (tmp_path / "bot.db").exists()
    assert common.OWN.name == "config.toml"
