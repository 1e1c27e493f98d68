"""Text from strangers is safe to show and still readable."""

from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from responders.escape import cut, line, mrkdwn, plain
from tests.responders.hostile import HOSTILE

FAMILY = "👩‍👩‍👧"
FLAGS = "🇫🇷🏴󠁧󠁢󠁳󠁣󠁴󠁿"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("bell\a, escape\x1b[31m, nul\0, C1\x9b", "bell, escape[31m, nul, C1"),
        ("a\tb\r\nc\rd\u2028e", "a b\nc\nd\ne"),
        ("one\n \n\n\ntwo", "one\n\ntwo"),
        ("pay\u202egnp.exe\u202c \u2066x\u2069", "paygnp.exe x"),
        ("Kes\u200btre\ufefflo\u00ad\u2060\u3164", "Kestrelo"),
        ("half \ud83d, whole \ud83d\ude00", "half \ufffd, whole 😀"),
        ("e\u0301" + "\u0301" * 200, "e\u0301\u0301\u0301\u0301"),
        (f"{FAMILY} {FLAGS} 👍🏽 ❤️ 1️⃣", f"{FAMILY} {FLAGS} 👍🏽 ❤️ 1️⃣"),
        ("a\u200db 😀\u200d 😀\u200d\u200d😀", "ab 😀 😀😀"),
        ("hidden\U000e0041\U000e0042", "hidden"),
        ("שלום עולם, مرحبا, 你好, नमस्ते", "שלום עולם, مرحبا, 你好, नमस्ते"),
    ],
)
def test_plain_takes_out_what_harms_and_nothing_else(written: str, shown: str) -> None:
    """Controls, hidden and reordering signs go; line breaks, emoji and every script stay."""
    assert plain(written) == shown


@given(HOSTILE)
def test_plain_is_clean_and_stable(text: str) -> None:
    """Whatever comes in, no control, bidi sign or surrogate comes out, and a second pass changes nothing."""
    shown = plain(text)
    assert plain(shown) == shown
    assert not {"\u202e", "\u2066", "\u200b", "\x1b"} & set(shown)
    assert all(sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs") for sign in shown)
    assert not regex.search(r"\p{M}{5}", shown)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;"),
        ("<https://evil.example|bank>", "&lt;https://evil.example|bank&gt;"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
        ("R&D", "R&amp;D"),
    ],
)
def test_mrkdwn_escapes_exactly_once(written: str, shown: str) -> None:
    """Slack's own markup, typed by a stranger, is shown letter by letter; an entity that was typed stays one."""
    assert mrkdwn(written) == shown


@given(HOSTILE)
def test_mrkdwn_never_opens_a_tag(text: str) -> None:
    """No text can make an angle bracket reach Slack."""
    assert "<" not in mrkdwn(text)
    assert ">" not in mrkdwn(text)


@given(HOSTILE, st.integers(min_value=0, max_value=80))
def test_cut_keeps_to_its_limit_and_to_whole_signs(text: str, limit: int) -> None:
    """A cut text is short enough, and its end is where a reader sees one sign end."""
    short = cut(text, limit)
    assert len(short) <= limit
    if short != text and limit:
        kept = short.removesuffix("…")
        assert text.startswith(kept)
        rest = text[len(kept) :]
        assert rest[:1].isspace() or len(kept) in {0, *(found.end() for found in regex.finditer(r"\X", text))}


@pytest.mark.parametrize("sign", [FAMILY, "🇫🇷", "👍🏽", "e\u0301", "1️⃣"])
def test_cut_never_splits_a_sign(sign: str) -> None:
    """A family, a flag, a skin tone, an accent and a keycap are kept whole or not at all."""
    for limit in range(1, 1 + len(sign) * 2):
        assert cut(sign * 3, limit).removesuffix("…") in {sign * n for n in range(3)}


def test_line_is_one_line() -> None:
    """A name with line breaks cannot pretend to be a second line."""
    assert line("Anna\n\nclaimed by  Tomas", 40) == "Anna claimed by Tomas"
    assert line("Anna Lind", 5) == "Anna…"
