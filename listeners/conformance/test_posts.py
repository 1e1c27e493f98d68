"""What a listener promises of its posts, its settings and its manifest."""

from __future__ import annotations

from datetime import UTC

import pytest
from pydantic import ValidationError

from listeners.base import Fetches, Listener, Rechecks
from listeners.conformance.fixtures import listener, rig
from listeners.conformance.rig import BOT, CHECKS, OWN, STRANGER, ListenerRig
from listeners.conformance.walk import begin, mentions, walk
from models.channel import Deletion, Manifest
from models.mention import ANONYMOUS
from models.settings.types import Secret

__all__ = [
    "listener",
    "test_a_deletion_is_found_when_asked_for",
    "test_a_deletion_is_told",
    "test_a_mention_is_whole",
    "test_a_missing_secret_says_where_it_should_be",
    "test_a_post_can_be_fetched",
    "test_an_edit_is_heard",
    "test_check_is_content",
    "test_it_keeps_the_protocol",
    "test_own_and_bot_posts_are_marked",
    "test_the_manifest_is_settled",
    "test_the_rig_declares_what_the_suite_knows",
    "test_unknown_settings_are_refused",
]


async def test_a_mention_is_whole(rig: ListenerRig, listener: Listener) -> None:
    """Each has a channel, the platform's own id and a moment in UTC, and belongs to no brand yet."""
    cursor = await begin(rig, listener)
    ids = await rig.publish("kestrelo one", "kestrelo two")
    found = mentions(await walk(rig, listener, cursor))
    assert {mention.text: mention.external_id for mention in found} == dict(
        zip(("kestrelo one", "kestrelo two"), ids, strict=True)
    )
    for mention in found:
        assert mention.channel
        assert mention.author.id
        assert not mention.brand
        assert mention.posted_at.tzinfo is UTC
        assert listener.manifest is None or mention.channel == listener.manifest.name


async def test_own_and_bot_posts_are_marked(rig: ListenerRig, listener: Listener) -> None:
    """A post of the brand's own account, where it is heard at all, carries its handle; a bot's says that it is one."""
    cursor = await begin(rig, listener)
    await rig.publish(f"kestrelo {STRANGER}")
    for who in {OWN, BOT} - rig.cannot.keys():
        await rig.publish(f"kestrelo {who}", by=who)
    names = {
        name.lstrip("@").lower() for brand in rig.brands.values() for own in brand.handles.values() for name in own
    }
    found = {mention.text.split()[1]: mention.author for mention in mentions(await walk(rig, listener, cursor))}
    assert STRANGER in found
    assert {who for who, author in found.items() if author.handle.lower() in names} == {OWN} & found.keys()
    assert {who for who, author in found.items() if author.bot} - {OWN} == {BOT} & found.keys()
    rig.needs("own", "bot")


async def test_a_deletion_is_told(rig: ListenerRig, listener: Listener) -> None:
    """Where the platform tells of deletions, a page names the post that is gone."""
    rig.needs("told")
    cursor = await begin(rig, listener)
    ids = await rig.publish("kestrelo stays", "kestrelo goes")
    first = await walk(rig, listener, cursor)
    await rig.delete(ids[1])
    rest = await walk(rig, listener, first[-1].cursor)
    assert {gone for batch in rest for gone in batch.gone} == {ids[1]}


async def test_a_deletion_is_found_when_asked_for(rig: ListenerRig, listener: Listener) -> None:
    """Of posts that it is asked about, it names those that are gone, and no others."""
    rig.needs("gone")
    assert isinstance(listener, Rechecks), "write gone, or say in the rig's cannot why it cannot be"
    await begin(rig, listener)
    ids = await rig.publish("kestrelo stays", "kestrelo goes", "kestrelo stays too")
    assert await listener.gone(ids) == frozenset()
    await rig.delete(ids[1])
    assert await listener.gone(ids) == {ids[1]}
    assert await listener.gone([]) == frozenset()


