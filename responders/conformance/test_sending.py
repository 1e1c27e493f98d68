"""What a responder promises of what it sends: once, with a receipt, found again, cut as its platform counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from models import length
from models.channel import Manifest
from models.decision import Kind, Receipt
from models.errors import Refused, Unconfirmed
from models.settings.types import Secret
from responders.base import Responder
from responders.conformance.fixtures import responder
from responders.conformance.rig import CHECKS, ResponderRig, other_kinds

__all__ = [
    "responder",
    "test_a_kind_that_it_does_not_take_is_refused",
    "test_a_long_text_is_cut_as_the_platform_counts",
    "test_a_lost_answer_is_found_again",
    "test_a_message_is_one_request_with_a_receipt",
    "test_a_missing_secret_says_where_it_should_be",
    "test_a_second_try_adds_nothing",
    "test_a_text_that_just_fits_is_whole",
    "test_it_keeps_the_protocol",
    "test_the_manifest_is_settled",
    "test_the_rig_declares_what_the_suite_knows",
    "test_unknown_settings_are_refused",
    "test_what_was_not_sent_is_not_found",
]

TEXT = "We are sorry, please write to us privately."
SIGNS = (
    "a",
    "é",
    "e\u0301",
    "漢",
    "😀",
    "👩‍👩‍👧‍👦",
    "🇫🇷",
    "👍🏽",
    "word ",
    "https://kestrelo.example/help/with/a/phone ",
)
"""What platforms count in different ways: letters, accents in one or two code points, emoji of many, links."""


def limited(rig: ResponderRig, responder: Responder) -> Manifest:
    """The manifest whose limit holds; skips where there is none."""
    rig.needs("length")
    if responder.manifest is None:
        pytest.skip(f"{rig.kind} reaches people of the team alone, under no channel's limit")
    return responder.manifest


async def test_a_message_is_one_request_with_a_receipt(rig: ResponderRig, responder: Responder) -> None:
    """What was carried out has a reference, took no more requests than the rig says, and is what a reader sees."""
    receipt = await responder.send(rig.message(TEXT))
    assert receipt.external_id
    assert 0 < await rig.requests() <= rig.requests_a_send
    assert list(await rig.sent()) == [TEXT]


async def test_a_kind_that_it_does_not_take_is_refused(rig: ResponderRig, responder: Responder) -> None:
    """Nothing is sent for a kind of message outside ``kinds``, nor for a reply without words."""
    if Kind.REPLY in responder.kinds and responder.manifest is not None:
        with pytest.raises(Refused):
            await responder.send(replace(rig.message(TEXT), body={"text": "  "}))
    rig.needs("other kinds")
    assert other_kinds(responder), "it takes every kind: name that in the rig's cannot"
    for kind in other_kinds(responder):
        with pytest.raises(Refused):
            await responder.send(replace(rig.message(TEXT), kind=kind))
    assert await rig.requests() == 0


async def test_a_lost_answer_is_found_again(rig: ResponderRig, responder: Responder) -> None:
    """A message that arrived while its answer was lost is in doubt, stands there once, and is never called unsent."""
    rig.needs("lost")
    message = rig.message(TEXT)
    await rig.fault("lost")
    with pytest.raises(Unconfirmed):
        await responder.send(message)
    assert list(await rig.sent()) == [TEXT], "the rig has not carried it out"
    try:
        found = await responder.find(message)
    except Unconfirmed:
        rig.needs("find")
        raise
    assert isinstance(found, Receipt), "None would say that it certainly was not sent"
    assert found.external_id
    assert list(await rig.sent()) == [TEXT]


async def test_what_was_not_sent_is_not_found(rig: ResponderRig, responder: Responder) -> None:
    """Another message with other words, however like its neighbour, has no receipt; in doubt the answer is doubt."""
    await responder.send(rig.message(TEXT, key="key-1"))
    try:
        found = await responder.find(rig.message("We look into it at once.", key="key-2"))
    except Unconfirmed:
        return
    assert found is None


async def test_a_second_try_adds_nothing(rig: ResponderRig, responder: Responder) -> None:
    """The same message, sent again after a crash, stands there once, and has the same receipt."""
    rig.needs("repeat")
    message = rig.message(TEXT)
    first = await responder.send(message)
    again = rig.make()
    try:
        assert (await again.send(message)).external_id == first.external_id
    finally:
        await again.aclose()
    assert list(await rig.sent()) == [TEXT]


@pytest.mark.parametrize("sign", SIGNS)
async def test_a_long_text_is_cut_as_the_platform_counts(rig: ResponderRig, responder: Responder, sign: str) -> None:
    """A text that is too long arrives, cut, within the manifest's limit by the manifest's own way to count."""
    manifest = limited(rig, responder)
    each = max(1, length.length(sign * 8, manifest.counting) // 8)
    await responder.send(rig.message(sign * (manifest.max_length // each + 50)))
    (held,) = await rig.sent()
    assert held.strip(), "nothing is left"
    assert length.fits(held, manifest.max_length, manifest.counting)


@pytest.mark.parametrize("sign", [sign for sign in SIGNS if not sign.endswith(" ")])
async def test_a_text_that_just_fits_is_whole(rig: ResponderRig, responder: Responder, sign: str) -> None:
    """A text of exactly the length that the platform takes is not cut."""
    manifest = limited(rig, responder)
    most = sign * (manifest.max_length // max(1, length.length(sign, manifest.counting)))
    while not length.fits(most, manifest.max_length, manifest.counting):
        most = most[: -len(sign)]
    await responder.send(rig.message(most))
    assert list(await rig.sent()) == [most]


def test_it_keeps_the_protocol(responder: Responder) -> None:
    """It has what a responder has, declares its kinds, and explains every setting."""
    kind = type(responder)
    assert kind.kinds
    assert kind.kinds <= frozenset(Kind)
    assert all(callable(getattr(kind, method)) for method in ("from_settings", "send", "find", "check", "aclose"))
    unexplained = [name for name, field in kind.Settings.model_fields.items() if not field.description]
    assert unexplained == []


def test_unknown_settings_are_refused(rig: ResponderRig) -> None:
    """A setting that is misspelt stops the start instead of being passed over."""
    with pytest.raises(ValidationError, match="colour"):
        rig.responder.Settings.model_validate({"colour": "red"})


def test_a_missing_secret_says_where_it_should_be(rig: ResponderRig) -> None:
    """Without its secret a responder is not made, and the error names the place that is empty."""
    rig.needs("secret")
    fields = rig.responder.Settings.model_fields
    names = [name for name, field in fields.items() if field.annotation in (Secret, Secret | None)]
    assert names, "no setting is a Secret: use models.settings.types.Secret, or name it in the rig's cannot"
    for name in names:
        with pytest.raises(ValueError, match="OVERHEARD_NOT_SET"):
            rig.make(**{name: {"env": "OVERHEARD_NOT_SET"}})


def test_the_manifest_is_settled(rig: ResponderRig, responder: Responder) -> None:
    """What may not send in public takes no replies, and what takes replies says under which rule."""
    manifest = responder.manifest
    if manifest is None:
        assert Kind.REPLY not in responder.kinds or rig.kind == "console", "public words need a manifest"
        pytest.skip(f"{rig.kind} reaches people of the team alone")
    assert isinstance(manifest, Manifest)
    assert all((manifest.name, manifest.why, manifest.limits, manifest.cost, manifest.identity))
    assert manifest.max_length > 0
    if Kind.REPLY in responder.kinds:
        assert manifest.may_send, "the manifest says that no program may send there"
        assert manifest.sends


def test_the_rig_declares_what_the_suite_knows(rig: ResponderRig) -> None:
    """What a rig says that it cannot is a check of this suite, and has a reason; a typing error would skip nothing."""
    assert set(rig.cannot) <= CHECKS.keys()
    assert all(len(reason.split()) > 2 for reason in rig.cannot.values())
