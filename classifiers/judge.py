"""The classify stage: claims heard mentions in micro-batches and has them assessed on the one model thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime

from classifiers.panel import Panel
from models.failpoint import failpoint
from models.mention import Mention
from models.notice import tell
from models.progress import Progress
from models.settings.sections import Target
from models.store import Store, judging

log = logging.getLogger("overheard.classify")

STARVED = (
    "there was not enough memory to judge even a single post, so people get the posts that were left: give the bot "
    "more memory, or set classifier.mode to fast"
)


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
        operator: Target | None = None,
    ) -> None:
        self._panel = panel
        self._store = store
        self._thread = thread
        self._batch = batch
        self._clock = clock
        self._stopping = stopping
        self._progress = progress or Progress(clock)
        self._operator = operator

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
        assessments = await loop.run_in_executor(self._thread, self._panel.assess, mentions)
        failpoint("classify.judged")
        now = self._clock()
        await self._store.run(judging.save, list(zip(mentions, assessments, strict=True)), now)
        if self._panel.starved():
            await self._store.run(tell, self._operator, STARVED, "classify", f"memory {now:%Y-%m-%d}", now)
