"""The commands of who looks after people's data: keys, forget and export, with a configuration and a database."""

from __future__ import annotations

import json
import stat
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import bot
from models.contact import Given, NewConsent
from models.errors import SettingsError
from models.settings.callback import CallbackSettings
from models.store import Store, contacts
from models.vault import Vault, lines, new_key
from tests.models.store.desk import opened
from tests.models.store.reaching import NUMBER, phone
from tests.models.store.steps import CASE


@dataclass
class Place:
    """A folder with a configuration, a key file and a database."""

    folder: Path

    @property
    def keys(self) -> Path:
        """The key file."""
        return self.folder / "keys"

    @property
    def vault(self) -> Vault:
        """The vault of the key file."""
        return Vault(lines(self.keys.read_text()))

    def write(self, callback: str) -> None:
        """The configuration."""
        (self.folder / "config.toml").write_text(
            f"""
            store.url = "sqlite:///{self.folder}/bot.db"
            brands.kestrelo = {{ name = "Kestrelo", terms = ["kestrelo"] }}
            listeners.feed = {{ kind = "jsonl", path = "{self.folder}/feed.jsonl" }}
            responders.console = {{ kind = "console" }}
            {callback}
            """
        )

    def store(self) -> closing[Store]:
        """The database, beside the command."""
        return closing(Store.open(f"sqlite:///{self.folder}/bot.db"))

    def give(self) -> Given:
        """A customer's number in a case."""
        now, consent = datetime.now(UTC), NewConsent("call", "Kestrelo may call me.", "en", "page")
        with self.store() as store:
            opened(store)
            kept = store.do(contacts.give, CASE.id, phone(), consent, CallbackSettings(), self.vault, now, form="f")
        assert isinstance(kept, Given)
        return kept

    def run(self, *words: str) -> Result:
        """Run a command; what people can mend is raised, as ``bot.main`` gets it."""
        done = CliRunner().invoke(bot.cli, [*words, "--config", str(self.folder / "config.toml")])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """One with a key, and a database without rows."""
    found = Place(tmp_path)
    found.write(f'callback.key = {{ file = "{found.keys}" }}')
    found.keys.write_text(new_key() + "\n")
    found.keys.chmod(0o600)
    with found.store():
        pass
    return found


def new(*words: str) -> Result:
    """Make a key."""
    return CliRunner().invoke(bot.cli, ["keys", "new", *words])


def test_a_key_is_printed_once_and_is_good(place: Place) -> None:
    """Alone on a line, so that it can be piped; two are never the same."""
    first, second = (new().stdout.strip() for _ in range(2))
    assert first != second
    assert len(Vault([first, second]).ids) == 2


