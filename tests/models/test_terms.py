"""Entries of a brand's lists are read as people mean them, and what cannot be understood is said when they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import SettingsError
from models.settings import load_settings
from models.terms import Exact, Near, Plain, is_plain, read_term, split_near


def test_the_three_forms() -> None:
    """Words, words in quotes, and two of these near each other."""
    assert read_term("Café  Kestrel") == Plain((("cafe", "kestrel"),))
    assert read_term(" “Shell Oil” ") == Exact(("Shell", "Oil"))
    assert read_term('"Shell" NEAR/5 petrol*') == Near(
        Exact(("Shell",)), Plain((("petrol",),), before=False, after=True), 5
    )
    assert split_near("a NEAR/2 b") == ("a", 2, "b")


@pytest.mark.parametrize("entry", ["near me", "R AND D", "OR", "rock and roll", "5* hotel", "#tag", "@name", "C++"])
def test_names_may_look_like_syntax(entry: str) -> None:
    """A name that only looks like syntax is a name."""
    assert is_plain(entry)


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('say "Shell" now', "quotes stand around"),
        ('"Shell', "quotes stand around"),
        ('""', "no letter, digit or emoji"),
        ("?!", "no letter, digit or emoji"),
        ("\u200b", "no letter, digit or emoji"),
        ("apple NEAR/x store", "a number of words from 1 to 50"),
        ("apple NEAR/0 store", "a number of words from 1 to 50"),
        ("apple NEAR/51 store", "a number of words from 1 to 50"),
        ("apple NEAR store", "NEAR needs a number"),
        ("a NEAR/2 b NEAR/2 c", "more than one NEAR"),
        ("apple OR pear", "AND, OR and NOT"),
        ("apple NOT pie", "AND, OR and NOT"),
        ("*", "no letter, digit or emoji"),
        ("ap*", "3 letters beside"),
        ("*ap", "3 letters beside"),
        ("ap*ple*", "only stand at the beginning and at the end"),
        ("apple NEAR/3 !", "no letter, digit or emoji"),
    ],
)
def test_what_cannot_be_understood(entry: str, fault: str) -> None:
    """A bad entry is an error in words."""
    with pytest.raises(ValueError, match=fault):
        read_term(entry)


def test_a_bad_entry_is_told_with_its_line(tmp_path: Path) -> None:
    """A file with a bad entry is refused when it is loaded, and the line is named."""
    path = tmp_path / "config.toml"
    path.write_text(
        '[brands.shell]\nname = "Shell"\nterms = ["shell"]\nexclude = ["a NEAR b"]\n'
        '[brands.shell.languages.de]\nterms = ["?"]\n'
        '[listeners.sample]\nkind = "jsonl"\npath = "m.jsonl"\n[responders.console]\nkind = "console"\n'
    )
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert [fault.partition("config.toml:")[2][:40] for fault in caught.value.faults] == [
        "4: brands.shell.exclude.0: AND, OR and N",
        "6: brands.shell.languages.de.terms.0: ha",
    ]