async def test_a_post_can_be_fetched(rig: ListenerRig, listener: Listener) -> None:
    """It fetches one post by its id, as it would have been heard; one that is gone is None."""
    rig.needs("fetch")
    assert isinstance(listener, Fetches), "write fetch, or say in the rig's cannot why it cannot be"
    cursor = await begin(rig, listener)
    ids = await rig.publish("kestrelo parent", "kestrelo gone")
    known = {mention.external_id: mention for mention in mentions(await walk(rig, listener, cursor))}
    post = await listener.fetch(ids[0])
    assert post is not None
    assert (post.id, post.text, post.author) == (known[ids[0]].id, known[ids[0]].text, known[ids[0]].author)
    if not {"gone", "delete"} & rig.cannot.keys():
        await rig.delete(ids[1])
        assert await listener.fetch(ids[1]) is None


async def test_an_edit_is_heard(rig: ListenerRig, listener: Listener) -> None:
    """A post that its author changes is heard again under the same id, with the moment of the change."""
    rig.needs("edit")
    cursor = await begin(rig, listener)
    (known,) = await rig.publish("kestrelo as it was")
    first = await walk(rig, listener, cursor)
    await rig.edit(known, "kestrelo as it is")
    (again,) = mentions(await walk(rig, listener, first[-1].cursor))
    assert (again.id, again.text) == (mentions(first)[0].id, "kestrelo as it is")
    assert again.edited_at is not None
    assert again.edited_at.tzinfo is UTC
    assert again.edited_at >= again.posted_at


async def test_check_is_content(rig: ListenerRig, listener: Listener) -> None:
    """A set-up that works has no fault."""
    assert await listener.check() == []


def test_it_keeps_the_protocol(rig: ListenerRig, listener: Listener) -> None:
    """It has what a listener has, and explains every setting."""
    kind = type(listener)
    assert isinstance(kind.check_is_free, bool)
    assert all(callable(getattr(kind, method)) for method in ("from_settings", "poll", "check", "aclose"))
    unexplained = [name for name, field in kind.Settings.model_fields.items() if not field.description]
    assert unexplained == []


def test_unknown_settings_are_refused(rig: ListenerRig) -> None:
    """A setting that is misspelt stops the start instead of being passed over."""
    with pytest.raises(ValidationError, match="colour"):
        rig.listener.Settings.model_validate({"colour": "red"})


def test_a_missing_secret_says_where_it_should_be(rig: ListenerRig) -> None:
    """Without its secret a listener is not made, and the error names the place that is empty."""
    rig.needs("secret")
    fields = rig.listener.Settings.model_fields
    names = [name for name, field in fields.items() if field.annotation in (Secret, Secret | None)]
    assert names, "no setting is a Secret: use models.settings.types.Secret, or name it in the rig's cannot"
    for name in names:
        with pytest.raises(ValueError, match="OVERHEARD_NOT_SET"):
            rig.make(**{name: {"env": "OVERHEARD_NOT_SET"}})


def test_the_manifest_is_settled(rig: ListenerRig, listener: Listener) -> None:
    """It says what can be heard, why who may answer may, and how deletions are learnt, as the listener does it."""
    manifest = listener.manifest
    if manifest is None:
        pytest.skip(f"{rig.kind}: each post names its own channel")
    assert isinstance(manifest, Manifest)
    assert all((manifest.name, manifest.why, manifest.hears, manifest.limits, manifest.cost, manifest.identity))
    assert manifest.max_length > 0
    # Who hears of deletions may still have to look: for those that an account takes with it, or by another source.
    assert manifest.recheck is not None or manifest.deletion is not Deletion.LOOKUP
    assert manifest.recheck is None or manifest.deletion is not Deletion.NEVER
    if manifest.deletion is Deletion.LOOKUP:
        assert isinstance(listener, Rechecks) or "gone" in rig.cannot, "deletion by lookup needs the method gone"
    if manifest.deletion is Deletion.NEVER:
        assert not isinstance(listener, Rechecks), "the manifest says that deletions cannot be learnt, and they can"


def test_the_rig_declares_what_the_suite_knows(rig: ListenerRig) -> None:
    """What a rig says that it cannot is a check of this suite, and has a reason; a typing error would skip nothing."""
    assert set(rig.cannot) <= CHECKS.keys()
    assert all(len(reason.split()) > 2 for reason in rig.cannot.values())
    assert ANONYMOUS not in rig.secrets
