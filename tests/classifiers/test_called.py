"""The label that is called and the probabilities are two things: a rule for rare labels moves only the one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.base import Post
from classifiers.encoder import TriageEncoder
from models.assessment import LABELS, Assessment, Finding, Head
from models.store.rows import assessment_body, assessment_of
from tests.classifiers.weights import seal, weights

HEADS = st.sampled_from(list(Head))
POSTS = [Post("the line is down !", "a"), Post("thanks", "a"), Post("", ""), Post("bad bad", "a")]


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    """Any finding, near ties included, called or not."""
    head = draw(HEADS)
    shares = [draw(st.sampled_from([1.0, 1.0000001, 0.9999999]) | st.floats(0.001, 1)) for _ in LABELS[head]]
    p = {label: share / sum(shares) for label, share in zip(LABELS[head], shares, strict=True)}
    return Finding(head, p, "v", draw(st.sampled_from(["", *LABELS[head]])))


@given(finding=findings())
def test_a_label_survives_the_database(finding: Finding) -> None:
    """What was called is called afterwards too, although probabilities are kept to six places."""
    body = json.loads(json.dumps(assessment_body(Assessment({finding.head: finding}))))
    found = assessment_of(body).findings[finding.head]
    assert found.label == finding.label
    assert found.p == pytest.approx(finding.p, abs=1e-6)
    assert found.score == pytest.approx(finding.score, abs=1e-6)


@given(finding=findings())
def test_without_a_call_the_likeliest_holds(finding: Finding) -> None:
    """A model without such a rule, and what an earlier version kept."""
    plain = Finding(finding.head, finding.p, "v")
    assert plain.p[plain.label] == max(plain.p.values())
    body = assessment_body(Assessment({finding.head: plain}))
    del body["findings"][finding.head]["called"]
    assert assessment_of(body).findings[finding.head].called == ""


def test_an_offset_moves_the_label_and_no_probability(tiny: Callable[..., Path]) -> None:
    """A label that is raised far enough is called of every post, and its probability stays what it was."""
    folder = weights(tiny())
    before = TriageEncoder.load(folder, precision="fp32").classify(POSTS)
    seal(folder, offsets={"urgency": (0.0, 0.0, 0.0, 50.0)})
    after = TriageEncoder.load(folder, precision="fp32").classify(POSTS)
    for one, other in zip(before, after, strict=True):
        for left, right in zip(one, other, strict=True):
            assert left.p == pytest.approx(right.p, abs=1e-6)
            assert right.label == ("critical" if right.head is Head.URGENCY else left.label)


def test_the_rule_is_that_of_training(tiny: Callable[..., Path]) -> None:
    """log p plus offset, the highest wins; equal offsets change nothing."""
    import math

    shifts = {head: tuple(0.3 * ((at * 7) % 5) for at in range(len(labels))) for head, labels in LABELS.items()}
    folder = weights(tiny(), spread=1.0, offsets=shifts, temperatures=dict.fromkeys(LABELS, 1.7))
    for answer in TriageEncoder.load(folder, precision="fp32").classify(POSTS):
        for finding in answer:
            raised = {
                label: math.log(finding.p[label]) + shift
                for label, shift in zip(LABELS[finding.head], shifts[finding.head], strict=True)
            }
            assert finding.label == max(raised, key=lambda label: raised[label])


def test_a_long_post_loses_its_middle_where_the_weights_say_so(tiny: Callable[..., Path]) -> None:
    """With a tail the last words of a post count, without one they do not."""
    ends = [Post("a " * 100 + end, "") for end in ("good good", "bad bad")]
    folder = weights(tiny())
    cut = TriageEncoder.load(folder, precision="fp32").classify(ends)
    assert cut[0][0].p == pytest.approx(cut[1][0].p, abs=1e-6)
    seal(folder, tail=8)
    kept = TriageEncoder.load(folder, precision="fp32").classify(ends)
    assert kept[0][0].p != pytest.approx(kept[1][0].p, abs=1e-6)
