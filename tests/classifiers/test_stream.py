"""A line of `classify`: a post, or what is wrong with it."""

from __future__ import annotations

import pytest

from classifiers.stream import parse


@pytest.mark.parametrize(
    "raw",
    [
        b'{"text": "Kestrelo", "id": ' + b"9" * 5000 + b"}",
        b'{"text": "Kestrelo", "id": -' + b"9" * 5000 + b"}",
        b'{"id": ' + b"[" * 100_000,
        b'{"text": "Kestrelo"} again',
        b'{"text": "Kestrelo',
    ],
)
def test_json_that_cannot_be_read_is_answered(raw: bytes) -> None:
    """A number of 5,000 digits, endless brackets and broken JSON are faults of their line, never an exception."""
    line = parse(7, raw)
    assert (line.number, line.mention) == (7, None)
    assert line.error.startswith("not valid JSON: ")
