"""What an answer of Slack's means for us: which of the five errors, in words that say the fix.

The codes are documented per method, such as https://docs.slack.dev/reference/methods/chat.postMessage.
"""

from __future__ import annotations

import math

from models.check import Fault
from models.errors import AuthFailed, EdgeError, RateLimited, Refused, Unconfirmed
from responders.escape import line

LIMITED = {"ratelimited", "rate_limited", "message_limit_exceeded"}
UNCLEAR = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
BLOCKS = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}

_CREDENTIAL = "make a new bot token (xoxb-…) under OAuth & Permissions of the Slack app and set it as the token"
_INSTALL = "add the scope under OAuth & Permissions of the Slack app and install the app again"
_ADMIN = "ask an administrator of the workspace to allow it"
_CARD = "report it with this code: the card breaks a rule of Slack's"
_AGAIN = "press again"

AUTH = {
    "invalid_auth": ("Slack does not know the token", _CREDENTIAL),
    "not_authed": ("Slack received no token", _CREDENTIAL),
    "token_revoked": ("the token was revoked", _CREDENTIAL),
    "token_expired": ("the token has expired", _CREDENTIAL),
    "account_inactive": ("the app was removed from the workspace", "install the app again and set its new bot token"),
    "not_allowed_token_type": ("the token is of the wrong type", _CREDENTIAL),
    "missing_scope": ("the token lacks the scope {needed}", _INSTALL),
    "no_permission": ("the token may not do this", _INSTALL),
    "ekm_access_denied": ("the workspace has suspended access", _ADMIN),
    "access_denied": ("the workspace denies access", _ADMIN),
    "enterprise_is_restricted": ("the workspace denies access", _ADMIN),
    "org_login_required": ("the workspace is being moved", _ADMIN),
    "team_access_not_granted": ("the app may not use this workspace", _ADMIN),
}
REFUSED = {
    "not_in_channel": ("the bot is not in {target}", 'type "/invite @{bot}" in that channel'),
    "channel_not_found": (
        "the bot sees no channel {target}",
        'check the name; if the channel is private, type "/invite @{bot}" in it and set its id (C…) as the target',
    ),
    "is_archived": ("{target} is archived", "unarchive it, or set another channel as the target"),
    "restricted_action": ("the workspace does not let the bot post in {target}", _ADMIN),
    "restricted_action_read_only_channel": ("{target} is read-only", _ADMIN),
    "thread_not_found": ("the thread of the card is gone from {target}", "post the message by hand"),
    "msg_too_long": ("the message is too long", _CARD),
    "cant_update_message": ("the bot may not change that message", "delete the message by hand in Slack"),
    "edit_window_closed": ("the message is too old to be changed", "delete the message by hand in Slack"),
    "message_not_found": ("the message is gone from {target}", "nothing is left to do"),
    "user_not_in_channel": ("the person is not in {target}", "nothing is left to do"),
    "user_not_found": ("Slack knows no person {target}", "set the id of a person (U…) as the target"),
    "user_disabled": ("the account of {target} was deactivated", "set another person as the target"),
    "messages_tab_disabled": (
        "the bot may not write to people",
        "switch on the Messages Tab under App Home of the app",
    ),
    "not_enabled": ("the app has no Home", "switch on the Home Tab under App Home of the Slack app"),
    "expired_trigger_id": ("Slack waits three seconds for a form, and they were over", _AGAIN),
    "invalid_trigger_id": ("Slack did not open the form", _AGAIN),
    "exchanged_trigger_id": ("the form of this press was shown already", _AGAIN),
    "trigger_expired": ("Slack waits three seconds for a form, and they were over", _AGAIN),
    "trigger_exchanged": ("the form of this press was shown already", _AGAIN),
    "push_limit_reached": ("three forms are open already", "close one and press again"),
    "not_found": ("the form was closed meanwhile", _AGAIN),
    "view_not_found": ("the form was closed meanwhile", _AGAIN),
    "hash_conflict": ("the form was changed meanwhile", _AGAIN),
}
TOO_LATE = {code for code, (_, fix) in REFUSED.items() if fix == _AGAIN}


class BlocksRefused(Refused):
    """Slack refused the blocks for certain, so the same message may go once more without them."""


class ScopeMissing(AuthFailed):
    """The token is good but may not do this one thing."""


class Gone(Refused):
    """The message that was to be changed does not exist any more."""


class TooLate(Refused):
    """A form can no longer be shown for this press; the same press once more can show it."""


def error_of(
    status: int, code: str, *, retry_after: str | None = None, target: str = "", needed: str = ""
) -> EdgeError:
    """The error for an HTTP status and Slack's code (empty where the answer was not Slack's JSON)."""
    if status == 429 or code in LIMITED:
        return RateLimited("Slack asks to slow down", _seconds(retry_after))
    if code in UNCLEAR or status >= 500 or status == 408 or (not code and status < 400):
        return Unconfirmed(f"Slack gave no clear answer (status {status}{', ' * bool(code)}{line(code, 60)})")
    said = _said(status, line(code, 60), target, needed)
    if code in AUTH or status in (401, 403) or (not code and status != 413):
        return ScopeMissing(said) if code == "missing_scope" else AuthFailed(said)
    if code in BLOCKS:
        return BlocksRefused(said)
    if code in TOO_LATE:
        return TooLate(said)
    return Gone(said) if code == "message_not_found" else Refused(said)


def as_fault(error: EdgeError) -> Fault:
    """The two halves of an error of ours."""
    what, _, fix = str(error).partition("; ")
    return Fault(what, fix or "try again in some minutes; https://slack-status.com tells whether Slack is down")


def words(code: str, *, target: str = "", needed: str = "", bot: str = "overheard") -> str:
    """What a known code means and how to mend it, as "what; fix"."""
    what, fix = (AUTH | REFUSED)[code]
    return f"{what}; {fix}".format(
        target=line(target, 80) or "(none is set)", needed=line(needed, 60), bot=line(bot, 80)
    )


def _said(status: int, code: str, target: str, needed: str) -> str:
    if code in AUTH or code in REFUSED:
        return f"{words(code, target=target, needed=needed or '(not named)')} ({code})"
    if code:
        return f"Slack refused it: {code}; {_CARD if code in BLOCKS else 'see https://docs.slack.dev for this code'}"
    return f"the address answers with status {status}, not as Slack does; check base_url, the token and any proxy"


def _seconds(retry_after: str | None) -> float | None:
    try:
        seconds = float(retry_after or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
