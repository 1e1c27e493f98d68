"""Texts that strangers may write, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = [
    "<!channel>",
    "<!here|x>",
    "<@U123>",
    "<#C123>",
    "<https://evil.example|your bank>",
    "&lt;!channel&gt;",
    "```",
    "*bold* _it_ ~no~ `code`",
    ":rotating_light:",
    "[bold red]x[/]",
    "[/nothing]",
    "\x1b[2J\x1b]8;;https://evil.example\x1b\\",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u200d",
    "\0",
    "\x9b",
    "\ud800",
    "👩‍👩‍👧",
    "🇫🇷",
    "👍🏽",
    "e" + "\u0301" * 40,
    "مرحبا",
    "你好",
    "\n\n\n\n",
    "\r",
    "\u2028",
    "Kestrelo ",
    "x" * 300,
    "&" * 500,
    "😀" * 400,
]

ANY = st.text(st.characters(exclude_categories=()), max_size=30)
HOSTILE = st.lists(st.one_of(st.sampled_from(PIECES), ANY), max_size=8).map("".join)
LONG = st.tuples(HOSTILE, st.integers(min_value=1, max_value=12)).map(lambda pair: (pair[0] * pair[1])[:6000])
LINKS = st.one_of(
    st.sampled_from(
        [
            "",
            "https://x.example/kestrelo/1",
            "http://x.example/1",
            "javascript:alert(1)",
            "tg://resolve?domain=a",
            "HTTPS://X.EXAMPLE",
            "https://",
            "https://x.example/a b",
            "https://x.example/<!channel>|x",
            "https://x.example/" + "a" * 4000,
        ]
    ),
    HOSTILE,
)
