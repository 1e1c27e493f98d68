"""What is kept of a mail: its author's words, whatever its parts claim to be, and never more than a bounded part."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from typing import Any

import pytest

from listeners.mail.message import mention_of
from listeners.mail.text import MOST_WORDS, own_words, text_of_html, words_of

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def parsed(data: bytes) -> Any:
    """A mail, as the listener reads it."""
    return email.message_from_bytes(data, policy=email.policy.default)


def raw(*lines: str, body: str | bytes = "It is broken.") -> bytes:
    """A mail of header lines and a body."""
    words = body.encode() if isinstance(body, str) else body
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + words


@pytest.mark.parametrize(
    "text",
    [
        "It is broken.\n\nOn Mon, 2 Mar 2026 at 12:01, Help <help@kestrelo.example> wrote:\n> Is it on?\n> Really?",
        "It is broken.\n\nOn Mon, 2 Mar 2026 at 12:01, Help of Kestrelo\n<help@kestrelo.example> wrote:\n> Is it on?",
        "It is broken.\n\nAm Mo., 2. März 2026 um 12:01 schrieb Help <help@kestrelo.example>:\n> Ist es an?",
        "It is broken.\n\nLe lun. 2 mars 2026 à 12:01, Help a écrit :\n> Marche ?",
        "It is broken.\n\n-----Original Message-----\nFrom: Help\nIs it on?",
        "It is broken.\n\nFrom: Help <help@kestrelo.example>\nSent: Monday\nTo: Mara\nSubject: Re\n\nIs it on?",
        "It is broken.\n-- \nMara, far away",
        "> Is it on?\n\nIt is broken.\n\n> Really?",
    ],
)
def test_what_is_quoted_is_not_the_authors(text: str) -> None:
    """Quotes of the usual mail programs in several languages, and signatures, are left out."""
    assert own_words(text) == "It is broken."


@pytest.mark.parametrize(
    "text", ["From: here to there is far", "Two > one", "On the whole it works, he wrote", "a\n\nb"]
)
def test_words_that_look_like_quotes_stay(text: str) -> None:
    """A line is a quote only where a mail program made it one."""
    assert own_words(text) == text


def test_nothing_but_quotes_stays() -> None:
    """Who answers between the lines in a way that we do not know is not made silent."""
    assert own_words("> Is it on?\n> No.") == "Is it on?\nNo."


def test_html_is_read_as_a_person_sees_it() -> None:
    """Styles, scripts and quotes are not words; blocks are lines."""
    page = (
        "<html><head><title>x</title><style>p{}</style></head><body><script>evil()</script>"
        "<p>It&nbsp;is <b>broken</b>.</p>"
        "<div>Help!</div><blockquote><p>old <blockquote>older</blockquote></p></blockquote></body></html>"
    )
    assert text_of_html(page).split() == ["It", "is", "broken.", "Help!"]
    assert text_of_html(page).startswith("It is broken.\n")


PARTS = """From: Mara <mara@far.example>
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: multipart/alternative; boundary="c"

--c
Content-Type: text/plain; charset=utf-8

It is broken.
--c
Content-Type: text/html

<p>It is <i>broken</i>.</p>
--c--
--b
Content-Type: text/plain
Content-Disposition: attachment; filename="log.txt"

secret log
--b
Content-Type: message/rfc822

From: else@far.example

somebody else's words
--b--
"""


def test_the_plain_part_is_taken_and_attachments_are_not() -> None:
    """Of two forms of the words one is read; a file or an attached mail holds other words."""
    assert words_of(parsed(PARTS.encode())) == "It is broken."


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-8", "Schön kaputt".encode()),
        ("iso-8859-1", "Schön kaputt".encode("latin-1")),
        ("no-such-charset", "Schön kaputt".encode()),
        ("utf-8", "Schön kaputt".encode("cp1252")),
        ("us-ascii", "Schön kaputt".encode()),
    ],
)
def test_a_wrong_charset_loses_no_words(charset: str, body: bytes) -> None:
    """Whatever a mail says of its charset, its words can be read."""
    assert words_of(parsed(raw(f"Content-Type: text/plain; charset={charset}", body=body))) == "Schön kaputt"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff" * 500,
        raw("Content-Type: multipart/mixed; boundary="),
        raw("Content-Type: multipart/mixed"),
        raw("Content-Transfer-Encoding: base64", body=b"!!!!"),
        raw("Subject: =?utf-8?b?//8?= =?x?q?=?="),
        raw("From: =?utf-8?q?=00?= <>", "Date: yesterday", "References: <<>><a b>"),
        raw(
            "Content-Type: multipart/mixed; boundary=a",
            body="\r\n".join(["--a", "Content-Type: multipart/mixed; boundary=a", ""] * 400),
        ),
        raw(*[f"Received: from {number}" for number in range(5000)]),
        raw("From: " + ",".join(f"a{n}@far.example" for n in range(2000))),
        raw("Content-Type: text/plain; charset=\x00"),
    ],
)
def test_a_hostile_mail_is_read_or_refused(data: bytes) -> None:
    """Broken headers, endless parts and bytes of no charset end in a mention or in an error that the listener knows."""
    heard = mention_of(data, AT)
    assert heard.external_id
    assert len(heard.text) <= MOST_WORDS + 2000


def test_a_huge_mail_is_cut() -> None:
    """No more words are kept than anybody reads."""
    assert len(words_of(parsed(raw(body="word " * 100_000)))) == MOST_WORDS
