"""People who talk to a brand and hear back, over a real store: heard, judged, decided, sent."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count
from typing import Any

from models.assessment import Assessment
from models.case import Case, Resolution
from models.decision import Kind, Message, Reason, Receipt, message_key
from models.links import Links
from models.mention import Author, Batch, Mention
from models.past import Screened
from models.press import Person
from models.store import Store, board, casework, effects, hearing, judging
from responders.decider import Decider
from responders.rules import rules_from
from tests.build import ANNA, mention, settings
from tests.fakes.clock import FakeClock
from tests.responders.situations import heads, templates
from tests.stores import rows

ANA = Person("UANA", "Ana")
BEN = Author(id="b-9", handle="ben")
MINUTE = timedelta(minutes=1)

CALM = heads()
"""A problem, told without anger."""
ANGRY = heads(sentiment={"negative": 1})
PRAISE = heads(intent={"praise": 1}, sentiment={"positive": 1})
NOISE = heads(intent={"unrelated": 1})
LEAVING = heads(churn={"yes": 1})

_TALKS = count()
"""So that two talks over one store do not say the same."""


class Talk:
    """A brand on two channels; on Telegram the bot may answer. ``toml`` are tables of the configuration."""

    def __init__(self, store: Store, links: Links | None = None, **toml: Any) -> None:
        self.store, self.clock = store, FakeClock()
        base: dict[str, Any] = {"channels": {"telegram": {"reply_with": "console"}}, "audit": {"share": 0.0}}
        self.settings = settings(**base | toml)
        rules, shared = rules_from(self.settings, templates(), links=links), self.settings.conversation
        self.decider = Decider(store, rules, "c", self.clock, conversation=shared)
        self._number = next(_TALKS) * 1000

    def hear(self, text: str, author: Author = ANNA, reason: Reason | None = None, **post: Any) -> Mention:
        """A post comes in, a minute later, and is judged by nobody yet."""
        self._number += 1
        self.clock.now += MINUTE
        said = mention(
            **{"channel": "telegram", "external_id": f"p{self._number}", "author": author, "text": text}
            | {"posted_at": self.clock(), "conversation_id": f"thread of {author.id}"}
            | post
        )
        page = Batch(mentions=(said,), cursor=str(self._number))
        self.store.do(hearing.hear, "sample", page, [Screened(said, reason)], "c", self.clock())
        return said

    async def says(
        self, text: str, judged: Assessment = CALM, author: Author = ANNA, reason: Reason | None = None, **post: Any
    ) -> Mention:
        """Somebody posts, and it is decided."""
        said = self.hear(text, author, reason, **post)
        self.store.do(judging.save, [(said, judged)], self.clock())
        await self.decider.handle(said.author_key)
        return said

    def answer(self, post: Mention, text: str = "We look into it.") -> None:
        """Ana's answer to a post of a case reaches its author, a minute later."""
        self.clock.now += MINUTE
        case = self.case()
        reply = Message(
            key=message_key(Kind.REPLY, "console", post.id, "review"),
            sink="console",
            kind=Kind.REPLY,
            target=post.external_id,
            body={"text": text},
            mention_id=post.id,
            brand=post.brand,
            channel=post.channel,
            purpose="review",
            author_key=post.author_key,
            thread_key=post.thread_key,
        )
        assert self.store.do(casework.answer, case.id, reply, ANA, self.clock()).done
        self.deliver()

    def resolve(self, reason: Resolution = Resolution.ANSWERED) -> None:
        """Ana closes the newest case."""
        self.clock.now += MINUTE
        assert self.store.do(casework.resolve, self.case().id, ANA, reason, "", self.clock()).done

    def deliver(self) -> list[Message]:
        """Everything that waits is sent."""
        sent = []
        while message := self.store.do(effects.claim, "console", self.clock()):
            self.store.do(effects.sent, message, Receipt(message.thread or f"ref-{message.key}"), self.clock())
            sent.append(message)
        return sent

    def cases(self) -> list[Case]:
        """Every case, the oldest first."""
        ids = rows(self.store, 'SELECT id FROM "case" ORDER BY opened_at, id')
        return [case for (one,) in ids if (case := self.store.do(board.case_of, one))]

    def case(self) -> Case:
        """The newest case."""
        return self.cases()[-1]

    def events(self, *types: str) -> list[str]:
        """The types of what happened to the newest case, of these only if any are named."""
        found = rows(self.store, "SELECT type FROM case_event WHERE case_id = :id ORDER BY seq", id=self.case().id)
        return [kind for (kind,) in found if not types or kind in types]

    def outbox(self) -> list[tuple[str, str]]:
        """Kind and purpose of all that waits or was sent, in the order of queueing."""
        sql = "SELECT kind, purpose FROM effect WHERE kind <> 'edit' ORDER BY queued_at, kind, purpose"
        return [(kind, purpose) for kind, purpose in rows(self.store, sql)]

    def decision(self, post: Mention) -> tuple[str, set[str]]:
        """The route and the reasons of a post."""
        ((route, reasons),) = rows(self.store, "SELECT route, reasons FROM decision WHERE mention_id = :id", id=post.id)
        return route, set(json.loads(reasons) if isinstance(reasons, str) else reasons)
