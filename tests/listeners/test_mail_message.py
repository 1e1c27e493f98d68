"""Who wrote a mail, to whom, in which thread, and whether a program did."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from listeners.mail.message import mention_of
from models.mention import Mention

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def heard(*lines: str, forms: tuple[str, ...] = ()) -> Mention:
    """The mail with these header lines."""
    return mention_of("\r\n".join((*lines, "", "It is broken.")).encode(), AT, forms)


def test_a_first_mail_begins_its_thread() -> None:
    """Its id is the platform's, its moment the server's, its subject belongs to its words."""
    found = heard(
        "From: Mara M <Mara@Far.example>",
        "To: Help <help@kestrelo.example>, b@kestrelo.example",
        "Message-ID: <1@far.example>",
        "Subject: =?utf-8?q?Ger=C3=A4t_defekt?=",
        "Date: Fri, 1 Jan 1999 00:00:00 +0000",
    )
    assert (found.external_id, found.conversation_id, found.in_reply_to) == ("1@far.example", "1@far.example", None)
    assert (found.author.id, found.author.handle, found.author.name) == (
        "mara@far.example",
        "mara@far.example",
        "Mara M",
    )
    assert found.text == "Gerät defekt\n\nIt is broken."
    assert (found.posted_at, found.author.bot) == (AT, False)
    assert found.addressees == {"help@kestrelo.example", "b@kestrelo.example"}


@pytest.mark.parametrize(
    "lines",
    [
        ("In-Reply-To: <2@us>", "References: <1@far> <2@us>"),
        ("References: <1@far>\r\n <2@us>",),
        ("In-Reply-To: <2@us>",),
    ],
)
def test_an_answer_is_in_its_thread(lines: tuple[str, ...]) -> None:
    """The first reference is the thread and the last what is answered, also where a program left one header out."""
    found = heard("From: mara@far.example", "Message-ID: <3@far>", *lines)
    assert (found.conversation_id, found.in_reply_to) == ("1@far" if "1@far" in str(lines) else "2@us", "2@us")


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated (vacation)",
        "Precedence: bulk",
        "List-Id: <news.far.example>",
        "List-Unsubscribe: <mailto:x@far.example>",
        "X-Autoreply: yes",
        "Return-Path: <>",
        "Precedence: auto_reply",
    ],
)
def test_a_program_is_marked(line: str) -> None:
    """Holiday answers, bounces, lists and newsletters are of no person, so nothing answers them."""
    assert heard("From: mara@far.example", line).author.bot


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@far.example", "no-reply@far.example", "bounces+1@far.example"])
def test_a_machines_address_is_marked(sender: str) -> None:
    """Also where such a mail does not say so itself."""
    assert heard(f"From: {sender}").author.bot


def test_a_person_is_not_marked() -> None:
    """ "no" says that a person wrote it."""
    assert not heard("From: mara@far.example", "Auto-Submitted: no", "Precedence: normal").author.bot


def test_a_form_writes_for_a_person() -> None:
    """A mail of a form is of who filled it in; of others nobody may be named by Reply-To."""
    lines = ("From: Form <form@kestrelo.example>", "Reply-To: Mara <mara@far.example>")
    assert heard(*lines, forms=("Form@Kestrelo.example",)).author.handle == "mara@far.example"
    assert heard(*lines).author.handle == "form@kestrelo.example"


def test_a_mail_without_an_id_has_one() -> None:
    """It is the same whenever the mail is read, and another's is another."""
    one, again, other = heard("From: a@far.example"), heard("From: a@far.example"), heard("From: b@far.example")
    assert one.external_id == again.external_id != other.external_id


def test_an_endless_id_is_shortened() -> None:
    """An id longer than any database takes stays its own."""
    found = heard("Message-ID: <" + "a" * 900 + "@far.example>")
    assert len(found.external_id) < 100
