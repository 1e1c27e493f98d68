"""Shows an answer to whoever pressed, and to nobody else: a form, words, a page or a card. It never posts for all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from models.card import Card
from models.errors import EdgeError, RateLimited
from models.form import Answer, Form, Page, Said, Shown, Wrong
from models.press import Verb
from responders.slack import card as cards
from responders.slack import carried, modal
from responders.slack import note as notes
from responders.slack import page as pages
from responders.slack.blocks import Block
from responders.slack.errors import BlocksRefused, TooLate
from responders.slack.inbox import Asked
from responders.slack.web import SlackWeb

log = logging.getLogger("overheard.press")

LONGEST_WAIT = 30.0
AGAIN = "Slack waits three seconds for a form, and they were over. Please press again."
NOT_SHOWN = "Slack did not show the form. Please press again, or tell whoever runs the bot."

Way = Callable[[str, list[Block] | None], Awaitable[object]]


class Answers:
    """Answers presses through one workspace's Web API; what cannot be shown is logged by its kind alone."""

    def __init__(self, web: SlackWeb, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._web = web
        self._sleep = sleep

    def ack(self, asked: Asked, answer: Answer) -> dict[str, Any]:
        """What a filled-in form is acknowledged with."""
        if isinstance(answer, Wrong):
            inputs = [block for block in (asked.form or {}).get("blocks", ()) if block.get("type") == "input"]
            # Slack takes faults at fields only.
            return modal.errors(answer, asked.form or {}) if inputs else _update(modal.view(_late(asked, answer)))
        if isinstance(answer, Form):
            return {
                "response_action": "update" if answer.replaces else "push",
                "view": modal.view(answer, asked.press.place),
            }
        return {"response_action": "clear"}

    def waiting(self) -> dict[str, Any]:
        """What a filled-in form is acknowledged with where the answer takes longer than Slack waits."""
        return _update(modal.view(Form("One moment", None, intro=("This takes a little longer. You may close this.",))))

    async def give(self, asked: Asked, answer: Answer) -> None:
        """Show the answer; never raises."""
        try:
            await self._give(asked, answer)
        except EdgeError as error:
            extra = {"action": "answer", "verb": asked.press.verb.value, "answer": type(answer).__name__}
            log.warning("answer not shown", extra=extra | {"why": str(error)[:200]})

    async def give_late(self, asked: Asked, answer: Answer) -> None:
        """Show the answer to a form whose acknowledgement is gone: in that form, while it is open."""
        view = modal.view(answer if isinstance(answer, Form) else _late(asked, answer), asked.press.place)
        try:
            await self._patiently(lambda: self._web.write("views.update", "", view_id=asked.view, view=view))
        except EdgeError:
            await self.give(asked, answer if not isinstance(answer, Form) else Said(AGAIN))
            return
        if isinstance(answer, Page | Shown):
            await self.give(asked, answer)

    async def _give(self, asked: Asked, answer: Answer) -> None:
        if isinstance(answer, Form):
            await self._open(asked, answer)
        elif isinstance(answer, Page) and asked.press.verb is Verb.HOME:
            view = pages.home(answer)
            user = asked.press.by.id
            await self._patiently(lambda: self._web.write("views.publish", user, user_id=user, view=view))
        elif isinstance(answer, Page):
            await self._show(asked, pages.fallback(answer), pages.blocks(answer))
        elif isinstance(answer, Shown):
            card = Card.from_body(answer.body)
            await self._show(asked, cards.fallback(card), cards.blocks(card, whole=True))
        elif answer is not None:
            await self._show(asked, notes.said(_words(answer)), None)

    async def _open(self, asked: Asked, form: Form) -> None:
        view = modal.view(form, asked.press.place)
        try:
            if asked.view and form.replaces:
                await self._patiently(lambda: self._web.write("views.update", "", view_id=asked.view, view=view))
            elif asked.trigger:
                method = "views.push" if asked.view else "views.open"
                await self._web.write(method, "", trigger_id=asked.trigger, view=view)
            else:
                raise TooLate("there is no trigger; press again")
        except TooLate:
            await self._show(asked, AGAIN, None)
        except EdgeError as error:
            log.warning("form not shown", extra={"action": "answer", "why": str(error)[:200]})
            await self._show(asked, NOT_SHOWN, None)

    async def _show(self, asked: Asked, text: str, blocks: list[Block] | None) -> None:
        """By the first way that Slack takes. The last refusal is raised."""
        failed: EdgeError | None = None
        for way in self._ways(asked):
            try:
                await self._shown(way, text, blocks)
            except EdgeError as error:
                failed = error
            else:
                return
        if failed:
            raise failed

    async def _shown(self, way: Way, text: str, blocks: list[Block] | None) -> None:
        try:
            await self._patiently(lambda: way(text, blocks))
        except BlocksRefused:
            await self._patiently(lambda: way(text, None))

    def _ways(self, asked: Asked) -> Iterator[Way]:
        web, user, thread = self._web, asked.press.by.id, asked.thread or None

        def respond(text: str, blocks: list[Block] | None) -> Awaitable[object]:
            said = {"text": text} | ({"blocks": blocks} if blocks else {}) | ({"thread_ts": thread} if thread else {})
            return web.respond(asked.response_url, response_type="ephemeral", replace_original=False, **said)

        def in_channel(text: str, blocks: list[Block] | None) -> Awaitable[object]:
            said = {"text": text, "blocks": blocks, "thread_ts": thread, "parse": "none"}
            return web.write("chat.postEphemeral", asked.channel, channel=asked.channel, user=user, **said)

        def to_person(text: str, blocks: list[Block] | None) -> Awaitable[object]:
            quiet = {"parse": "none", "unfurl_links": False, "unfurl_media": False}
            return web.write("chat.postMessage", user, channel=user, text=text, blocks=blocks, **quiet)

        if asked.response_url:
            yield respond
        if asked.channel:
            yield in_channel
        yield to_person

    async def _patiently(self, ask: Callable[[], Awaitable[object]]) -> None:
        """Once more after the pause that Slack asks for."""
        try:
            await ask()
        except RateLimited as limited:
            await self._sleep(min(limited.retry_after or 1.0, LONGEST_WAIT))
            await ask()


def _words(answer: Said | Wrong) -> Said:
    return answer if isinstance(answer, Said) else Said("\n".join(answer.faults.values()))


def _late(asked: Asked, answer: Said | Wrong | Page | Shown | None) -> Form:
    """What came of a form that is gone, to be read in its place; what was typed into a faulty one is not lost."""
    if isinstance(answer, Wrong):
        typed = "\n".join(carried.filled(asked.form or {}).values())
        faults = tuple(answer.faults.values())
        return Form("Not done", None, intro=(*faults, *(["You had written:"] if typed else [])), quote=typed)
    said = answer.text if isinstance(answer, Said) else "Done."
    return Form("Overheard", None, intro=tuple(said.split("\n")))


def _update(view: dict[str, Any]) -> dict[str, Any]:
    return {"response_action": "update", "view": view}
