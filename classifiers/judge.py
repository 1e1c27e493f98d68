"""The classify stage: claims heard mentions in micro-batches and has them assessed on the one model thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime

from classifiers.panel import Panel
from models.assessment import Assessment, Head
from models.failpoint import failpoint
from models.mention import Mention
from models.progress import Progress
from models.store import Store, judging

log = logging.getLogger("overheard.classify")


class Judge:
    """Under load the batches fill by themselves; at rest one post goes through alone and at once."""

    def __init__(
        self,
        panel: Panel,
        store: Store,
        thread: Executor,
        batch: int,
        clock: Callable[[], datetime],
        stopping: asyncio.Event,
        progress: Progress | None = None,
    ) -> None:
        self._panel = panel
        self._store = store
        self._thread = thread
        self._batch = batch
        self._clock = clock
        self._stopping = stopping
        self._progress = progress or Progress(clock)

    async def handle(self, shard: str) -> datetime | None:
        """Judge until nothing waits."""
        while not self._stopping.is_set():
            mentions = await self._store.run(judging.claim, shard, self._batch, self._clock())
            if not mentions:
                return None
            try:
                await self._judge(mentions)
            except Exception:
                # The engine tries again, and a lease would keep these from it for minutes.
                await self._store.run(judging.release, mentions)
                raise
            self._progress.made("classify")
            log.info("judged", extra={"action": "classify", "mentions": len(mentions)})
        return None

    async def _judge(self, mentions: Sequence[Mention]) -> None:
        failpoint("classify.claimed")
        loop = asyncio.get_running_loop()
        assessments = await loop.run_in_executor(self._thread, self._assess, mentions)
        failpoint("classify.judged")
        await self._store.run(judging.save, list(zip(mentions, assessments, strict=True)), self._clock())

    def _assess(self, mentions: Sequence[Mention]) -> list[Assessment]:
        """A post on which our own code breaks goes to people, and the rest of its batch is judged."""
        try:
            return self._panel.assess(mentions)
        except Exception:
            log.exception("cannot judge", extra={"action": "classify", "mentions": len(mentions)})
        if len(mentions) == 1:
            return [Assessment(unsure=tuple(head.value for head in Head))]
        return [assessment for mention in mentions for assessment in self._assess([mention])]
