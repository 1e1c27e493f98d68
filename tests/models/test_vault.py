"""The vault: what is sealed opens for its case only, with any of the keys, and no key is ever shown."""

from __future__ import annotations

import copy
import pickle
import traceback
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.settings.callback import CallbackSettings
from models.settings.types import Secret
from models.vault import Unsealable, Vault, lines, new_key

OLD, NEW = new_key(), new_key()
NUMBER = "+491701234567"


def test_what_is_sealed_opens_again_for_its_case() -> None:
    """Sealing hides the text, twice the same text looks different, and opening gives it back."""
    vault = Vault([NEW])
    first, second = (vault.seal(NUMBER, "case-1") for _ in range(2))
    assert first != second
    assert NUMBER not in first
    assert vault.open(first, "case-1") == vault.open(second, "case-1") == NUMBER


def test_a_sealed_number_is_bound_to_its_case() -> None:
    """Moved into the row of another case it does not open."""
    vault = Vault([NEW])
    with pytest.raises(Unsealable, match="none of the keys"):
        vault.open(vault.seal(NUMBER, "case-1"), "case-2")


@pytest.mark.parametrize("sealed", ["", "x", "gAAAA", "é", "\x00", "gAAAAA" + "A" * 200])
def test_rubbish_does_not_open(sealed: str) -> None:
    """Whatever stands in the row, the error is the one that callers know."""
    with pytest.raises(Unsealable):
        Vault([NEW]).open(sealed, "case-1")


def test_a_single_changed_sign_is_noticed() -> None:
    """The seal also proves that nobody changed it."""
    vault = Vault([NEW])
    sealed = vault.seal(NUMBER, "case-1")
    for place in range(10, len(sealed) - 2, 7):
        changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        with pytest.raises(Unsealable):
            vault.open(changed, "case-1")


def test_rotation_in_its_three_steps() -> None:
    """A new first key seals, the old one still opens; after rotating the old one may go."""
    before = Vault([OLD]).seal(NUMBER, "case-1")
    both = Vault([NEW, OLD])
    assert both.open(before, "case-1") == NUMBER
    assert both.sealed_with(before, "case-1") == both.ids[1]
    after = both.rotate(before, "case-1")
    assert both.sealed_with(after, "case-1") == both.ids[0]
    assert Vault([NEW]).open(after, "case-1") == NUMBER
    assert Vault([NEW]).sealed_with(before, "case-1") == ""


def test_a_consent_is_proved_by_the_key_that_was_newest_then() -> None:
    """The hash names its key, differs for every number, and is found again after a rotation."""
    digest = Vault([OLD]).digest(NUMBER)
    assert digest in Vault([NEW, OLD]).digests(NUMBER)
    assert digest not in Vault([NEW]).digests(NUMBER)
    assert digest != Vault([OLD]).digest("+491701234568")
    assert digest.partition(".")[0] == Vault([OLD]).ids[0]
    assert Vault([OLD]).digest("Eva@example.com") == Vault([OLD]).digest("eva@EXAMPLE.com")


def test_each_use_has_a_key_of_its_own() -> None:
    """No two purposes, and no two keys, sign alike; none of them is the key itself."""
    vault = Vault([NEW, OLD])
    made = [*vault.signing("link"), *vault.signing("form"), *vault.signing("consent")]
    assert len(set(made)) == 6
    assert all(len(key) == 32 and NEW.encode() not in key for key in made)


@given(text=st.text(max_size=300), case=st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_text_comes_back(text: str, case: str) -> None:
    """Sealing and opening are inverse for any text and any case id."""
    vault = Vault([NEW])
    try:
        text.encode()
        case.encode()
    except UnicodeEncodeError:
        return
    assert vault.open(vault.seal(text, case), case) == text


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([], "there is no key"),
        (["too-short"], "key 1 is not 32 bytes"),
        ([NEW, OLD + "AAAA"], "key 2 is not 32 bytes"),
        ([NEW[:-1]], "key 1"),
        (["é" * 44], "key 1"),
        ([NEW, NEW], "twice"),
    ],
)
def test_wrong_keys_are_refused_and_not_repeated(keys: list[str], said: str) -> None:
    """The error says which key is wrong and what to do, and never what it is."""
    with pytest.raises(ValueError, match=said) as caught:
        Vault(keys)
    told = "".join(traceback.format_exception(caught.value))
    assert not any(key in told for key in keys)


def test_nothing_that_is_printed_shows_a_key() -> None:
    """Neither repr nor str nor the attributes of a traceback's arguments; and it cannot be pickled or copied."""
    vault = Vault([NEW, OLD])
    shown = f"{vault!r} {vault} {vault.ids}"
    assert NEW not in shown
    assert OLD not in shown
    assert repr(vault) == "Vault(2 keys)"
    for writing in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not to be copied"):
            writing(vault)  # type: ignore[operator]


def test_keys_are_read_one_a_line() -> None:
    """Blank lines and remarks do not count; an environment variable may part them by blanks or commas."""
    assert lines(f"# since May\n{NEW}\n\n  {OLD}  # goes in June\n") == [NEW, OLD]
    assert lines(f"{NEW}, {OLD}") == [NEW, OLD]


def test_the_vault_of_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes keys from a file or the environment; without the setting there is none."""
    path = tmp_path / "keys"
    path.write_text(f"{NEW}\n{OLD}\n")
    assert Vault.from_settings(CallbackSettings()) is None
    from_file = Vault.from_settings(CallbackSettings(key=Secret(file=path)))
    monkeypatch.setenv("OUR_KEYS", f"{NEW}\n{OLD}")
    from_env = Vault.from_settings(CallbackSettings(key=Secret(env="OUR_KEYS")))
    assert from_file
    assert from_env
    assert from_file.ids == from_env.ids == Vault([NEW, OLD]).ids


def test_a_wrong_key_file_says_the_setting_and_not_the_content(tmp_path: Path) -> None:
    """Missing, empty, or filled with something else: the line says where, and nothing of what stands there."""
    path = tmp_path / "keys"
    for content in (None, "", "hunter2-hunter2"):
        if content is not None:
            path.write_text(content)
        with pytest.raises(ValueError, match=r"callback\.key: ") as caught:
            Vault.from_settings(CallbackSettings(key=Secret(file=path)))
        assert "hunter2" not in "".join(traceback.format_exception(caught.value))
