"""Lines of labelled posts: what is read, and what is told of a line that cannot be."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.evaluation.labelled import BadLine, Labelled, read
from models.assessment import LABELS, Head


def line(**row: Any) -> bytes:
    """A line of the file."""
    return json.dumps({"text": "Kestrelo is down"} | row).encode()


def one(raw: bytes) -> Labelled | BadLine:
    """What a line is read as."""
    return next(iter(read([raw])))


def test_a_whole_line_is_read() -> None:
    """Every field is taken, a label in any case, and fields of others do no harm."""
    post = one(
        line(id=7, brand="k", channel="x", lang="en", at="2026-03-02T13:00:00+01:00", urgency=" High ", source="mine")
    )
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert post == Labelled("7", "Kestrelo is down", "k", "x", "en", at, {Head.URGENCY: "high"})


def test_what_is_left_out_is_empty() -> None:
    """Only the text must be there: an id is the line's number, and empty cells of a spreadsheet are no labels."""
    assert one(line(id="", brand=None, at="", intent="", churn=None)) == Labelled("line 1", "Kestrelo is down")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b'{"text": "x"', "not valid JSON"),
        (b"Kestrelo is down", "not valid JSON"),
        (b"[1]", "not an object"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"text": "\xff"}', "not UTF-8"),
        (line(text=" "), '"text"'),
        (line(text=3), '"text"'),
        (line(brand=["k"]), '"brand" must be a string'),
        (line(urgency="urgent"), '"urgency" must be one of low, normal, high, critical'),
        (line(churn=True), '"churn" must be one of no, yes'),
        (line(at="yesterday"), '"at" must be a time'),
        (line(at="0001-01-01T00:00:00+14:00"), '"at" must be a time'),
        (line(id=1.5), '"id" must be'),
        (b'{"text": "Kestrelo \\ud83d is down"}', "lone surrogate"),
        (b'{"text": "x", "\\udc00": 1}', "lone surrogate"),
    ],
)
def test_a_bad_line_says_what_to_do(raw: bytes, told: str) -> None:
    """It is answered with its number and what is wrong, without the post's words."""
    found = list(read([b"", line(), raw]))
    assert isinstance(found[1], BadLine)
    assert found[1].line == 3
    assert told in found[1].fault
    assert "is down" not in found[1].fault


def test_a_post_that_comes_twice_is_told() -> None:
    """It would count twice; the same id on another channel is another post."""
    found = list(read([line(id="1"), line(id="2"), line(id="1"), line(id="1", channel="x")]))
    assert [isinstance(post, Labelled) for post in found] == [True, True, False, True]
    assert found[2] == BadLine(3, "has the id of line 1: take one of the two out")


def test_words_stay_out_of_a_posts_picture() -> None:
    """What is logged of a post by accident does not hold its text."""
    assert "down" not in repr(one(line()))


@given(st.lists(st.one_of(st.binary(), st.text().map(str.encode), st.sampled_from([line(), line(intent="praise")]))))
def test_no_line_is_dropped_and_none_stops_the_rest(lines: list[bytes]) -> None:
    """Whatever stands in a file, each line that is not blank is either a post or told."""
    found = list(read(lines))
    assert len(found) == sum(bool(raw.strip()) for raw in lines)


@given(st.sampled_from(list(Head)), st.data())
def test_every_label_of_ours_is_known(head: Head, data: st.DataObject) -> None:
    """A line may have any label of any head."""
    label = data.draw(st.sampled_from(LABELS[head]))
    post = one(line(**{head.value: label}))
    assert isinstance(post, Labelled)
    assert post.truth == {head: label}
