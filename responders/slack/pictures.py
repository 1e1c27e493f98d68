"""Posts a digest's picture with its words, through files_upload_v2, and knows it again in a channel's history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.decision import Kind, Message, Receipt
from models.errors import Refused
from responders.escape import cut, line, mrkdwn, plain
from responders.slack.errors import ScopeMissing
from responders.slack.web import SlackWeb


async def post(web: SlackWeb, message: Message, channel: str) -> Receipt:
    """Upload it to a channel. Raises Refused where the app may not post files: the words then go alone."""
    body = message.body
    try:
        answer = await web.upload(
            message.target,
            channel=channel,
            filename=_name(message),
            file=body["png"],
            title=line(str(body.get("title") or "Figures"), 200),
            alt_txt=line(str(body.get("alt") or ""), 1000) or None,
            initial_comment=mrkdwn(cut(plain(str(body.get("text") or "")), 3500)),
        )
    except ScopeMissing as error:
        # Everything else goes on without this scope, so the sink must not rest for it.
        raise Refused(str(error)) from error
    files = answer.get("files") or [{}]
    return Receipt(f"file:{files[0].get('id') or ''}", str(files[0].get("permalink") or ""))


def holds(entry: Mapping[str, Any], message: Message) -> bool:
    """Whether a message of the channel's history is this picture: a file has no metadata, but a name."""
    if message.kind is not Kind.PICTURE:
        return False
    return any(isinstance(one, dict) and one.get("name") == _name(message) for one in entry.get("files") or ())


def _name(message: Message) -> str:
    return f"overheard-{message.key[:16]}.png"
