"""The classify stage: claims heard mentions in micro-batches and has them assessed on the one model thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime

from classifiers.panel import Panel
from models.failpoint import failpoint
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
    ) -> None:
        self._panel = panel
        self._store = store
        self._thread = thread
        self._batch = batch
        self._clock = clock
        self._stopping = stopping

    async def handle(self, shard: str) -> datetime | None:
        """Judge until nothing waits."""
        while not self._stopping.is_set():
            mentions = await self._store.run(judging.claim, shard, self._batch, self._clock())
            if not mentions:
                return None
            failpoint("classify.claimed")
            loop = asyncio.get_running_loop()
            assessments = await loop.run_in_executor(self._thread, self._panel.assess, mentions)
            failpoint("classify.judged")
            await self._store.run(judging.save, list(zip(mentions, assessments, strict=True)), self._clock())
            log.info("judged", extra={"action": "classify", "mentions": len(mentions)})
        return None