def test_a_key_goes_first_into_its_file(tmp_path: Path) -> None:
    """A new file is the owner's alone; in an old one the others stay behind it, and it stays as open as it was."""
    path = tmp_path / "keys"
    assert new("--file", str(path)).exit_code == 0
    (first,) = lines(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    said = new("--file", str(path))
    second, kept = lines(path.read_text())
    assert (kept, stat.S_IMODE(path.stat().st_mode)) == (first, 0o640)
    assert not [key for key in (first, second) if key in said.output]
    assert [one.name for one in tmp_path.iterdir()] == ["keys"]


def test_a_linked_key_file_is_changed_where_it_is(tmp_path: Path) -> None:
    """The link stays a link."""
    real, link = tmp_path / "real", tmp_path / "link"
    link.symlink_to(real)
    new("--file", str(link))
    assert link.is_symlink()
    assert len(lines(real.read_text())) == 1


def test_check_says_what_relies_on_which_key(place: Place) -> None:
    """How many numbers and consents, and that a key nobody needs may go; never the key."""
    place.give()
    (key,) = lines(place.keys.read_text())
    place.keys.write_text(f"{key}\n{new_key()}\n")
    said = place.run("keys", "check")
    newest, other = place.vault.ids
    assert said.stdout.splitlines() == [
        f"key {newest}: 1 numbers, 1 consents; seals what comes",
        f"key {other}: 0 numbers, 0 consents; may go",
    ]
    assert (said.exit_code, key in said.output) == (0, False)


def test_check_warns_of_a_key_file_that_others_may_read(place: Place) -> None:
    """With the command that mends it."""
    place.keys.chmod(0o644)
    assert f"chmod 600 {place.keys}" in place.run("keys", "check").stdout


def test_rotating_lets_the_old_key_go(place: Place) -> None:
    """The whole change as the docs say it: a new first key, rotate, and the number opens without the old one."""
    place.give()
    new("--file", str(place.keys))
    said = place.run("keys", "rotate")
    assert (said.exit_code, said.stdout.splitlines()[0]) == (
        0, f"Sealed 1 numbers anew with key {place.vault.ids[0]}.",
    )  # fmt: skip
    assert "0 numbers, 0 consents; may go" in said.stdout
    place.keys.write_text(lines(place.keys.read_text())[0])
    said = place.run("keys", "check")
    assert (said.exit_code, "is missing" in said.stdout) == (0, False)
    assert len(exported(place.run("export", "phone", NUMBER))["contacts"]) == 1


def test_a_consent_without_its_number_keeps_its_old_key(place: Place) -> None:
    """Its hash cannot be made anew, so the old key is still needed as proof, and it is said where it is missing."""
    kept = place.give()
    with place.store() as store:
        store.do(contacts.withdraw, kept.receipt_token, datetime.now(UTC))
    new("--file", str(place.keys))
    assert "0 numbers, 1 consents; is still needed" in place.run("keys", "rotate").stdout
    place.keys.write_text(lines(place.keys.read_text())[0])
    assert "is missing: 1 consents need it as proof" in place.run("keys", "check").stdout


def test_a_lost_key_is_said(place: Place) -> None:
    """Exit code 1 and how many numbers, from check and from rotate, which leaves them as they are."""
    place.give()
    place.keys.write_text(new_key())
    for command in ("check", "rotate"):
        said = place.run("keys", command)
        assert said.exit_code == 1
        assert "1 numbers cannot be opened" in said.stdout


@pytest.mark.parametrize("content", [None, "", "hunter2-hunter2-hunter2"])
def test_a_wrong_key_file_is_said_without_its_content(place: Place, content: str | None) -> None:
    """Missing, empty or something else: one line that says where, for every command that needs the key."""
    place.keys.unlink()
    if content is not None:
        place.keys.write_text(content)
    for words in (("keys", "check"), ("keys", "rotate"), ("forget", "phone", NUMBER), ("export", "phone", NUMBER)):
        with pytest.raises(SettingsError, match=r"callback\.key") as caught:
            place.run(*words)
        assert "hunter2" not in str(caught.value)


def test_without_a_key_it_says_how_to_make_one(place: Place) -> None:
    """Not a traceback."""
    place.write("")
    with pytest.raises(SettingsError, match="keys new"):
        place.run("keys", "check")


def test_a_number_can_be_forgotten(place: Place) -> None:
    """Written as people write it; the consent stays, and an unknown number is exit code 1."""
    place.give()
    said = place.run("forget", "phone", "+49 170 1234567")
    assert (said.exit_code, said.stdout) == (
        0, "Erased what was given to reach them, 1 times; 1 records of consent stay, without it.\n",
    )  # fmt: skip
    with place.store() as store:
        assert [one.usable for one in store.do(contacts.of_case, CASE.id)] == [False]
    assert place.run("forget", "phone", "+49 151 12345678").exit_code == 1
    with pytest.raises(SettingsError, match="with its country"):
        place.run("forget", "phone", "0170 1234567")


def exported(said: Result) -> dict[str, Any]:
    """What stands in the file."""
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def test_export_writes_what_is_held(place: Place) -> None:
    """By handle and by number, as JSON on stdout; nobody is exit code 1."""
    place.give()
    said = place.run("export", "x", "@anna_l")
    assert said.exit_code == 0
    assert exported(said)["cases"][0]["contacts"][0]["address"].startswith("sealed; held until ")
    assert NUMBER not in said.stdout
    assert len(exported(place.run("export", "phone", NUMBER))["consents"]) == 1
    assert place.run("export", "x", "nobody").exit_code == 1


def test_export_into_a_file_is_for_its_owner(place: Place) -> None:
    """The file is new and readable by nobody else; one that is there is not written over."""
    place.give()
    out = place.folder / "anna.json"
    assert place.run("export", "x", "anna_l", "--out", str(out)).exit_code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert json.loads(out.read_text())["asked"]["who"] == "anna_l"
    with pytest.raises(FileExistsError):
        place.run("export", "x", "anna_l", "--out", str(out))


def test_an_email_channel_and_an_address_are_both_meant(place: Place) -> None:
    """On ``email`` a person is looked for as author and as what was given on the page, with or without a key."""
    place.give()
    assert set(exported(place.run("export", "email", "eva@example.com"))) >= {"consents", "posts"}
    place.write("")
    assert place.run("export", "email", "eva@example.com").exit_code == 1
    assert place.run("forget", "email", "eva@example.com").exit_code == 1


def test_only_who_has_sealed_something_needs_to_rotate(tmp_path: Path) -> None:
    """The very first key asks for nothing more; the second one has to be taken up."""
    file = tmp_path / "fresh"
    first, second = (CliRunner().invoke(bot.cli, ["keys", "new", "--file", str(file)]).output for _ in range(2))
    assert "rotate" not in first
    assert "`python bot.py keys rotate`" in second


def test_a_file_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with the file and what is wrong with it, and exit code 2."""
    monkeypatch.setattr("sys.argv", ["bot.py", "keys", "new", "--file", str(tmp_path / "no" / "keys")])
    with pytest.raises(SystemExit) as ended:
        bot.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"error: {tmp_path}/no/keys.new: No such file or directory\n"
