"""Tries what the Slack app needs: both tokens, every scope of the manifest, and each channel. It posts nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from models.check import Fault
from models.errors import AuthFailed, EdgeError, Refused
from responders.slack.channels import Channels, person
from responders.slack.errors import as_fault, words
from responders.slack.manifest import APP_SCOPE, FILE, SCOPES
from responders.slack.web import SlackWeb

_APPS = (
    f"make an app-level token (xapp-…) with the scope {APP_SCOPE} under Basic Information of the Slack app, switch"
    " Socket Mode on, and set the token as app_token"
)
_BOTS = "take the bot token (xoxb-…) from OAuth & Permissions of the Slack app"


async def faults(web: SlackWeb, opener: SlackWeb | None, channels: Channels, targets: Sequence[str]) -> list[Fault]:
    """Everything that is wrong with the app and with the places that it is to post to."""
    return [fault async for fault in _faults(web, opener, channels, targets)]


async def _faults(
    web: SlackWeb, opener: SlackWeb | None, channels: Channels, targets: Sequence[str]
) -> AsyncIterator[Fault]:
    if web.token.startswith("xapp-"):
        yield Fault("token is an app-level token", f"{_BOTS}; the app-level one belongs into app_token")
        return
    try:
        me = await web.read("auth.test")
    except EdgeError as error:
        yield as_fault(error)
        return
    for lack in missing(me.headers.get("x-oauth-scopes")):
        yield lack
    if fault := await _socket(opener):
        yield fault
    for target in targets:
        if fault := await place(web, channels, target, str(me.get("user") or "bot")):
            yield fault


def missing(granted: str | None) -> list[Fault]:
    """The scopes that the token lacks; none are missed where Slack does not say what was granted."""
    held = set(SCOPES) if granted is None else {scope.strip() for scope in granted.split(",")}
    fix = (
        f"add the scope under OAuth & Permissions of the Slack app, or paste {FILE} under App Manifest, "
        "and install the app again"
    )
    return [
        Fault(f"the token lacks the scope {scope}, which {use}", fix)
        for scope, use in SCOPES.items()
        if scope not in held
    ]


async def _socket(opener: SlackWeb | None) -> Fault | None:
    """Whether Slack would let us connect. No line is opened: Slack would send it presses meant for the daemon."""
    if opener is None:
        return Fault("there is no app_token: cards have no buttons, and commands and the Home do nothing", _APPS)
    if not opener.token.startswith("xapp-"):
        return Fault("app_token is not an app-level token, which begins with xapp-", _APPS)
    try:
        await opener.write("apps.connections.open", "")
    except AuthFailed as error:
        code = str(error).rpartition("(")[2].rstrip(")")
        return Fault(f"Slack opens no socket for app_token ({code})", _APPS)
    except Refused as error:
        return Fault(
            f"Slack opens no socket: {as_fault(error).what}", "switch Socket Mode on under Socket Mode of the app"
        )
    except EdgeError as error:
        return as_fault(error)
    return None


async def place(web: SlackWeb, channels: Channels, target: str, bot: str = "bot") -> Fault | None:
    """What keeps the bot, by its name, from a channel or a person; None if nothing does."""
    try:
        if number := person(target):
            await web.read("users.info", target, user=number)
            return None
        answer = await web.read("conversations.info", target, channel=await channels.find(target))
    except EdgeError as error:
        return as_fault(error)
    channel = answer.get("channel") or {}
    if channel.get("is_archived"):
        return as_fault(Refused(words("is_archived", target=target)))
    if not channel.get("is_member") and not channel.get("is_im"):
        return as_fault(Refused(words("not_in_channel", target=target, bot=bot)))
    return None
